package io.kintsugi.object;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.DamageReported;
import io.kintsugi.contract.Location;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The damage that one read met. Each shard is reported once; a read that lasts does not keep it to
/// itself until its end.
final class DamageLog {
  private static final Logger LOG = LoggerFactory.getLogger(DamageLog.class);
  private static final Duration GATHER = Duration.ofSeconds(1);
  private static final long REPORT_TOTAL_MILLIS = 30_000;

  private final World world;
  private final String bucket;
  private final String key;
  private final Set<String> known = new HashSet<>();
  private List<Damage> fresh = new ArrayList<>();
  private World.@Nullable Timer gathering;

  DamageLog(World world, String bucket, String key) {
    this.world = world;
    this.bucket = bucket;
    this.key = key;
  }

  void met(String writeId, Location at, Evidence evidence, String detail) {
    if (!known.add(at.attemptId())) {
      return;
    }
    LOG.atWarn()
        .addKeyValue("bucket", bucket)
        .addKeyValue("object", key)
        .log(
            "shard damaged write={} index={} origin={} evidence={} detail=\"{}\"",
            writeId,
            at.index(),
            at.originId(),
            evidence,
            detail);
    fresh.add(
        new Damage(writeId, at.index(), at.attemptId(), at.originId(), evidence, false, detail));
    if (gathering == null) {
      gathering = world.after(GATHER, this::report);
    }
  }

  /// Reports what was not reported yet.
  void report() {
    if (gathering != null) {
      gathering.cancel();
      gathering = null;
    }
    if (fresh.isEmpty()) {
      return;
    }
    var damages = fresh;
    fresh = new ArrayList<>();
    int segments = (int) damages.stream().map(Damage::writeId).distinct().count();
    var question = new ReportDamage(damages, "read", null, null);
    Retry.whileUnknown(
            world,
            REPORT_TOTAL_MILLIS,
            () -> world.bus().ask(CatalogHealContract.REPORT_DAMAGE, question))
        .onSuccess(_ ->
            world.bus().publish(HealContract.DAMAGE_REPORTED, new DamageReported("read", segments)))
        .onFailure(cause ->
            LOG.atWarn()
                .addKeyValue("bucket", bucket)
                .addKeyValue("object", key)
                .addKeyValue("code", Failure.from(cause).code())
                .log(
                    "damage not reported, a scan must find it again: {}",
                    Failure.from(cause).text()));
  }
}
