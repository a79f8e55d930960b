package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.Validation;
import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Pure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;

/// What is told of a repair that came to its end.
@Pure
final class Results {
  private Results() {}

  /// How long the steps of a repair took.
  record Times(long wholeNanos, long rebuildNanos, long readBackNanos) {}

  /// @param repaired shards as they were before they were mended
  /// @param present how many shards are sound now
  /// @param allDeep every byte of all shards was looked at
  static HealResult of(
      Layout layout, Collection<Known> repaired, long present, boolean allDeep, Times times) {
    int total = layout.shards();
    var validations = new ArrayList<Validation>();
    if (!repaired.isEmpty() || allDeep) {
      validations.add(
          new Validation(
              "Checksum", true, "Object checksum verified", millis(times.rebuildNanos())));
    }
    validations.add(
        new Validation(
            "ShardCount",
            present == total,
            present == total
                ? "All " + total + " shards present"
                : present + " of " + total + " shards present",
            0));
    if (times.readBackNanos() > 0) {
      validations.add(
          new Validation(
              "ReadBack", true, "Read back and verified", millis(times.readBackNanos())));
    }
    var strategy = Strategies.name(layout, repaired);
    return new HealResult(
        true, repaired.size(), total, millis(times.wholeNanos()), strategy, validations);
  }

  private static long millis(long nanos) {
    return Duration.ofNanos(nanos).toMillis();
  }
}
