package io.kintsugi.scan;

import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.CreateScan;
import io.kintsugi.contract.CatalogScanContract.ScanRow;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.GetPolicies;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.ScanEnded;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out the tours of all open scans: the most urgent first, as many leaves at once and as
/// many bytes a second as the policy allows. It also begins the scans that nobody asks for.
final class Scanner {
  private static final Logger LOG = LoggerFactory.getLogger(Scanner.class);
  private static final String NAME = "scanner";
  private static final String STOPPED = "Stopped";
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(500);
  private static final int BACKOFF_DOUBLINGS_MAX = 6;
  private static final long BYTES_PER_MEGABYTE = 1_000_000;

  /// Failures in a row, other than a neighbour being away, after which a scan is given up.
  private static final int FAILURES_MAX = 5;

  private static final Comparator<ScanRun> MOST_URGENT_FIRST =
      Comparator.comparing(ScanRun::priority).reversed().thenComparing(ScanRun::created);

  private final World world;
  private final ScanHistory history;
  private final Itinerary itinerary;
  private final UnaskedScans unasked;
  private final Map<String, ScanRun> runs = new LinkedHashMap<>();
  private @Nullable Policies policies;
  private @Nullable String lastError;
  private boolean closed;
  private Instant lastCheck;

  Scanner(World world) {
    this.world = world;
    history = new ScanHistory(world);
    itinerary = new Itinerary(world);
    unasked = new UnaskedScans(world, this);
    lastCheck = world.clock().instant();
  }

  void start() {
    world.bus().listen(PolicyContract.POLICIES_CHANGED, this::apply);
    world.bus().listen(OriginContract.ORIGIN_CHANGED, this::meet);
    world.every(TICK, this::tick);
    load();
  }

  void stop() {
    closed = true;
    runs.values().forEach(ScanRun::breakOff);
  }

  /// The policies as far as they are known.
  @Nullable Policies policies() {
    return policies;
  }

  @Nullable ScanRun find(String scanId) {
    return runs.get(scanId);
  }

  ScanStatus standing(ScanRow row) {
    var run = runs.get(row.scanId());
    return run == null ? ScanRun.status(row) : run.status();
  }

  Subsystem subsystem() {
    String status = "Idle";
    if (isStopped()) {
      status = STOPPED;
    } else if (runs.values().stream().anyMatch(run -> !(run.tour() instanceof Tour.Paused))) {
      status = lastError == null ? "Scanning" : "Failed";
    } else if (!runs.isEmpty()) {
      status = "Paused";
    }
    return new Subsystem(NAME, status, lastCheck, lastError);
  }

  /// Makes a scan that begins as soon as its turn comes.
  Future<ScanRun> begin(ScanPlan plan, Priority priority, long objectsTotal) {
    return world
        .bus()
        .ask(CatalogScanContract.CREATE_SCAN, new CreateScan(Json.text(plan), priority))
        .map(row -> {
          var waiting = new Tour.Waiting(Bookmark.start(objectsTotal));
          var run = runs.computeIfAbsent(row.scanId(), _ -> new ScanRun(world, row, plan, waiting));
          LOG.atInfo()
              .addKeyValue("task", row.scanId())
              .log("scan created mode={} cause={}", plan.mode(), plan.cause());
          schedule();
          return run;
        })
        .onFailure(_ -> adoptOpen());
  }

  /// A scan whose creation was not answered may be there all the same.
  private void adoptOpen() {
    history
        .open()
        .onSuccess(this::adopt)
        .onFailure(cause ->
            LOG.atInfo()
                .addKeyValue("code", Failure.from(cause).code())
                .log("open scans unknown: {}", Failure.from(cause).text()));
  }

  private void adopt(List<ScanRow> open) {
    open.forEach(this::take);
    schedule();
  }

