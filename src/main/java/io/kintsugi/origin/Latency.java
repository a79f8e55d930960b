package io.kintsugi.origin;

import java.util.Arrays;

/// How long the last operations took.
final class Latency {
  private static final int SAMPLES = 100;

  /// What is said before anything was measured.
  private static final double UNMEASURED_MILLIS = 10;

  private static final double NANOS_PER_MILLI = 1e6;

  private final double[] ring = new double[SAMPLES];
  private long count;
  private long slow;

  void add(long nanos, boolean wasSlow) {
    ring[(int) (count++ % SAMPLES)] = nanos / NANOS_PER_MILLI;
    slow += wasSlow ? 1 : 0;
  }

  long count() {
    return count;
  }

  long slow() {
    return slow;
  }

  int samples() {
    return (int) Math.min(count, SAMPLES);
  }

  /// The smallest time that this share of the operations did not exceed.
  double millis(double share) {
    if (count == 0) {
      return UNMEASURED_MILLIS;
    }
    var sorted = Arrays.copyOf(ring, samples());
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }
}
