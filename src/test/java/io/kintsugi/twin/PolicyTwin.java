package io.kintsugi.twin;

import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.PolicyContract.SystemState;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The policy feature, in memory.
public final class PolicyTwin {
  public volatile ScanPolicy scan =
      new ScanPolicy(1, "Normal", Duration.ofDays(100_000).toMillis(), 0, 0, 4, true, List.of());
  public volatile HealPolicy heal = new HealPolicy(1, 8, 300_000, true, true, Map.of(), 8, 100);
  public volatile String status = "Running";

  public Policies policies() {
    return new Policies(
        scan, heal, new SystemState(1, "system-1", status, Instant.EPOCH, 1000, 100));
  }

  public void answer(World world) {
    world.bus().answer(PolicyContract.GET_POLICIES, _ -> Future.succeededFuture(policies()));
  }

  /// Says it to everybody.
  public void publish(World world) {
    world.bus().publish(PolicyContract.POLICIES_CHANGED, policies());
  }
}