  /// Takes up an open scan, if it is not yet.
  ScanRun take(ScanRow row) {
    return runs.computeIfAbsent(row.scanId(), _ -> ScanRun.of(world, row));
  }

  Future<ScanStatus> pause(ScanRun run) {
    run.breakOff();
    run.active(false);
    run.tour(Tour.pause(run.tour()));
    schedule();
    return run.save().map(_ -> run.status());
  }

  Future<ScanStatus> resume(ScanRun run) {
    run.tour(Tour.resume(run.tour()));
    schedule();
    return run.save().map(_ -> run.status());
  }

  Future<ScanStatus> cancel(ScanRun run) {
    run.breakOff();
    return end(run, Tour.CANCELLED, null).map(_ -> run.status());
  }

  private void load() {
    if (closed) {
      return;
    }
    world
        .bus()
        .ask(PolicyContract.GET_POLICIES, new GetPolicies())
        .compose(
            known -> history.open().onSuccess(_ -> policies = policies == null ? known : policies))
        .compose(open -> {
          adopt(open);
          return history.lastWhole();
        })
        .compose(last ->
            world
                .bus()
                .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
                .map(origins -> {
                  unasked.recall(last, origins.origins());
                  return last;
                }))
        .onSuccess(_ -> schedule())
        .onFailure(cause -> {
          LOG.atInfo()
              .addKeyValue("code", Failure.from(cause).code())
              .log("not ready yet: {}", Failure.from(cause).text());
          world.after(TICK, this::load);
        });
  }

  private void apply(Policies changed) {
    policies = changed;
    if (isStopped()) {
      for (var run : runs.values()) {
        run.breakOff();
        run.active(false);
      }
    }
    schedule();
  }

  private boolean isStopped() {
    return policies != null && policies.system().status().equals(STOPPED);
  }

  private void meet(OriginState origin) {
    if (unasked.meet(origin)) {
      considerUnasked();
    }
  }

  private void tick() {
    if (closed) {
      return;
    }
    for (var run : List.copyOf(runs.values())) {
      run.save().onFailure(cause -> lose(run, cause));
    }
    considerUnasked();
    schedule();
  }

  private void lose(ScanRun run, Throwable cause) {
    if (runs.remove(run.scanId(), run)) {
      run.warn("scan let go", Failure.from(cause));
      run.breakOff();
    }
  }

  private void considerUnasked() {
    var known = policies;
    if (known != null && !isStopped() && !closed) {
      unasked.consider(known, runs.values().stream().map(ScanRun::open).toList());
    }
  }

  /// Starts as much as may run now. Called whenever something has changed.
  private void schedule() {
    var known = policies;
    if (known == null || isStopped() || closed) {
      return;
    }
    var urgent = new ArrayList<>(runs.values());
    urgent.sort(MOST_URGENT_FIRST);
    for (var run : urgent) {
      while (startNext(run, known)) {
        lastCheck = world.clock().instant();
      }
    }
  }

  /// Starts one look of a scan, or says that there is nothing to start.
  private boolean startNext(ScanRun run, Policies known) {
    if (run.isPlanning()) {
      return false;
    }
    return switch (run.tour()) {
      case Tour.Waiting(var from) -> {
        plan(run, from, known);
        yield false;
      }
      case Tour.Walking walk -> startLook(run, walk, known);
      case Tour.Paused _, Tour.Ended _ -> false;
    };
  }

  private void plan(ScanRun run, Bookmark from, Policies known) {
    run.planning(true);
    itinerary
        .plan(run.plan(), from, known.scan().priorityBuckets())
        .onSuccess(walk -> {
          run.planning(false);
          // Paused or cancelled meanwhile: it is planned again when its turn comes.
          if (run.tour() instanceof Tour.Waiting) {
            run.failures(0);
            run.tour(walk);
            run.active(true);
            run.save().onFailure(cause -> lose(run, cause));
            schedule();
          }
        })
        .onFailure(cause -> failed(run, cause));
  }

