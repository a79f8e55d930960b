package io.kintsugi.rest;

import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginKind;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.ChangeOrigin;
import io.kintsugi.contract.RegistryContract.CreateOrigin;
import io.kintsugi.contract.RegistryContract.DrainOrigin;
import io.kintsugi.contract.RegistryContract.ListViews;
import io.kintsugi.contract.RegistryContract.OriginChange;
import io.kintsugi.contract.RegistryContract.OriginView;
import io.kintsugi.contract.RegistryContract.Rebalance;
import io.kintsugi.contract.RegistryContract.RemoveOrigin;
import io.kintsugi.contract.Secrets;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Origins taken in, changed, drained and removed while the node runs. Credentials go in and never
/// come out.
final class RegistryCalls {
  private static final List<String> KINDS = List.of("local", "nfs", "smb", "s3", "sftp");
  private static final int PORT_MAX = 65_535;

  private final World world;

  RegistryCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.post("/api/v1/origins", this::create),
        Route.get("/api/v1/origins/{id}", this::get),
        Route.patch("/api/v1/origins/{id}", this::change),
        Route.delete("/api/v1/origins/{id}", this::remove),
        Route.get("/api/v1/origins/{id}/stats", this::stats),
        Route.get("/api/v1/origins/{id}/drain", this::drained),
        Route.post("/api/v1/origins/{id}/drain", this::drain),
        Route.post("/api/v1/origins/{id}/rebalance", asked -> rebalance(asked, asked.part("id"))),
        Route.get("/api/v1/pool", this::pool),
        Route.patch("/api/v1/pool", this::changePool),
        Route.get("/api/v1/pool/stats", this::poolStats),
        Route.post("/api/v1/pool/rebalance", asked -> rebalance(asked, null)),
        Route.get("/api/v1/pool/explain", this::explain));
  }

  private Future<OriginView> view(String id) {
    return world
        .bus()
        .ask(RegistryContract.LIST_VIEWS, new ListViews())
        .map(views ->
            views.origins().stream()
                .filter(view -> view.definition().id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                    Failure.of(
                        FailureCode.NOT_FOUND, "there is no origin " + id, "what", "origin")));
  }

  private Future<Reply> get(Asked asked) {
    asked.nothing();
    return view(asked.part("id")).map(view -> Reply.data(PoolBodies.of(view)));
  }

  private Future<Reply> stats(Asked asked) {
    asked.nothing();
    return view(asked.part("id")).map(view -> Reply.data(PoolBodies.stats(view)));
  }

  private Future<Reply> create(Asked asked) {
    var wish =
        asked.body(body -> {
          var id = body.requiredText("id");
          var kind = body.choice("origin_type", KINDS);
          var other = body.choice("kind", KINDS);
          kind = kind == null ? other : kind;
          if (kind == null) {
            body.refuse("origin_type", "is missing");
            kind = "local";
          }
          var change = change(body, true);
          var usual =
              OriginDefinition.of(
                  id, kind, Objects.requireNonNullElse(change.settings(), Map.of()));
          var role = body.choice("role", List.of("shards", "files"));
          return new CreateOrigin(
              defined(usual, change, role),
              Objects.requireNonNullElse(change.secrets(), Secrets.NONE));
        });
    return world
        .bus()
        .ask(RegistryContract.CREATE_ORIGIN, wish)
        .map(view -> new Reply.Data(Reply.CREATED, PoolBodies.of(view), Map.of()));
  }

  private static OriginDefinition defined(
      OriginDefinition usual, OriginChange change, @Nullable String role) {
    return usual
        .draft()
        .priority(change.priority())
        .domain(change.domain())
        .enabled(change.enabled())
        .readEnabled(change.readEnabled())
        .writeEnabled(change.writeEnabled())
        .reserveBytes(change.reserveBytes())
        .capacityBytes(change.capacityBytes())
        .costPerGb(change.costPerGb())
        .sizeThresholdBytes(change.sizeThresholdBytes())
        .weight(change.weight())
        .role(role)
        .done();
  }

  private Future<Reply> change(Asked asked) {
    var change = asked.body(body -> change(body, false));
    return world
        .bus()
        .ask(RegistryContract.CHANGE_ORIGIN, new ChangeOrigin(asked.part("id"), change))
        .map(view -> Reply.data(PoolBodies.of(view)));
  }

  /// @param whole a setting that is there must say something
  private static OriginChange change(Fields body, boolean whole) {
    return new OriginChange(
        settings(body, whole),
        body.wholeInt("priority", 0, Integer.MAX_VALUE),
        body.text("domain"),
        body.flag("enabled"),
        body.flag("read_enabled"),
        body.flag("write_enabled"),
        body.whole("reserve_bytes", 0, Long.MAX_VALUE),
        body.whole("capacity", 0, Long.MAX_VALUE),
        body.number("cost_per_gb", 0, Double.MAX_VALUE),
        body.whole("size_threshold", -1, Long.MAX_VALUE),
        body.number("weight", 0, Double.MAX_VALUE),
        secrets(body));
  }

  private static Map<String, String> settings(Fields body, boolean whole) {
    var settings = new HashMap<String, String>();
    for (var name : OriginKind.allSettings()) {
      var value =
          switch (name) {
            case "port" -> {
              var port = body.wholeInt(name, 1, PORT_MAX);
              yield port == null ? null : port.toString();
            }
            case "encrypt", "path_style" -> {
              var flag = body.flag(name);
              yield flag == null ? null : flag.toString();
            }
            default -> body.text(name);
          };
      if (value != null && whole && value.isEmpty()) {
        body.refuse(name, "must not be empty");
      }
      if (value != null) {
        settings.put(name, value);
      }
    }
    return settings;
  }

  private static @Nullable Secrets secrets(Fields body) {
    var given = body.object("credentials");
    if (given == null) {
      return null;
    }
    var values = new HashMap<String, String>();
    for (var kind : OriginKind.values()) {
      for (var name : kind.secrets()) {
        var value = given.text(name);
        if (value != null) {
          values.put(name, value);
        }
      }
    }
    return new Secrets(values);
  }

  private Future<Reply> remove(Asked asked) {
    boolean force =
        "true"
            .equals(
                asked.query(q ->
                    Objects.requireNonNullElse(q.choice("force", List.of("true", "false")), "")));
    return world
        .bus()
        .ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin(asked.part("id"), force))
        .map(removed ->
            Reply.data(
                new JsonObject()
                    .put("id", removed.originId())
                    .put("removed", true)
                    .put("segments_lost", removed.segments())));
  }

  private Future<Reply> drain(Asked asked) {
    var action =
        asked.body(body ->
            Objects.requireNonNullElse(
                body.choice("action", List.of("start", "pause", "resume", "cancel")), "start"));
    return world
        .bus()
        .ask(RegistryContract.DRAIN_ORIGIN, new DrainOrigin(asked.part("id"), action))
        .map(drain -> Reply.data(PoolBodies.of(drain)));
  }

  private Future<Reply> drained(Asked asked) {
    asked.nothing();
    var id = asked.part("id");
    return view(id)
        .map(view ->
            Reply.data(
                PoolBodies.of(
                    view.drain() == null
                        ? new RegistryContract.DrainView(
                            id,
                            "none",
                            null,
                            view.usage().segments(),
                            view.usage().liveBytes(),
                            0,
                            0)
                        : view.drain())));
  }

  private Future<Reply> rebalance(Asked asked, @Nullable String id) {
    var action =
        asked.body(body ->
            Objects.requireNonNullElse(body.choice("action", List.of("start", "cancel")), "start"));
    return world
        .bus()
        .ask(RegistryContract.REBALANCE, new Rebalance(id, action))
        .map(view -> Reply.data(PoolBodies.of(view)));
  }

  private Future<Reply> pool(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(RegistryContract.GET_POOL, new RegistryContract.GetPool())
        .map(pool -> Reply.data(PoolBodies.of(pool)));
  }

  private Future<Reply> poolStats(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(RegistryContract.GET_POOL, new RegistryContract.GetPool())
        .map(pool -> Reply.data(PoolBodies.stats(pool)));
  }

  private Future<Reply> changePool(Asked asked) {
    var change =
        asked.body(body ->
            new RegistryContract.ChangePool(
                body.choice("strategy", Words.PLACEMENTS),
                body.wholeInt("replication_factor", 1, Integer.MAX_VALUE),
                body.durationMillis("health_check_interval"),
                body.flag("auto_failover"),
                body.wholeInt("min_healthy_backends", 1, Integer.MAX_VALUE)));
    return world
        .bus()
        .ask(RegistryContract.CHANGE_POOL, change)
        .map(config -> Reply.data(PoolBodies.of(config)));
  }

  private Future<Reply> explain(Asked asked) {
    var question =
        asked.query(query ->
            new Place(
                (int) query.whole("count", 1, PoolBodies.COUNT_MAX, 1),
                List.of(),
                Objects.requireNonNullElse(query.choice("strategy", Words.PLACEMENTS), ""),
                query.whole("size", 0, Long.MAX_VALUE >> 1, 0),
                query.whole("key", 0, Long.MAX_VALUE, 0)));
    return world
        .bus()
        .ask(RegistryContract.EXPLAIN, question)
        .map(found -> Reply.data(PoolBodies.of(found)));
  }
}
