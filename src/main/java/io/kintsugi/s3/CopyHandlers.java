package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// Copies within the storage: whole objects, and ranges as parts of an upload.
final class CopyHandlers {
  private static final String SOURCE_CONDITIONS = "x-amz-copy-source-";
  private static final String SOURCE_VERSION_ID = "x-amz-copy-source-version-id";

  private final World world;
  private final Patience patience;

  CopyHandlers(World world, Patience patience) {
    this.world = world;
    this.patience = patience;
  }

  Future<Void> object(Requested requested, Operation.CopyObject copy) {
    var head = requested.head();
    ObjectHeaders.refuseUnkept(head);
    boolean replaces = ObjectHeaders.replacesMetadata(head);
    var source = copy.source();
    boolean ofItself =
        source.versionId() == null
            && source.bucket().equals(copy.bucket())
            && source.key().equals(copy.key());
    if (!replaces && ofItself) {
      throw S3Error.of(
          ErrorCode.INVALID_REQUEST,
          "This copy request is illegal because it is trying to copy an object to itself without"
              + " changing the object's metadata, storage class, website redirect location or"
              + " encryption attributes.");
    }
    var info = replaces ? ObjectHeaders.info(head, 0, world.clock().instant()) : null;
    var answer =
        sourceCondition(head, source)
            .compose(condition -> ask(requested, copy, condition, info))
            .map(stored -> {
              var exchange = requested.exchange();
              exchange.announce(StoreHandlers.VERSION_ID, stored.publicId());
              exchange.announce(SOURCE_VERSION_ID, stored.sourcePublicId());
              return Xml.document("CopyObjectResult")
                  .put("LastModified", stored.info().created())
                  .put("ETag", ObjectHeaders.quoted(stored.info().etag()));
            })
            .recover(CopyHandlers::ofMarker);
    return patience.answer(requested.exchange(), answer);
  }

  private Future<ObjectContract.Stored> ask(
      Requested requested,
      Operation.CopyObject copy,
      Condition condition,
      @Nullable ObjectInfo info) {
    var source = copy.source();
    return world
        .bus()
        .ask(
            ObjectContract.COPY_OBJECT,
            new ObjectContract.CopyObject(
                source.bucket(),
                source.key(),
                source.versionId(),
                condition,
                copy.bucket(),
                copy.key(),
                info,
                Preconditions.ofTarget(requested.head())));
  }

  Future<Void> part(Requested requested, Operation.UploadPartCopy copy) {
    var head = requested.head();
    ObjectHeaders.refuseUnkept(head);
    var text = head.header("x-amz-copy-source-range");
    var range = text == null ? null : ByteRange.parseOfCopy(text);
    var source = copy.source();
    var answer =
        sourceCondition(head, source)
            .compose(condition ->
                world
                    .bus()
                    .ask(
                        ObjectContract.COPY_PART,
                        new ObjectContract.CopyPart(
                            source.bucket(),
                            source.key(),
                            source.versionId(),
                            condition,
                            range == null ? null : range.first(),
                            range == null ? null : range.last(),
                            copy.bucket(),
                            copy.key(),
                            copy.uploadId(),
                            copy.number())))
            .map(stored -> {
              requested.exchange().announce(SOURCE_VERSION_ID, stored.sourcePublicId());
              return Xml.document("CopyPartResult")
                  .put("LastModified", world.clock().instant())
                  .put("ETag", ObjectHeaders.quoted(stored.etag()));
            })
            .recover(CopyHandlers::ofMarker);
    return patience.answer(requested.exchange(), answer);
  }

  /// A marker has nothing to copy, and the headers of a failed read say nothing of a copy's target.
  private static Future<Xml> ofMarker(Throwable cause) {
    var failure = Failure.from(cause);
    if (!failure.is(FailureCode.NOT_FOUND) || failure.detail("marker") == null) {
      return Future.failedFuture(cause);
    }
    return Future.failedFuture(
        "delete-marker".equals(failure.detail("what"))
            ? S3Error.of(
                ErrorCode.INVALID_REQUEST,
                "The source of a copy request may not specifically refer to a delete marker by"
                    + " version id.")
            : S3Error.of(ErrorCode.NO_SUCH_KEY));
  }

  /// Judges the conditions on the source here, where dates can be, and pins the copy to the ETag
  /// that was judged.
  private Future<Condition> sourceCondition(RequestHead head, CopySource source) {
    var conditions = Preconditions.of(head, SOURCE_CONDITIONS);
    if (conditions.isEmpty()) {
      return Future.succeededFuture(Condition.NONE);
    }
    return world
        .bus()
        .ask(
            CatalogContract.HEAD_OBJECT,
            new CatalogContract.HeadObject(source.bucket(), source.key(), source.versionId()))
        .compose(found ->
            conditions.judge(found.info()) == Preconditions.Verdict.GO_ON
                ? Future.succeededFuture(new Condition(found.info().etag(), null))
                : Future.failedFuture(S3Error.of(ErrorCode.PRECONDITION_FAILED)));
  }
}
