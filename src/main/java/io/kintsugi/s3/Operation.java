package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request asks for, with its parameters read and checked.
@Pure
sealed interface Operation {
  /// The bucket it is about, or null.
  default @Nullable String bucket() {
    return null;
  }

  /// The key of the object it is about, or null.
  default @Nullable String key() {
    return null;
  }

  record ListBuckets() implements Operation {}

  record CreateBucket(String bucket) implements Operation {}

  record HeadBucket(String bucket) implements Operation {}

  record DeleteBucket(String bucket) implements Operation {}

  record GetBucketLocation(String bucket) implements Operation {}

  /// A configuration that this storage does not have, in the words that say so.
  record GetBucketSetting(String bucket, Setting setting) implements Operation {}

  /// What every listing has in common.
  ///
  /// @param urlEncoded keys are answered percent-encoded
  record Window(String prefix, @Nullable String delimiter, int max, boolean urlEncoded) {}

  record ListObjectsV1(String bucket, Window window, @Nullable String marker)
      implements Operation {}

  record ListObjectsV2(
      String bucket,
      Window window,
      @Nullable String token,
      @Nullable String startAfter,
      boolean fetchOwner)
      implements Operation {}

  record ListObjectVersions(
      String bucket, Window window, @Nullable String keyMarker, @Nullable String versionMarker)
      implements Operation {}

  record GetBucketVersioning(String bucket) implements Operation {}

  record PutBucketVersioning(String bucket) implements Operation {}

  record ListUploads(
      String bucket, Window window, @Nullable String keyMarker, @Nullable String uploadIdMarker)
      implements Operation {}

  record DeleteObjects(String bucket) implements Operation {}

  record PutObject(String bucket, String key) implements Operation {}

  record CopyObject(String bucket, String key, CopySource source) implements Operation {}

  /// A read of an object.
  ///
  /// @param headOnly answered without bytes
  record GetObject(
      String bucket,
      String key,
      @Nullable String versionId,
      @Nullable Integer partNumber,
      boolean headOnly)
      implements Operation {}

  record GetObjectAttributes(String bucket, String key, @Nullable String versionId)
      implements Operation {}

  record GetObjectSetting(String bucket, String key, @Nullable String versionId, Setting setting)
      implements Operation {}

  record DeleteObjectTagging(String bucket, String key, @Nullable String versionId)
      implements Operation {}

  record DeleteObject(String bucket, String key, @Nullable String versionId) implements Operation {}

  record CreateUpload(String bucket, String key) implements Operation {}

  record UploadPart(String bucket, String key, String uploadId, int number) implements Operation {}

  record UploadPartCopy(String bucket, String key, String uploadId, int number, CopySource source)
      implements Operation {}

  record CompleteUpload(String bucket, String key, String uploadId) implements Operation {}

  record AbortUpload(String bucket, String key, String uploadId) implements Operation {}

  record ListParts(
      String bucket, String key, String uploadId, int afterNumber, int max, boolean urlEncoded)
      implements Operation {}

  /// Sub-resources that clients ask for to find out what a storage can do. Each is answered either
  /// with an empty document or with the error that means "there is none".
  enum Setting {
    ACCELERATE("accelerate", "AccelerateConfiguration", null),
    ACL("acl", "AccessControlPolicy", null),
    CORS("cors", null, ErrorCode.NO_SUCH_CORS),
    ENCRYPTION("encryption", null, ErrorCode.NO_SUCH_ENCRYPTION),
    LEGAL_HOLD("legal-hold", null, ErrorCode.NO_SUCH_OBJECT_LOCK_OF_OBJECT),
    LIFECYCLE("lifecycle", null, ErrorCode.NO_SUCH_LIFECYCLE),
    LOGGING("logging", "BucketLoggingStatus", null),
    NOTIFICATION("notification", "NotificationConfiguration", null),
    OBJECT_LOCK("object-lock", null, ErrorCode.NO_SUCH_OBJECT_LOCK),
    OWNERSHIP("ownershipControls", null, ErrorCode.NO_SUCH_OWNERSHIP_CONTROLS),
    POLICY("policy", null, ErrorCode.NO_SUCH_BUCKET_POLICY),
    POLICY_STATUS("policyStatus", null, ErrorCode.NO_SUCH_BUCKET_POLICY),
    PUBLIC_ACCESS_BLOCK("publicAccessBlock", null, ErrorCode.NO_SUCH_PUBLIC_ACCESS_BLOCK),
    REPLICATION("replication", null, ErrorCode.NO_SUCH_REPLICATION),
    REQUEST_PAYMENT("requestPayment", "RequestPaymentConfiguration", null),
    RETENTION("retention", null, ErrorCode.NO_SUCH_OBJECT_LOCK_OF_OBJECT),
    TAGGING("tagging", null, ErrorCode.NO_SUCH_TAG_SET),
    WEBSITE("website", null, ErrorCode.NO_SUCH_WEBSITE);

    static final List<Setting> OF_OBJECT = List.of(ACL, TAGGING, LEGAL_HOLD, RETENTION);

    private final String param;
    private final @Nullable String document;
    private final @Nullable ErrorCode absence;

    Setting(String param, @Nullable String document, @Nullable ErrorCode absence) {
      this.param = param;
      this.document = document;
      this.absence = absence;
    }

    String param() {
      return param;
    }

    /// Name of the root element, or null if there is no document.
    @Nullable String document() {
      return document;
    }

    @Nullable ErrorCode absence() {
      return absence;
    }
  }
}
