package io.kintsugi.s3;

import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What of an object's description travels in headers, in and out.
@Pure
final class ObjectHeaders {
  private static final String METADATA = "x-amz-meta-";
  private static final int METADATA_BYTES_MAX = 2048;
  private static final String DEFAULT_TYPE = "binary/octet-stream";
  private static final List<String> STORED =
      List.of(
          "cache-control",
          "content-disposition",
          "content-encoding",
          "content-language",
          "expires");

  /// What a reader may ask to be answered instead of what is stored.
  private static final List<String> OVERRIDES =
      List.of(
          "content-type",
          "cache-control",
          "content-disposition",
          "content-encoding",
          "content-language",
          "expires");

  /// Promises that are not kept here are refused, never dropped in silence.
  private static final List<String> REFUSED =
      List.of(
          "x-amz-server-side-encryption",
          "x-amz-object-lock-",
          "x-amz-copy-source-server-side-encryption",
          "x-amz-tagging",
          "x-amz-website-redirect-location",
          "x-amz-write-offset-bytes",
          "x-amz-grant-");

  private static final Set<String> STORAGE_CLASSES =
      Set.of(
          "STANDARD",
          "REDUCED_REDUNDANCY",
          "STANDARD_IA",
          "ONEZONE_IA",
          "INTELLIGENT_TIERING",
          "GLACIER_IR");

  private ObjectHeaders() {}

  static void refuseUnkept(RequestHead head) {
    for (var name : head.headers().keySet()) {
      for (var refused : REFUSED) {
        if (name.startsWith(refused) && !name.equals("x-amz-tagging-directive")) {
          throw S3Error.of(
              ErrorCode.NOT_IMPLEMENTED,
              "A header you provided implies functionality that is not implemented.",
              "Header",
              name);
        }
      }
    }
    var storageClass = head.header("x-amz-storage-class");
    if (storageClass != null && !STORAGE_CLASSES.contains(storageClass)) {
      throw S3Error.of(ErrorCode.INVALID_STORAGE_CLASS);
    }
  }

  /// The description of an object to be, as a request gives it.
  static ObjectInfo info(RequestHead head, long sizeBytes, Instant now) {
    return new ObjectInfo(
        sizeBytes, "", head.header("content-type"), stored(head), metadata(head), now);
  }

  private static Map<String, String> stored(RequestHead head) {
    var headers = new LinkedHashMap<String, String>();
    for (var name : STORED) {
      var value = head.header(name);
      if (value != null && name.equals("content-encoding")) {
        value = withoutChunked(value);
      }
      if (value != null && !value.isEmpty()) {
        headers.put(name, value);
      }
    }
    return headers;
  }

  /// The framing of the transfer is no property of the object.
  private static String withoutChunked(String encoding) {
    var kept = new ArrayList<String>();
    for (var part : encoding.split(",", -1)) {
      if (!part.strip().equalsIgnoreCase("aws-chunked") && !part.isBlank()) {
        kept.add(part.strip());
      }
    }
    return String.join(",", kept);
  }

  private static Map<String, String> metadata(RequestHead head) {
    var metadata = new LinkedHashMap<String, String>();
    int bytes = 0;
    for (var header : head.headers().entrySet()) {
      if (header.getKey().startsWith(METADATA)) {
        var name = header.getKey().substring(METADATA.length());
        metadata.put(name, header.getValue());
        bytes += name.length() + header.getValue().getBytes(StandardCharsets.UTF_8).length;
      }
    }
    if (bytes > METADATA_BYTES_MAX) {
      throw S3Error.of(
          ErrorCode.METADATA_TOO_LARGE,
          ErrorCode.METADATA_TOO_LARGE.sentence(),
          "MaxSizeAllowed",
          Integer.toString(METADATA_BYTES_MAX));
    }
    return metadata;
  }

  /// The headers that describe an object to its reader.
  static Map<String, String> of(ObjectInfo info, RequestHead head) {
    var headers = new LinkedHashMap<String, String>();
    var type = info.contentType();
    headers.put("content-type", type == null ? DEFAULT_TYPE : type);
    headers.putAll(info.headers());
    info.metadata().forEach((name, value) -> headers.put(METADATA + name, value));
    for (var name : OVERRIDES) {
      var value = head.param("response-" + name);
      if (value != null) {
        headers.put(name, value);
      }
    }
    headers.putAll(validators(info));
    headers.put("accept-ranges", "bytes");
    return headers;
  }

  /// The headers by which a cache knows whether it has this object.
  static Map<String, String> validators(ObjectInfo info) {
    return Map.of("etag", quoted(info.etag()), "last-modified", HttpText.date(info.created()));
  }

  static String quoted(String etag) {
    return "\"" + etag + "\"";
  }

  /// True if a copy is to take its description from the request.
  static boolean replacesMetadata(RequestHead head) {
    var directive = head.header("x-amz-metadata-directive");
    return switch (directive == null ? "COPY" : directive.toUpperCase(Locale.ROOT)) {
      case "COPY" -> false;
      case "REPLACE" -> true;
      default -> throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "Unknown metadata directive.");
    };
  }
}
