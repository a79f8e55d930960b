package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.Segment;
import io.kintsugi.heal.Claim.End;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One task, from the first look to the last word. It only ever adds: new names, and rows swapped
/// to them one by one; whatever breaks off in between leaves nothing but names that nobody knows.
final class Repair {
  private static final Logger LOG = LoggerFactory.getLogger(Repair.class);

  /// Passes of one attempt beyond one for each shard; then others have their turn.
  private static final int SPARE_PASSES = 3;

  private final Bench bench;
  private final World world;
  private final WriteSession session;
  private final HealPolicy policy;
  private final Claim claim;
  private final Segment segment;
  private final Shards shards;
  private final Moves moving;
  private final Doubles doubles;
  private final ReadBack readBack;
  private final Set<Integer> distrusted = new HashSet<>();
  private final Set<String> refused = new HashSet<>();
  private final Map<Integer, Known> repaired = new TreeMap<>();
  private final long beginNanos;
  private long rebuildNanos;
  private int passes;
  private boolean forensic;
  private boolean proven;
  private @Nullable End verdict;
  private @Nullable Rebuild pass;

  Repair(Bench shared, HealPolicy policy, Claim claim) {
    bench = claim.isEmergency() ? shared.atOnce() : shared;
    world = bench.world();
    session = bench.session();
    this.policy = policy;
    this.claim = claim;
    segment = claim.task().segment();
    shards = new Shards(bench, segment);
    moving = new Moves(world, claim);
    doubles = new Doubles(bench, claim, shards, moving);
    readBack = new ReadBack(world, claim, shards);
    beginNanos = world.nanos();
  }

  Claim claim() {
    return claim;
  }

  /// Does what can be done. Never fails: every trouble is an end of its own.
  Future<End> run() {
    if (verdict != null) {
      return Future.succeededFuture(verdict);
    }
    return shards.look(claim.task()).compose(_ -> step()).otherwise(this::trouble);
  }

  /// Stops as soon as possible, with this end unless a better one is reached first.
  void breakOff(End end) {
    if (verdict == null) {
      verdict = end;
    }
    if (pass != null) {
      pass.breakOff();
    }
  }

  boolean isBrokenOff() {
    return verdict != null;
  }

  private End trouble(Throwable cause) {
    var failure = Failure.from(cause);
    if (verdict != null) {
      return verdict;
    }
    if (failure.is(FailureCode.INTERNAL_ERROR)) {
      LOG.error("task={} failed", claim.task().taskId(), cause);
    }
    return retry(failure.text());
  }

  private End retry(String reason) {
    int failures = claim.task().failures() + 1;
    return End.retry(reason, Backoff.after(failures).toMillis(), bytesWritten());
  }

  private long bytesWritten() {
    return repaired.size() * segment.shardBytes();
  }

  private Future<End> step() {
    if (verdict != null) {
      return Future.succeededFuture(verdict);
    }
    return switch (RepairPlan.of(segment.layout(), shards.known(), distrusted, shards::rank)) {
      case RepairPlan.NothingWrong() -> trimmed(this::sound);
      case RepairPlan.NotNow(var reason) -> trimmed(() -> notNow(reason));
      case RepairPlan.Unrecoverable(var reason) ->
          Future.succeededFuture(
              new End(
                  End.UNRECOVERABLE,
                  null,
                  reason,
                  Backoff.UNRECOVERABLE.toMillis(),
                  false,
                  bytesWritten()));
      case RepairPlan.LookFirst(var indexes) ->
          shards.lookAll(indexes, depth()).compose(_ -> step());
      case RepairPlan.Rebuild(var sources, var targets) -> rebuild(sources, targets, null);
    };
  }

  private Future<End> sound() {
    return claim.isRelay() ? relay() : relocate();
  }

  /// Where nothing is to be moved, all is done.
  private Future<End> relocate() {
    return switch (Relocation.next(claim, shards, repaired.isEmpty())) {
      case Relocation.Copy(var indexes, var places) -> rebuild(indexes, indexes, places);
      case Relocation.Stuck(var reason) -> Future.succeededFuture(retry(reason));
      case Relocation.Nothing() -> done(null);
    };
  }

