package io.kintsugi.rest;

import io.kintsugi.contract.CatalogHealContract.ActiveHeal;
import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.ListActive;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.HealId;
import io.kintsugi.contract.HealContract.ListHeals;
import io.kintsugi.contract.HealContract.RequestHeal;
import io.kintsugi.contract.Priority;
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
import org.jspecify.annotations.Nullable;

/// Heals somebody asks for: queued, watched, called off; and what is healed now, whoever wanted it.
final class HealCalls {
  private static final String RUNNING = "Running";
  private static final int RETRIES = 3;
  private static final int RETRIES_MAX = 100;
  private static final int HEALS_PER_PAGE = 100;
  private static final int HEALS_PER_PAGE_MAX = 1_000;

  private final World world;

  HealCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.post("/admin/heal/request", this::request),
        Route.get("/admin/heal", this::list),
        Route.get("/admin/heal/{id}/status", onOne(HealContract.GET_HEAL)),
        Route.post("/admin/heal/{id}/cancel", onOne(HealContract.CANCEL_HEAL)));
  }

  private Future<Reply> request(Asked asked) {
    var wish = asked.body(HealCalls::readRequest);
    asked.about("bucket", wish.bucket());
    asked.about("object", wish.key());
    return world.bus().ask(HealContract.REQUEST_HEAL, wish).map(HealCalls::queued);
  }

  private static RequestHeal readRequest(Fields body) {
    var bucket = body.requiredText("bucket");
    var object = body.requiredText("object");
    var version = body.text("version_id");
    var mode = Objects.requireNonNullElse(body.choice("mode", Words.HEAL_MODES), "OnDemand");
    var priority = Words.priority(body, "priority");
    var usual = mode.equals("Emergency") ? Priority.EMERGENCY : Priority.NORMAL;
    var retries = body.wholeInt("max_retries", 0, RETRIES_MAX);
    return new RequestHeal(
        bucket,
        object,
        version,
        priority == null ? usual : priority,
        mode,
        retries == null ? RETRIES : retries);
  }

  private static Reply queued(HealRequest heal) {
    return Reply.data(
        new JsonObject()
            .put("heal_request_id", heal.requestId())
            .put("status", heal.status())
            .put("priority", heal.priority().label())
            .put("estimated_start", Envelope.timeOrNull(heal.estimatedStart()))
            .put("queue_position", heal.queuePosition()));
  }

  private Future<Reply> list(Asked asked) {
    var wish =
        asked.query(query ->
            new ListHeals(
                query.choice("status", Words.HEAL_STATES),
                query.text("after"),
                (int) query.whole("limit", 1, HEALS_PER_PAGE_MAX, HEALS_PER_PAGE)));
    var page = world.bus().ask(HealContract.LIST_HEALS, wish);
    return active(wish)
        .compose(active ->
            page.map(requests -> {
              var heals = new JsonArray();
              requests.requests().forEach(heal -> heals.add(body(heal)));
              return Reply.data(
                  new JsonObject()
                      .put("heals", heals)
                      .put("active", active)
                      .put("next_after", requests.nextAfter()));
            }));
  }

  /// Stands on the first page alone, unless ended or waiting requests are asked for.
  private Future<JsonArray> active(ListHeals wish) {
    boolean wanted = wish.status() == null || wish.status().equals(RUNNING);
    if (!wanted || wish.after() != null) {
      return Future.succeededFuture(new JsonArray());
    }
    return world
        .bus()
        .ask(HealContract.LIST_ACTIVE, new ListActive(wish.max()))
        .map(active -> {
          var heals = new JsonArray();
          active.heals().forEach(heal -> heals.add(body(heal)));
          return heals;
        });
  }

  private static JsonObject body(ActiveHeal heal) {
    return new JsonObject()
        .put("task_id", heal.taskId())
        .put("status", RUNNING)
        .put("bucket", heal.bucket())
        .put("object", heal.key())
        .put("version_id", heal.versionId())
        .put("priority", heal.priority().label())
        .put("mode", heal.mode())
        .put("cause", heal.cause())
        .put("attempt", heal.attempt())
        .put("started_at", Envelope.time(heal.started()));
  }

  private Function<Asked, Future<Reply>> onOne(Call<HealId, HealRequest> call) {
    return asked -> {
      asked.nothing();
      return world.bus().ask(call, new HealId(asked.task())).map(heal -> Reply.data(body(heal)));
    };
  }

  private static JsonObject body(HealRequest heal) {
    return new JsonObject()
        .put("heal_request_id", heal.requestId())
        .put("status", heal.status())
        .put("result", result(heal))
        .put("bucket", heal.bucket())
        .put("object", heal.key())
        .put("version_id", heal.versionId())
        .put("priority", heal.priority().label())
        .put("mode", heal.mode())
        .put("queue_position", heal.queuePosition())
        .put("retries", heal.retries())
        .put("max_retries", heal.maxRetries())
        .put("created_at", Envelope.time(heal.created()))
        .put("estimated_start", Envelope.timeOrNull(heal.estimatedStart()))
        .put("ended_at", Envelope.timeOrNull(heal.ended()))
        .put("reason", heal.reason());
  }

  private static @Nullable JsonObject result(HealRequest heal) {
    var result = heal.result();
    return heal.ended() == null || result == null ? null : body(result);
  }

  private static JsonObject body(HealResult result) {
    var checks = new JsonArray();
    for (var check : result.validations()) {
      checks.add(
          new JsonObject()
              .put("validation_type", check.type())
              .put("passed", check.passed())
              .put("details", check.details())
              .put("duration", Durations.format(check.durationMillis()))
              .put("duration_seconds", Figures.seconds(check.durationMillis())));
    }
    return new JsonObject()
        .put("success", result.success())
        .put("shards_repaired", result.shardsRepaired())
        .put("total_shards", result.totalShards())
        .put("duration", Durations.format(result.durationMillis()))
        .put("duration_seconds", Figures.seconds(result.durationMillis()))
        .put("strategy_used", result.strategyUsed())
        .put("validation_results", checks);
  }
}
