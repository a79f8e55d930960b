package io.kintsugi.rest;

import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.GetCluster;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.ListFileOrigins;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.MemberContract;
import io.kintsugi.contract.MemberContract.GetNode;
import io.kintsugi.contract.MemberContract.Node;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.GetPolicies;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How the node is. Every part is asked at once and briefly, so that a dead one is told of instead
/// of waited for.
final class HealthCalls {
  private static final long PATIENCE_MILLIS = 2_000;

  private final World world;
  private final String version;

  /// What the whole round of questions brought.
  private record Round(List<Part> parts, @Nullable Node node, @Nullable Policies policies) {
    Part.Condition worst() {
      return parts.stream()
          .map(Part::condition)
          .max(Comparator.naturalOrder())
          .orElse(Part.Condition.UNKNOWN);
    }
  }

  private record Known<T>(@Nullable T value) {}

  HealthCalls(World world, String version) {
    this.world = world;
    this.version = version;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/status/health", this::status),
        Route.get("/api/v1/health", this::components).forAnybody(),
        Route.get("/livez", this::alive).forAnybody(),
        Route.get("/readyz", this::ready).forAnybody());
  }

  private Future<Reply> status(Asked asked) {
    asked.nothing();
    return round().map(round -> Reply.data(status(round)));
  }

  private JsonObject status(Round round) {
    var subsystems = new JsonObject();
    for (var part : round.parts()) {
      subsystems.put(
          part.name(),
          new JsonObject()
              .put("status", part.status())
              .put("last_check", Envelope.time(part.lastCheck()))
              .put("error_message", part.errorMessage()));
    }
    var node = round.node();
    var uptime =
        node == null
            ? null
            : (Long) Duration.between(node.started(), world.clock().instant()).toSeconds();
    return new JsonObject()
        .put("status", word(round))
        .put("version", node == null ? version : node.version())
        .put("uptime_seconds", uptime)
        .put("subsystems", subsystems);
  }

  /// What is wrong is said before what was wished; each part tells on its own whether it is
  /// stopped.
  private static String word(Round round) {
    var policies = round.policies();
    if (policies == null || round.worst() != Part.Condition.HEALTHY) {
      return "Degraded";
    }
    return policies.system().status();
  }

  private Future<Reply> components(Asked asked) {
    asked.nothing();
    return round()
        .map(round -> {
          var worst = round.worst();
          // Unknown is no answer for a whole: it counts as degraded.
          var whole = worst == Part.Condition.UNKNOWN ? Part.Condition.DEGRADED : worst;
          var body =
              new JsonObject()
                  .put("status", whole.label())
                  .put("timestamp", Envelope.time(world.clock().instant()));
          if (asked.isLocal()) {
            body.put("version", version).put("components", components(round));
          }
          int code = whole == Part.Condition.UNHEALTHY ? Reply.UNAVAILABLE : Reply.OK;
          return new Reply.Bare(code, body);
        });
  }

  private static JsonObject components(Round round) {
    var components = new JsonObject();
    for (var part : round.parts()) {
      components.put(
          part.name(),
          new JsonObject()
              .put("status", part.condition().label())
              .put("message", part.errorMessage())
              .put("last_check", Envelope.time(part.lastCheck())));
    }
    return components;
  }

  private Future<Reply> alive(Asked asked) {
    asked.nothing();
    return Future.succeededFuture(
        new Reply.Bare(Reply.OK, new JsonObject().put("status", "alive")));
  }

  private Future<Reply> ready(Asked asked) {
    asked.nothing();
    var node = known(MemberContract.GET_NODE, new GetNode());
    var cluster = known(CatalogOriginContract.GET_CLUSTER, new GetCluster());
    return Future.all(node, cluster)
        .map(_ -> {
          var member = node.result().value();
          boolean ready = member != null && member.ready() && cluster.result().value() != null;
          return new Reply.Bare(
              ready ? Reply.OK : Reply.UNAVAILABLE,
              new JsonObject().put("status", ready ? "ready" : "starting"));
        });
  }

  private Future<Round> round() {
    var scanner = told("scanner", ScanContract.STATUS);
    var heal = told("heal", HealContract.STATUS);
    var collect = told("collect", CollectContract.STATUS);
    var metrics = told("metrics", MetricsContract.STATUS);
    var journal = told("journal", JournalContract.STATUS);
    var trees = told("trees", TreeCareContract.STATUS);
    var catalog =
        part(
            "catalog",
            CatalogOriginContract.GET_CLUSTER,
            new GetCluster(),
            _ -> Part.catalog(world.clock().instant()));
    var files = known(FilesContract.LIST_FILE_ORIGINS, new ListFileOrigins());
    var origins =
        part(
                "origins",
                OriginContract.LIST_ORIGINS,
                new ListOrigins(),
                list -> Part.origins(list.origins(), world.clock().instant()))
            .compose(shards -> files.map(of -> shards.with(of.value())));
    var node = known(MemberContract.GET_NODE, new GetNode());
    var policies = known(PolicyContract.GET_POLICIES, new GetPolicies());
    return Future.all(
            List.of(
                scanner, heal, collect, metrics, journal, trees, catalog, origins, node, policies))
        .map(_ ->
            new Round(
                List.of(
                    scanner.result(),
                    heal.result(),
                    collect.result(),
                    metrics.result(),
                    journal.result(),
                    trees.result(),
                    catalog.result(),
                    origins.result()),
                node.result().value(),
                policies.result().value()));
  }

  private Future<Part> told(String name, Call<Subsystem.Ask, Subsystem> call) {
    return world
        .bus()
        .ask(call, new Subsystem.Ask(), PATIENCE_MILLIS)
        .map(subsystem -> Part.of(name, subsystem))
        .otherwise(cause -> Part.silent(name, Failure.from(cause), false, world.clock().instant()));
  }

  private <Q extends Record, A extends Record> Future<Part> part(
      String name, Call<Q, A> call, Q question, Function<A, Part> part) {
    return world
        .bus()
        .ask(call, question, PATIENCE_MILLIS)
        .map(part)
        .otherwise(cause -> Part.silent(name, Failure.from(cause), true, world.clock().instant()));
  }

  private <Q extends Record, A extends Record> Future<Known<A>> known(Call<Q, A> call, Q question) {
    return world
        .bus()
        .ask(call, question, PATIENCE_MILLIS)
        .map(answer -> new Known<A>(answer))
        .otherwise(_ -> new Known<A>(null));
  }
}
