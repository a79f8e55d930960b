package io.kintsugi.object;

import java.util.Arrays;

/// How long one origin takes until the first block of a shard has come, and how often that was too
/// long.
final class ReadTimes {
  private static final int SAMPLES = 100;

  /// Fewer say nothing.
  private static final int SAMPLES_MIN = 10;

  /// So many more make it worth to look again.
  private static final int SORT_EVERY = 5;

  /// Of so many reads, this many that dawdled make a dawdler; five of a hundred always do.
  private static final int LAST = 8;

  private static final int LATE = 4;

  /// So long after it dawdled last it is given another chance.
  private static final long LATE_NANOS = 30_000_000_000L;

  private final long[] nanos = new long[SAMPLES];
  private long count;
  private int lateness;
  private long lateNanos;
  private long p95Nanos;
  private long sortedCount;

  void took(long tookNanos, boolean late, long nowNanos) {
    nanos[(int) (count++ % SAMPLES)] = tookNanos;
    lateness = ((lateness << 1) | (late ? 1 : 0)) & ((1 << LAST) - 1);
    if (late) {
      lateNanos = nowNanos;
    }
  }

  boolean isMeasured() {
    return count >= SAMPLES_MIN;
  }

  /// Nobody waits longer than this but for five of a hundred.
  long p95Nanos() {
    if (count - sortedCount >= SORT_EVERY) {
      var sorted = Arrays.copyOf(nanos, (int) Math.min(count, SAMPLES));
      Arrays.sort(sorted);
      p95Nanos = sorted[(int) Math.ceil(0.95 * sorted.length) - 1];
      sortedCount = count;
    }
    return p95Nanos;
  }

  boolean dawdles(long nowNanos) {
    if (nowNanos - lateNanos > LATE_NANOS) {
      lateness = 0;
    }
    return Integer.bitCount(lateness) >= LATE;
  }
}
