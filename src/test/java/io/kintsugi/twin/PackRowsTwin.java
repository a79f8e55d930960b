package io.kintsugi.twin;

import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.FindShards;
import io.kintsugi.contract.CatalogPackContract.ListPacks;
import io.kintsugi.contract.CatalogPackContract.ListRecords;
import io.kintsugi.contract.CatalogPackContract.NotePacksVerified;
import io.kintsugi.contract.CatalogPackContract.PackNames;
import io.kintsugi.contract.CatalogPackContract.PackRef;
import io.kintsugi.contract.CatalogPackContract.PackSum;
import io.kintsugi.contract.CatalogPackContract.PackSums;
import io.kintsugi.contract.CatalogPackContract.RecordRow;
import io.kintsugi.contract.CatalogPackContract.RecordRows;
import io.kintsugi.contract.CatalogPackContract.Scope;
import io.kintsugi.contract.CatalogPackContract.SumPacks;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.CatalogScanContract.ShardRows;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.Location;
import io.kintsugi.kernel.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/// What the catalog feature says of packs, in memory.
public final class PackRowsTwin {
  private static final int PAGE_ROWS = 3;

  public final List<NotePacksVerified> coverage = new CopyOnWriteArrayList<>();
  private final Map<String, SegmentRow> rows;

  PackRowsTwin(Map<String, SegmentRow> rows) {
    this.rows = rows;
  }

  static boolean isPacked(SegmentRow row) {
    return row.segment().locations().stream().allMatch(at -> at.packed() != null);
  }

  void answer(Bus bus) {
    bus.answer(CatalogPackContract.LIST_PACKS, q -> Future.succeededFuture(list(q)));
    bus.answer(CatalogPackContract.SUM_PACKS, q -> Future.succeededFuture(sum(q)));
    bus.answer(CatalogPackContract.LIST_RECORDS, q -> Future.succeededFuture(records(q)));
    bus.answer(CatalogPackContract.FIND_SHARDS, q -> Future.succeededFuture(find(q)));
    bus.answer(
        CatalogPackContract.NOTE_PACKS_VERIFIED,
        q -> {
          coverage.add(q);
          return Future.succeededFuture(new Done());
        });
  }

  private record Packed(SegmentRow row, Location at) {
    String pack() {
      return Objects.requireNonNull(at.packed()).pack();
    }

    long offset() {
      return Objects.requireNonNull(at.packed()).offset();
    }

    long sizeBytes() {
      return Objects.requireNonNull(at.packed()).sizeBytes();
    }

    boolean isObject() {
      return at.index() == 0 && row.versionId() != null && row.segment().ordinal() == 0;
    }

    long segmentBytes() {
      return at.index() == 0 ? row.segment().sizeBytes() : 0;
    }
  }

  private List<Packed> packed(String originId, String pack, Scope scope) {
    return rows.values().stream()
        .filter(row -> scope.buckets().isEmpty() || scope.buckets().contains(row.bucket()))
        .filter(row -> scope.system() || !row.bucket().startsWith("."))
        .flatMap(row -> row.segment().locations().stream().map(at -> new Packed(row, at)))
        .filter(one -> one.at().packed() != null)
        .filter(one -> one.at().originId().equals(originId) && one.pack().equals(pack))
        .sorted(Comparator.comparingLong(Packed::offset))
        .toList();
  }

  private boolean isAll(Scope scope) {
    return scope.buckets().isEmpty()
        && (scope.system() || rows.values().stream().noneMatch(r -> r.bucket().startsWith(".")));
  }

  private PackNames list(ListPacks question) {
    var order = Comparator.comparing(PackRef::originId).thenComparing(PackRef::pack);
    var after = question.after();
    var packs =
        rows.values().stream()
            .flatMap(row -> row.segment().locations().stream())
            .filter(at -> at.packed() != null)
            .map(at -> new PackRef(at.originId(), Objects.requireNonNull(at.packed()).pack()))
            .filter(
                ref -> question.originId() == null || ref.originId().equals(question.originId()))
            .filter(ref -> after == null || order.compare(ref, after) > 0)
            .distinct()
            .sorted(order)
            .toList();
    int max = Math.min(PAGE_ROWS, question.max());
    return packs.size() > max
        ? new PackNames(packs.subList(0, max), packs.get(max - 1))
        : new PackNames(packs, null);
  }

  private PackSums sum(SumPacks question) {
    var sums = new ArrayList<PackSum>();
    for (var pack : question.packs()) {
      var all = packed(question.originId(), pack, question.scope());
      if (!all.isEmpty()) {
        var lives = all.stream().map(one -> one.at().incarnation()).distinct().toList();
        sums.add(
            new PackSum(
                pack,
                lives.size() == 1 ? lives.getFirst() : null,
                all.getLast().offset() + all.getLast().sizeBytes(),
                all.size(),
                all.stream().filter(Packed::isObject).count(),
                all.stream().mapToLong(Packed::segmentBytes).sum()));
      }
    }
    return new PackSums(sums, isAll(question.scope()));
  }

  private RecordRows records(ListRecords question) {
    var found =
        packed(question.originId(), question.pack(), question.scope()).stream()
            .filter(one -> one.offset() > question.after())
            .map(one ->
                new RecordRow(
                    one.row().segment().writeId(),
                    one.at().index(),
                    one.at().attemptId(),
                    one.at().incarnation(),
                    one.offset(),
                    one.sizeBytes(),
                    one.row().segment().footerSha256(),
                    one.isObject(),
                    one.segmentBytes()))
            .toList();
    int max = Math.min(PAGE_ROWS, question.max());
    boolean whole = isAll(question.scope());
    return found.size() > max
        ? new RecordRows(found.subList(0, max), found.get(max - 1).offset(), whole)
        : new RecordRows(found, null, whole);
  }

  private ShardRows find(FindShards question) {
    return new ShardRows(
        question.writeIds().stream().map(rows::get).filter(Objects::nonNull).toList(), null);
  }
}
