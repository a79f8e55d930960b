package io.kintsugi.heal;

import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/// What is there more than once of a segment.
final class Doubles {
  private final Bench bench;
  private final Claim claim;
  private final Shards shards;
  private final Moves moving;

  Doubles(Bench bench, Claim claim, Shards shards, Moves moving) {
    this.bench = bench;
    this.claim = claim;
    this.shards = shards;
    this.moving = moving;
  }

  /// Drops what is there twice and not needed.
  ///
  /// @return damaged copies that are left beside sound ones
  Future<List<Known>> drop() {
    var trims = new ArrayList<Trim>();
    for (var shard : shards.known()) {
      trims.addAll(
          Surplus.of(
              claim.task().segment().writeId(),
              shards.copies(shard.index()),
              claim.isSurplus(),
              bench.absences()::isSettled));
    }
    if (trims.isEmpty()) {
      return Future.succeededFuture(damaged());
    }
    return moving
        .trim(trims)
        .map(dropped -> {
          trims.stream()
              .filter(trim -> dropped.contains(trim.attemptId()))
              .forEach(trim -> shards.forget(trim.shardIndex(), trim.attemptId()));
          return damaged();
        });
  }

  private List<Known> damaged() {
    return shards.known().stream()
        .flatMap(shard -> Surplus.damaged(shards.copies(shard.index())).stream())
        .toList();
  }
}
