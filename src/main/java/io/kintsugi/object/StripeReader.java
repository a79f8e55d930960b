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
  private final Map<ShardCopy, Rank> ranks = new HashMap<>();

  /// When each was asked for.
  private final Map<ShardCopy, Long> asked = new LinkedHashMap<>();

  private final Map<ShardCopy, byte[]> arrived = new HashMap<>();
  private final Map<ShardCopy, Failure> failed = new HashMap<>();
  private final Set<ShardCopy> late = new HashSet<>();
  private final Set<ShardCopy> hedged = new HashSet<>();
  private World.@Nullable Timer watch;
  private int freshlyAsked;
  private int retries;
  private boolean resting;
  private boolean busy;
  private boolean changed;

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
        case Sources.Lost() -> giveUp(usable);
      }
    }
  }

  private Sources.Candidate candidate(ShardCopy copy) {
    var originId = copy.at().originId();
    var rank = ranks.computeIfAbsent(copy, _ -> hedges.rank(originId));
    return segment.candidate(copy, arrived.containsKey(copy), rank);
  }

  private void use(List<Sources.Candidate> shards, Map<String, ShardCopy> usable) {
    var copies = shards.stream().map(shard -> usable.get(shard.attemptId())).toList();
    if (copies.stream().allMatch(arrived::containsKey)) {
      decode(copies);
      return;
    }
    busy = true;
    for (var copy : copies) {
      if (!asked.containsKey(copy)) {
        ask(copy);
      }
    }
    busy = false;
    watch();
  }

  private void ask(ShardCopy copy) {
    boolean fresh = !segment.isUnderWay(copy, stripe);
    long askedNanos = world.nanos();
    asked.put(copy, askedNanos);
    if (fresh) {
      freshlyAsked++;
      hedges.asked();
    }
    segment
        .block(copy, stripe)
        .onSuccess(block -> arrived.put(copy, block))
        .onFailure(cause -> failed.put(copy, Failure.from(cause)))
        .onComplete(block -> {
          if (fresh && (block.succeeded() || late.contains(copy))) {
            long tookNanos = world.nanos() - askedNanos;
            hedges.took(copy.at().originId(), tookNanos, late.contains(copy));
          }
          stepUnlessBusy();
        });
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

  private void unwatch() {
    if (watch != null) {
      watch.cancel();
      watch = null;
    }
  }

  /// Looks again when the next of those that are waited for is late, or far too late.
  private void watch() {
    if (watch != null) {
      return;
    }
    long now = world.nanos();
    long pause = Long.MAX_VALUE;
    for (var copy : waiting()) {
      long waited = now - Objects.requireNonNull(asked.get(copy));
      long limit = late.contains(copy) ? slowNanos : hedges.lateNanos(copy.at().originId());
      pause = Math.min(pause, waited < limit ? limit - waited : limit);
    }
    if (pause < Long.MAX_VALUE && !done.future().isComplete()) {
      watch = world.after(Duration.ofNanos(Math.max(1_000_000, pause)), this::look);
    }
  }

  private void look() {
    watch = null;
    for (var copy : waiting()) {
      long waited = world.nanos() - Objects.requireNonNull(asked.get(copy));
      if (!late.contains(copy) && waited >= hedges.lateNanos(copy.at().originId())) {
        hedge(copy);
      }
    }
    if (world.nanos() - startedNanos >= slowNanos) {
      replaceSlow();
    }
    watch();
  }

  private void hedge(ShardCopy copy) {
    var decision = hedges.decide(k, waiting().size(), asked.size());
    if (decision == Hedge.ALL_DAWDLE || decision == Hedge.POOL_IS_ILL) {
      return;
    }
    late.add(copy);
    if (decision == Hedge.READ_ANOTHER) {
      int extra = suspect(List.of(copy));
      if (extra > 0) {
        hedged.add(copy);
        hedges.hedged(extra);
      }
    }
  }

  /// Turns to others; tells how many were asked for that were not on their way already.
  private int suspect(List<ShardCopy> copies) {
    int before = freshlyAsked;
    copies.forEach(ShardCopy::suspect);
    stepUnlessBusy();
    return freshlyAsked - before;
  }

  /// What has not come by now is given up for this read, unless all dawdle.
  private void replaceSlow() {
    var waiting = waiting();
    boolean few = k == 1 || 2 * waiting.size() <= asked.size();
    if (few || world.nanos() - startedNanos > PATIENCE * slowNanos) {
      int extra = suspect(waiting);
      if (extra > 0) {
        hedges.replaced(extra);
      }
    }
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
        dropLosers(copies);
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

  /// Those that were late and did without are read no further.
  private void dropLosers(List<ShardCopy> used) {
    busy = true;
    for (var copy : waiting()) {
      if (late.contains(copy) && !used.contains(copy) && copy.isSuspect()) {
        if (hedged.contains(copy)) {
          hedges.won();
        }
        copy.drop();
      }
    }
    busy = false;
  }

  private void corrupt(ShardCopy copy, StripeDecoder.Finding finding) {
    arrived.remove(copy);
    failed.put(copy, Failure.of(FailureCode.CORRUPT, finding.verdict().toString()));
    copy.suspect();
    segment.damaged(copy, Evidence.CORRUPT, "block %d: %s".formatted(stripe, finding.verdict()));
  }

  private void giveUp(Map<String, ShardCopy> usable) {
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
    if (mayReturn && worthwhile && retries < Retries.DELAYS.size() && !segment.isClosed()) {
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
    });
    step();
  }
}
