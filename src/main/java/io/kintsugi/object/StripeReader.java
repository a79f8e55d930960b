package io.kintsugi.object;

import io.kintsugi.contract.Evidence;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// Reads the wanted bytes of one stripe. It starts with the best shards, puts others in the place
/// of those that fail, lie or dawdle, and gives up when too few are left.
final class StripeReader {
  /// When most shards dawdle, it is the house that is slow: other shards would not help.
  private static final int PATIENCE = 4;

  private final World world;
  private final SegmentReader segment;
  private final int stripe;
  private final int firstShard;
  private final int lastShard;
  private final int k;
  private final long slowNanos;
  private final long startedNanos;
  private final Promise<List<Buffer>> done = Promise.promise();
  private final Map<ShardCopy, byte[]> arrived = new HashMap<>();
  private final Map<ShardCopy, Evidence> failed = new HashMap<>();
  private final Set<ShardCopy> asked = new HashSet<>();
  private boolean busy;
  private boolean changed;

  StripeReader(Workshop shop, SegmentReader segment, int stripe) {
    this.world = shop.world();
    this.segment = segment;
    this.stripe = stripe;
    firstShard = segment.range().firstShard(stripe);
    lastShard = segment.range().lastShard(stripe);
    k = segment.range().striping().geometry().k();
    slowNanos = shop.settings().slowReadMillis() * 1_000_000;
    startedNanos = world.nanos();
  }

  Future<List<Buffer>> read() {
    step();
    if (!done.future().isComplete()) {
      var watch = world.every(Duration.ofNanos(slowNanos), this::suspectSlow);
      done.future().onComplete(_ -> watch.cancel());
    }
    return done.future();
  }

  private void step() {
    changed = true;
    while (changed && !busy && !done.future().isComplete()) {
      changed = false;
      var usable =
          segment.copies().stream()
              .filter(copy -> segment.isThere(copy) && !failed.containsKey(copy))
              .collect(Collectors.toMap(copy -> copy.at().attemptId(), copy -> copy));
      var candidates =
          usable.values().stream()
              .map(copy -> segment.candidate(copy, arrived.containsKey(copy)))
              .toList();
      switch (Sources.choose(k, firstShard, lastShard, candidates)) {
        case Sources.Direct(var shards) -> use(shards, usable);
        case Sources.Rebuild(var shards) -> use(shards, usable);
        case Sources.Lost() -> giveUp(usable);
      }
    }
  }

  private void use(List<Sources.Candidate> shards, Map<String, ShardCopy> usable) {
    var copies = shards.stream().map(shard -> usable.get(shard.attemptId())).toList();
    if (copies.stream().allMatch(arrived::containsKey)) {
      decode(copies);
      return;
    }
    busy = true;
    for (var copy : copies) {
      if (asked.add(copy)) {
        segment
            .block(copy, stripe)
            .onSuccess(block -> arrived.put(copy, block))
            .onFailure(_ -> failed.put(copy, evidence(copy)))
            .onComplete(_ -> stepUnlessBusy());
      }
    }
    busy = false;
  }

  /// What [SegmentReader#block] noted; a copy that is not lost for good did not answer.
  private static Evidence evidence(ShardCopy copy) {
    var lost = copy.lost();
    return lost == null ? Evidence.UNREACHABLE : lost;
  }

  private void stepUnlessBusy() {
    changed = true;
    if (!busy) {
      step();
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
      case StripeDecoder.Outcome.Good(var pieces) -> done.tryComplete(pieces);
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

  private void corrupt(ShardCopy copy, StripeDecoder.Finding finding) {
    arrived.remove(copy);
    failed.put(copy, Evidence.CORRUPT);
    copy.suspect();
    segment.damaged(copy, Evidence.CORRUPT, "block %d: %s".formatted(stripe, finding.verdict()));
  }

  private void suspectSlow() {
    var waiting =
        asked.stream()
            .filter(copy -> !arrived.containsKey(copy) && !failed.containsKey(copy))
            .toList();
    boolean few = k == 1 || 2 * waiting.size() <= asked.size();
    if (few || world.nanos() - startedNanos > PATIENCE * slowNanos) {
      waiting.forEach(ShardCopy::suspect);
      stepUnlessBusy();
    }
  }

  private void giveUp(Map<String, ShardCopy> usable) {
    var sound = usable.values().stream().map(copy -> copy.at().index()).collect(Collectors.toSet());
    long unreachable =
        failed.entrySet().stream()
            .filter(entry -> !entry.getValue().isDamage())
            .map(entry -> entry.getKey().at().index())
            .filter(index -> !sound.contains(index))
            .distinct()
            .count();
    boolean mayReturn = Sources.mayReturn(k, sound.size(), (int) unreachable);
    var code = mayReturn ? FailureCode.UNAVAILABLE : FailureCode.CORRUPT;
    done.tryFail(
        Failure.of(
            code,
            "%d shards are needed; %d are good, %d do not answer"
                .formatted(k, sound.size(), unreachable)));
  }
}
