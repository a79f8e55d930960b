package io.kintsugi.object;

import io.kintsugi.contract.Evidence;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Retries;
import io.kintsugi.kernel.World;
import io.kintsugi.route.Rank;
import io.kintsugi.route.Route;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the wanted bytes of one stripe. It starts with the best shards, puts others in the place
/// of those that fail or lie, reads others beside those that are late, and gives up when too few
/// are left even after a while.
final class StripeReader {
  /// When most shards dawdle, it is the house that is slow: other shards would not help.
  private static final int PATIENCE = 4;

  private final World world;
  private final Hedges hedges;
  private final SegmentReader segment;
  private final int stripe;
  private final int firstShard;
  private final int lastShard;
  private final int k;
  private final boolean freshen;
  private final long slowNanos;
  private final long startedNanos;
  private final Promise<List<Buffer>> done = Promise.promise();

  /// As they were when this stripe was begun: what changes meanwhile is no reason to read more.
  private final Map<ShardCopy, Standing> standings = new HashMap<>();

  private final Map<ShardCopy, Asked> asked = new LinkedHashMap<>();
  private final Map<ShardCopy, byte[]> arrived = new HashMap<>();
  private final Map<ShardCopy, Failure> failed = new HashMap<>();
  private final Set<ShardCopy> late = new HashSet<>();

  /// Late, and others are asked in their place.
  private final Set<ShardCopy> givenUp = new HashSet<>();

  /// Those of them whose place was taken by reading more.
  private final Set<ShardCopy> hedged = new HashSet<>();

  private World.@Nullable Timer watch;
  private int freshlyAsked;
  private int retries;
  private boolean resting;
  private boolean busy;
  private boolean changed;

  /// @param poor its origin is read from only in need
  private record Standing(Rank rank, boolean poor) {}

  /// @param fresh no read of this copy was under way
  private record Asked(long nanos, boolean fresh) {}

  StripeReader(Workshop shop, SegmentReader segment, int stripe) {
    this.world = shop.world();
    this.hedges = shop.hedges();
    this.segment = segment;
    this.stripe = stripe;
    firstShard = segment.range().firstShard(stripe);
    lastShard = segment.range().lastShard(stripe);
    k = segment.range().striping().geometry().k();
    freshen = world.random().nextInt(Route.FRESHEN_ONE_IN) == 0;
    slowNanos = shop.settings().slowReadMillis() * 1_000_000;
    startedNanos = world.nanos();
  }

  Future<List<Buffer>> read() {
    step();
    return done.future().onComplete(_ -> unwatch());
  }

  private void step() {
    if (segment.isClosed()) {
      done.tryFail(Failure.of(FailureCode.CANCELLED, "the read was called off"));
      return;
    }
    changed = true;
    while (changed && !busy && !resting && !done.future().isComplete()) {
      changed = false;
      var usable =
          segment.copies().stream()
              .filter(copy -> segment.isThere(copy) && !failed.containsKey(copy))
              .collect(Collectors.toMap(copy -> copy.at().attemptId(), copy -> copy));
      var candidates = usable.values().stream().map(this::candidate).toList();
      switch (Sources.choose(k, firstShard, lastShard, candidates, freshen)) {
        case Sources.Direct(var shards) -> use(shards, usable);
        case Sources.Rebuild(var shards) -> use(shards, usable);
        case Sources.Lost() -> lost(usable);
      }
    }
  }

  private Sources.Candidate candidate(ShardCopy copy) {
    var standing = standings.computeIfAbsent(copy, _ -> standing(copy.at().originId()));
    return new Sources.Candidate(
        copy.at().index(), copy.at().attemptId(), hope(copy, standing), standing.rank());
  }

  private Standing standing(String originId) {
    var rank = hedges.rank(originId);
    return new Standing(rank, rank.tier() == Rank.Tier.UNHEALTHY || hedges.dawdles(originId));
  }

  private Sources.Hope hope(ShardCopy copy, Standing standing) {
    if (arrived.containsKey(copy)) {
      return Sources.Hope.ARRIVED;
    }
    if (givenUp.contains(copy)) {
      return Sources.Hope.LATE;
    }
    return copy.isSuspect() || standing.poor() ? Sources.Hope.POOR : Sources.Hope.GOOD;
  }

