package io.kintsugi.origin;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.Usage;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Counts what goes into the packs of one origin; told about once a second while there is anything
/// to tell.
final class PackFigures {
  private static final Duration TELL_DELAY = Duration.ofSeconds(1);

  private final World world;
  private final String labels;
  private Map<String, Long> counts = new HashMap<>();

  PackFigures(World world, String originId) {
    this.world = world;
    labels = "{origin=\"" + originId + "\"}";
  }

  /// Records that shared one flush.
  void flushed(int records, long bytes) {
    add("pack_flushes_total", 1);
    add("pack_records_total", records);
    add("pack_bytes_total", bytes);
  }

  /// A pack that was given up because a write or a flush failed.
  void poisoned() {
    add("pack_failures_total", 1);
  }

  private void add(String name, long increment) {
    if (counts.isEmpty()) {
      world.after(TELL_DELAY, this::tell);
    }
    counts.merge(name + labels, increment, Long::sum);
  }

  private void tell() {
    var told = counts;
    counts = new HashMap<>();
    world.bus().publish(MetricsContract.USAGE, new Usage("origin", told));
  }
}
