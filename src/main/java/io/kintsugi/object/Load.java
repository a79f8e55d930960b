package io.kintsugi.object;

import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.LoadReported;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Predicate;

/// How long those wait who want something of this instance: told to everybody once a second, while
/// there are any, and at once when the first one comes.
final class Load {
  /// A body that comes so fast that its time is not its sender's.
  static final long SHORT_BYTES = 1 << 20;

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final double NANOS_PER_MILLI = 1e6;

  /// Beyond that a second's later operations replace its earlier ones.
  private static final int SAMPLES_MAX = 4_096;

  private final World world;
  private final String source;
  private final long[] nanos = new long[SAMPLES_MAX];
  private int operations;
  private int inFlight;
  private boolean told;

  Load(World world) {
    this.world = world;
    source = world.node() + "/" + Long.toHexString(world.random().nextLong());
  }

  void start() {
    world.every(PERIOD, this::report);
  }

  /// The same work, with its time taken.
  ///
  /// @param counts whether its time says something about this side: that of a long body is the
  ///   sender's
  <Q, A> Function<Q, Future<A>> timing(Function<Q, Future<A>> work, Predicate<Q> counts) {
    return question -> {
      long beganNanos = world.nanos();
      inFlight++;
      if (!told) {
        told = true;
        publish(new long[0]);
      }
      return work.apply(question)
          .onComplete(_ -> {
            inFlight--;
            if (counts.test(question)) {
              nanos[operations++ % SAMPLES_MAX] = world.nanos() - beganNanos;
            }
          });
    };
  }

  private void report() {
    boolean idle = operations == 0 && inFlight == 0;
    if (!idle || told) {
      var sorted = Arrays.copyOf(nanos, Math.min(operations, SAMPLES_MAX));
      Arrays.sort(sorted);
      publish(sorted);
    }
    told = !idle;
    operations = 0;
  }

  private void publish(long[] sorted) {
    world
        .bus()
        .publish(
            ObjectContract.LOAD_REPORTED,
            new LoadReported(
                source, inFlight, operations, millis(sorted, 0.50), millis(sorted, 0.99)));
  }

  private static double millis(long[] sorted, double part) {
    return sorted.length == 0
        ? 0
        : sorted[(int) Math.ceil(part * sorted.length) - 1] / NANOS_PER_MILLI;
  }
}
