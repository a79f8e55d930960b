package io.kintsugi.metrics;

import io.kintsugi.kernel.Pure;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The figures of the last day, one sample every few seconds, in a ring of fixed size.
@Pure
final class History {
  static final Duration KEPT = Duration.ofHours(24);

  private final Instant[] times;
  private final double[][] samples;
  private int next;
  private int size;

  History(int capacity) {
    times = new Instant[capacity];
    Arrays.fill(times, Instant.EPOCH);
    samples = new double[capacity][];
  }

  void add(Instant time, double[] sample) {
    times[next] = time;
    samples[next] = sample.clone();
    next = (next + 1) % times.length;
    size = Math.min(size + 1, times.length);
  }

  /// How much a counter grew since `start`. Where it fell, its process began anew: what it shows
  /// then is growth.
  double increase(Figure figure, Instant start, double now) {
    double grown = 0;
    @Nullable Double before = null;
    for (int age = size; age >= 1; age--) {
      int at = Math.floorMod(next - age, times.length);
      double value = samples[at][figure.slot()];
      if (times[at].isAfter(start)) {
        // A counter that had no sample before the period is counted from its first one.
        grown += before == null ? 0 : step(before, value);
      }
      before = value;
    }
    return grown + (before == null ? 0 : step(before, now));
  }

  private static double step(double before, double after) {
    return after >= before ? after - before : after;
  }

  /// When the oldest sample was taken; null if there is none.
  @Nullable Instant oldest() {
    return size == 0 ? null : times[Math.floorMod(next - size, times.length)];
  }
}
