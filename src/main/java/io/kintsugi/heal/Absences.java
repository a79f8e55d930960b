package io.kintsugi.heal;

import io.kintsugi.contract.AbsenceContract;
import io.kintsugi.contract.AbsenceContract.AbsenceReport;
import io.kintsugi.contract.AbsenceContract.AbsentOrigin;
import io.kintsugi.contract.AbsenceContract.SetLost;
import io.kintsugi.contract.CatalogAbsenceContract;
import io.kintsugi.contract.CatalogAbsenceContract.Absence;
import io.kintsugi.contract.CatalogAbsenceContract.DeclareLost;
import io.kintsugi.contract.CatalogAbsenceContract.ListAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.NoteAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.Spot;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.heal.AbsencePlan.Decision;
import io.kintsugi.heal.AbsencePlan.State;
import io.kintsugi.heal.AbsencePlan.Stretch;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches which origins are away, notes it in the catalog, and has their shards rebuilt elsewhere
/// once they count as absent, or trimmed once they are back.
final class Absences {
  private static final Logger LOG = LoggerFactory.getLogger(Absences.class);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration TRIMS_LATER = Duration.ofSeconds(30);
  private static final Duration TRIMS_AGAIN = Duration.ofMinutes(10);

  /// Without news all segments are gone through again, for what a look did not see.
  private static final Duration SWEEP_AGAIN = Duration.ofMinutes(30);

  /// Where only the room changes, walks are so far apart at least.
  private static final Duration SWEEP_PAUSE = Duration.ofSeconds(10);

  private final World world;
  private final Runnable wake;
  private final Predicate<String> removed;
  private final Relays relays;
  private final AbsenceSweep sweep;
  private final Stall stall = new Stall();
  private Map<String, Stretch> seen = Map.of();
  private Map<String, Absence> noted = Map.of();
  private Map<String, State> states = Map.of();
  private Map<String, State> told = Map.of();
  private List<OriginState> origins = List.of();
  private @Nullable HealPolicy policy;
  private @Nullable Occasion swept;
  private Instant sweptAt = Instant.EPOCH;
  private boolean trimsDue = true;

  /// What a life before this one was about to trim is looked for, but not at the very start.
  private Instant trimsFrom = Instant.MAX;

  /// It is known how many absent origins are needed.
  private boolean sure;

  private boolean known;
  private boolean looking;
  private boolean sweeping;
  private boolean closed;

  /// What a sweep depends on: there is reason for another one when it is not what it was.
  private record Occasion(Set<String> absent, Set<String> usable, long rebuildAfterMillis) {}

  /// @param wake called when rows were opened
  /// @param removed origins that are no longer missed
  Absences(World world, Runnable wake, Predicate<String> removed) {
    this.world = world;
    this.wake = wake;
    this.removed = removed;
    sweep = new AbsenceSweep(world, () -> closed);
    relays = new Relays(world, () -> closed);
  }

  void start() {
    trimsFrom = world.clock().instant().plus(TRIMS_LATER);
    world.every(LOOK, this::look);
    look();
  }

  void close() {
    closed = true;
  }

  void apply(HealPolicy changed) {
    policy = changed;
    look();
  }

  /// Whether the shards on an origin count as absent for a segment of this layout: not if more
  /// origins are absent than it could bear to lose.
  boolean isAbsent(String originId, Layout layout) {
    var state = states.get(originId);
    return sure && state != null && state.isAbsent() && stall.needed() <= layout.m();
  }

  /// Whether nothing speaks against relying on an origin for good.
  boolean isSettled(String originId) {
    return known && !noted.containsKey(originId);
  }

  AbsenceReport report() {
    var away = new ArrayList<AbsentOrigin>();
    new TreeMap<>(states)
        .forEach((id, state) -> {
          var absence = noted.get(id);
          if (absence != null) {
            away.add(new AbsentOrigin(id, state.name().toLowerCase(Locale.ROOT), absence.since()));
          }
        });
    return new AbsenceReport(
        away, stall.code(), stall.segments(), stall.message(), world.clock().instant());
  }