  private boolean startLook(ScanRun run, Tour.Walking walk, Policies known) {
    var step = Tour.next(walk, run.plan().maxObjects());
    return switch (step.action()) {
      case Tour.Action.Wait() -> false;
      case Tour.Action.Finish() -> {
        end(run, Tour.COMPLETED, null);
        yield false;
      }
      case Tour.Action.Look look -> {
        long share = share(run, walk, known);
        if (share == Pace.NONE) {
          yield false;
        }
        run.tour(step.next());
        look(run, look, share);
        yield true;
      }
    };
  }

  private long share(ScanRun run, Tour.Walking walk, Policies known) {
    int running = runs.values().stream().mapToInt(other -> other.looks().size()).sum();
    int free = Math.max(1, known.scan().concurrentScanners()) - running;
    if (free <= 0) {
      return Pace.NONE;
    }
    if (run.plan().depth() == Depth.QUICK) {
      return Pace.UNLIMITED;
    }
    long taken =
        runs.values().stream()
            .flatMap(other -> other.looks().stream())
            .mapToLong(Look::shareBytesPerSecond)
            .sum();
    int waiting = run.plan().maxObjects() == null ? walk.left() : 1;
    long limit = known.scan().bandwidthLimitMbps() * BYTES_PER_MEGABYTE;
    return Pace.share(limit, taken, free, waiting);
  }

  private void look(ScanRun run, Tour.Action.Look task, long share) {
    run.active(true);
    var look = Look.of(run.errand(share), task);
    run.looks().add(look);
    look.run()
        .onComplete(outcome -> {
          // A look that was broken off has been taken out, and its leaf put back, already.
          if (!run.looks().remove(look) || !(run.tour() instanceof Tour.Walking walk)) {
            return;
          }
          if (outcome.failed()) {
            run.tour(Tour.dropped(walk, task.position()));
            run.planning(true);
            failed(run, outcome.cause());
            return;
          }
          run.failures(0);
          lastError = null;
          run.found(outcome.result().issues());
          run.tour(Tour.looked(walk, task.position(), outcome.result().figures()));
          schedule();
        });
  }

  /// A neighbour that is away is waited for, however long; what fails again and again for another
  /// reason ends the scan.
  private void failed(ScanRun run, Throwable cause) {
    var failure = Failure.from(cause);
    boolean away =
        failure.is(FailureCode.UNAVAILABLE)
            || failure.is(FailureCode.TIMEOUT)
            || failure.is(FailureCode.CANCELLED);
    int failures = run.failures(run.failures() + 1);
    lastError = failure.text();
    run.warn("scan hindered failures=" + failures, failure);
    if (!away && failures >= FAILURES_MAX) {
      run.planning(false);
      run.breakOff();
      end(run, Tour.FAILED, failure.text());
      return;
    }
    var delay = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures, BACKOFF_DOUBLINGS_MAX));
    world.after(
        delay,
        () -> {
          run.planning(false);
          schedule();
        });
  }

  private Future<Void> end(ScanRun run, String status, @Nullable String reason) {
    run.active(false);
    run.tour(Tour.end(run.tour(), status, reason, run.activeMillis()));
    return run.save().onSuccess(_ -> ended(run, status)).onFailure(cause -> lose(run, cause));
  }

  private void ended(ScanRun run, String status) {
    if (!runs.remove(run.scanId(), run)) {
      return;
    }
    var end = run.status();
    LOG.atInfo()
        .addKeyValue("task", run.scanId())
        .log("scan ended status={} away={}", status, end.unreachableOrigins());
    if (status.equals(Tour.COMPLETED) && run.plan().isWhole()) {
      unasked.wholeEnded(world.clock().instant());
      lastError = null;
    }
    var event = new ScanEnded(run.scanId(), status, end.progress());
    world.bus().publish(ScanContract.SCAN_ENDED, event);
    schedule();
  }
}
