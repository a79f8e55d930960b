package io.kintsugi.scan;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.DamageReported;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.FilesChanged;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.StartScan;
import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at once at shards that somebody else touched, one after the other, and reports what is
/// damaged. A report about a name that no row holds any more is void, so it need not know why
/// something went. Where more happened than was told, one quick scan of everything finds out.
final class Outside {
  private static final Logger LOG = LoggerFactory.getLogger(Outside.class);

  /// Names that wait; of more, a scan finds out.
  private static final int WAITING_MAX = 10_000;

  private static final int REPORTED_AT_ONCE = 200;
  private static final long BYTES_PER_SECOND = 50_000_000;

  /// Scans because of this are begun so seldom.
  private static final Duration SCAN_SELDOM = Duration.ofMinutes(10);

  private record Touched(String originId, String incarnation, ShardName name) {}

  private final World world;
  private final Deque<Touched> waiting = new ArrayDeque<>();
  private List<Damage> damages = new ArrayList<>();
  private boolean looking;
  private @Nullable Long lastScanNanos;

  Outside(World world) {
    this.world = world;
  }

  void open() {
    world.bus().listen(OriginContract.FILES_CHANGED, this::hear);
  }

  private void hear(FilesChanged news) {
    boolean whole = news.unsure().isEmpty();
    for (var names : List.of(news.vanished(), news.changed())) {
      for (var path : names) {
        var name = Names.parse(path);
        if (name.isPresent() && waiting.size() < WAITING_MAX) {
          waiting.add(new Touched(news.originId(), news.incarnation(), name.get()));
        } else if (name.isPresent()) {
          whole = false;
        }
      }
    }
    if (!whole) {
      scan(news.originId());
    }
    if (!looking) {
      next();
    }
  }

  private void next() {
    var touched = waiting.poll();
    looking = touched != null;
    if (touched == null || damages.size() >= REPORTED_AT_ONCE) {
      report();
    }
    if (touched != null) {
      look(touched)
          .onSuccess(finding -> note(touched, finding))
          .onFailure(cause ->
              LOG.debug("shard={} not looked at: {}", touched.name(), Failure.from(cause).text()))
          .onComplete(_ -> next());
    }
  }

  private Future<ShardFinding> look(Touched touched) {
    return world
        .bus()
        .ask(
            OriginContract.VERIFY_SHARD.at(touched.originId()),
            new VerifyShard(
                touched.name().path(), touched.incarnation(), Depth.DEEP, null, BYTES_PER_SECOND));
  }

  private void note(Touched touched, ShardFinding finding) {
    if (!finding.evidence().isDamage()) {
      return;
    }
    var name = touched.name();
    var detail = finding.detail();
    damages.add(
        new Damage(
            name.writeId().toString(),
            name.index(),
            name.attemptId().toString(),
            touched.originId(),
            finding.evidence(),
            finding.manifestOnly(),
            detail == null ? "touched by somebody else" : detail));
  }

  private void report() {
    if (damages.isEmpty()) {
      return;
    }
    var met = damages;
    damages = new ArrayList<>();
    world
        .bus()
        .ask(CatalogHealContract.REPORT_DAMAGE, new ReportDamage(met, "read", null, null))
        .onSuccess(told -> {
          if (told.reported() > 0) {
            LOG.info("touched={} damaged={}", met.size(), told.reported());
            world
                .bus()
                .publish(HealContract.DAMAGE_REPORTED, new DamageReported("read", told.reported()));
          }
        })
        .onFailure(cause ->
            LOG.warn(
                "damage not reported, a scan must find it again: {}", Failure.from(cause).text()));
  }

  private void scan(String originId) {
    long now = world.nanos();
    if (lastScanNanos != null && now - lastScanNanos < SCAN_SELDOM.toNanos()) {
      return;
    }
    lastScanNanos = now;
    LOG.info("origin={} changed beyond telling, everything is scanned", originId);
    world
        .bus()
        .ask(
            ScanContract.START_SCAN,
            new StartScan("Full", "Quick", List.of(), true, null, Priority.HIGH))
        .onFailure(cause -> LOG.warn("no scan was begun: {}", Failure.from(cause).text()));
  }
}
