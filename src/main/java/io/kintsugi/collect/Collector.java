package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.CollectionHeld;
import io.kintsugi.contract.CatalogCollectContract.GetLitter;
import io.kintsugi.contract.CatalogCollectContract.Litter;
import io.kintsugi.contract.CatalogCollectContract.OriginLitter;
import io.kintsugi.contract.CatalogCollectContract.RetireSegments;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.BrakeMoved;
import io.kintsugi.contract.CollectContract.Collection;
import io.kintsugi.contract.CollectContract.OriginCollection;
import io.kintsugi.contract.CollectContract.OrphansDoubted;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passes over all origins again and again, one pass at a time. Nothing of it needs to survive this
/// process: what is to be done stands in rows.
final class Collector {
  private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
  private static final int SEGMENTS_PER_PAGE = 500;

  /// More that died is retired by the next pass.
  private static final int PAGES_MAX = 1000;

  /// Damage is told of in bursts; the brakes are looked at once after each.
  private static final Duration BRAKES_DELAY = Duration.ofSeconds(1);

  private final World world;
  private final Pace pace;
  private final Duration period;
  private final Brakes brakes;
  private final Holding holding;
  private final Compactors compactors;
  private final Map<String, String> states = new TreeMap<>();
  private final Set<String> doubted = new HashSet<>();
  private World.@Nullable Timer next;
  private @Nullable Instant lastPass;
  private @Nullable String trouble;
  private boolean running;
  private boolean brakesDue;
  private boolean stopped;

  Collector(World world, Pace pace, Duration period, Compactors compactors) {
    this.world = world;
    this.pace = pace;
    this.period = period;
    this.compactors = compactors;
    brakes = new Brakes(world);
    holding = new Holding(world);
  }

