package io.kintsugi.scan;

import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.FindScan;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.SaveScan;
import io.kintsugi.contract.CatalogScanContract.ScanRow;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One open scan of this process: its tour, its running looks, and what of them is not saved yet.
final class ScanRun {
  private static final Logger LOG = LoggerFactory.getLogger(ScanRun.class);
  private static final Duration SAVE_AGAIN = Duration.ofSeconds(1);

  private final World world;
  private final String scanId;
  private final ScanPlan plan;
  private final Priority priority;
  private final Instant created;
  private final Set<Look> looks = new LinkedHashSet<>();
  private final List<Issue> unsavedIssues = new ArrayList<>();
  private Tour tour;
  private long version;
  private long activeMillis;
  private long activeSinceNanos;
  private boolean active;
  private boolean changed;
  private boolean planning;
  private int failures;
  private @Nullable Future<Void> saving;

  ScanRun(World world, ScanRow row, ScanPlan plan, Tour tour) {
    this.world = world;
    scanId = row.scanId();
    priority = row.priority();
    created = row.created();
    version = row.version();
    this.plan = plan;
    this.tour = tour;
    activeMillis = Tour.bookmark(tour, 0).activeMillis();
  }

  /// A row as it was found, ready to be taken up again.
  static ScanRun of(World world, ScanRow row) {
    var from = bookmark(row);
    var waiting = new Tour.Waiting(from);
    boolean paused = row.status().equals(Tour.PAUSED);
    return new ScanRun(world, row, plan(row), paused ? new Tour.Paused(waiting) : waiting);
  }

  static ScanPlan plan(ScanRow row) {
    return Json.decode(row.definitionJson(), ScanPlan.class);
  }

  static Bookmark bookmark(ScanRow row) {
    var state = row.stateJson();
    return state == null ? Bookmark.START : Json.decode(state, Bookmark.class);
  }

  /// A scan that does not run in this process.
  static ScanStatus status(ScanRow row) {
    var plan = plan(row);
    var at = bookmark(row);
    boolean completed = row.status().equals(Tour.COMPLETED);
    return new ScanStatus(
        row.scanId(),
        plan.strategy(),
        plan.mode(),
        row.priority(),
        row.status(),
        Estimates.progress(
            at.figures(), at.fraction(), at.objectsTotal(), at.activeMillis(), completed),
        row.created(),
        row.ended(),
        at.reason(),
        at.figures().unreachableOrigins());
  }

  String scanId() {
    return scanId;
  }

  /// How it stands in the way of scans that nobody asks for.
  Unasked.Open open() {
    boolean fresh = tour instanceof Tour.Waiting(var from) && !from.begun();
    return new Unasked.Open(plan, fresh);
  }

  void warn(String what, Failure failure) {
    LOG.atWarn()
        .addKeyValue("task", scanId)
        .addKeyValue("code", failure.code())
        .log("{}: {}", what, failure.text());
  }

  /// For a look that may read so much.
  Errand errand(long shareBytesPerSecond) {
    return new Errand(
        world, scanId, plan, shareBytesPerSecond, world.clock().instant(), this::found);
  }

  ScanPlan plan() {
    return plan;
  }

  Priority priority() {
    return priority;
  }

  Instant created() {
    return created;
  }

  Tour tour() {
    return tour;
  }

  Set<Look> looks() {
    return looks;
  }

  boolean isPlanning() {
    return planning;
  }

  void planning(boolean now) {
    planning = now;
  }

  /// Counts failures in a row; 0 begins anew.
  int failures(int now) {
    failures = now;
    return failures;
  }

  int failures() {
    return failures;
  }

  void tour(Tour next) {
    tour = next;
    changed = true;
  }

  /// Keeps the clock of the time that this scan really ran.
  void active(boolean now) {
    activeMillis = activeMillis();
    activeSinceNanos = world.nanos();
    active = now;
  }

  long activeMillis() {
    long since = active ? (world.nanos() - activeSinceNanos) / 1_000_000 : 0;
    return activeMillis + since;
  }

  void found(List<Issue> issues) {
    unsavedIssues.addAll(issues);
    changed = true;
  }

  /// Breaks off every look; the leaves come again.
  void breakOff() {
    var broken = List.copyOf(looks);
    looks.clear();
    tour = Tour.still(tour);
    broken.forEach(Look::cancel);
  }

  ScanStatus status() {
    var at = Tour.bookmark(tour, activeMillis());
    var inner = tour instanceof Tour.Paused(var of) ? of : tour;
    var figures = inner instanceof Tour.Walking walk ? walk.found() : at.figures();
    double fraction = at.fraction();
    if (inner instanceof Tour.Walking walk) {
      double running = looks.stream().mapToDouble(Look::fraction).sum();
      fraction += running / Math.max(1, walk.leaves().size());
    }
    var word = word();
    return new ScanStatus(
        scanId,
        plan.strategy(),
        plan.mode(),
        priority,
        word,
        Estimates.progress(
            figures, fraction, at.objectsTotal(), activeMillis(), word.equals(Tour.COMPLETED)),
        created,
        null,
        at.reason(),
        figures.unreachableOrigins());
  }

  /// An end counts once it is saved: who read it earlier would miss the issues that are still on
  /// their way to the catalog, and could see it taken back by a crash.
  private String word() {
    return tour instanceof Tour.Ended && !isSaved() ? Tour.SCANNING : Tour.word(tour);
  }

  private boolean isSaved() {
    return !changed && unsavedIssues.isEmpty() && saving == null;
  }

  /// Saves what changed, one save at a time; done when everything known by now is saved. It tries
  /// until it succeeds, and fails only if somebody else has changed the scan.
  Future<Void> save() {
    var running = saving;
    if (running != null) {
      return running.compose(_ -> save());
    }
    if (!changed && unsavedIssues.isEmpty()) {
      return Future.succeededFuture();
    }
    changed = false;
    var issues = List.copyOf(unsavedIssues);
    var state = Json.text(Tour.bookmark(tour, activeMillis()));
    var question = new SaveScan(scanId, version, Tour.word(tour), state, issues);
    var saved =
        world
            .bus()
            .ask(CatalogScanContract.SAVE_SCAN, question)
            .<Void>map(row -> {
              version = row.version();
              unsavedIssues.subList(0, issues.size()).clear();
              return null;
            });
    saving = saved;
    return saved
        .onComplete(_ -> saving = null)
        .recover(cause -> {
          changed = true;
          return recover(Failure.from(cause), state);
        });
  }

  private Future<Void> recover(Failure failure, String state) {
    if (failure.is(FailureCode.NOT_FOUND)) {
      return Future.failedFuture(failure);
    }
    warn("scan not saved", failure);
    if (failure.is(FailureCode.CONFLICT) || failure.is(FailureCode.TIMEOUT)) {
      return world
          .bus()
          .ask(CatalogScanContract.FIND_SCAN, new FindScan(scanId))
          .compose(row -> adopt(row, state, failure));
    }
    return again();
  }

  /// After a save of unknown outcome: if the row has what was to be saved, it was.
  private Future<Void> adopt(ScanRow row, String state, Failure failure) {
    boolean ours = state.equals(row.stateJson());
    if (!ours && row.version() != version) {
      return Future.failedFuture(failure);
    }
    version = row.version();
    return again();
  }

  private Future<Void> again() {
    var promise = Promise.<Void>promise();
    world.after(SAVE_AGAIN, () -> save().onComplete(promise));
    return promise.future();
  }
}
