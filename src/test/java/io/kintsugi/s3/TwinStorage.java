package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.UploadContract;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Plays everything behind the S3 edge over the bus, in memory. Keys that begin with `fault/` do
/// not do what they should: the rest of the key says how.
final class TwinStorage extends VerticleBase {
  static final String FAULT = "fault/";
  private static final int FRAME_BYTES = 64 * 1024;

  /// Streams that failed on their way, as `put <key>` and `get <key>`.
  final BlockingQueue<String> broken = new LinkedBlockingQueue<>();

  /// How many bytes were asked for by readers.
  final AtomicLong sentBytes = new AtomicLong();

  private final TwinCatalog catalog = new TwinCatalog();
  private final TwinUploads uploads = new TwinUploads(catalog);
  private @Nullable World lateWorld;

  static String md5(byte[] bytes) {
    return HexFormat.of().formatHex(Digests.of("MD5").digest(bytes));
  }

  private World world() {
    var world = lateWorld;
    if (world == null) {
      throw new IllegalStateException("not started");
    }
    return world;
  }

  @Override
  public Future<?> start() {
    lateWorld = VertxWorld.of(vertx, config());
    on(CatalogContract.CREATE_BUCKET, catalog::create);
    on(CatalogContract.GET_BUCKET, ask -> catalog.bucket(ask.name()));
    on(CatalogContract.LIST_BUCKETS, _ -> catalog.buckets());
    on(
        CatalogContract.DELETE_BUCKET,
        ask -> {
          catalog.deleteBucket(ask.name());
          return new Done();
        });
    on(CatalogContract.DELETE_OBJECTS, catalog::delete);
    on(CatalogContract.HEAD_OBJECT, catalog::head);
    on(CatalogContract.LIST_OBJECTS, catalog::list);
    on(CatalogContract.LIST_VERSIONS, catalog::listVersions);
    on(CatalogContract.CHANGE_BUCKET, catalog::change);
    on(UploadContract.CREATE_UPLOAD, uploads::create);
    on(UploadContract.LIST_PARTS, uploads::parts);
    on(UploadContract.LIST_UPLOADS, uploads::list);
    on(UploadContract.COMPLETE_UPLOAD, uploads::complete);
    on(
        UploadContract.ABORT_UPLOAD,
        ask -> {
          uploads.abort(ask);
          return new Done();
        });
    world().bus().answer(ObjectContract.COPY_OBJECT, this::copySlowly);
    on(ObjectContract.COPY_PART, this::copyPart);
    world().bus().answer(ObjectContract.PUT_OBJECT, this::put);
    world().bus().answer(ObjectContract.PUT_PART, this::putPart);
    world().bus().answer(ObjectContract.GET_OBJECT, this::get);
    return world().bus().registered();
  }

  private <Q extends Record, A extends Record> void on(Call<Q, A> call, Function<Q, A> answerer) {
    world().bus().answer(call, ask -> Future.succeededFuture(answerer.apply(ask)));
  }

  private Future<ObjectContract.Stored> put(ObjectContract.PutObject ask) {
    fault(ask.key());
    catalog.bucket(ask.bucket());
    var source = world().blobs().accept(ask.body(), Blobs.OBJECT_WINDOW_BYTES);
    return collect(source, ask.sizeBytes())
        .onFailure(_ -> broken.add("put " + ask.key()))
        .map(bytes -> {
          var info =
              new ObjectInfo(
                  bytes.length,
                  md5(bytes),
                  ask.contentType(),
                  ask.headers(),
                  ask.metadata(),
                  Instant.now());
          var kept = catalog.put(ask.bucket(), ask.key(), bytes, info, List.of(), ask.condition());
          return new ObjectContract.Stored(
              kept.versionId(), info, catalog.publicId(ask.bucket(), kept), null);
        });
  }

  private static void fault(String key) {
    if (key.startsWith(FAULT)) {
      var name = key.substring(FAULT.length());
      if (Arrays.stream(FailureCode.values()).anyMatch(code -> code.name().equals(name))) {
        throw Failure.of(FailureCode.valueOf(name), "as ordered");
      }
    }
  }

  private Future<ObjectContract.PartStored> putPart(ObjectContract.PutPart ask) {
    var source = world().blobs().accept(ask.body(), Blobs.OBJECT_WINDOW_BYTES);
    return collect(source, ask.sizeBytes())
        .map(bytes ->
            new ObjectContract.PartStored(
                uploads.put(ask.uploadId(), ask.number(), bytes), bytes.length));
  }

  private static Future<byte[]> collect(BlobSource source, long sizeBytes) {
    Promise<byte[]> done = Promise.promise();
    var all = Buffer.buffer();
    source.exceptionHandler(done::tryFail);
    source.handler(all::appendBuffer);
    source.endHandler(_ -> done.tryComplete(all.getBytes()));
    return done.future()
        .compose(bytes ->
            bytes.length == sizeBytes
                ? Future.succeededFuture(bytes)
                : Future.failedFuture(
                    Failure.of(FailureCode.INVALID_REQUEST, "the size is another")));
  }

