package io.kintsugi.object;

import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.UploadContract;
import io.kintsugi.contract.UploadContract.FindUpload;
import io.kintsugi.format.ManifestDraft.Attributes;
import io.kintsugi.format.ManifestDraft.Upload;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// Turns questions into jobs, or says what is wrong with them.
final class Jobs {
  private final World world;

  Jobs(World world) {
    this.world = world;
  }

  /// An object to be written.
  ///
  /// @param info of which content type, headers and metadata count
  Future<WriteJob> object(String bucket, String key, long sizeBytes, ObjectInfo info) {
    return job(bucket, key, sizeBytes, info, null);
  }

  /// A part carries what the object is going to carry, so that each shard can tell.
  Future<WriteJob> part(String bucket, String key, String uploadId, int number, long sizeBytes) {
    return world
        .bus()
        .ask(UploadContract.FIND_UPLOAD, new FindUpload(bucket, key, uploadId))
        .compose(
            upload -> job(bucket, key, sizeBytes, upload.info(), new PartOf(uploadId, number)));
  }

  private record PartOf(String uploadId, int number) {}

  private Future<WriteJob> job(
      String bucket, String key, long sizeBytes, ObjectInfo info, @Nullable PartOf part) {
    if (sizeBytes < 0) {
      return Future.failedFuture(invalid("a body has no negative size"));
    }
    try {
      var upload = part == null ? null : new Upload(part.uploadId(), part.number());
      var attributes = Attributes.of(info.contentType(), info.headers(), info.metadata());
      var created = world.clock().instant().truncatedTo(ChronoUnit.MILLIS);
      return Future.succeededFuture(
          new WriteJob(bucket, key, sizeBytes, attributes, upload, created));
    } catch (IllegalArgumentException e) {
      return Future.failedFuture(invalid(String.valueOf(e.getMessage())));
    }
  }

  private static Failure invalid(String text) {
    return Failure.of(FailureCode.INVALID_REQUEST, text);
  }
}
