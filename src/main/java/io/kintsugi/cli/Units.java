package io.kintsugi.cli;

import java.time.Duration;
import java.util.Locale;

/// Figures for people: sizes in powers of ten, times in seconds.
final class Units {
  private static final String[] SIZES = {"B", "kB", "MB", "GB", "TB", "PB"};
  private static final double STEP = 1000;
  private static final double NANOS = 1e9;

  private Units() {}

  static String bytes(long count) {
    double value = count;
    int unit = 0;
    while (value >= STEP && unit < SIZES.length - 1) {
      value /= STEP;
      unit++;
    }
    return unit == 0 ? count + " B" : String.format(Locale.ROOT, "%.1f %s", value, SIZES[unit]);
  }

  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toNanos() / NANOS);
  }

  /// Bytes over time as GB/s.
  static String rate(long bytes, Duration time) {
    double seconds = Math.max(time.toNanos(), 1) / NANOS;
    return String.format(Locale.ROOT, "%.3f GB/s", bytes / seconds / NANOS);
  }
}
