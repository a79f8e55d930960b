package io.kintsugi.policy;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/// Wires the policies to a running node.
public final class PolicyVerticle extends VerticleBase {
  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var keeper = new Keeper(world);
    return keeper
        .load()
        .compose(_ -> {
          var bus = world.bus();
          bus.listen(CatalogJournalContract.GUARD_MOVED, keeper::guardMoved);
          bus.answer(PolicyContract.GET_POLICIES, keeper::get);
          bus.answer(PolicyContract.CHANGE_SCAN_POLICY, keeper::changeScan);
          bus.answer(PolicyContract.CHANGE_HEAL_POLICY, keeper::changeHeal);
          bus.answer(PolicyContract.START_SYSTEM, keeper::startSystem);
          bus.answer(PolicyContract.STOP_SYSTEM, keeper::stopSystem);
          return bus.registered();
        })
        .onSuccess(_ -> keeper.publish());
  }
}
