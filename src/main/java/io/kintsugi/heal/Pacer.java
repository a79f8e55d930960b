package io.kintsugi.heal;

import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.LoadReported;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps heals at the [Pace] that the foreground leaves them.
final class Pacer {
  private static final Logger LOG = LoggerFactory.getLogger(Pacer.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /// Each reads ahead and flushes on its own; a second one keeps a long heal from holding up a
  /// pressing one.
  private static final int BESIDE_OTHERS = 2;

  private final World world;
  private final BooleanSupplier healing;
  private final Throttle throttle;

  /// The latest report of each part of the data path, since the last look.
  private final Map<String, LoadReported> reports = new HashMap<>();

  private Pace pace = Pace.START;

  /// @param healing whether heals run now
  Pacer(World world, BooleanSupplier healing) {
    this.world = world;
    this.healing = healing;
    throttle = new Throttle(world);
  }

  void start() {
    world.bus().listen(ObjectContract.LOAD_REPORTED, this::hear);
    world.every(PERIOD, this::look);
  }

  Turns turns() {
    return throttle;
  }

  /// How many heals may begin beside `running` ones: while others want something, few at a time.
  int room(int mostAtOnce, int running) {
    return (pace.isBounded() ? Math.min(mostAtOnce, BESIDE_OTHERS) : mostAtOnce) - running;
  }

  private void hear(LoadReported load) {
    reports.put(load.source(), load);
    if (load.inFlight() > 0 && !pace.isBounded()) {
      set(pace.woken(), load.p99Millis());
    }
  }

  private void look() {
    var load = Pace.Load.NONE;
    for (var report : reports.values()) {
      load =
          new Pace.Load(
              load.inFlight() + report.inFlight(),
              load.operations() + report.operations(),
              Math.max(load.p50Millis(), report.p50Millis()),
              Math.max(load.p99Millis(), report.p99Millis()));
    }
    reports.clear();
    set(pace.next(load, healing.getAsBoolean()), load.p99Millis());
  }

  private void set(Pace next, double p99Millis) {
    var before = pace;
    pace = next;
    throttle.setRate(pace.bytesPerSecond());
    if (healing.getAsBoolean() && before.isBounded() != pace.isBounded()) {
      LOG.info("heals give way to others={} p99Millis={}", pace.isBounded(), p99Millis);
    }
    if (pace.yielding() && !before.yielding()) {
      LOG.info(
          "heals are felt bytesPerSecond={} -> {} p50={} p99={}",
          before.bytesPerSecond(),
          pace.bytesPerSecond(),
          pace.usual(),
          pace.slowest());
    }
    LOG.debug("pace={}", pace);
  }
}
