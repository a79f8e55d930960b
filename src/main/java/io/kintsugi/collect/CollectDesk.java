package io.kintsugi.collect;

import static io.kintsugi.contract.CollectContract.GET_COLLECTION;
import static io.kintsugi.contract.CollectContract.REVIEW_BRAKE;
import static io.kintsugi.contract.CollectContract.RUN_COLLECTION;
import static io.kintsugi.contract.CollectContract.STATUS;

import io.kintsugi.contract.CollectContract.Collection;
import io.kintsugi.contract.CollectContract.RunCollection;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;

/// Answers questions about the collection.
final class CollectDesk {
  private final World world;
  private final Collector collector;

  CollectDesk(World world, Collector collector) {
    this.world = world;
    this.collector = collector;
  }

  void open() {
    var bus = world.bus();
    bus.answer(STATUS, _ -> Future.succeededFuture(status()));
    bus.answer(GET_COLLECTION, _ -> collector.collection());
    bus.answer(RUN_COLLECTION, this::run);
    bus.answer(REVIEW_BRAKE, question -> collector.review(question.originId(), question.force()));
  }

  private Future<Collection> run(RunCollection question) {
    collector.begin(question.believe());
    return collector.collection();
  }

  private Subsystem status() {
    var complaints = collector.complaints();
    return new Subsystem(
        "collect",
        collector.isRunning() ? "Running" : "Idle",
        world.clock().instant(),
        complaints.isEmpty() ? null : String.join("; ", complaints));
  }
}
