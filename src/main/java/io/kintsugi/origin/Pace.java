package io.kintsugi.origin;

/// Keeps work at a number of bytes per second, over any while longer than one piece.
final class Pace {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final long bytesPerSecond;
  private long freeAtNanos;

  /// @param bytesPerSecond 0 for no bound
  Pace(long bytesPerSecond, long nowNanos) {
    this.bytesPerSecond = bytesPerSecond;
    freeAtNanos = nowNanos;
  }

  /// Takes note of bytes just moved; answers how long to wait before the next.
  long delayMillis(long bytes, long nowNanos) {
    if (bytesPerSecond <= 0) {
      return 0;
    }
    // Time that was not used is not saved up: a pause is no licence for a burst.
    freeAtNanos = Math.max(freeAtNanos, nowNanos);
    freeAtNanos += (long) (bytes * NANOS_PER_SECOND / bytesPerSecond);
    return (freeAtNanos - nowNanos) / NANOS_PER_MILLI;
  }
}
