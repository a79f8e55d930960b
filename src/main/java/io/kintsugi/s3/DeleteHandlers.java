package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.Condition;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;

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
          }
          requested.exchange().answer(204);
          return Future.succeededFuture();
        });
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

  /// A key named twice is deleted once.
  private static List<CatalogContract.DeleteKey> distinct(List<CatalogContract.DeleteKey> keys) {
    var byKey = new LinkedHashMap<String, CatalogContract.DeleteKey>();
    keys.forEach(key -> byKey.putIfAbsent(key.key(), key));
    return List.copyOf(byKey.values());
  }

  private static Xml result(CatalogContract.Deleted deleted, boolean quiet) {
    var xml = Xml.document("DeleteResult");
    for (var outcome : deleted.keys()) {
      var code = outcome.failedCode();
      if (code != null) {
        var error = error(code);
        xml.open("Error")
            .put("Key", outcome.key())
            .put("Code", error.code().word())
            .put("Message", error.text())
            .close();
      } else if (!quiet) {
        xml.open("Deleted").put("Key", outcome.key()).close();
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
