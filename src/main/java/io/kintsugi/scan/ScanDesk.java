package io.kintsugi.scan;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.GetStanding;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.ListScans;
import io.kintsugi.contract.ScanContract.ScanId;
import io.kintsugi.contract.ScanContract.ScanList;
import io.kintsugi.contract.ScanContract.ScanStarted;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.contract.ScanContract.StartScan;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Answers those who want something of the scanner.
final class ScanDesk {
  private static final int MAX_PER_PAGE = 1000;
  private static final long BYTES_PER_MEGABYTE = 1_000_000;

  private final World world;
  private final Scanner scanner;
  private final ScanHistory history;

  /// How much there is to look at.
  private record Size(long objects, long bytes) {}

  ScanDesk(World world, Scanner scanner) {
    this.world = world;
    this.scanner = scanner;
    history = new ScanHistory(world);
  }

  void open() {
    var bus = world.bus();
    bus.answer(ScanContract.START_SCAN, this::start);
    bus.answer(ScanContract.GET_SCAN, wish -> history.find(wish.scanId()).map(scanner::standing));
    bus.answer(ScanContract.LIST_SCANS, this::list);
    bus.answer(ScanContract.PAUSE_SCAN, wish -> change(wish, Tour.PAUSED, scanner::pause));
    bus.answer(ScanContract.RESUME_SCAN, wish -> change(wish, Tour.SCANNING, scanner::resume));
    bus.answer(ScanContract.CANCEL_SCAN, wish -> change(wish, Tour.CANCELLED, scanner::cancel));
    bus.answer(ScanContract.STATUS, _ -> Future.succeededFuture(scanner.subsystem()));
  }

  private Future<ScanStarted> start(StartScan wish) {
    if (!wish.strategy().equalsIgnoreCase(ScanPlan.FULL)) {
      return refuse("strategy", refusal(wish.strategy()));
    }
    var policies = scanner.policies();
    var word = wish.mode();
    if (word == null) {
      word = policies == null ? "Normal" : policies.scan().defaultScanMode();
    }
    var mode = ScanPlan.mode(word);
    if (mode == null) {
      return refuse("mode", "mode must be Quick, Normal or Deep, not " + word);
    }
    var maxObjects = wish.maxObjects();
    if (maxObjects != null && maxObjects < 1) {
      return refuse("max_objects", "max_objects must be at least 1, not " + maxObjects);
    }
    var plan =
        new ScanPlan(
            ScanPlan.FULL,
            mode,
            wish.buckets(),
            wish.includeSystemObjects(),
            maxObjects,
            ScanPlan.ASKED);
    long limit = policies == null ? 0 : policies.scan().bandwidthLimitMbps() * BYTES_PER_MEGABYTE;
    return size(plan)
        .compose(size ->
            scanner
                .begin(plan, wish.priority(), size.objects())
                .map(run ->
                    new ScanStarted(
                        run.scanId(),
                        Tour.STARTED,
                        Estimates.durationMillis(plan.depth(), size.objects(), size.bytes(), limit),
                        size.objects())));
  }

  private static String refusal(String strategy) {
    for (String later : ScanPlan.LATER_STRATEGIES) {
      if (later.equalsIgnoreCase(strategy)) {
        return "strategy " + later + " is not available yet; use Full";
      }
    }
    return "strategy must be Full, not " + strategy;
  }

  private Future<Size> size(ScanPlan plan) {
    Future<Size> whole =
        plan.buckets().isEmpty()
            ? world
                .bus()
                .ask(CatalogScanContract.LIST_EXTENTS, new ListExtents())
                .map(extents -> new Size(extents.objects(), extents.bytes()))
            : world
                .bus()
                .ask(CatalogContract.GET_STANDING, new GetStanding())
                .map(standing -> {
                  long objects = 0;
                  long bytes = 0;
                  for (var bucket : standing.buckets()) {
                    if (plan.buckets().contains(bucket.bucket())) {
                      objects += bucket.objects();
                      bytes += bucket.bytes();
                    }
                  }
                  return new Size(objects, bytes);
                });
    return whole.map(size -> atMost(size, plan.maxObjects()));
  }

  private static Size atMost(Size size, @Nullable Long maxObjects) {
    if (maxObjects == null || size.objects() <= maxObjects) {
      return size;
    }
    return new Size(maxObjects, Math.round((double) size.bytes() * maxObjects / size.objects()));
  }

  private Future<ScanList> list(ListScans wish) {
    if (wish.max() < 1 || wish.max() > MAX_PER_PAGE) {
      return refuse("max", "max must be 1 to " + MAX_PER_PAGE + ", not " + wish.max());
    }
    return history
        .list(wish)
        .map(page ->
            new ScanList(page.rows().stream().map(scanner::standing).toList(), page.nextAfter()));
  }

  /// Changes a scan that is open; who asks for what is so already gets it.
  private Future<ScanStatus> change(
      ScanId wish, String wanted, Function<ScanRun, Future<ScanStatus>> change) {
    var run = scanner.find(wish.scanId());
    if (run != null) {
      return change.apply(run);
    }
    return history
        .find(wish.scanId())
        .compose(row -> {
          if (row.ended() == null) {
            // Open, and not taken up yet since the process began.
            return change.apply(scanner.take(row));
          }
          return row.status().equals(wanted)
              ? Future.succeededFuture(ScanRun.status(row))
              : Future.failedFuture(notOpen(row.scanId(), row.status()));
        });
  }

  private static Failure notOpen(String scanId, String status) {
    return Failure.of(
        FailureCode.CONFLICT, "scan " + scanId + " is " + status, "what", "scan-ended");
  }

  private static <T> Future<T> refuse(String field, String message) {
    return Future.failedFuture(Failure.of(FailureCode.INVALID_REQUEST, message, "field", field));
  }
}
