package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/// What an origin works with.
///
/// @param threads its own
/// @param probes those of its probes: a busy origin must not look like a dead one
/// @param rules by which it is judged
record Means(
    World world,
    OriginConfig settings,
    OriginConfig.Member member,
    Driver driver,
    OriginThreads threads,
    OriginThreads probes,
    HealthRules rules,
    Breakers breakers) {
  /// Must be called on the context that the origin lives on.
  ///
  /// @param config of its verticle
  static Means of(
      Vertx vertx,
      Context context,
      JsonObject config,
      OriginConfig settings,
      OriginConfig.Member member,
      Driver driver) {
    var world = VertxWorld.of(vertx, config);
    var id = member.id();
    var deadline = settings.operationTimeout();
    var rules = HealthRules.parse(config, member.kind());
    return new Means(
        world,
        settings,
        member,
        driver,
        new OriginThreads(world, context, id, deadline, settings.threads()),
        new OriginThreads(world, context, id + "-probe", deadline, 1),
        rules,
        new Breakers(vertx, world, id, rules.slow()));
  }

  /// Closes the driver and lets the threads end, as soon as they have nothing to do.
  void close() {
    threads.release(() -> {
      driver.close();
      return true;
    });
    threads.close();
    probes.close();
  }
}
