package io.kintsugi.contract;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known of an object besides its bytes.
///
/// @param etag without quotes: MD5 in hex, or `<md5>-<parts>` for multipart uploads
/// @param headers stored response headers in lower case (cache-control, content-disposition, ...)
/// @param metadata user metadata, names in lower case without `x-amz-meta-`
public record ObjectInfo(
    long sizeBytes,
    String etag,
    @Nullable String contentType,
    Map<String, String> headers,
    Map<String, String> metadata,
    Instant created) {
  public ObjectInfo {
    headers = Map.copyOf(headers);
    metadata = Map.copyOf(metadata);
  }
}
