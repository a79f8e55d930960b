package io.kintsugi.scan;

import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Begins the scans that nobody asks for: by the clock, and when an origin was replaced.
final class UnaskedScans {
  private static final Logger LOG = LoggerFactory.getLogger(UnaskedScans.class);

  private final World world;
  private final Scanner scanner;
  private final Map<String, String> incarnations = new HashMap<>();
  private @Nullable Instant lastWholeEnded;
  private boolean starting;
  private boolean replaceDue;

  UnaskedScans(World world, Scanner scanner) {
    this.world = world;
    this.scanner = scanner;
  }

  /// What is known of the past: what changed while nobody looked shows against the last scan of
  /// everything.
  void recall(ScanHistory.LastWhole last, List<OriginState> origins) {
    last.incarnations().forEach(incarnations::putIfAbsent);
    origins.forEach(this::meet);
    lastWholeEnded = last.ended();
  }

  void wholeEnded(Instant when) {
    lastWholeEnded = when;
  }

  /// An origin under a new incarnation has lost what lay on it. True if that is so.
  boolean meet(OriginState origin) {
    var incarnation = origin.incarnation();
    if (incarnation == null) {
      return false;
    }
    if (!Judgement.isOurs(origin)) {
      // What the catalog knows of it will tell, should it be replaced.
      incarnations.putIfAbsent(origin.id(), incarnation);
      return false;
    }
    var before = incarnations.put(origin.id(), incarnation);
    boolean replaced = before != null && !before.equals(incarnation);
    if (replaced) {
      LOG.info("origin={} replaced incarnation={}", origin.id(), incarnation);
      replaceDue = true;
    }
    return replaced;
  }

  /// Begins a scan if its time has come.
  void consider(Policies known, List<Unasked.Open> open) {
    var ended = lastWholeEnded;
    if (ended == null || starting) {
      return;
    }
    if (replaceDue && Unasked.isReplaceComing(open)) {
      replaceDue = false;
    }
    var now = world.clock().instant();
    double chance = world.random().nextDouble();
    var due =
        replaceDue
            ? Unasked.afterReplace()
            : Unasked.byInterval(known.scan(), ended, now, open, chance);
    if (due != null) {
      begin(due);
    }
  }

  private void begin(Unasked.Due due) {
    starting = true;
    var cause = due.plan().cause();
    world
        .bus()
        .ask(CatalogScanContract.LIST_EXTENTS, new ListExtents())
        .compose(extents -> scanner.begin(due.plan(), due.priority(), extents.objects()))
        .onSuccess(_ -> replaceDue = replaceDue && !cause.equals(ScanPlan.REPLACE))
        .onFailure(failure ->
            LOG.atWarn()
                .addKeyValue("code", Failure.from(failure).code())
                .log("scan not begun cause={}: {}", cause, Failure.from(failure).text()))
        .onComplete(_ -> starting = false);
  }
}