  /// What is wrong, for a person; null if nothing is held up.
  @Nullable String complaint() {
    return stall.message();
  }

  Future<AbsenceReport> setLost(SetLost wish) {
    return look()
        .compose(_ -> {
          var id = wish.originId();
          var stretch = seen.get(id);
          if (stretch == null && !noted.containsKey(id)) {
            throw Failure.of(FailureCode.NOT_FOUND, "there is no origin " + id, "what", "origin");
          }
          if (wish.lost() && stretch != null && stretch.here()) {
            throw Failure.of(
                FailureCode.CONFLICT,
                "origin " + id + " is here: what answers is not lost",
                "what",
                "origin");
          }
          return world
              .bus()
              .ask(
                  CatalogAbsenceContract.DECLARE_LOST,
                  new DeclareLost(id, wish.lost(), world.clock().instant()));
        })
        .compose(rows -> {
          learn(rows);
          LOG.info("origin={} declared lost={}", wish.originId(), wish.lost());
          return look();
        })
        .map(_ -> report());
  }

  /// Looks at all origins now. Fails never: what could not be found out is found out next time.
  Future<Void> look() {
    if (closed || looking || policy == null) {
      return Future.succeededFuture();
    }
    looking = true;
    return (known ? Future.<Void>succeededFuture() : recall())
        .compose(_ -> world.bus().ask(OriginContract.LIST_ORIGINS, new ListOrigins()))
        .compose(found -> judge(found.origins()))
        .onComplete(_ -> looking = false)
        .recover(cause -> {
          LOG.debug("origins not looked at: {}", Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  private Future<Void> recall() {
    return world
        .bus()
        .ask(CatalogAbsenceContract.LIST_ABSENCES, new ListAbsences())
        .compose(rows -> {
          learn(rows);
          return world.bus().ask(CatalogOriginContract.LIST_ORIGIN_ROWS, new ListOriginRows());
        })
        .map(rows -> {
          // What no configuration names any more is away like what does not answer.
          var now = world.clock().instant();
          var all = new HashMap<String, Stretch>();
          for (var row : rows.rows()) {
            if (row.state().equals("ready")) {
              all.put(row.originId(), new Stretch(false, now));
            }
          }
          seen = all;
          known = true;
          return null;
        });
  }

  private void learn(CatalogAbsenceContract.Absences rows) {
    var all = new HashMap<String, Absence>();
    rows.absences().forEach(absence -> all.put(absence.originId(), absence));
    noted = all;
  }

  private Future<Void> judge(List<OriginState> found) {
    origins = found;
    noted = new HashMap<>(noted);
    noted.keySet().removeIf(removed);
    var now = world.clock().instant();
    var here = new HashMap<String, Boolean>();
    seen.keySet().stream().filter(removed.negate()).forEach(id -> here.put(id, false));
    found.stream()
        .filter(origin -> isEnrolled(origin) || noted.containsKey(origin.id()))
        .forEach(origin -> here.put(origin.id(), isHere(origin)));
    seen = AbsencePlan.stretches(seen, here, now);
    var policyNow = policy;
    if (policyNow == null) {
      return Future.succeededFuture();
    }
    var decision = AbsencePlan.decide(policyNow, seen, noted, now);
    if (!decision.isNews(noted)) {
      become(decision, policyNow);
      return Future.succeededFuture();
    }
    return world
        .bus()
        .ask(
            CatalogAbsenceContract.NOTE_ABSENCES,
            new NoteAbsences(decision.away(), decision.back()))
        .map(rows -> {
          learn(rows);
          if (!decision.back().isEmpty()) {
            trimsDue = true;
            trimsFrom = now;
          }
          become(decision, policyNow);
          return null;
        });
  }

  /// One that never bore a marker of ours holds nothing that could be missed.
  private static boolean isEnrolled(OriginState origin) {
    return origin.incarnation() != null;
  }

  /// Here is what can be read; that it takes no writes is another matter.
  private static boolean isHere(OriginState origin) {
    boolean answers = origin.health().equals("healthy") || origin.health().equals("degraded");
    return answers && origin.marker().equals("ours");
  }

  private void become(Decision decision, HealPolicy policyNow) {
    states = decision.states();
    var worth = new TreeMap<String, State>();
    // That one comes and goes is told by its health; here it is away until it has stayed.
    states.forEach((id, state) -> worth.put(id, state == State.RETURNING ? State.AWAY : state));
    if (!worth.equals(told)) {
      LOG.info("origins away={}", worth);
      told = worth;
      publish();
    }
    sweepIfDue(policyNow);
  }

  private void publish() {
    world.bus().publish(AbsenceContract.ABSENCES_CHANGED, report());
  }

  private void sweepIfDue(HealPolicy policyNow) {
    if (sweeping) {
      return;
    }
    var absent = new TreeSet<String>();
    states.forEach((id, state) -> {
      if (state.isAbsent()) {
        absent.add(id);
      }
    });
    var usable = new HashSet<String>();
    settled().forEach(origin -> usable.add(origin.id()));
    var occasion = new Occasion(absent, usable, policyNow.rebuildAfter());
    var last = swept;
    sure &= last != null && last.absent().equals(absent);
    var now = world.clock().instant();
    boolean again = !now.isBefore(sweptAt.plus(SWEEP_AGAIN));
    boolean urgent = last == null || !last.absent().equals(absent);
    boolean changed =
        !occasion.equals(last) && (urgent || !now.isBefore(sweptAt.plus(SWEEP_PAUSE)));
    if (changed || again || isTrimDue(now, absent)) {
      sweeping = true;
      sweep(occasion)
          .onSuccess(_ -> {
            swept = occasion;
            sweptAt = world.clock().instant();
            wake.run();
          })
          .onFailure(cause -> LOG.info("segments not gone through: {}", Failure.from(cause).text()))
          .onComplete(_ -> sweeping = false);
    }
  }

  /// Origins to build on: one that comes and goes must not start a walk each time.
  private List<OriginState> settled() {
    return origins.stream()
        .filter(origin -> Shards.canTake(origin) && isSettled(origin.id()))
        .toList();
  }

  /// Nothing is trimmed while anything is absent.
  private boolean isTrimDue(Instant now, Set<String> absent) {
    return trimsDue && absent.isEmpty() && !now.isBefore(trimsFrom);
  }

  private Future<Void> sweep(Occasion occasion) {
    boolean trims = isTrimDue(world.clock().instant(), occasion.absent());
    return rebuilds(occasion)
        .compose(_ -> trims ? trims() : Future.succeededFuture())
        .compose(_ -> relays.consider(settled()));
  }

  private Future<Void> rebuilds(Occasion occasion) {
    if (occasion.absent().isEmpty()) {
      meet(AbsenceSweep.Rebuilds.NONE, List.of());
      return Future.succeededFuture();
    }
    var spots =
        origins.stream()
            .filter(Absences::isHere)
            .map(origin -> new Spot(origin.id(), origin.domain(), Shards.canTake(origin)))
            .toList();
    var absent = List.copyOf(occasion.absent());
    return sweep
        .rebuilds(
            absent,
            spots,
            needed -> {
              stall.need(needed);
              sure = true;
            })
        .map(found -> {
          meet(found, absent);
          return null;
        });
  }

  private Future<Void> trims() {
    return sweep
        .trims()
        .map(found -> {
          // What is damaged and twice at once is mended first.
          trimsDue = found.skipped() > 0;
          trimsFrom = world.clock().instant().plus(TRIMS_AGAIN);
          if (found.opened() > 0) {
            LOG.info("segments with a shard twice={}", found.opened());
          }
          return null;
        });
  }

  private void meet(AbsenceSweep.Rebuilds found, List<String> absent) {
    if (found.opened() > 0) {
      LOG.info("segments to rebuild elsewhere={} absent={}", found.opened(), absent);
    }
    if (stall.meet(found, absent)) {
      var message = stall.message();
      if (message == null) {
        LOG.info("nothing holds up the rebuild of absent origins any more");
      } else {
        LOG.warn("{}", message);
      }
      publish();
    }
  }
}