  /// Keys of slow copies begin with `fault/slow`; of those that fail in the end, `fault/slow-not`.
  private Future<ObjectContract.Stored> copySlowly(ObjectContract.CopyObject ask) {
    if (!ask.key().startsWith(FAULT + "slow")) {
      return Future.succeededFuture(copy(ask));
    }
    Promise<ObjectContract.Stored> done = Promise.promise();
    vertx.setTimer(
        700,
        _ -> {
          if (ask.key().equals(FAULT + "slow-not")) {
            done.fail(Failure.of(FailureCode.UNAVAILABLE, "as ordered"));
          } else {
            done.complete(copy(ask));
          }
        });
    return done.future();
  }

  private ObjectContract.Stored copy(ObjectContract.CopyObject ask) {
    var from = catalog.find(ask.sourceBucket(), ask.sourceKey(), ask.sourceVersionId());
    require(from, ask.sourceCondition());
    var given = ask.info();
    var like = given == null ? from.info() : given;
    var info =
        new ObjectInfo(
            from.bytes().length,
            md5(from.bytes()),
            like.contentType(),
            like.headers(),
            like.metadata(),
            Instant.now());
    var kept = catalog.put(ask.bucket(), ask.key(), from.bytes(), info, List.of(), ask.condition());
    return new ObjectContract.Stored(
        kept.versionId(),
        info,
        catalog.publicId(ask.bucket(), kept),
        catalog.publicId(ask.sourceBucket(), from));
  }

  private ObjectContract.PartStored copyPart(ObjectContract.CopyPart ask) {
    var from = catalog.find(ask.sourceBucket(), ask.sourceKey(), ask.sourceVersionId());
    require(from, ask.sourceCondition());
    var first = ask.first();
    var last = ask.last();
    var bytes =
        first == null || last == null
            ? from.bytes()
            : Arrays.copyOfRange(from.bytes(), first.intValue(), last.intValue() + 1);
    return new ObjectContract.PartStored(
        uploads.put(ask.uploadId(), ask.number(), bytes),
        bytes.length,
        catalog.publicId(ask.sourceBucket(), from));
  }

  private static void require(TwinCatalog.Kept from, @Nullable Condition condition) {
    var match = condition == null ? null : condition.ifMatch();
    if (match != null && !match.equals(from.info().etag())) {
      throw Failure.of(FailureCode.PRECONDITION_FAILED, "the source is another");
    }
  }

  private Future<ObjectContract.Reading> get(ObjectContract.GetObject ask) {
    fault(ask.key());
    var kept = catalog.find(ask.bucket(), ask.key(), ask.versionId());
    var slice = new ByteRange.Slice(0, kept.bytes().length);
    if (ask.first() != null || ask.suffixBytes() != null) {
      try {
        slice =
            new ByteRange(ask.first(), ask.last(), ask.suffixBytes()).within(kept.bytes().length);
      } catch (S3Error e) {
        var size = Integer.toString(kept.bytes().length);
        throw Failure.of(FailureCode.INVALID_RANGE, "out of range", "size", size);
      }
    }
    send(ask, kept.bytes(), slice);
    return Future.succeededFuture(
        new ObjectContract.Reading(
            kept.versionId(),
            kept.info(),
            slice.offset(),
            slice.lengthBytes(),
            catalog.publicId(ask.bucket(), kept)));
  }

  private void send(ObjectContract.GetObject ask, byte[] bytes, ByteRange.Slice slice) {
    var sink = world().blobs().connect(ask.into());
    if (ask.key().equals(FAULT + "at-once")) {
      sink.abort(Failure.of(FailureCode.CORRUPT, "as ordered"));
      return;
    }
    int end = Math.toIntExact(slice.offset() + slice.lengthBytes());
    int stop = ask.key().equals(FAULT + "midway") ? end / 2 : end;
    sink.done().onFailure(_ -> broken.add("get " + ask.key()));
    write(sink, bytes, Math.toIntExact(slice.offset()), stop)
        .onSuccess(_ -> {
          if (stop < end) {
            sink.abort(Failure.of(FailureCode.CORRUPT, "as ordered"));
          } else {
            sink.end();
          }
        });
  }

  private Future<Void> write(BlobSink sink, byte[] bytes, int from, int to) {
    if (from >= to) {
      return Future.succeededFuture();
    }
    int end = Math.min(to, from + FRAME_BYTES);
    return sink.write(Buffer.buffer(Arrays.copyOfRange(bytes, from, end)))
        .compose(_ -> {
          sentBytes.addAndGet(end - from);
          return write(sink, bytes, end, to);
        });
  }
}
