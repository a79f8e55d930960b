package io.kintsugi.scan;

import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.ListRecords;
import io.kintsugi.contract.CatalogPackContract.RecordRow;
import io.kintsugi.contract.CatalogPackContract.RecordRows;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract.ExpectedRecord;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.scan.Judgement.Judged;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Goes through the live shards of one pack, page by page, in the order in which they lie there. It
/// holds one page, and hands over the issues of each.
final class PackPages {
  private static final int ROWS_PER_PAGE = 1024;

  private final Errand errand;
  private final Extent.Pack extent;
  private final Map<String, OriginState> origins;
  private final @Nullable Long objectsLeft;
  private final Records records;
  private final Copies copies;
  private Figures figures = Figures.NONE;
  private boolean whole = true;
  private long lastOffset = -1;
  private boolean cancelled;

  PackPages(
      Errand errand,
      Extent.Pack extent,
      Map<String, OriginState> origins,
      @Nullable Long objectsLeft) {
    this.errand = errand;
    this.extent = extent;
    this.origins = origins;
    this.objectsLeft = objectsLeft;
    records = new Records(errand);
    copies = new Copies(errand, origins, records);
  }

  void cancel() {
    cancelled = true;
    records.cancel();
  }

  /// How far it has come, in bytes of the pack.
  long lastOffset() {
    return lastOffset;
  }

  /// Whether all that lives in the pack was judged.
  boolean isCovered() {
    return whole && figures.unreachable() == 0;
  }

  Future<Look.Outcome> run() {
    return advance().map(_ -> new Look.Outcome(withReadBytes(), List.of()));
  }

  private Figures withReadBytes() {
    return figures.plus(new Figures(0, 0, records.readBytes(), 0, 0, List.of()));
  }

  private Future<Void> advance() {
    if (cancelled) {
      return Errand.calledOff();
    }
    if (objectsLeft != null && figures.objects() >= objectsLeft) {
      whole = false;
      return Future.succeededFuture();
    }
    var question =
        new ListRecords(
            extent.originId(), extent.pack(), lastOffset, ROWS_PER_PAGE, errand.scope());
    return errand
        .world()
        .bus()
        .ask(CatalogPackContract.LIST_RECORDS, question)
        .compose(page ->
            lookAt(page)
                .compose(_ -> {
                  var next = page.nextAfter();
                  if (next == null) {
                    return Future.succeededFuture();
                  }
                  lastOffset = next;
                  return advance();
                }));
  }

  private Future<Void> lookAt(RecordRows page) {
    whole &= page.whole();
    var rows = within(page.records());
    var findings = new HashMap<String, ShardFinding>();
    var wanted = new ArrayList<Records.Wanted>();
    for (var row : rows) {
      var finding = withoutLooking(row);
      if (finding != null) {
        findings.put(finding.name(), finding);
      } else {
        wanted.add(wanted(row));
      }
    }
    return records
        .look(wanted, errand.shareBytesPerSecond())
        .compose(found -> {
          findings.putAll(found);
          return errand.note(verdicts(rows, findings)).compose(_ -> judge(rows, findings));
        })
        .map(_ -> {
          count(rows, findings);
          return null;
        });
  }

  /// No more rows than there may be objects.
  private List<RecordRow> within(List<RecordRow> rows) {
    if (objectsLeft == null) {
      return rows;
    }
    long left = objectsLeft - figures.objects();
    var some = new ArrayList<RecordRow>();
    for (var row : rows) {
      if (row.object() && left-- <= 0) {
        whole = false;
        break;
      }
      some.add(row);
    }
    return some;
  }

  private Records.Wanted wanted(RecordRow row) {
    return new Records.Wanted(
        extent.originId(),
        row.incarnation(),
        extent.pack(),
        new ExpectedRecord(name(row), row.offset(), row.sizeBytes(), row.footerSha256()));
  }

  private static String name(RecordRow row) {
    return Names.shard(
        WriteId.parse(row.writeId()), row.shardIndex(), WriteId.parse(row.attemptId()));
  }

  /// What can be said of a shard by its row alone; null: it must be looked at.
  private @Nullable ShardFinding withoutLooking(RecordRow row) {
    var origin = origins.get(extent.originId());
    if (origin == null || !Judgement.isOurs(origin)) {
      return finding(row, Evidence.UNREACHABLE, "its origin cannot be used now");
    }
    return row.incarnation().equals(origin.incarnation())
        ? null
        : finding(row, Evidence.MISSING, "its origin was replaced");
  }

  private static ShardFinding finding(RecordRow row, Evidence evidence, String detail) {
    return new ShardFinding(name(row), 0, evidence, detail, false, false, null, 0);
  }

  private Future<Void> judge(List<RecordRow> rows, Map<String, ShardFinding> findings) {
    var suspects = new LinkedHashSet<String>();
    for (var row : rows) {
      var finding = findings.get(name(row));
      if (finding != null && finding.evidence().isDamage()) {
        suspects.add(row.writeId());
      }
    }
    if (suspects.isEmpty()) {
      return Future.succeededFuture();
    }
    return copies
        .judge(List.copyOf(suspects), findings)
        .compose(judged -> errand.report(judged).map(judged))
        .map(judged -> {
          judged.forEach(this::tell);
          return null;
        });
  }

  /// Every pack with a damaged shard of a segment tells of it, for the others may have been passed
  /// before it was damaged; the catalog keeps one issue. It is counted where the first of them is.
  private void tell(Judged judged) {
    var found = Issues.of(judged, errand.world().clock().instant());
    errand.found().accept(found);
    if (extent.equals(Copies.firstDamaged(judged))) {
      errand.publish(found);
      figures = figures.plus(new Figures(0, 0, 0, found.size(), 0, List.of()));
    }
  }

  /// Whoever looks at records answers only of those that are not healthy.
  private Verdicts verdicts(List<RecordRow> rows, Map<String, ShardFinding> findings) {
    var verdicts = new Verdicts();
    for (var row : rows) {
      var finding = findings.get(name(row));
      verdicts.add(extent.originId(), finding == null ? Evidence.HEALTHY : finding.evidence());
    }
    return verdicts;
  }

  private void count(List<RecordRow> rows, Map<String, ShardFinding> findings) {
    long objects = rows.stream().filter(RecordRow::object).count();
    long bytes = rows.stream().mapToLong(RecordRow::segmentBytes).sum();
    long unreachable =
        rows.stream()
            .map(row -> findings.get(name(row)))
            .filter(finding ->
                finding != null
                    && finding.evidence() != Evidence.HEALTHY
                    && !finding.evidence().isDamage())
            .count();
    var away = unreachable == 0 ? List.<String>of() : List.of(extent.originId());
    figures = figures.plus(new Figures(objects, bytes, 0, 0, unreachable, away));
  }
}
