package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells from method, path and query what a request asks for.
@Pure
final class Operations {
  private static final int PAGE_MAX = 1000;
  private static final int PART_NUMBER_MAX = 10_000;

  /// Parameters that change what a request means. One that is not understood must never be taken
  /// for a plain GET or PUT.
  private static final Set<String> SUB_RESOURCES =
      Set.of(
          "accelerate",
          "acl",
          "analytics",
          "attributes",
          "cors",
          "delete",
          "encryption",
          "intelligent-tiering",
          "inventory",
          "legal-hold",
          "lifecycle",
          "location",
          "logging",
          "metadataConfiguration",
          "metadataTable",
          "metrics",
          "notification",
          "object-lock",
          "ownershipControls",
          "partNumber",
          "policy",
          "policyStatus",
          "publicAccessBlock",
          "renameObject",
          "replication",
          "requestPayment",
          "restore",
          "retention",
          "select",
          "session",
          "tagging",
          "torrent",
          "uploadId",
          "uploads",
          "versioning",
          "versions",
          "website",
          "append");

  private Operations() {}

  /// @param hostBucket the bucket that the host name stands for, or null for path style
  static Operation parse(RequestHead head, @Nullable String hostBucket) {
    head.params().forEach(param -> Names.text(param.value()));
    var path = head.path().substring(1);
    if (hostBucket == null && path.isEmpty()) {
      return ofService(head);
    }
    int slash = path.indexOf('/');
    var bucket = hostBucket != null ? hostBucket : slash < 0 ? path : path.substring(0, slash);
    var key = hostBucket != null ? path : slash < 0 ? "" : path.substring(slash + 1);
    Names.bucket(bucket);
    return key.isEmpty() ? ofBucket(head, bucket) : ofKey(head, bucket, Names.key(key));
  }

  private static Operation ofService(RequestHead head) {
    if (head.method().equals("GET") && sub(head) == null) {
      return new Operation.ListBuckets();
    }
    throw S3Error.of(ErrorCode.METHOD_NOT_ALLOWED);
  }

  private static Operation ofBucket(RequestHead head, String bucket) {
    var sub = sub(head);
    return switch (head.method()) {
      case "GET" -> getBucket(head, bucket, sub);
      case "HEAD" -> plain(sub, new Operation.HeadBucket(bucket));
      case "PUT" ->
          "versioning".equals(sub)
              ? new Operation.PutBucketVersioning(bucket)
              : plain(sub, new Operation.CreateBucket(bucket));
      case "DELETE" -> plain(sub, new Operation.DeleteBucket(bucket));
      case "POST" -> {
        if ("delete".equals(sub)) {
          yield new Operation.DeleteObjects(bucket);
        }
        throw notImplemented(sub);
      }
      default -> throw S3Error.of(ErrorCode.METHOD_NOT_ALLOWED);
    };
  }

  private static Operation plain(@Nullable String sub, Operation operation) {
    if (sub != null) {
      throw notImplemented(sub);
    }
    return operation;
  }

  private static Operation getBucket(RequestHead head, String bucket, @Nullable String sub) {
    return switch (sub) {
      case null -> listObjects(head, bucket);
      case "location" -> new Operation.GetBucketLocation(bucket);
      case "versions" ->
          new Operation.ListObjectVersions(
              bucket,
              window(head, "max-keys"),
              nonEmpty(head.param("key-marker")),
              versionMarker(head));
      case "versioning" -> new Operation.GetBucketVersioning(bucket);
      case "uploads" ->
          new Operation.ListUploads(
              bucket,
              window(head, "max-uploads"),
              nonEmpty(head.param("key-marker")),
              nonEmpty(head.param("upload-id-marker")));
      default ->
          new Operation.GetBucketSetting(bucket, setting(sub, List.of(Operation.Setting.values())));
    };
  }

  private static Operation listObjects(RequestHead head, String bucket) {
    var window = window(head, "max-keys");
    if ("2".equals(head.param("list-type"))) {
      return new Operation.ListObjectsV2(
          bucket,
          window,
          head.param("continuation-token"),
          nonEmpty(head.param("start-after")),
          "true".equals(head.param("fetch-owner")));
    }
    return new Operation.ListObjectsV1(bucket, window, nonEmpty(head.param("marker")));
  }

  private static Operation ofKey(RequestHead head, String bucket, String key) {
    var sub = sub(head);
    return switch (head.method()) {
      case "GET", "HEAD" -> getKey(head, bucket, key, sub);
      case "PUT" -> putKey(head, bucket, key, sub);
      case "POST" -> postKey(head, bucket, key, sub);
      case "DELETE" -> deleteKey(head, bucket, key, sub);
      default -> throw S3Error.of(ErrorCode.METHOD_NOT_ALLOWED);
    };
  }

  private static Operation getKey(
      RequestHead head, String bucket, String key, @Nullable String sub) {
    var version = versionId(head);
    boolean headOnly = head.method().equals("HEAD");
    if (sub == null || sub.equals("partNumber")) {
      var number = sub == null ? null : Integer.valueOf(partNumber(head));
      return new Operation.GetObject(bucket, key, version, number, headOnly);
    }
    if (headOnly) {
      throw notImplemented(sub);
    }
    return switch (sub) {
      case "uploadId" ->
          new Operation.ListParts(
              bucket,
              key,
              uploadId(head),
              number(head, "part-number-marker", 0, Integer.MAX_VALUE),
              Math.min(PAGE_MAX, number(head, "max-parts", PAGE_MAX, Integer.MAX_VALUE)),
              urlEncoded(head));
      case "attributes" -> new Operation.GetObjectAttributes(bucket, key, version);
      default ->
          new Operation.GetObjectSetting(
              bucket, key, version, setting(sub, Operation.Setting.OF_OBJECT));
    };
  }

