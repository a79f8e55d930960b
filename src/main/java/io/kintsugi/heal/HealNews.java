package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.HealEnded;
import io.kintsugi.heal.Claim.End;
import io.kintsugi.kernel.World;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of a heal that has ended, once that is recorded.
final class HealNews {
  private static final Logger LOG = LoggerFactory.getLogger(HealNews.class);

  private HealNews() {}

  static void tell(World world, HealTask task, End end) {
    LOG.atInfo()
        .addKeyValue("task", task.taskId())
        .addKeyValue("bucket", task.bucket())
        .addKeyValue("object", task.key())
        .log(
            "heal ended writeId={} outcome={} shards={} reason={}",
            task.segment().writeId(),
            end.word(),
            end.shardsRepaired(),
            end.reason());
    world
        .bus()
        .publish(
            HealContract.HEAL_ENDED,
            new HealEnded(
                task.taskId(),
                task.bucket(),
                task.key(),
                task.segment().writeId(),
                end.word(),
                end.result(),
                end.reason(),
                world.clock().instant()));
  }
}
