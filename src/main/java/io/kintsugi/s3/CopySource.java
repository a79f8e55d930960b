package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// The object that a copy reads, as `x-amz-copy-source` names it.
@Pure
record CopySource(String bucket, String key, @Nullable String versionId) {
  static CopySource parse(String header) {
    int mark = header.lastIndexOf("?versionId=");
    var path = mark < 0 ? header : header.substring(0, mark);
    var version = mark < 0 ? null : header.substring(mark + "?versionId=".length());
    var decoded = UriText.decode(path, false);
    var text = decoded.startsWith("/") ? decoded.substring(1) : decoded;
    int slash = text.indexOf('/');
    if (slash < 1 || slash == text.length() - 1) {
      throw S3Error.of(
          ErrorCode.INVALID_ARGUMENT, "Copy Source must mention the source bucket and key.");
    }
    return new CopySource(
        Names.bucket(text.substring(0, slash)),
        Names.key(text.substring(slash + 1)),
        Operations.versionId(version));
  }
}
