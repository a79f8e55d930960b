package io.kintsugi.scan;

import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.ScanContract.Progress;
import io.kintsugi.kernel.Pure;

/// How fast a scan goes and how long it will take.
@Pure
final class Estimates {
  /// What one node looks at where nothing better is known.
  private static final long QUICK_OBJECTS_PER_SECOND = 20_000;

  private static final long NORMAL_OBJECTS_PER_SECOND = 1_000;
  private static final long DEEP_BYTES_PER_SECOND = 200_000_000;

  /// A scan that has not completed never shows 100.
  private static final double ALMOST_ALL_PERCENT = 99.9;

  private Estimates() {}

  /// How a scan stands.
  ///
  /// @param fraction of the way, 0 to 1
  static Progress progress(
      Figures figures, double fraction, long objectsTotal, long activeMillis, boolean completed) {
    double percent = completed ? 100 : Math.min(ALMOST_ALL_PERCENT, 100 * fraction);
    Long remaining = null;
    if (completed) {
      remaining = 0L;
    } else if (fraction > 0) {
      remaining = (long) (activeMillis * (1 - fraction) / fraction);
    }
    return new Progress(
        figures.objects(),
        Math.max(objectsTotal, figures.objects()),
        figures.bytes(),
        figures.physicalBytes(),
        figures.issues(),
        percent,
        perSecond(figures.objects(), activeMillis),
        perSecond(figures.bytes(), activeMillis),
        activeMillis,
        remaining,
        figures.unreachable());
  }

  /// How long a scan of so much will take.
  ///
  /// @param limitBytesPerSecond 0: none
  static long durationMillis(Depth depth, long objects, long bytes, long limitBytesPerSecond) {
    return switch (depth) {
      case QUICK -> objects * 1000 / QUICK_OBJECTS_PER_SECOND;
      case NORMAL -> objects * 1000 / NORMAL_OBJECTS_PER_SECOND;
      case DEEP, FORENSIC -> {
        long pace =
            limitBytesPerSecond == 0
                ? DEEP_BYTES_PER_SECOND
                : Math.min(DEEP_BYTES_PER_SECOND, limitBytesPerSecond);
        yield Math.round(bytes * 1000.0 / pace);
      }
    };
  }

  private static double perSecond(long count, long millis) {
    return millis <= 0 ? 0 : count * 1000.0 / millis;
  }
}
