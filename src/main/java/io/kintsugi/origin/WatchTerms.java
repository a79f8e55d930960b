package io.kintsugi.origin;

import io.kintsugi.contract.OriginKind;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/// Whether and how an origin is watched.
///
/// @param interval between two looks, where the place does not tell
record WatchTerms(boolean on, Duration interval) {
  static final Duration USUAL = Duration.ofSeconds(60);
  private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,5})(s|m|h)");

  /// Fails with IllegalArgumentException at what it does not understand.
  static WatchTerms of(Map<String, String> settings) {
    var text = settings.getOrDefault(OriginKind.WATCH, "false");
    if (text.equals("true") || text.equals("false")) {
      return new WatchTerms(text.equals("true"), USUAL);
    }
    var time = TIME.matcher(text);
    if (!time.matches()) {
      throw new IllegalArgumentException(
          "watch must be true, false or a time such as 60s, not '" + text + "'");
    }
    long count = Long.parseLong(time.group(1));
    return new WatchTerms(
        true,
        switch (time.group(2)) {
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          default -> Duration.ofHours(count);
        });
  }
}
