package io.kintsugi.object;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where small segments go for the moment: those that come within it go to the same origins, so
/// that they share flushes. The moments are those of the clock, so that all instances move on
/// together.
final class Places {
  private static final long MOMENT_MILLIS = 250;

  /// No more goes to the same origins in one moment, from here.
  private static final long MOMENT_BYTES_MAX = 4 << 20;

  private static final int KINDS_MAX = 100;

  /// How long an origin that failed a write is passed over.
  private static final long SHUN_NANOS = 2_000_000_000;

  private final World world;
  private final Map<Kind, Held> held = new HashMap<>();
  private final Map<Kind, Future<Placement>> asking = new HashMap<>();
  private final Map<String, Long> shunnedNanos = new HashMap<>();

  private record Kind(String strategy, int count) {}

  private static final class Held {
    private final Placement placement;
    private final long moment;
    private long leftBytes = MOMENT_BYTES_MAX;

    Held(Placement placement, long moment) {
      this.placement = placement;
      this.moment = moment;
    }
  }

  Places(World world) {
    this.world = world;
    world.bus().listen(OriginContract.ORIGIN_CHANGED, _ -> held.clear());
  }

  /// Where so many shards may go now; fewer origins if fewer can be written.
  Future<Placement> take(String strategy, int count, long shardBytes) {
    var kind = new Kind(strategy, count);
    long moment = world.clock().instant().toEpochMilli() / MOMENT_MILLIS;
    var here = held.get(kind);
    if (here == null || here.moment != moment) {
      return ask(kind, moment, 0);
    }
    if (here.leftBytes < shardBytes) {
      return ask(kind, moment, 1);
    }
    here.leftBytes -= shardBytes;
    return Future.succeededFuture(here.placement);
  }

  /// The places of one segment that goes by its key, and shares them with nobody for that reason.
  Future<Placement> takeByKey(String strategy, int count, long keySpread) {
    return ask(new Kind(strategy, count), keySpread);
  }

  /// Passes an origin over for a while.
  void shun(String originId) {
    shunnedNanos.put(originId, world.nanos() + SHUN_NANOS);
    held.values()
        .removeIf(here ->
            here.placement.origins().stream().anyMatch(ref -> ref.originId().equals(originId)));
  }

  private Future<Placement> ask(Kind kind, long moment, int further) {
    var pending = asking.get(kind);
    if (pending != null) {
      return pending;
    }
    var asked = ask(kind, moment + further).onSuccess(placement -> hold(kind, placement, moment));
    if (!asked.isComplete()) {
      asking.put(kind, asked);
      asked.onComplete(_ -> asking.remove(kind));
    }
    return asked;
  }

  private Future<Placement> ask(Kind kind, long spread) {
    long nowNanos = world.nanos();
    shunnedNanos.values().removeIf(until -> until - nowNanos < 0);
    var avoid = List.copyOf(shunnedNanos.keySet());
    return ask(kind, avoid, spread)
        .compose(placement ->
            placement.origins().size() < kind.count() && !avoid.isEmpty()
                ? ask(kind, List.of(), spread)
                : Future.succeededFuture(placement));
  }

  private Future<Placement> ask(Kind kind, List<String> avoid, long spread) {
    return world
        .bus()
        .ask(
            OriginContract.PLACE,
            // Many small ones share the room; each by itself is as small as they come.
            new Place(kind.count(), avoid, kind.strategy(), MOMENT_BYTES_MAX, spread, 0L, null));
  }

  private void hold(Kind kind, Placement placement, long moment) {
    if (placement.origins().size() < kind.count()) {
      held.remove(kind);
      return;
    }
    if (held.size() >= KINDS_MAX) {
      held.clear();
    }
    held.put(kind, new Held(placement, moment));
  }
}