  private void use(List<Sources.Candidate> shards, Map<String, ShardCopy> usable) {
    var copies = shards.stream().map(shard -> usable.get(shard.attemptId())).toList();
    if (copies.stream().allMatch(arrived::containsKey)) {
      decode(copies);
      return;
    }
    busy = true;
    var fresh = copies.stream().filter(copy -> !asked.containsKey(copy)).toList();
    if (!fresh.isEmpty()) {
      unwatch();
    }
    fresh.forEach(this::ask);
    busy = false;
    watch();
  }

  private void ask(ShardCopy copy) {
    boolean fresh = !segment.isUnderWay(copy, stripe);
    asked.put(copy, new Asked(world.nanos(), fresh));
    if (fresh) {
      freshlyAsked++;
      hedges.asked();
    }
    segment
        .block(copy, stripe)
        .onSuccess(block -> arrived.put(copy, block))
        .onFailure(cause -> failed.put(copy, Failure.from(cause)))
        .onComplete(block -> {
          if (block.succeeded() || late.contains(copy)) {
            took(copy);
          }
          stepUnlessBusy();
        });
  }

  /// Tells how long the first block of a read took, or was waited for.
  private void took(ShardCopy copy) {
    var since = asked.get(copy);
    if (since != null && since.fresh()) {
      hedges.took(copy.at().originId(), world.nanos() - since.nanos(), late.contains(copy));
    }
  }

  private void stepUnlessBusy() {
    changed = true;
    if (!busy) {
      step();
    }
  }

  private List<ShardCopy> waiting() {
    return asked.keySet().stream()
        .filter(copy -> !arrived.containsKey(copy) && !failed.containsKey(copy))
        .toList();
  }

  private long waitedNanos(ShardCopy copy) {
    return world.nanos() - Objects.requireNonNull(asked.get(copy)).nanos();
  }

  private void unwatch() {
    if (watch != null) {
      watch.cancel();
      watch = null;
    }
  }

  /// Looks again when the next of those that are waited for is late, or far too late.
  private void watch() {
    if (watch != null || done.future().isComplete()) {
      return;
    }
    long pause = Long.MAX_VALUE;
    for (var copy : waiting()) {
      if (!givenUp.contains(copy)) {
        long limit = late.contains(copy) ? slowNanos : hedges.lateNanos(copy.at().originId());
        long waited = waitedNanos(copy);
        pause = Math.min(pause, waited < limit ? limit - waited : limit);
      }
    }
    if (pause < Long.MAX_VALUE) {
      watch = world.after(Duration.ofNanos(Math.max(1_000_000, pause)), this::look);
    }
  }

  private void look() {
    watch = null;
    for (var copy : waiting()) {
      if (!late.contains(copy) && waitedNanos(copy) >= hedges.lateNanos(copy.at().originId())) {
        hedge(copy);
      }
    }
    replaceSlow();
    watch();
  }

  private void hedge(ShardCopy copy) {
    var decision = hedges.decide(k, waiting().size(), asked.size());
    if (decision == Hedge.ALL_DAWDLE || decision == Hedge.POOL_IS_ILL) {
      return;
    }
    late.add(copy);
    if (decision == Hedge.READ_ANOTHER) {
      int extra = giveUp(List.of(copy));
      if (extra > 0) {
        hedged.add(copy);
        hedges.hedged(extra);
      }
    }
  }

  /// What has not come by now is waited for no longer where others can stand in, unless all dawdle.
  private void replaceSlow() {
    var waiting = waiting();
    var slow =
        waiting.stream()
            .filter(copy -> !givenUp.contains(copy) && waitedNanos(copy) >= slowNanos)
            .toList();
    boolean few = k == 1 || 2 * waiting.size() <= asked.size();
    if (!slow.isEmpty() && (few || world.nanos() - startedNanos > PATIENCE * slowNanos)) {
      int extra = giveUp(slow);
      if (extra > 0) {
        hedges.replaced(extra);
      }
    }
  }

