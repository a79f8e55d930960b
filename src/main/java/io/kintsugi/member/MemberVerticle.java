package io.kintsugi.member;

import io.kintsugi.contract.MemberContract;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Instant;

/// Wires what a node tells of itself to the bus.
public final class MemberVerticle extends VerticleBase {
  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var self =
        new Self(
            world.node(),
            config().getString("version", "unknown"),
            Instant.parse(config().getString("started", world.clock().instant().toString())),
            vertx.sharedData().getLocalMap("kintsugi.node"),
            vertx.sharedData().getLocalMap("kintsugi.ports"));
    world.bus().answer(MemberContract.GET_NODE, self::node);
    world.bus().answer(MemberContract.GET_LOG_LEVELS, self::levels);
    world.bus().answer(MemberContract.SET_LOG_LEVEL, self::setLevel);
    return world.bus().registered();
  }
}
