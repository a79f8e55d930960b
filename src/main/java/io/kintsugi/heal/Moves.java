package io.kintsugi.heal;

import io.kintsugi.contract.CatalogAbsenceContract;
import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.kintsugi.contract.CatalogAbsenceContract.TrimShards;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.ShardsMoved;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Swaps rows to rebuilt shards, one compare-and-set each.
final class Moves {
  private static final Logger LOG = LoggerFactory.getLogger(Moves.class);
  private static final int TRIES = 3;
  private static final Duration AGAIN = Duration.ofMillis(200);

  private final World world;
  private final Claim claim;
  private final Segment segment;

  Moves(World world, Claim claim) {
    this.world = world;
    this.claim = claim;
    segment = claim.task().segment();
  }

  /// A move of unknown outcome is asked for again; it changes nothing twice.
  Future<ShardsMoved> swap(List<Move> moves) {
    var task = claim.task();
    var question =
        new MoveShards(claim.owner(), task.taskId(), task.attempt(), segment.writeId(), moves);
    return ask(question, TRIES);
  }

  private Future<ShardsMoved> ask(MoveShards question, int tries) {
    return world
        .bus()
        .ask(CatalogHealContract.MOVE_SHARDS, question)
        .recover(cause -> {
          var failure = Failure.from(cause);
          boolean again = failure.is(FailureCode.TIMEOUT) || failure.is(FailureCode.UNAVAILABLE);
          if (!again || tries == 1) {
            return Future.failedFuture(failure);
          }
          var later = Promise.<ShardsMoved>promise();
          world.after(AGAIN, () -> ask(question, tries - 1).onComplete(later));
          return later.future();
        });
  }

  /// Drops rows of copies that are not needed; what could not be dropped now is another time.
  ///
  /// @return attempts whose rows were dropped
  Future<Set<String>> trim(List<Trim> trims) {
    var task = claim.task();
    var question =
        new TrimShards(claim.owner(), task.taskId(), task.attempt(), segment.writeId(), trims);
    return world
        .bus()
        .ask(CatalogAbsenceContract.TRIM_SHARDS, question)
        .onSuccess(trimmed ->
            LOG.info(
                "task={} writeId={} copies dropped={} of {}",
                task.taskId(),
                segment.writeId(),
                trimmed.attemptIds().size(),
                trims.size()))
        .map(trimmed -> Set.copyOf(trimmed.attemptIds()));
  }

  /// Whether the segment is still alive.
  Future<Boolean> isAlive() {
    var writeId = WriteId.parse(segment.writeId());
    var before = new WriteId(writeId.session(), writeId.counter() - 1).toString();
    return world
        .bus()
        .ask(CatalogScanContract.LIST_SHARDS, new ListShards(Names.leaf(writeId), before, 1))
        .map(page ->
            page.segments().stream()
                .anyMatch(row -> row.segment().writeId().equals(segment.writeId())));
  }
}
