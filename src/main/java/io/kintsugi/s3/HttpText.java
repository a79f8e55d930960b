package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Text as it stands in HTTP headers.
@Pure
final class HttpText {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private HttpText() {}

  static String date(Instant at) {
    return DATE.format(at);
  }

  /// One char per byte of UTF-8, as headers are written out.
  static String wire(String value) {
    if (value.chars().anyMatch(c -> c < ' ' && c != '\t')) {
      throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "A header value has control characters in it.");
    }
    return value.chars().allMatch(c -> c < 0x80)
        ? value
        : new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
