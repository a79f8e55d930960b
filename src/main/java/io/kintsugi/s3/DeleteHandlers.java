package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.Condition;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes objects away, one or a thousand at a time.
final class DeleteHandlers {
  private static final int DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;

  private final World world;

  DeleteHandlers(World world) {
    this.world = world;
  }

  Future<Void> one(Requested requested, Operation.DeleteObject delete) {
    var match = requested.head().header("if-match");
    var condition = match == null ? Condition.NONE : new Condition(Preconditions.etag(match), null);
    var key = new CatalogContract.DeleteKey(delete.key(), delete.versionId(), condition);
    return delete(delete.bucket(), List.of(key))
        .compose(deleted -> {
          for (var outcome : deleted.keys()) {
            var code = outcome.failedCode();
            if (code != null) {
              return Future.failedFuture(error(code));
            }
            tell(requested.exchange(), outcome);
          }
          requested.exchange().answer(204);
          return Future.succeededFuture();
        });
  }

  private static void tell(Exchange exchange, CatalogContract.DeletedKey outcome) {
    var named = outcome.versionId();
    var marker = outcome.markerId();
    exchange.announce(StoreHandlers.VERSION_ID, named == null ? marker : named);
    exchange.announce("x-amz-delete-marker", marker == null ? null : "true");
  }

  Future<Void> many(Requested requested, String bucket) {
    if (!requested.isProtected()) {
      throw S3Error.of(
          ErrorCode.INVALID_REQUEST, "Missing required header for this request: Content-MD5");
    }
    return SmallBody.read(world, requested, DOCUMENT_BYTES_MAX, true)
        .map(Documents::delete)
        .compose(document ->
            delete(bucket, distinct(document.keys()))
                .onSuccess(
                    deleted -> requested.exchange().answer(200, result(deleted, document.quiet()))))
        .mapEmpty();
  }

  private Future<CatalogContract.Deleted> delete(
      String bucket, List<CatalogContract.DeleteKey> keys) {
    return world
        .bus()
        .ask(CatalogContract.DELETE_OBJECTS, new CatalogContract.DeleteObjects(bucket, keys));
  }

  private record Named(String key, @Nullable String versionId) {}

  /// What is named twice is deleted once.
  private static List<CatalogContract.DeleteKey> distinct(List<CatalogContract.DeleteKey> keys) {
    var byName = new LinkedHashMap<Named, CatalogContract.DeleteKey>();
    keys.forEach(key -> byName.putIfAbsent(new Named(key.key(), key.versionId()), key));
    return List.copyOf(byName.values());
  }

  private static Xml result(CatalogContract.Deleted deleted, boolean quiet) {
    var xml = Xml.document("DeleteResult");
    for (var outcome : deleted.keys()) {
      var code = outcome.failedCode();
      if (code != null) {
        var error = error(code);
        xml.open("Error")
            .put("Key", outcome.key())
            .put("VersionId", outcome.versionId())
            .put("Code", error.code().word())
            .put("Message", error.text())
            .close();
      } else if (!quiet) {
        var marker = outcome.markerId();
        xml.open("Deleted")
            .put("Key", outcome.key())
            .put("VersionId", outcome.versionId())
            .put("DeleteMarker", marker == null ? null : true)
            .put("DeleteMarkerVersionId", marker)
            .close();
      }
    }
    return xml;
  }

  private static S3Error error(String failureCode) {
    for (var code : FailureCode.values()) {
      if (code.name().equals(failureCode)) {
        return S3Error.from(Failure.of(code, "The object was not deleted."));
      }
    }
    return S3Error.of(ErrorCode.INTERNAL_ERROR);
  }
}
