package io.kintsugi.rest;

import io.kintsugi.contract.CacheContract;
import io.kintsugi.contract.CacheContract.GetCache;
import io.kintsugi.contract.MemberContract;
import io.kintsugi.contract.MemberContract.GetLogLevels;
import io.kintsugi.contract.MemberContract.GetNode;
import io.kintsugi.contract.MemberContract.LogLevels;
import io.kintsugi.contract.MemberContract.SetLogLevel;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// This node: what runs on it, and how much it says.
final class NodeCalls {
  private static final String FEATURE = "[a-z0-9]{1,32}";

  private final World world;

  NodeCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/admin/verticles", this::verticles),
        Route.get("/api/v1/cache", this::cache),
        Route.get("/admin/logging", this::levels),
        Route.put("/admin/logging", this::setLevels));
  }

  private Future<Reply> verticles(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(MemberContract.GET_NODE, new GetNode())
        .map(node -> {
          var verticles = new JsonArray();
          for (var verticle : node.verticles()) {
            verticles.add(
                new JsonObject()
                    .put("name", verticle.name())
                    .put("class", verticle.type())
                    .put("instances", verticle.instances())
                    .put("threading", verticle.threading())
                    .put("required", verticle.required())
                    .put("state", verticle.state()));
          }
          var ports = new JsonObject();
          new TreeMap<>(node.ports()).forEach(ports::put);
          return Reply.data(
              new JsonObject()
                  .put("node", node.node())
                  .put("version", node.version())
                  .put("started_at", Envelope.time(node.started()))
                  .put("ready", node.ready())
                  .put("verticles", verticles)
                  .put("ports", ports));
        });
  }

  private Future<Reply> cache(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(CacheContract.GET_CACHE, new GetCache())
        .map(view ->
            Reply.data(
                new JsonObject()
                    .put("mode", view.mode())
                    .put("limit_bytes", view.limitBytes())
                    .put("bytes", view.bytes())
                    .put("copies", view.copies())
                    .put("hits", view.hits())
                    .put("misses", view.misses())
                    .put("stored", view.stored())
                    .put("evicted", view.evicted())
                    .put("damaged", view.damaged())));
  }

  private Future<Reply> levels(Asked asked) {
    asked.nothing();
    return world.bus().ask(MemberContract.GET_LOG_LEVELS, new GetLogLevels()).map(NodeCalls::reply);
  }

  private Future<Reply> setLevels(Asked asked) {
    var wishes = asked.body(NodeCalls::readLevels);
    Future<Void> set = Future.succeededFuture();
    for (var wish : wishes.entrySet()) {
      set =
          set.compose(_ ->
              world
                  .bus()
                  .ask(
                      MemberContract.SET_LOG_LEVEL, new SetLogLevel(wish.getKey(), wish.getValue()))
                  .mapEmpty());
    }
    return set.compose(_ -> world.bus().ask(MemberContract.GET_LOG_LEVELS, new GetLogLevels()))
        .map(NodeCalls::reply);
  }

  private static Map<String, String> readLevels(Fields body) {
    var levels = body.object("levels");
    if (levels == null) {
      if (!body.has("levels")) {
        body.refuse("levels", "is missing; it is an object such as {\"scan\": \"debug\"}");
      }
      return Map.of();
    }
    var wishes = levels.choices(Words.LOG_LEVELS);
    for (var feature : wishes.keySet()) {
      if (!feature.matches(FEATURE)) {
        levels.refuse(feature, "is not the name of a feature");
      }
    }
    return wishes;
  }

  private static Reply reply(LogLevels levels) {
    var body = new JsonObject();
    new TreeMap<>(levels.levels()).forEach(body::put);
    return Reply.data(new JsonObject().put("levels", body));
  }
}
