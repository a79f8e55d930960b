package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.GetLitter;
import io.kintsugi.contract.CatalogCollectContract.ListVerdicts;
import io.kintsugi.contract.CatalogCollectContract.SetBrake;
import io.kintsugi.contract.CatalogCollectContract.Verdicts;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.BrakeMoved;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginCollectContract.BrakeOrigin;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.CheckOrigin;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries the brakes between the catalog, which keeps them, and the origins, which obey them. A
/// brake is kept before it is told, so that it outlives everybody.
final class Brakes {
  private static final Logger LOG = LoggerFactory.getLogger(Brakes.class);

  private final World world;
  private final Map<String, String> held = new TreeMap<>();

  Brakes(World world) {
    this.world = world;
  }

  /// Those that are held, with the reason.
  Map<String, String> held() {
    return held;
  }

  /// Tells every origin what is kept of it.
  Future<Void> renew() {
    return world
        .bus()
        .ask(CatalogCollectContract.GET_LITTER, new GetLitter())
        .compose(litter ->
            origins()
                .compose(origins -> {
                  held.clear();
                  var told = new ArrayList<Future<Void>>();
                  for (var of : litter.origins()) {
                    var reason = of.braked();
                    if (reason != null) {
                      held.put(of.originId(), reason);
                    }
                    var origin = origins.get(of.originId());
                    if (origin != null && !Objects.equals(origin.braked(), reason)) {
                      told.add(tell(of.originId(), reason));
                    }
                  }
                  return Future.all(told).mapEmpty();
                }));
  }

  private Future<Map<String, OriginState>> origins() {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .map(list -> {
          var origins = new TreeMap<String, OriginState>();
          list.origins().forEach(origin -> origins.put(origin.id(), origin));
          return origins;
        });
  }

  private Future<Void> tell(String originId, @Nullable String reason) {
    return world
        .bus()
        .ask(OriginCollectContract.BRAKE_ORIGIN.at(originId), new BrakeOrigin(reason))
        .mapEmpty();
  }

  /// Weighs what was found last on each origin, and brakes where that is too bad.
  Future<Void> lookAtAll() {
    return renew()
        .compose(_ -> origins())
        .compose(origins -> {
          var looks = new ArrayList<Future<Void>>();
          for (var id : origins.keySet()) {
            if (!held.containsKey(id)) {
              looks.add(lookAt(id));
            }
          }
          return Future.all(looks).mapEmpty();
        });
  }

  private Future<Void> lookAt(String originId) {
    return world
        .bus()
        .ask(CatalogCollectContract.LIST_VERDICTS, new ListVerdicts(originId))
        .compose(found -> {
          var reason = Brake.reason(found.verdicts());
          return reason == null ? Future.succeededFuture() : move(originId, reason);
        });
  }

  private Future<Void> move(String originId, @Nullable String reason) {
    return world
        .bus()
        .ask(CatalogCollectContract.SET_BRAKE, new SetBrake(originId, reason))
        .compose(_ -> {
          if (reason == null) {
            held.remove(originId);
            LOG.info("origin={} brake released", originId);
          } else {
            held.put(originId, reason);
            LOG.warn("origin={} braked: nothing is written or removed there: {}", originId, reason);
          }
          world.bus().publish(CollectContract.BRAKE_MOVED, new BrakeMoved(originId, reason));
          return tell(originId, reason);
        });
  }

  /// Releases an origin of which scans found since that it is sound, or that an operator vouches
  /// for.
  Future<BrakeMoved> review(String originId, boolean force) {
    return world
        .bus()
        .ask(CatalogCollectContract.LIST_VERDICTS, new ListVerdicts(originId))
        .compose(found -> {
          var reason = found.braked();
          if (reason == null) {
            return Future.succeededFuture(new BrakeMoved(originId, null));
          }
          return force ? release(originId) : releaseIfSound(originId, reason, found);
        });
  }

  /// That it answers well says nothing of its bytes: scans must have read them since.
  private Future<BrakeMoved> releaseIfSound(String originId, String reason, Verdicts found) {
    var objection = Brake.objection(found);
    return world
        .bus()
        .ask(OriginContract.CHECK_ORIGIN, new CheckOrigin(originId))
        .compose(origin -> {
          var why = isWell(origin) ? objection : "it is not well";
          return why == null
              ? release(originId)
              : Future.succeededFuture(new BrakeMoved(originId, reason + "; not released: " + why));
        });
  }

  private static boolean isWell(OriginState origin) {
    return origin.marker().equals("ours")
        && origin.consecutiveFailures() == 0
        && !origin.health().equals("unhealthy")
        && !origin.health().equals("unknown");
  }

  private Future<BrakeMoved> release(String originId) {
    return move(originId, null)
        .map(new BrakeMoved(originId, null))
        .recover(cause -> {
          var failure = Failure.from(cause);
          // It is released in the catalog; an origin that is away hears of it when it is back.
          return failure.is(FailureCode.UNAVAILABLE) && !held.containsKey(originId)
              ? Future.succeededFuture(new BrakeMoved(originId, null))
              : Future.failedFuture(failure);
        });
  }
}
