package io.kintsugi.rest;

import io.kintsugi.contract.AbsenceContract;
import io.kintsugi.contract.AbsenceContract.AbsenceReport;
import io.kintsugi.contract.AbsenceContract.GetAbsences;
import io.kintsugi.contract.AbsenceContract.SetLost;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.BrakeMoved;
import io.kintsugi.contract.CollectContract.ReviewBrake;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.ListFileOrigins;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.CheckOrigin;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ReplaceOrigin;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Origins: how each is, checked now, or replaced once blank.
final class OriginCalls {
  private final World world;
  private final OriginHealthCalls health;

  OriginCalls(World world) {
    this.world = world;
    health = new OriginHealthCalls(world);
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/origins", this::list),
        Route.post("/api/v1/origins/{id}/check", this::check),
        Route.get("/api/v1/origins/{id}/health", health::get),
        Route.post("/api/v1/origins/{id}/health", health::force),
        Route.post("/api/v1/origins/{id}/replace", this::replace),
        Route.post("/api/v1/origins/{id}/release", this::release),
        Route.get("/api/v1/absences", this::absences),
        Route.post("/api/v1/origins/{id}/lost", asked -> setLost(asked, true)),
        Route.post("/api/v1/origins/{id}/found", asked -> setLost(asked, false)));
  }

  private Future<Reply> absences(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(AbsenceContract.GET_ABSENCES, new GetAbsences())
        .map(report -> Reply.data(body(report)));
  }

  private Future<Reply> setLost(Asked asked, boolean lost) {
    asked.nothing();
    return world
        .bus()
        .ask(AbsenceContract.SET_LOST, new SetLost(asked.part("id"), lost))
        .map(report -> Reply.data(body(report)));
  }

  private static JsonObject body(AbsenceReport report) {
    var origins = new JsonArray();
    for (var origin : report.origins()) {
      origins.add(
          new JsonObject()
              .put("id", origin.originId())
              .put("state", origin.state())
              .put("since", Envelope.time(origin.since())));
    }
    return new JsonObject()
        .put("origins", origins)
        .put("held_up_by", report.code())
        .put("segments_waiting", report.segments())
        .put("message", report.message());
  }

  private Future<List<OriginState>> origins() {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .map(OriginContract.Origins::origins);
  }

  private Future<Reply> list(Asked asked) {
    asked.nothing();
    var files = world.bus().ask(FilesContract.LIST_FILE_ORIGINS, new ListFileOrigins());
    return Future.all(origins(), files)
        .map(all -> {
          var origins = new JsonArray();
          List<OriginState> shards = all.resultAt(0);
          shards.forEach(origin -> origins.add(body(origin).put("role", role(false))));
          files.result().origins().forEach(one -> origins.add(body(one).put("role", role(true))));
          return Reply.data(new JsonObject().put("origins", origins));
        });
  }

  static String role(boolean files) {
    return files ? OriginDefinition.FILES : OriginDefinition.SHARDS;
  }

  private Future<Reply> one(String id) {
    return one(id, null);
  }

  /// @param braked why it still is, if that was looked into
  private Future<Reply> one(String id, @Nullable String braked) {
    return origins()
        .map(all ->
            all.stream()
                .filter(origin -> origin.id().equals(id))
                .findFirst()
                .map(origin ->
                    Reply.data(braked == null ? body(origin) : body(origin).put("braked", braked)))
                .orElseThrow(() ->
                    Failure.of(
                        FailureCode.NOT_FOUND, "there is no origin " + id, "what", "origin")));
  }

  private Future<Reply> check(Asked asked) {
    asked.nothing();
    var id = asked.part("id");
    return world
        .bus()
        .ask(OriginContract.CHECK_ORIGIN, new CheckOrigin(id))
        .compose(origin ->
            origin.braked() == null
                ? Future.succeededFuture(Reply.data(body(origin)))
                : review(id, false).compose(moved -> one(id, moved.reason())));
  }

  /// An operator vouches for a braked origin.
  private Future<Reply> release(Asked asked) {
    asked.nothing();
    var id = asked.part("id");
    return one(id).compose(_ -> review(id, true)).compose(_ -> one(id));
  }

  private Future<BrakeMoved> review(String id, boolean force) {
    return world.bus().ask(CollectContract.REVIEW_BRAKE, new ReviewBrake(id, force));
  }

  private Future<Reply> replace(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(OriginContract.REPLACE_ORIGIN, new ReplaceOrigin(asked.part("id")))
        .map(origin -> Reply.data(body(origin)));
  }

  static JsonObject body(OriginState origin) {
    return new JsonObject()
        .put("id", origin.id())
        .put("kind", origin.kind())
        .put("path", origin.path())
        .put("domain", origin.domain())
        .put("priority", origin.priority())
        .put("health", origin.health())
        .put("marker", origin.marker())
        .put("incarnation", origin.incarnation())
        .put("writable", origin.writable())
        .put("total_bytes", origin.totalBytes())
        .put("free_bytes", origin.freeBytes())
        .put("free_inodes", origin.freeInodes())
        .put("latency_p50_ms", Figures.rounded(origin.latencyP50Millis()))
        .put("latency_p99_ms", Figures.rounded(origin.latencyP99Millis()))
        .put("consecutive_failures", origin.consecutiveFailures())
        .put("last_check", Envelope.time(origin.lastCheck()))
        .put("reason", origin.reason())
        .put("braked", origin.braked())
        .put("flags", new JsonArray(origin.flags()));
  }
}
