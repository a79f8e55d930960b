package io.kintsugi.rest;

import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Listeners;
import io.kintsugi.web.Tally;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves the REST interface and says in the shared map `kintsugi.ports` on which port.
public final class RestVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(RestVerticle.class);
  private static final int PORT = 9_000;
  private static final int IDLE_SECONDS = 120;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var version = config().getString("version", "unknown");
    var hosts =
        config().getJsonArray("hosts", JsonArray.of("127.0.0.1", "::1")).stream()
            .map(String.class::cast)
            .toList();
    return Pages.load(vertx, version)
        .compose(pages -> listen(world, hosts, routes(world, version, pages)))
        .onSuccess(port -> {
          vertx.sharedData().<String, Integer>getLocalMap("kintsugi.ports").put("rest", port);
          LOG.info("serving rest port={} hosts={}", port, hosts);
        });
  }

  static List<Route> routes(World world, String version, Pages pages) {
    var routes = new ArrayList<Route>();
    routes.addAll(new SystemCalls(world).routes());
    routes.addAll(new HealthCalls(world, version).routes());
    routes.addAll(new ScanCalls(world).routes());
    routes.addAll(new HealCalls(world).routes());
    routes.addAll(new PolicyCalls(world).routes());
    routes.addAll(new MetricsCalls(world).routes());
    routes.addAll(new BucketCalls(world).routes());
    routes.addAll(new TreeCalls(world).routes());
    routes.addAll(new TreeCareCalls(world).routes());
    routes.addAll(new TreeContent(world).routes());
    routes.addAll(new BlockCalls(world).routes());
    routes.addAll(new OriginCalls(world).routes());
    routes.addAll(new RegistryCalls(world).routes());
    routes.addAll(new CollectionCalls(world).routes());
    routes.addAll(new NodeCalls(world).routes());
    routes.addAll(new CatalogCalls(world).routes());
    routes.addAll(pages.routes());
    return routes;
  }

  private Future<Integer> listen(World world, List<String> hosts, List<Route> routes) {
    var edge = new Edge(world, new Tally(world, "rest"));
    var router = router(world, edge, routes);
    var options =
        new HttpServerOptions()
            .setIdleTimeout(IDLE_SECONDS)
            .setHandle100ContinueAutomatically(true);
    return new Listeners(vertx, options, hosts, "--http-port", router, edge::garbled)
        .listen(config().getInteger("port", PORT));
  }

  private Router router(World world, Edge edge, List<Route> routes) {
    var router = Router.router(vertx);
    var room =
        new BlockRoom(
            world,
            config().getLong("blockBudgetBytes", BlockRoom.usualBytes()),
            edge::refuseUnread);
    router.route().handler(edge::arrive).failureHandler(edge::refused);
    var byPath = new LinkedHashMap<String, Map<String, Route>>();
    for (var route : routes) {
      byPath
          .computeIfAbsent(route.pattern(), _ -> new LinkedHashMap<>())
          .put(route.method(), route);
    }
    byPath.forEach((pattern, byMethod) -> {
      var first = byMethod.values().iterator().next();
      router.route(pattern).handler(context -> edge.admit(context, first));
      if (first.takes() == Route.Takes.BYTES) {
        router.route(pattern).handler(room::admit);
      }
      if (first.takes() != Route.Takes.STREAM) {
        router
            .route(pattern)
            .handler(BodyHandler.create(false).setBodyLimit(first.takes().limitBytes()));
      }
      router.route(pattern).handler(context -> edge.answer(context, byMethod));
    });
    router.route().last().handler(context -> edge.lost(context, routes));
    return router;
  }
}
