package io.kintsugi.heal;

import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.kernel.World;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is different where a heal cannot wait.
final class Emergency {
  private static final Logger LOG = LoggerFactory.getLogger(Emergency.class);

  private Emergency() {}

  /// In an emergency a pass that takes too long is broken off, and goes on with other sources.
  static World.Timer brake(World world, HealPolicy policy, Claim claim, Rebuild work) {
    if (!claim.isEmergency()) {
      return () -> false;
    }
    return world.after(
        Duration.ofMillis(policy.emergencyHealTimeoutMillis()),
        () -> {
          LOG.warn("task={} emergency pass took too long", claim.task().taskId());
          work.breakOff();
        });
  }
}
