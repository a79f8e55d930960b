package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.TreeWriteContract.StoredEntry;
import io.kintsugi.contract.UploadContract;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Multipart uploads to federated buckets. Their parts are kept as shards in a bucket of the
/// system's own, as durable as any object; completed, they are written to the tree as one file, and
/// forgotten.
final class TreeUploads {
  private static final Logger LOG = LoggerFactory.getLogger(TreeUploads.class);
  private static final String BUCKET = ".trees";
  private static final int DOCUMENT_BYTES_MAX = 8 * 1024 * 1024;
  private static final Duration SWEEP = Duration.ofHours(1);

  /// Whoever has not completed anew by then has gone away.
  private static final Duration KEPT = Duration.ofDays(2);

  private final World world;
  private final TreeStores stores;
  private final TreeCopies copies;
  private final StoreHandlers parts;
  private final UploadHandlers uploads;
  private final Patience patience;

  TreeUploads(
      World world,
      TreeStores stores,
      TreeCopies copies,
      StoreHandlers parts,
      UploadHandlers uploads,
      Patience patience) {
    this.world = world;
    this.stores = stores;
    this.copies = copies;
    this.parts = parts;
    this.uploads = uploads;
    this.patience = patience;
    world.every(SWEEP, this::sweep);
  }

  /// Under which key the parts are kept.
  private static String kept(String bucket, String key) {
    return Names.key(bucket + "/" + key);
  }

  Future<Void> create(Requested requested, Operation.CreateUpload create) {
    ObjectHeaders.refuseUnkept(requested.head());
    TreeStores.tellUnkept(requested);
    var info = ObjectHeaders.info(requested.head(), 0, world.clock().instant());
    var question =
        new UploadContract.CreateUpload(BUCKET, kept(create.bucket(), create.key()), info);
    return world
        .bus()
        .ask(UploadContract.CREATE_UPLOAD, question)
        .recover(cause ->
            "bucket".equals(Failure.from(cause).detail("what"))
                ? bucket().compose(_ -> world.bus().ask(UploadContract.CREATE_UPLOAD, question))
                : Future.failedFuture(cause))
        .onSuccess(upload ->
            requested
                .exchange()
                .answer(
                    200,
                    Xml.document("InitiateMultipartUploadResult")
                        .put("Bucket", create.bucket())
                        .put("Key", create.key())
                        .put("UploadId", upload.uploadId())))
        .mapEmpty();
  }

  private Future<?> bucket() {
    return world
        .bus()
        .ask(CatalogContract.CREATE_BUCKET, new CreateBucket(BUCKET, null, null, null))
        .mapEmpty()
        .recover(cause ->
            Failure.from(cause).is(FailureCode.CONFLICT)
                ? Future.succeededFuture()
                : Future.failedFuture(cause));
  }

  Future<Void> part(Requested requested, Operation.UploadPart put) {
    return parts.uploadPart(
        requested,
        new Operation.UploadPart(
            BUCKET, kept(put.bucket(), put.key()), put.uploadId(), put.number()));
  }

  Future<Void> partCopy(Requested requested, Operation.UploadPartCopy copy) {
    return copies.part(requested, copy, BUCKET, kept(copy.bucket(), copy.key()));
  }

  Future<Void> abort(Requested requested, Operation.AbortUpload abort) {
    return uploads.abort(
        requested,
        new Operation.AbortUpload(BUCKET, kept(abort.bucket(), abort.key()), abort.uploadId()));
  }

  Future<Void> list(Requested requested, Operation.ListParts list) {
    return uploads.parts(requested, list, BUCKET, kept(list.bucket(), list.key()));
  }

  /// If it fails, the parts stay, and completing again goes on.
  Future<Void> complete(Requested requested, Operation.CompleteUpload complete) {
    var condition = Preconditions.ofTarget(requested.head());
    var kept = kept(complete.bucket(), complete.key());
    return SmallBody.read(world, requested, DOCUMENT_BYTES_MAX, false)
        .map(Documents::complete)
        .compose(listed -> {
          var answer =
              world
                  .bus()
                  .ask(
                      UploadContract.COMPLETE_UPLOAD,
                      new UploadContract.CompleteUpload(
                          BUCKET, kept, complete.uploadId(), listed, Condition.NONE))
                  .compose(whole ->
                      moved(complete, kept, whole, condition)
                          .onSuccess(_ -> forget(kept, whole.info().etag())))
                  .map(stored ->
                      Xml.document("CompleteMultipartUploadResult")
                          .put("Location", UploadHandlers.location(requested, complete))
                          .put("Bucket", complete.bucket())
                          .put("Key", complete.key())
                          .put("ETag", ObjectHeaders.quoted(stored.entry().etag())));
          return patience.answer(requested.exchange(), answer);
        });
  }

  private Future<StoredEntry> moved(
      Operation.CompleteUpload complete, String kept, Committed whole, Condition condition) {
    var bytes = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    bytes.pause();
    return world
        .bus()
        .ask(
            ObjectContract.GET_OBJECT,
            new ObjectContract.GetObject(BUCKET, kept, null, null, null, null, bytes.ticket()))
        .recover(cause ->
            Future.failedFuture(
                Failure.from(cause).is(FailureCode.NOT_FOUND)
                    ? S3Error.of(ErrorCode.NO_SUCH_UPLOAD)
                    : cause))
        .compose(reading -> {
          if (!reading.versionId().equals(whole.versionId())) {
            // Another upload to the same key was completed meanwhile.
            return Future.failedFuture(S3Error.of(ErrorCode.OPERATION_ABORTED));
          }
          return copies.piped(
              bytes,
              sink ->
                  stores.send(
                      sink, complete.bucket(), complete.key(), reading.lengthBytes(), condition));
        })
        .onFailure(cause -> bytes.cancel(Failure.from(cause)));
  }

  private void forget(String kept, String etag) {
    world
        .bus()
        .ask(
            CatalogContract.DELETE_OBJECTS,
            new DeleteObjects(
                BUCKET, java.util.List.of(new DeleteKey(kept, null, new Condition(etag, null)))))
        .onFailure(
            cause -> LOG.warn("parts of {} not removed yet: {}", kept, Failure.from(cause).text()));
  }

  /// Uploads that were put together and never written to their tree.
  private void sweep() {
    var before = world.clock().instant().minus(KEPT);
    world
        .bus()
        .ask(CatalogContract.LIST_OBJECTS, new ListObjects(BUCKET, "", null, null, 1000))
        .onSuccess(page ->
            page.objects().stream()
                .filter(object -> object.created().isBefore(before))
                .forEach(object -> forget(object.key(), object.etag())))
        .onFailure(cause ->
            LOG.debug("uploads left behind not looked for: {}", Failure.from(cause).text()));
  }
}