  /// Brakes that were held before this process came are told to their origins before it goes on.
  Future<Void> start(Duration untilFirst) {
    world.bus().listen(HealContract.DAMAGE_REPORTED, _ -> lookAtBrakesSoon());
    next = world.after(untilFirst, () -> pass(null, false));
    return brakes
        .renew()
        .recover(cause -> {
          LOG.warn("brakes not known yet: {}", Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  Future<?> stop() {
    stopped = true;
    return Future.all(holding.release(), compactors.close());
  }

  private void lookAtBrakesSoon() {
    if (brakesDue) {
      return;
    }
    brakesDue = true;
    world.after(
        BRAKES_DELAY,
        () -> {
          brakesDue = false;
          brakes
              .lookAtAll()
              .onFailure(cause -> LOG.warn("brakes not known: {}", Failure.from(cause).text()));
        });
  }

  /// @param believed an origin whose orphans somebody vouches for
  void begin(@Nullable String believed) {
    if (!running && !stopped) {
      var timer = next;
      if (timer != null) {
        timer.cancel();
      }
      pass(believed, true);
    }
  }

  /// @param asked an operator wants it now, and packs looked at too
  private void pass(@Nullable String believed, boolean asked) {
    running = true;
    brakes
        .lookAtAll()
        .compose(_ -> holding.take())
        .compose(held -> held.held() ? pass(held.epoch(), believed, asked) : leave(held))
        .eventually(holding::release)
        .onComplete(done -> {
          running = false;
          lastPass = world.clock().instant();
          trouble = done.succeeded() ? null : Failure.from(done.cause()).text();
          if (trouble != null) {
            LOG.warn("collection gave up: {}", trouble);
          }
          if (!stopped) {
            next = world.after(period, () -> pass(null, false));
          }
        });
  }

  private Future<Void> pass(long epoch, @Nullable String believed, boolean asked) {
    compactors.begin(asked);
    return retire(epoch, PAGES_MAX)
        .compose(_ -> situation())
        .compose(situation -> clearAll(situation, epoch, believed));
  }

  private Future<Void> leave(CollectionHeld held) {
    LOG.debug("collection left to holder={}", held.holder());
    return Future.succeededFuture();
  }

  private boolean goesOn() {
    return !stopped && holding.isHeld();
  }

  private Future<Void> retire(long epoch, int pages) {
    return world
        .bus()
        .ask(CatalogCollectContract.RETIRE_SEGMENTS, new RetireSegments(epoch, SEGMENTS_PER_PAGE))
        .compose(answer ->
            answer.more() && pages > 1 && goesOn()
                ? retire(epoch, pages - 1)
                : Future.succeededFuture());
  }

  /// What there is to do, and where.
  private record Situation(Litter litter, Map<String, OriginState> origins) {}

  private Future<Situation> situation() {
    var litter = world.bus().ask(CatalogCollectContract.GET_LITTER, new GetLitter());
    var list = world.bus().ask(OriginContract.LIST_ORIGINS, new ListOrigins());
    return Future.all(litter, list)
        .map(_ -> {
          var origins = new HashMap<String, OriginState>();
          list.result().origins().forEach(origin -> origins.put(origin.id(), origin));
          return new Situation(litter.result(), origins);
        });
  }

  private Future<Void> clearAll(Situation situation, long epoch, @Nullable String believed) {
    var passes = new ArrayList<Future<Void>>();
    for (var litter : situation.litter().origins()) {
      var id = litter.originId();
      var admission = Admission.of(situation.origins().get(id), litter, id.equals(believed));
      switch (admission) {
        case Admission.Refused(var reason) -> states.put(id, "left alone: " + reason);
        case Admission.Doubted doubt -> doubt(id, doubt);
        case Admission.Granted(var incarnation) -> {
          doubted.remove(id);
          passes.add(clear(id, new Turn(incarnation, epoch, this::goesOn)));
        }
      }
    }
    return Future.all(passes).mapEmpty();
  }

  private void doubt(String id, Admission.Doubted doubt) {
    states.put(id, "left alone: " + doubt.reason());
    if (doubted.add(id)) {
      LOG.warn("origin={} nothing is collected there: {}", id, doubt.reason());
      world
          .bus()
          .publish(
              CollectContract.ORPHANS_DOUBTED,
              new OrphansDoubted(id, doubt.orphans(), doubt.names()));
    }
  }

  /// One origin that fails keeps no other waiting.
  private Future<Void> clear(String id, Turn turn) {
    states.put(id, "at work");
    var pass = new OriginPass(world, pace, id, turn);
    return pass.run()
        .compose(_ -> compactors.run(id, turn))
        .transform(done -> {
          if (pass.freedNames() > 0) {
            LOG.info(
                "origin={} collected names={} bytes={}", id, pass.freedNames(), pass.freedBytes());
          }
          if (done.failed()) {
            LOG.debug("origin={} not cleared: {}", id, Failure.from(done.cause()).text());
          }
          states.put(
              id, done.succeeded() ? "done" : "gave up: " + Failure.from(done.cause()).text());
          return Future.succeededFuture();
        });
  }

  Future<BrakeMoved> review(String originId, boolean force) {
    return brakes.review(originId, force);
  }

  Future<Collection> collection() {
    return world
        .bus()
        .ask(CatalogCollectContract.GET_LITTER, new GetLitter())
        .map(litter ->
            new Collection(
                running,
                lastPass,
                litter.graceMillis(),
                litter.deadSegments(),
                litter.origins().stream().map(this::origin).toList()));
  }

  private OriginCollection origin(OriginLitter litter) {
    return new OriginCollection(
        litter.originId(),
        states.getOrDefault(litter.originId(), "not yet"),
        litter.remnants(),
        litter.remnantBytes(),
        litter.unreferenced(),
        litter.orphans(),
        litter.quarantined(),
        litter.quarantinedBytes(),
        litter.collectedNames(),
        litter.collectedBytes(),
        litter.braked(),
        compactors.figures(litter.originId()));
  }

  boolean isRunning() {
    return running;
  }

  /// What a person should know; empty if nothing.
  List<String> complaints() {
    var complaints = new ArrayList<String>();
    brakes.held().forEach((id, reason) -> complaints.add(id + " is braked: " + reason));
    doubted.stream()
        .sorted()
        .forEach(id -> complaints.add(id + " is " + states.getOrDefault(id, "doubted")));
    if (trouble != null) {
      complaints.add("the last pass gave up: " + trouble);
    }
    return complaints;
  }
}
