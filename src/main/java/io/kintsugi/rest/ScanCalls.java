package io.kintsugi.rest;

import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.Issues;
import io.kintsugi.contract.CatalogScanContract.ListIssues;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.ListScans;
import io.kintsugi.contract.ScanContract.Progress;
import io.kintsugi.contract.ScanContract.ScanId;
import io.kintsugi.contract.ScanContract.ScanStarted;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.contract.ScanContract.StartScan;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Durations;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/// Scans: begun, watched, paused, called off.
final class ScanCalls {
  private static final int ISSUES_PER_PAGE = 1_000;
  private static final int SCANS_PER_PAGE = 100;
  private static final int SCANS_PER_PAGE_MAX = 1_000;

  private final World world;

  ScanCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.post("/admin/scan/start", this::start),
        Route.get("/admin/scan", this::list),
        Route.get("/admin/scan/{id}/status", this::status),
        Route.post("/admin/scan/{id}/pause", change(ScanContract.PAUSE_SCAN)),
        Route.post("/admin/scan/{id}/resume", change(ScanContract.RESUME_SCAN)),
        Route.post("/admin/scan/{id}/cancel", change(ScanContract.CANCEL_SCAN)));
  }

  private Future<Reply> start(Asked asked) {
    var wish = asked.body(ScanCalls::readStart);
    return world.bus().ask(ScanContract.START_SCAN, wish).map(ScanCalls::started);
  }

  private static StartScan readStart(Fields body) {
    var priority = Words.priority(body, "priority");
    var strategy = body.object("strategy");
    if (strategy == null) {
      if (!body.has("strategy")) {
        body.refuse("strategy", "is missing; a whole scan is {\"type\": \"Full\"}");
      }
      return new StartScan("Full", null, List.of(), false, null, Priority.NORMAL);
    }
    var type = strategy.choice("type", Words.STRATEGIES);
    if (!strategy.has("type")) {
      strategy.refuse("type", "is missing; it is one of " + String.join(", ", Words.STRATEGIES));
    }
    var mode = strategy.choice("mode", Words.SCAN_MODES);
    var scope = strategy.object("scope");
    var buckets = scope == null ? null : scope.texts("buckets");
    var system = scope == null ? null : scope.flag("include_system_objects");
    var most = scope == null ? null : scope.whole("max_objects", 1, Long.MAX_VALUE);
    if (type != null && !type.equals("Full")) {
      // Their own fields (since, sample_rate, targets) are the scanner's to refuse, with the
      // reason.
      strategy.ignoreRest();
    }
    return new StartScan(
        Objects.requireNonNullElse(type, "Full"),
        mode,
        buckets == null ? List.of() : buckets,
        Boolean.TRUE.equals(system),
        most,
        priority == null ? Priority.NORMAL : priority);
  }

  private static Reply started(ScanStarted scan) {
    return Reply.data(
        new JsonObject()
            .put("scan_id", scan.scanId())
            .put("status", scan.status())
            .put("estimated_duration", Durations.format(scan.estimatedMillis()))
            .put("estimated_duration_seconds", Figures.seconds(scan.estimatedMillis()))
            .put("estimated_objects", scan.estimatedObjects()));
  }

  private Future<Reply> list(Asked asked) {
    var wish =
        asked.query(query ->
            new ListScans(
                query.choice("status", Words.SCAN_STATES),
                query.text("after"),
                (int) query.whole("limit", 1, SCANS_PER_PAGE_MAX, SCANS_PER_PAGE)));
    return world
        .bus()
        .ask(ScanContract.LIST_SCANS, wish)
        .map(page -> {
          var scans = new JsonArray();
          page.scans().forEach(scan -> scans.add(body(scan)));
          return Reply.data(
              new JsonObject().put("scans", scans).put("next_after", page.nextAfter()));
        });
  }

  private Future<Reply> status(Asked asked) {
    long after = asked.query(query -> query.whole("issues_after", 0, Long.MAX_VALUE, 0));
    var id = asked.task();
    var bus = world.bus();
    return bus.ask(ScanContract.GET_SCAN, new ScanId(id))
        .compose(scan ->
            bus.ask(
                    CatalogScanContract.LIST_ISSUES,
                    new ListIssues(scan.scanId(), after, ISSUES_PER_PAGE))
                .map(issues -> Reply.data(withIssues(scan, issues))));
  }

  private Function<Asked, Future<Reply>> change(Call<ScanId, ScanStatus> call) {
    return asked -> {
      asked.nothing();
      return world.bus().ask(call, new ScanId(asked.task())).map(scan -> Reply.data(body(scan)));
    };
  }

  private static JsonObject withIssues(ScanStatus scan, Issues issues) {
    var list = new JsonArray();
    issues.issues().forEach(issue -> list.add(body(issue)));
    var counts = new JsonObject();
    for (int i = 0; i < issues.bySeverity().size() && i < Figures.SEVERITIES.size(); i++) {
      counts.put(Figures.SEVERITIES.get(i), issues.bySeverity().get(i));
    }
    var after = issues.nextAfter();
    return body(scan)
        .put("issues", list)
        .put("issues_by_severity", counts)
        .put(
            "issues_next",
            after == null
                ? null
                : "/admin/scan/" + scan.scanId() + "/status?issues_after=" + after);
  }

  private static JsonObject body(Issue issue) {
    return new JsonObject()
        .put("issue_type", issue.type().label())
        .put("severity", issue.severity().label())
        .put("bucket", issue.bucket())
        .put("object", issue.object())
        .put("version_id", issue.versionId())
        .put("description", issue.description())
        .put("detected_at", Envelope.time(issue.detected()));
  }

  private static JsonObject body(ScanStatus scan) {
    var body =
        new JsonObject()
            .put("scan_id", scan.scanId())
            .put("status", scan.status())
            .put("strategy", scan.strategy())
            .put("mode", scan.mode())
            .put("priority", scan.priority().label())
            .put("progress", body(scan.progress()))
            .put("created_at", Envelope.time(scan.created()))
            .put("ended_at", Envelope.timeOrNull(scan.ended()))
            .put("reason", scan.reason());
    return Unknown.put(body, scan);
  }

  private static JsonObject body(Progress progress) {
    var remaining = progress.remainingMillis();
    return new JsonObject()
        .put("objects_scanned", progress.objectsScanned())
        .put("objects_total", progress.objectsTotal())
        .put("bytes_scanned", progress.bytesScanned())
        .put("physical_bytes", progress.physicalBytes())
        .put("issues_detected", progress.issuesDetected())
        .put("unreachable_shards", progress.unreachableShards())
        .put("completion_percentage", Figures.rounded(progress.completionPercentage()))
        .put("scan_rate_ops", Figures.rounded(progress.scanRateOps()))
        .put("scan_rate_bps", Math.round(progress.scanRateBps()))
        .put("elapsed_time", Durations.format(progress.elapsedMillis()))
        .put("elapsed_seconds", Figures.seconds(progress.elapsedMillis()))
        .put("estimated_remaining", remaining == null ? null : Durations.format(remaining))
        .put("estimated_remaining_seconds", remaining == null ? null : Figures.seconds(remaining));
  }
}
