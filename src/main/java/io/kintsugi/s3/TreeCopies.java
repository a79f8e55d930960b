package io.kintsugi.s3;

import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Copies of which one end at least is a federated bucket: the bytes are read here and written
/// again.
final class TreeCopies {
  private static final String SOURCE_CONDITIONS = "x-amz-copy-source-";

  private record Copied(String etag, Instant modified) {}

  private final World world;
  private final Mounts mounts;
  private final TreeStores stores;
  private final Patience patience;

  TreeCopies(World world, Mounts mounts, TreeStores stores, Patience patience) {
    this.world = world;
    this.mounts = mounts;
    this.stores = stores;
    this.patience = patience;
  }

  Future<Void> object(Requested requested, Operation.CopyObject copy) {
    var head = requested.head();
    ObjectHeaders.refuseUnkept(head);
    boolean replaces = ObjectHeaders.replacesMetadata(head);
    var source = copy.source();
    boolean ofItself = source.bucket().equals(copy.bucket()) && source.key().equals(copy.key());
    if (ofItself && !replaces) {
      throw S3Error.of(
          ErrorCode.INVALID_REQUEST,
          "This copy request is illegal because it is trying to copy an object to itself.");
    }
    var info = replaces ? ObjectHeaders.info(head, 0, world.clock().instant()) : null;
    var copied =
        ofItself
            ? itself(requested, copy)
            : moved(
                requested,
                source,
                null,
                (reading, sink) -> put(requested, copy, info, reading, sink));
    return patience.answer(
        requested.exchange(),
        copied.map(done ->
            Xml.document("CopyObjectResult")
                .put("LastModified", done.modified())
                .put("ETag", ObjectHeaders.quoted(done.etag()))));
  }

  /// Only its metadata would be other, and a file has none.
  private Future<Copied> itself(Requested requested, Operation.CopyObject copy) {
    TreeStores.tellUnkept(requested);
    return new TreeSupply(world)
        .head(
            requested.exchange(),
            new Operation.GetObject(copy.bucket(), copy.key(), null, null, true))
        .map(found -> new Copied(found.info().etag(), found.info().created()));
  }

  private Future<Copied> put(
      Requested requested,
      Operation.CopyObject copy,
      @Nullable ObjectInfo info,
      ObjectContract.Reading reading,
      BlobSink sink) {
    var condition = Preconditions.ofTarget(requested.head());
    if (mounts.has(copy.bucket())) {
      return stores
          .send(sink, copy.bucket(), copy.key(), reading.lengthBytes(), condition)
          .map(stored -> new Copied(stored.entry().etag(), stored.entry().stamp().modified()));
    }
    var described = info == null ? reading.info() : info;
    return world
        .bus()
        .askWhile(
            sink,
            ObjectContract.PUT_OBJECT,
            new ObjectContract.PutObject(
                copy.bucket(),
                copy.key(),
                reading.lengthBytes(),
                described.contentType(),
                described.headers(),
                described.metadata(),
                condition,
                sink.offer()))
        .map(stored -> {
          requested.exchange().announce(StoreHandlers.VERSION_ID, stored.publicId());
          return new Copied(stored.info().etag(), stored.info().created());
        });
  }

  /// A part of an upload, of which the bytes come out of another object or file.
  Future<Void> part(Requested requested, Operation.UploadPartCopy copy, String bucket, String key) {
    var head = requested.head();
    ObjectHeaders.refuseUnkept(head);
    var text = head.header("x-amz-copy-source-range");
    var range = text == null ? null : ByteRange.parseOfCopy(text);
    Future<Copied> copied =
        moved(
            requested,
            copy.source(),
            range,
            (reading, sink) ->
                world
                    .bus()
                    .askWhile(
                        sink,
                        ObjectContract.PUT_PART,
                        new ObjectContract.PutPart(
                            bucket,
                            key,
                            copy.uploadId(),
                            copy.number(),
                            reading.lengthBytes(),
                            sink.offer()))
                    .map(stored -> new Copied(stored.etag(), world.clock().instant())));
    return patience.answer(
        requested.exchange(),
        copied.map(done ->
            Xml.document("CopyPartResult")
                .put("LastModified", done.modified())
                .put("ETag", ObjectHeaders.quoted(done.etag()))));
  }

  private Future<Copied> moved(
      Requested requested,
      CopySource source,
      @Nullable ByteRange range,
      BiFunction<ObjectContract.Reading, BlobSink, Future<Copied>> store) {
    var bytes = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    bytes.pause();
    Supply supply = mounts.has(source.bucket()) ? new TreeSupply(world) : new ObjectSupply(world);
    return supply
        .open(
            requested.exchange(),
            new ObjectContract.GetObject(
                source.bucket(),
                source.key(),
                source.versionId(),
                range == null ? null : range.first(),
                range == null ? null : range.last(),
                null,
                bytes.ticket()))
        .compose(reading -> {
          var verdict = Preconditions.of(requested.head(), SOURCE_CONDITIONS).judge(reading.info());
          if (verdict != Preconditions.Verdict.GO_ON) {
            return Future.failedFuture(S3Error.of(ErrorCode.PRECONDITION_FAILED));
          }
          return piped(bytes, sink -> store.apply(reading, sink));
        })
        .onFailure(cause -> bytes.cancel(Failure.from(cause)));
  }

  /// Gives bytes on; what fails on the way leaves nothing at its end.
  <T> Future<T> piped(BlobSource from, java.util.function.Function<BlobSink, Future<T>> store) {
    var sink = world.blobs().offer();
    var stored = store.apply(sink);
    from.pipe().endOnFailure(false).to(sink).onFailure(cause -> sink.abort(Failure.from(cause)));
    return stored;
  }
}
