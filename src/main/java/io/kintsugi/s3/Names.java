package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// The rules for names of buckets and keys.
@Pure
final class Names {
  static final int KEY_BYTES_MAX = 1024;
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

  private Names() {}

  static String bucket(String name) {
    if (!BUCKET.matcher(name).matches()
        || name.contains("..")
        || name.contains(".-")
        || name.contains("-.")
        || ADDRESS.matcher(name).matches()) {
      throw S3Error.of(
          ErrorCode.INVALID_BUCKET_NAME,
          ErrorCode.INVALID_BUCKET_NAME.sentence(),
          "BucketName",
          name);
    }
    return name;
  }

  static String key(String key) {
    if (key.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES_MAX) {
      throw S3Error.of(
          ErrorCode.KEY_TOO_LONG,
          ErrorCode.KEY_TOO_LONG.sentence(),
          "MaxSizeAllowed",
          Integer.toString(KEY_BYTES_MAX));
    }
    return text(key);
  }

  /// Text that may stand in a query of the catalog.
  static String text(String text) {
    if (text.indexOf('\0') >= 0) {
      throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "The character NUL is not allowed.");
    }
    return text;
  }
}
