package io.kintsugi.scan;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.NoteVerdicts;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogPackContract.Scope;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.DamageReported;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.IssueFound;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.scan.Judgement.Judged;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// For which scan a look is made, and what all looks do alike.
///
/// @param shareBytesPerSecond what the look may read, 0 for no limit
/// @param began when it was decided to look
/// @param found takes issues that a long look finds before it ends
record Errand(
    World world,
    String scanId,
    ScanPlan plan,
    long shareBytesPerSecond,
    Instant began,
    Consumer<List<Issue>> found) {
  private static final int DAMAGES_PER_REPORT = 500;

  Depth depth() {
    return plan.depth();
  }

  Scope scope() {
    return new Scope(plan.buckets(), plan.includeSystemObjects());
  }

  /// The origins as they are now, by id.
  Future<Map<String, OriginState>> origins() {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .map(found -> {
          var origins = new HashMap<String, OriginState>();
          found.origins().forEach(origin -> origins.put(origin.id(), origin));
          return origins;
        });
  }

  /// Puts damage into the queue.
  Future<Void> report(List<Judged> judged) {
    var pages = new ArrayList<List<Damage>>();
    var page = new ArrayList<Damage>();
    for (var segment : judged) {
      page.addAll(segment.damages());
      if (page.size() >= DAMAGES_PER_REPORT) {
        pages.add(List.copyOf(page));
        page.clear();
      }
    }
    if (!page.isEmpty()) {
      pages.add(page);
    }
    Future<Void> reported = Future.succeededFuture();
    for (var damages : pages) {
      reported = reported.compose(_ -> report(new ReportDamage(damages, "scan", scanId, null)));
    }
    return reported;
  }

  private Future<Void> report(ReportDamage damage) {
    return world
        .bus()
        .ask(CatalogHealContract.REPORT_DAMAGE, damage)
        .map(answer -> {
          world
              .bus()
              .publish(HealContract.DAMAGE_REPORTED, new DamageReported("scan", answer.reported()));
          return null;
        });
  }

  /// Says how the shards of each origin were found that were read, and not only seen.
  Future<Void> note(Verdicts verdicts) {
    var list = verdicts.list();
    return depth() == Depth.QUICK || list.isEmpty()
        ? Future.succeededFuture()
        : world.bus().ask(CatalogCollectContract.NOTE_VERDICTS, new NoteVerdicts(list)).mapEmpty();
  }

  /// Tells the world.
  void publish(List<Issue> issues) {
    issues.forEach(
        issue -> world.bus().publish(ScanContract.ISSUE_FOUND, new IssueFound(scanId, issue)));
  }

  static <T> Future<T> calledOff() {
    return Future.failedFuture(Failure.of(FailureCode.CANCELLED, "the look was called off"));
  }
}
