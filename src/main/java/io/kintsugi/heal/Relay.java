package io.kintsugi.heal;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.Relaid;
import io.kintsugi.contract.ObjectContract.RelaySegment;
import io.kintsugi.contract.Segment;
import io.kintsugi.heal.Claim.End;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Has a sound segment written anew with its bucket's full layout, once it is its turn at all
/// origins that it is read from.
final class Relay {
  private final Bench bench;
  private final World world;
  private final Claim claim;
  private final Segment segment;

  /// @param segment with the rows that it may be read from
  Relay(Bench bench, Claim claim, Segment segment) {
    this.bench = bench;
    world = bench.world();
    this.claim = claim;
    this.segment = segment;
  }

  /// @param done what ends the claim if it was done, or need not be
  Future<End> run(Supplier<Future<End>> done) {
    var task = claim.task();
    var version = task.versionId();
    if (version == null) {
      return done.get();
    }
    var turns =
        segment.locations().stream()
            .map(Location::originId)
            .distinct()
            .map(origin -> bench.turns().take(origin, segment.shardBytes()))
            .collect(Collectors.toList());
    var wish =
        new RelaySegment(
            task.bucket(), task.key(), version, segment, task.taskId(), task.attempt());
    return Future.all(turns)
        .compose(_ -> world.bus().ask(ObjectContract.RELAY_SEGMENT, wish))
        .compose(relaid ->
            relaid.outcome().equals(Relaid.GONE)
                ? Future.succeededFuture(End.of(End.GONE, "the object was overwritten or deleted"))
                : done.get());
  }
}