  /// Turns to others; tells how many were asked for that were not on their way already.
  private int giveUp(List<ShardCopy> copies) {
    int before = freshlyAsked;
    givenUp.addAll(copies);
    copies.forEach(ShardCopy::suspect);
    stepUnlessBusy();
    return freshlyAsked - before;
  }

  private void decode(List<ShardCopy> copies) {
    busy = true;
    var range = segment.range();
    var decoder =
        new StripeDecoder(
            segment.writeId(), range.striping(), stripe, range.from(stripe), range.to(stripe));
    var reads =
        copies.stream()
            .map(copy ->
                new StripeDecoder.Read(
                    copy.at().index(), Objects.requireNonNull(arrived.get(copy))))
            .toList();
    int bytes = reads.size() * range.striping().cellBytes(stripe);
    Chain.run(world, bytes, () -> decoder.decode(reads))
        .onSuccess(outcome -> decoded(copies, outcome))
        .onFailure(done::tryFail);
  }

  private void decoded(List<ShardCopy> copies, StripeDecoder.Outcome outcome) {
    busy = false;
    switch (outcome) {
      case StripeDecoder.Outcome.Good(var pieces) -> {
        leaveLosers();
        done.tryComplete(pieces);
      }
      case StripeDecoder.Outcome.Bad(var findings) -> {
        for (var finding : findings) {
          copies.stream()
              .filter(copy -> copy.at().index() == finding.index())
              .forEach(copy -> corrupt(copy, finding));
        }
        step();
      }
    }
  }

  /// Those that this stripe did without are read no further, unless another stripe waits for them.
  private void leaveLosers() {
    for (var copy : waiting()) {
      if (copy.isSuspect()) {
        if (late.contains(copy)) {
          took(copy);
        }
        if (hedged.contains(copy)) {
          hedges.won();
        }
        copy.leave(stripe);
      }
    }
  }

  private void corrupt(ShardCopy copy, StripeDecoder.Finding finding) {
    arrived.remove(copy);
    failed.put(copy, Failure.of(FailureCode.CORRUPT, finding.verdict().toString()));
    copy.suspect();
    segment.damaged(copy, Evidence.CORRUPT, "block %d: %s".formatted(stripe, finding.verdict()));
  }

  /// Too few are left: after a while those may answer that did not, if it is not for damage.
  private void lost(Map<String, ShardCopy> usable) {
    var sound = usable.values().stream().map(copy -> copy.at().index()).collect(Collectors.toSet());
    var silent =
        failed.entrySet().stream()
            .filter(entry -> isSilent(entry.getKey(), entry.getValue()))
            .toList();
    long unreachable =
        silent.stream()
            .map(entry -> entry.getKey().at().index())
            .filter(index -> !sound.contains(index))
            .distinct()
            .count();
    boolean mayReturn = Sources.mayReturn(k, sound.size(), (int) unreachable);
    boolean worthwhile = silent.stream().anyMatch(entry -> Retries.isWorthwhile(entry.getValue()));
    if (mayReturn && worthwhile && retries < Retries.DELAYS.size()) {
      resting = true;
      world.after(Retries.DELAYS.get(retries++), this::retry);
      return;
    }
    var details = new TreeMap<String, String>();
    failed.forEach((copy, failure) -> details.put(copy.at().originId(), failure.text()));
    if (mayReturn) {
      details.put("what", "NO_ORIGIN_AVAILABLE");
    }
    done.tryFail(
        new Failure(
            mayReturn ? FailureCode.UNAVAILABLE : FailureCode.CORRUPT,
            "%d shards are needed; %d are good, %d do not answer"
                .formatted(k, sound.size(), unreachable),
            details));
  }

  /// A copy that is not lost for good did not answer.
  private static boolean isSilent(ShardCopy copy, Failure failure) {
    var lost = copy.lost();
    boolean damaged = lost != null && lost.isDamage();
    return !damaged && !failure.is(FailureCode.CORRUPT);
  }

  /// There is no other source, so those are asked again that did not answer.
  private void retry() {
    resting = false;
    var silent =
        failed.entrySet().stream()
            .filter(entry -> isSilent(entry.getKey(), entry.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    silent.forEach(copy -> {
      failed.remove(copy);
      asked.remove(copy);
      late.remove(copy);
      givenUp.remove(copy);
    });
    step();
  }
}
