package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Multipart uploads, as the catalog keeps them. Completing one moves no byte: the segments of its
/// parts become the segments of the object.
public final class UploadContract {
  public static final Call<CreateUpload, Upload> CREATE_UPLOAD =
      new Call<>("catalog.call.create-upload.v1", CreateUpload.class, Upload.class);
  public static final Call<FindUpload, Upload> FIND_UPLOAD =
      new Call<>("catalog.call.find-upload.v1", FindUpload.class, Upload.class);
  public static final Call<CommitPart, Part> COMMIT_PART =
      new Call<>("catalog.call.commit-part.v1", CommitPart.class, Part.class);
  public static final Call<ListParts, Parts> LIST_PARTS =
      new Call<>("catalog.call.list-parts.v1", ListParts.class, Parts.class);
  public static final Call<ListUploads, Uploads> LIST_UPLOADS =
      new Call<>("catalog.call.list-uploads.v1", ListUploads.class, Uploads.class);
  public static final Call<CompleteUpload, CatalogContract.Committed> COMPLETE_UPLOAD =
      new Call<>(
          "catalog.call.complete-upload.v1", CompleteUpload.class, CatalogContract.Committed.class);
  public static final Call<AbortUpload, Done> ABORT_UPLOAD =
      new Call<>("catalog.call.abort-upload.v1", AbortUpload.class, Done.class);

  /// Begins a multipart upload.
  ///
  /// @param info content type, headers and metadata of the object to be; size 0, etag empty
  public record CreateUpload(String bucket, String key, ObjectInfo info) {}

  /// An open multipart upload.
  ///
  /// @param uploadId 32 hex digits
  public record Upload(
      String uploadId, String bucket, String key, ObjectInfo info, Instant created) {}

  public record FindUpload(String bucket, String key, String uploadId) {}

  /// A part written again replaces the one before. Idempotent by the write id of its first segment.
  ///
  /// @param number 1 to 10,000
  /// @param etag MD5 of the part, hex
  public record CommitPart(
      String sessionId,
      String bucket,
      String key,
      String uploadId,
      int number,
      long sizeBytes,
      String etag,
      List<Segment> segments) {
    public CommitPart {
      segments = List.copyOf(segments);
    }
  }

  public record Part(int number, long sizeBytes, String etag, Instant created) {}

  public record ListParts(String bucket, String key, String uploadId, int afterNumber, int max) {}

  public record Parts(Upload upload, List<Part> parts, boolean truncated) {
    public Parts {
      parts = List.copyOf(parts);
    }
  }

  public record ListUploads(
      String bucket, String prefix, @Nullable String afterKey, @Nullable String afterId, int max) {}

  public record Uploads(List<Upload> uploads, boolean truncated) {
    public Uploads {
      uploads = List.copyOf(uploads);
    }
  }

  /// Idempotent by upload id: completed twice with the same parts answers the same. Fails with
  /// INVALID_REQUEST and `what` = invalid-part, invalid-part-order or entity-too-small (a part but
  /// the last under 5 MiB), NOT_FOUND (`what=upload`), PRECONDITION_FAILED.
  public record CompleteUpload(
      String bucket, String key, String uploadId, List<PartRef> parts, Condition condition) {
    public CompleteUpload {
      parts = List.copyOf(parts);
    }
  }

  /// A part, as the client that completes names it.
  ///
  /// @param etag without quotes
  public record PartRef(int number, String etag) {}

  public record AbortUpload(String bucket, String key, String uploadId) {}

  private UploadContract() {}
}
