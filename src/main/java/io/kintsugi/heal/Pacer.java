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
  }
}