  private static Operation putKey(
      RequestHead head, String bucket, String key, @Nullable String sub) {
    var source = head.header("x-amz-copy-source");
    if (sub == null) {
      return source == null
          ? new Operation.PutObject(bucket, key)
          : new Operation.CopyObject(bucket, key, CopySource.parse(source));
    }
    if (!head.has("uploadId") || !head.has("partNumber")) {
      throw notImplemented(sub);
    }
    var uploadId = uploadId(head);
    int number = partNumber(head);
    return source == null
        ? new Operation.UploadPart(bucket, key, uploadId, number)
        : new Operation.UploadPartCopy(bucket, key, uploadId, number, CopySource.parse(source));
  }

  private static Operation postKey(
      RequestHead head, String bucket, String key, @Nullable String sub) {
    return switch (sub) {
      case "uploads" -> new Operation.CreateUpload(bucket, key);
      case "uploadId" -> new Operation.CompleteUpload(bucket, key, uploadId(head));
      case null, default -> throw notImplemented(sub);
    };
  }

  private static Operation deleteKey(
      RequestHead head, String bucket, String key, @Nullable String sub) {
    return switch (sub) {
      case null -> new Operation.DeleteObject(bucket, key, versionId(head));
      case "uploadId" -> new Operation.AbortUpload(bucket, key, uploadId(head));
      case "tagging" -> new Operation.DeleteObjectTagging(bucket, key, versionId(head));
      default -> throw notImplemented(sub);
    };
  }

  /// The sub-resource of a request; an upload's id goes before its part's number.
  private static @Nullable String sub(RequestHead head) {
    if (head.has("uploadId")) {
      return "uploadId";
    }
    for (var param : head.params()) {
      if (SUB_RESOURCES.contains(param.name())) {
        return param.name();
      }
    }
    return null;
  }

  private static S3Error notImplemented(@Nullable String sub) {
    return sub == null
        ? S3Error.of(ErrorCode.NOT_IMPLEMENTED)
        : S3Error.of(ErrorCode.NOT_IMPLEMENTED, "The sub-resource " + sub + " is not implemented.");
  }

  private static Operation.Setting setting(String param, List<Operation.Setting> known) {
    for (var setting : known) {
      if (setting.param().equals(param)) {
        return setting;
      }
    }
    throw notImplemented(param);
  }

  private static Operation.Window window(RequestHead head, String maxParam) {
    var prefix = head.param("prefix");
    return new Operation.Window(
        prefix == null ? "" : Names.key(prefix),
        nonEmpty(head.param("delimiter")),
        Math.min(PAGE_MAX, number(head, maxParam, PAGE_MAX, Integer.MAX_VALUE)),
        urlEncoded(head));
  }

  private static boolean urlEncoded(RequestHead head) {
    var encoding = head.param("encoding-type");
    if (encoding == null || encoding.isEmpty()) {
      return false;
    }
    if (!encoding.equals("url")) {
      throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "Invalid Encoding Method specified in Request.");
    }
    return true;
  }

  private static int number(RequestHead head, String param, int otherwise, int max) {
    var text = head.param(param);
    if (text == null || text.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw notANumber(param);
    }
    throw notANumber(param);
  }

  private static S3Error notANumber(String param) {
    return S3Error.of(
        ErrorCode.INVALID_ARGUMENT,
        "Argument " + param + " must be an integer between 0 and " + Integer.MAX_VALUE + ".",
        "ArgumentName",
        param);
  }

  private static int partNumber(RequestHead head) {
    int number = number(head, "partNumber", 0, Integer.MAX_VALUE);
    if (number < 1 || number > PART_NUMBER_MAX) {
      throw S3Error.of(
          ErrorCode.INVALID_ARGUMENT,
          "Part number must be an integer between 1 and " + PART_NUMBER_MAX + ", inclusive.",
          "ArgumentName",
          "partNumber");
    }
    return number;
  }

  private static String uploadId(RequestHead head) {
    var id = head.param("uploadId");
    if (id == null || !id.matches("[0-9a-f]{32}")) {
      throw S3Error.of(ErrorCode.NO_SUCH_UPLOAD);
    }
    return id;
  }

  /// An empty id must never be taken for none: that would delete another version than was meant.
  private static @Nullable String versionId(RequestHead head) {
    var text = head.param("versionId");
    if (text != null && text.isEmpty()) {
      throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "Version id cannot be the empty string.");
    }
    return versionId(text);
  }

  private static @Nullable String versionMarker(RequestHead head) {
    var marker = nonEmpty(head.param("version-id-marker"));
    if (marker != null && nonEmpty(head.param("key-marker")) == null) {
      throw S3Error.of(
          ErrorCode.INVALID_ARGUMENT,
          "A version-id marker cannot be specified without a key marker.",
          "ArgumentName",
          "version-id-marker");
    }
    return versionId(marker);
  }

  /// What was written while a bucket kept no versions bears the id `null`.
  static @Nullable String versionId(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    if (!text.equals("null") && !text.matches("[0-9a-f]{32}")) {
      throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "Invalid version id specified.");
    }
    return text;
  }

  private static @Nullable String nonEmpty(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }
}
