package io.kintsugi.heal;

import io.kintsugi.contract.CatalogAbsenceContract.Spot;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.CountUsage;
import io.kintsugi.contract.CatalogRegistryContract.Drain;
import io.kintsugi.contract.CatalogRegistryContract.ListDrains;
import io.kintsugi.contract.CatalogRegistryContract.MovesOpened;
import io.kintsugi.contract.CatalogRegistryContract.OpenDeparted;
import io.kintsugi.contract.CatalogRegistryContract.OpenMoves;
import io.kintsugi.contract.CatalogRegistryContract.SaveDrain;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has sound shards moved: away from origins that are drained, and from full ones to empty ones.
/// And it has rebuilt what lay on origins that were removed.
///
/// What is to be done stands in the catalog, so that it goes on after a restart; here are only the
/// rows opened of it so far, no more at once than can be done soon.
final class Relocations {
  private static final Logger LOG = LoggerFactory.getLogger(Relocations.class);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration DEPARTED_AGAIN = Duration.ofMinutes(30);

  /// Counting takes long where much lies; so many times longer it is left alone.
  private static final int PAUSE_PER_COUNT = 10;

  private static final int OPENED_MAX = 500;

  /// So often nothing was found to even out, before that is believed.
  private static final int FRUITLESS_MAX = 3;

  private final World world;
  private final Runnable wake;
  private final BooleanSupplier idle;
  private Set<String> removed = Set.of();
  private Set<String> leaving = Set.of();
  private Balance balance = Balance.EVEN;
  private Instant departedFrom = Instant.EPOCH;
  private Instant evenedFrom = Instant.EPOCH;
  private int fruitless;
  private boolean looking;
  private boolean closed;

  /// @param wake called when rows were opened
  /// @param idle nothing is being worked on
  Relocations(World world, Runnable wake, BooleanSupplier idle) {
    this.world = world;
    this.wake = wake;
    this.idle = idle;
  }

  void start() {
    world.every(LOOK, this::look);
    look();
  }

  void close() {
    closed = true;
  }

  /// Whether an origin was removed for good: what its rows tell of is lost.
  boolean isRemoved(String originId) {
    return removed.contains(originId);
  }

  /// Whether what lies on an origin is being moved away.
  boolean isLeaving(String originId) {
    return leaving.contains(originId);
  }

  /// The move of one of these shards that evens out most, which counts as made from then on; null
  /// if there is none.
  Balance.@Nullable Move choose(
      Collection<Known> shards, Collection<OriginState> origins, long bytes) {
    var move = balance.choose(shards, origins, bytes);
    if (move != null) {
      shards.stream()
          .filter(shard -> shard.index() == move.index())
          .forEach(
              shard -> balance = balance.less(shard.location().originId(), move.to().id(), bytes));
    }
    return move;
  }

  /// Looks what is to be done, and does it. Fails never.
  private void look() {
    if (closed || looking) {
      return;
    }
    looking = true;
    world
        .bus()
        .ask(CatalogOriginContract.LIST_ORIGIN_ROWS, new ListOriginRows())
        .compose(rows -> {
          var gone = new HashSet<String>();
          rows.rows().stream()
              .filter(row -> row.state().equals("removed"))
              .forEach(row -> gone.add(row.originId()));
          if (!gone.equals(removed)) {
            departedFrom = Instant.EPOCH;
          }
          removed = gone;
          return departed();
        })
        .compose(_ -> world.bus().ask(CatalogRegistryContract.LIST_DRAINS, new ListDrains(false)))
        .compose(drains -> move(drains.drains()))
        .onFailure(cause -> LOG.debug("moves not looked at: {}", Failure.from(cause).text()))
        .onComplete(_ -> looking = false);
  }

  private Future<Void> departed() {
    var now = world.clock().instant();
    if (removed.isEmpty() || now.isBefore(departedFrom)) {
      return Future.succeededFuture();
    }
    return world
        .bus()
        .ask(CatalogRegistryContract.OPEN_DEPARTED, new OpenDeparted(OPENED_MAX))
        .map(found -> {
          if (found.opened() > 0) {
            LOG.info("segments to rebuild after origins were removed={}", found.opened());
            wake.run();
          } else {
            departedFrom = now.plus(DEPARTED_AGAIN);
          }
          return null;
        });
  }

  private Future<?> move(List<Drain> drains) {
    var running = drains.stream().filter(drain -> drain.state().equals("running")).toList();
    leaving =
        running.stream()
            .map(Drain::originId)
            .filter(id -> !id.equals(CatalogRegistryContract.REBALANCE))
            .collect(Collectors.toUnmodifiableSet());
    var evening =
        running.stream()
            .filter(drain -> drain.originId().equals(CatalogRegistryContract.REBALANCE))
            .findFirst();
    if (running.isEmpty()) {
      return Future.succeededFuture();
    }
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(found ->
            drain(found.origins())
                .compose(_ ->
                    evening.isEmpty()
                        ? Future.succeededFuture()
                        : even(evening.get(), found.origins())));
  }

  private Future<?> drain(List<OriginState> origins) {
    if (leaving.isEmpty()) {
      return Future.succeededFuture();
    }
    return open(Claim.DRAIN, leaving, origins, o -> Shards.canTake(o) && !leaving.contains(o.id()));
  }

  private Future<MovesOpened> open(
      String cause,
      Collection<String> from,
      List<OriginState> origins,
      Predicate<OriginState> usable) {
    var spots = origins.stream().map(o -> new Spot(o.id(), o.domain(), usable.test(o))).toList();
    return world
        .bus()
        .ask(
            CatalogRegistryContract.OPEN_MOVES,
            new OpenMoves(cause, List.copyOf(from), spots, OPENED_MAX))
        .onSuccess(found -> {
          if (found.opened() > 0) {
            LOG.info("segments to move={} cause={} from={}", found.opened(), cause, from);
            wake.run();
          }
        });
  }

  private Future<?> even(Drain evening, List<OriginState> origins) {
    var now = world.clock().instant();
    if (now.isBefore(evenedFrom) || !idle.getAsBoolean()) {
      return Future.succeededFuture();
    }
    long began = world.nanos();
    return world
        .bus()
        .ask(CatalogRegistryContract.COUNT_USAGE, new CountUsage())
        .compose(counted -> {
          evenedFrom = now.plusNanos((world.nanos() - began) * PAUSE_PER_COUNT);
          var usage = new HashMap<String, Usage>();
          counted.origins().forEach(origin -> usage.put(origin.originId(), origin.usage()));
          balance = Balance.of(origins, usage, evening.towards());
          return balance.isEven() ? Future.succeededFuture(0L) : even(origins);
        })
        .compose(opened -> {
          fruitless = opened > 0 ? 0 : fruitless + 1;
          return fruitless < FRUITLESS_MAX ? Future.succeededFuture() : evened(evening);
        });
  }

  private Future<Long> even(List<OriginState> origins) {
    Map<String, Long> lack = balance.lack();
    return open(Claim.REBALANCE, balance.excess().keySet(), origins, o -> lack.containsKey(o.id()))
        .map(MovesOpened::opened);
  }

  private Future<?> evened(Drain evening) {
    fruitless = 0;
    LOG.info("origins are evened out moved={}", evening.movedSegments());
    return world
        .bus()
        .ask(
            CatalogRegistryContract.SAVE_DRAIN,
            new SaveDrain(CatalogRegistryContract.REBALANCE, "done", evening.towards()));
  }
}
