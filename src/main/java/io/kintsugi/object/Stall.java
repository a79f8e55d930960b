package io.kintsugi.object;

import io.kintsugi.kernel.Pure;
import java.util.Arrays;

/// What to do about a shard stream that gets no credit.
@Pure
enum Stall {
  /// It is not slow, or no slower than the others.
  KEEP,
  /// It holds up the others, and the segment can do without it.
  DROP,
  /// It holds up the others for too long, and the segment cannot do without it.
  FAIL;

  /// Each number of nanoseconds is how long a stream has been waiting for credit, 0 if it is not.
  ///
  /// @param limitNanos the least that is called slow
  /// @param lastNanos what no PUT waits for, even if it fails for it
  static Stall decide(
      long waitedNanos, long[] siblingNanos, int spare, long limitNanos, long lastNanos) {
    if (waitedNanos <= Math.max(limitNanos, 4 * median(siblingNanos))) {
      return waitedNanos > lastNanos ? FAIL : KEEP;
    }
    if (spare > 0) {
      return DROP;
    }
    return waitedNanos > lastNanos ? FAIL : KEEP;
  }

  static long median(long[] values) {
    if (values.length == 0) {
      return 0;
    }
    var sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
