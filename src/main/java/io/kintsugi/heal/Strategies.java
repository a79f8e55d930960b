package io.kintsugi.heal;

import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Pure;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Names a repair by what it was made from.
@Pure
final class Strategies {
  static final String DATA = "DataShardRepair";
  static final String PARITY = "ParityShardRepair";
  static final String HYBRID = "HybridRepair";
  static final String REPLICA = "ReplicaRepair";
  static final String MANIFEST = "ManifestRepair";

  private Strategies() {}

  /// The name, by the shards that were damaged; null if none was. Where blocks were lost too, a
  /// damaged header or footer elsewhere does not change the name.
  static @Nullable String name(Layout layout, Collection<Known> repaired) {
    if (repaired.isEmpty()) {
      return null;
    }
    var lost = repaired.stream().filter(shard -> !shard.manifestOnly()).toList();
    if (lost.isEmpty()) {
      return MANIFEST;
    }
    if (layout.k() == 1) {
      return REPLICA;
    }
    boolean data = lost.stream().anyMatch(shard -> shard.index() < layout.k());
    boolean parity = lost.stream().anyMatch(shard -> shard.index() >= layout.k());
    if (data && parity) {
      return HYBRID;
    }
    return parity ? DATA : PARITY;
  }
}