  /// All that was reported is mended; what cannot be reached was not reported.
  private Future<End> notNow(String reason) {
    if (claim.isMove()) {
      return relocate();
    }
    boolean damaged = shards.known().stream().anyMatch(Known::isDamaged);
    boolean reportedSound =
        !claim.isCheckOfAll()
            && claim.task().known().stream()
                .allMatch(damage -> shards.get(damage.shardIndex()).isHealthy());
    return damaged || !reportedSound ? Future.succeededFuture(retry(reason)) : done(null);
  }

  /// What lacks only absent shards and finds no place for them waits for one, outside of the queue:
  /// it is looked for again whenever a place may have come.
  private Future<End> noSpare() {
    var reason = Stall.NO_SPARE_DOMAIN + ": no failure domain is free for what is absent";
    return claim.isCheckOfAll()
        ? Future.succeededFuture(retry(reason))
        : trimmed(() -> done(reason));
  }

  private Future<End> done(@Nullable String reason) {
    var times = new Results.Times(world.nanos() - beginNanos, rebuildNanos, readBack.nanos());
    var result =
        Results.of(segment.layout(), repaired.values(), shards.present(), shards.allDeep(), times);
    return Future.succeededFuture(
        new End(
            repaired.isEmpty() ? End.HEALTHY : End.HEALED,
            result,
            reason,
            0,
            shards.allDeep(),
            bytesWritten()));
  }

  /// Drops what is there twice. A damaged copy that must stay for now keeps the task open: at a
  /// good end what was reported of it would be forgotten.
  private Future<End> trimmed(Supplier<Future<End>> next) {
    return doubles
        .drop()
        .compose(left ->
            left.isEmpty()
                ? next.get()
                : Future.succeededFuture(retry("no damaged copy can be dropped yet")));
  }

  /// New sums over wrong bytes would hide for ever that they are wrong: only from what hashes to
  /// what the manifest says is anything written anew.
  private Future<End> relay() {
    if (proven) {
      return new Relay(bench, claim, shards.sound()).run(() -> done(null));
    }
    proven = true;
    var all = shards.known().stream().map(Known::index).toList();
    return shards.lookAll(all, Depth.FORENSIC).compose(_ -> step());
  }

  /// A look that sees less must not take back what one that sees more has found.
  private Depth depth() {
    return proven || forensic ? Depth.FORENSIC : Depth.DEEP;
  }

  /// @param places where the targets go; null: wherever there is room
  private Future<End> rebuild(
      List<Integer> sources, List<Integer> targets, @Nullable Map<Integer, OriginState> places) {
    if (++passes > segment.layout().shards() + SPARE_PASSES) {
      return Future.succeededFuture(retry("it did not come to an end in " + passes + " passes"));
    }
    var footers = new FooterSearch(bench, segment, shards);
    return footers
        .find(sources)
        .compose(found ->
            switch (found) {
              case FooterSearch.Found(var footer) ->
                  places == null
                      ? placeAndBuild(sources, targets, footer.getBytes())
                      : build(sources, places, footer.getBytes());
              case FooterSearch.Suspect(var indexes) when indexes.isEmpty() ->
                  Future.succeededFuture(retry("no sound footer can be read now"));
              case FooterSearch.Suspect(var indexes) -> suspect(indexes);
              case FooterSearch.Refused(var reason) -> Future.succeededFuture(retry(reason));
            });
  }

  /// A shard that could not be read well is looked at where it lies. If nothing is wrong there, it
  /// is left alone in this attempt, both as a source and as a target.
  private Future<End> suspect(Set<Integer> indexes) {
    return shards
        .lookAll(indexes, depth())
        .compose(_ -> {
          for (int index : indexes) {
            if (shards.get(index).hasBlocks()) {
              distrusted.add(index);
            }
          }
          return step();
        });
  }

  private Future<End> placeAndBuild(List<Integer> sources, List<Integer> targets, byte[] footer) {
    return shards
        .place(targets, refused)
        .compose(places -> {
          if (!places.isEmpty()) {
            return build(sources, places, footer);
          }
          return claim.isMove() || targets.stream().allMatch(index -> shards.get(index).isAbsent())
              ? noSpare()
              : Future.succeededFuture(
                  retry("no origin can take " + targets.size() + " rebuilt shards now"));
        });
  }

