package io.kintsugi.scan;

import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.GetCluster;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.FindScan;
import io.kintsugi.contract.CatalogScanContract.ScanRow;
import io.kintsugi.contract.ScanContract.ListScans;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The scans that the catalog keeps, open and ended.
final class ScanHistory {
  private static final int ROWS_PER_PAGE = 100;

  /// How far back the last whole scan is looked for.
  private static final int PAGES_MAX = 20;

  private final World world;

  /// The last scan of everything.
  ///
  /// @param ended when; of a store that was never scanned, when the store began
  /// @param incarnations the origins it knew
  record LastWhole(Instant ended, Map<String, String> incarnations) {
    LastWhole {
      incarnations = Map.copyOf(incarnations);
    }
  }

  /// One page, newest first.
  record Page(List<ScanRow> rows, @Nullable String nextAfter) {
    Page {
      rows = List.copyOf(rows);
    }
  }

  ScanHistory(World world) {
    this.world = world;
  }

  Future<ScanRow> find(String scanId) {
    return world.bus().ask(CatalogScanContract.FIND_SCAN, new FindScan(scanId));
  }

  Future<List<ScanRow>> open() {
    return open(new ArrayList<>(), null);
  }

  private Future<List<ScanRow>> open(List<ScanRow> found, @Nullable String after) {
    var question = new CatalogScanContract.ListScans(true, after, ROWS_PER_PAGE);
    return world
        .bus()
        .ask(CatalogScanContract.LIST_SCANS, question)
        .compose(page -> {
          found.addAll(page.scans());
          var next = page.nextAfter();
          return next == null ? Future.succeededFuture(found) : open(found, next);
        });
  }

  /// Scans as a caller wants them listed.
  Future<Page> list(ListScans wish) {
    var status = wish.status();
    return collect(
        new ArrayList<>(),
        wish.after(),
        wish.max(),
        PAGES_MAX,
        row -> status == null || row.status().equalsIgnoreCase(status));
  }

  Future<LastWhole> lastWhole() {
    return collect(new ArrayList<>(), null, 1, PAGES_MAX, ScanHistory::isWhole)
        .compose(page -> {
          if (!page.rows().isEmpty()) {
            var row = page.rows().getFirst();
            var ended = row.ended();
            return Future.succeededFuture(
                new LastWhole(
                    ended == null ? row.created() : ended, ScanRun.bookmark(row).incarnations()));
          }
          return world
              .bus()
              .ask(CatalogOriginContract.GET_CLUSTER, new GetCluster())
              .map(cluster -> new LastWhole(cluster.created(), Map.of()));
        });
  }

  private static boolean isWhole(ScanRow row) {
    return row.status().equals(Tour.COMPLETED) && ScanRun.plan(row).isWhole();
  }

  private Future<Page> collect(
      List<ScanRow> found,
      @Nullable String after,
      int max,
      int pagesLeft,
      Predicate<ScanRow> wanted) {
    var question = new CatalogScanContract.ListScans(false, after, ROWS_PER_PAGE);
    return world
        .bus()
        .ask(CatalogScanContract.LIST_SCANS, question)
        .compose(page -> {
          for (var row : page.scans()) {
            if (found.size() == max) {
              return Future.succeededFuture(new Page(found, found.getLast().scanId()));
            }
            if (wanted.test(row)) {
              found.add(row);
            }
          }
          var next = page.nextAfter();
          return next == null || pagesLeft == 1 || found.size() == max
              ? Future.succeededFuture(new Page(found, next))
              : collect(found, next, max, pagesLeft - 1, wanted);
        });
  }
}
