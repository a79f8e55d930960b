package io.kintsugi.tree;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Counts what is written to trees and taken away, and tells of it about once a second.
final class Figures {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final World world;
  private Map<String, Long> counts = new HashMap<>();

  Figures(World world) {
    this.world = world;
    world.every(PERIOD, this::tell);
  }

  void wrote(long bytes) {
    add("writes_total", 1);
    add("written_bytes_total", bytes);
  }

  void failed() {
    add("writes_failed_total", 1);
  }

  void deleted() {
    add("deletes_total", 1);
  }

  /// A deed arrived later on an origin that was silent.
  void caughtUp() {
    add("places_caught_up_total", 1);
  }

  private void add(String name, long increment) {
    counts.merge(name, increment, Long::sum);
  }

  private void tell() {
    if (!counts.isEmpty()) {
      var told = counts;
      counts = new HashMap<>();
      world.bus().publish(MetricsContract.USAGE, new MetricsContract.Usage("tree", told));
    }
  }
}
