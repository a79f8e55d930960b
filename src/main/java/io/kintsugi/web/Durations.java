package io.kintsugi.web;

import io.kintsugi.kernel.Pure;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// Durations as people write them in requests and read them in answers: `2h30m`, `45s`, `120ms`.
@Pure
public final class Durations {
  private static final Pattern WHOLE = Pattern.compile("(?:\\d{1,12}(?:ms|s|m|h|d))+");
  private static final Pattern PART = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final long SECOND = 1_000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  /// From here on days are easier to read than hours.
  private static final long DAYS_FROM = 2 * DAY;

  /// What to tell somebody whose duration could not be read.
  public static final String HINT = "must be a duration such as 90s, 12h or 2h30m";

  private Durations() {}

  /// Reads `<n>(ms|s|m|h|d)` in sequence; empty if the text is anything else or too long to count.
  public static OptionalLong parseMillis(String text) {
    if (!WHOLE.matcher(text).matches()) {
      return OptionalLong.empty();
    }
    try {
      long millis = 0;
      var parts = PART.matcher(text);
      while (parts.find()) {
        long part = Math.multiplyExact(Long.parseLong(parts.group(1)), unitMillis(parts.group(2)));
        millis = Math.addExact(millis, part);
      }
      return OptionalLong.of(millis);
    } catch (ArithmeticException _) {
      return OptionalLong.empty();
    }
  }

  private static long unitMillis(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> SECOND;
      case "m" -> MINUTE;
      case "h" -> HOUR;
      default -> DAY;
    };
  }

  /// For a measured time: whole seconds from one second on, milliseconds below.
  public static String format(long millis) {
    return exact(millis < SECOND ? millis : Math.round(millis / (double) SECOND) * SECOND);
  }

  /// For a setting: reads back as the very same duration.
  public static String exact(long millis) {
    if (millis <= 0) {
      return "0s";
    }
    var text = new StringBuilder();
    long rest = millis;
    if (rest >= DAYS_FROM) {
      rest = take(text, rest, DAY, "d");
    }
    rest = take(text, rest, HOUR, "h");
    rest = take(text, rest, MINUTE, "m");
    rest = take(text, rest, SECOND, "s");
    take(text, rest, 1, "ms");
    return text.toString();
  }

  private static long take(StringBuilder text, long millis, long unitMillis, String unit) {
    if (millis >= unitMillis) {
      text.append(millis / unitMillis).append(unit);
    }
    return millis % unitMillis;
  }
}