  private Future<End> build(
      List<Integer> sources, Map<Integer, OriginState> places, byte[] footer) {
    if (verdict != null) {
      return Future.succeededFuture(verdict);
    }
    var header = FooterSearch.header(segment, 0);
    var inputs = new HashMap<Integer, ShardBytes>();
    for (int index : header.blocks() == 0 ? List.<Integer>of() : sources) {
      var from = shards.get(index).location();
      inputs.put(
          index,
          ShardBytes.open(
              bench,
              from,
              shards.name(from),
              header.striping().blockOffset(0),
              header.striping().shardBlocksBytes()));
    }
    var targets = new ArrayList<Target>();
    places.forEach((index, origin) -> {
      var location =
          new Location(
              index,
              session.nextAttempt(claim.owner()),
              origin.id(),
              String.valueOf(origin.incarnation()),
              true);
      targets.add(Target.open(bench, location, shards.name(location), header.withIndex(index)));
    });
    long began = world.nanos();
    var work = new Rebuild(world, header, inputs, targets, footer, segment.shardSha256());
    pass = work;
    var emergency = Emergency.brake(world, policy, claim, work);
    return work.run()
        .compose(outcome -> {
          emergency.cancel();
          pass = null;
          rebuildNanos += world.nanos() - began;
          return finish(sources, targets, outcome);
        })
        .onComplete(_ -> targets.forEach(target -> session.release(target.location().attemptId())));
  }

  private Future<End> finish(List<Integer> sources, List<Target> targets, Rebuild.Outcome outcome) {
    if (verdict != null) {
      return Future.succeededFuture(verdict);
    }
    for (var target : targets) {
      if (outcome.failedTargets().contains(target.index())) {
        refused.add(target.location().originId());
      }
    }
    if (!outcome.badSources().isEmpty()) {
      return suspect(outcome.badSources());
    }
    if (!outcome.mismatched().isEmpty()) {
      return mismatch(sources, outcome);
    }
    CrashPoint.HEAL_BUILT.pass();
    var written = outcome.written();
    return policy.healVerificationRequired()
        ? readBack.of(written, refused::add).compose(this::move)
        : move(written);
  }

  /// Every block was sound and yet the sum is wrong: a source was written wrong from the start. A
  /// look at whole shards finds which; if none is found, nothing is written.
  private Future<End> mismatch(List<Integer> sources, Rebuild.Outcome outcome) {
    LOG.error(
        "task={} writeId={} shards={} do not hash to what the manifest says",
        claim.task().taskId(),
        segment.writeId(),
        outcome.mismatched());
    if (forensic) {
      return Future.succeededFuture(
          retry("the rebuilt shards do not hash to what the manifest says"));
    }
    forensic = true;
    return shards.lookAll(sources, Depth.FORENSIC).compose(_ -> step());
  }

  private Future<End> move(List<Target> good) {
    if (verdict != null) {
      return Future.succeededFuture(verdict);
    }
    if (good.isEmpty()) {
      return step();
    }
    CrashPoint.HEAL_PROVEN.pass();
    var moves =
        good.stream().map(target -> new Move(replaced(target.index()), target.location())).toList();
    return moving
        .swap(moves)
        .compose(moved -> {
          CrashPoint.HEAL_MOVED.pass();
          for (var target : good) {
            if (moved.movedIndexes().contains(target.index())) {
              repaired.put(target.index(), shards.get(target.index()));
              shards.learn(Known.of(target.location(), Evidence.HEALTHY, true, ""));
            }
          }
          return moved.movedIndexes().size() == good.size() ? step() : notMoved();
        })
        .recover(this::moveFailed);
  }

  /// What is absent is not replaced: it gets a copy beside it.
  private @Nullable String replaced(int index) {
    var shard = shards.get(index);
    return shard.isAbsent() ? null : shard.location().attemptId();
  }

  private Future<End> moveFailed(Throwable cause) {
    var failure = Failure.from(cause);
    if (!failure.is(FailureCode.CONFLICT)) {
      return Future.failedFuture(failure);
    }
    if ("session".equals(failure.detail("what"))) {
      session.lost(claim.owner());
    }
    return Future.succeededFuture(End.of(End.LOST, failure.text()));
  }

  /// The rows had changed: the segment has died, or somebody else was quicker.
  private Future<End> notMoved() {
    return moving
        .isAlive()
        .map(alive ->
            alive
                ? retry("its shards were moved by somebody else")
                : End.of(End.GONE, "the object was overwritten or deleted"));
  }
}
