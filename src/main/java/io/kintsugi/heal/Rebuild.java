package io.kintsugi.heal;

import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One pass over a segment: k shards in, all lost ones out, one stripe in memory at a time.
final class Rebuild {
  private static final Logger LOG = LoggerFactory.getLogger(Rebuild.class);

  private final World world;
  private final ShardHeader header;
  private final Map<Integer, ShardBytes> sources;
  private final List<Target> targets;
  private final byte[] footer;
  private final List<String> shardSha256;
  private final Promise<Outcome> promise = Promise.promise();
  private int stripe;
  private boolean ended;

  /// How a pass ended.
  ///
  /// @param badSources that could not be read, or whose blocks are wrong
  /// @param mismatched targets that did not come out as the manifest says, though every source
  ///   block was sound
  /// @param failedTargets that could not be written where they should go
  /// @param written targets whose origin has flushed them
  record Outcome(
      Set<Integer> badSources,
      Set<Integer> mismatched,
      Set<Integer> failedTargets,
      List<Target> written) {
    Outcome {
      badSources = Set.copyOf(badSources);
      failedTargets = Set.copyOf(failedTargets);
      mismatched = Set.copyOf(mismatched);
      written = List.copyOf(written);
    }
  }

  Rebuild(
      World world,
      ShardHeader header,
      Map<Integer, ShardBytes> sources,
      List<Target> targets,
      byte[] footer,
      List<String> shardSha256) {
    this.world = world;
    this.header = header;
    this.sources = new TreeMap<>(sources);
    this.targets = targets;
    this.footer = footer;
    this.shardSha256 = shardSha256;
  }

  /// Does it. Never fails: whatever goes wrong is in the outcome.
  Future<Outcome> run() {
    nextStripe();
    return promise.future();
  }

  /// Breaks off, and blames the sources that are being waited for.
  void breakOff() {
    var late = new HashSet<Integer>();
    sources.forEach((index, bytes) -> {
      if (bytes.isWaitedFor()) {
        late.add(index);
      }
    });
    giveUp(late);
  }

  private List<Target> living() {
    return targets.stream().filter(target -> target.failure() == null).toList();
  }

  private void nextStripe() {
    if (ended) {
      return;
    }
    if (living().isEmpty()) {
      giveUp(Set.of());
      return;
    }
    if (stripe == header.blocks()) {
      compare();
      return;
    }
    int blockBytes = header.striping().blockBytes(stripe);
    var blocks = new HashMap<Integer, byte[]>();
    var failed = new HashSet<Integer>();
    var reads = new ArrayList<Future<?>>();
    sources.forEach((index, bytes) ->
        reads.add(
            bytes
                .next(blockBytes)
                .onSuccess(block -> blocks.put(index, block))
                .onFailure(_ -> failed.add(index))));
    Future.join(reads)
        .onComplete(_ -> {
          if (failed.isEmpty()) {
            build(blocks);
          } else {
            giveUp(failed);
          }
        });
  }

  private void build(Map<Integer, byte[]> blocks) {
    if (ended) {
      return;
    }
    int number = stripe;
    var digests = new HashMap<Integer, ShardDigest>();
    living().forEach(target -> digests.put(target.index(), target.digest()));
    world
        .compute(() -> Stripe.rebuild(header, number, blocks, digests))
        .onSuccess(built -> {
          if (!built.bad().isEmpty()) {
            giveUp(Set.copyOf(built.bad()));
            return;
          }
          give(built.blocks());
        })
        .onFailure(cause -> {
          LOG.error("stripe={} could not be worked on", number, cause);
          giveUp(Set.of());
        });
  }

  private void give(Map<Integer, byte[]> blocks) {
    if (ended) {
      return;
    }
    var room = new ArrayList<Future<Void>>();
    for (var target : living()) {
      var block = blocks.get(target.index());
      if (block != null) {
        room.add(target.give(block));
      }
    }
    stripe++;
    Future.all(room).onComplete(_ -> nextStripe());
  }

  /// The moment of truth: only what hashes to what the manifest says gets its footer.
  private void compare() {
    CrashPoint.HEAL_READ.pass();
    sources.values().forEach(ShardBytes::cancel);
    var mismatched = new HashSet<Integer>();
    var sealed = new ArrayList<Future<Void>>();
    for (var target : living()) {
      if (target.sum().equals(shardSha256.get(target.index()))) {
        sealed.add(target.seal(footer));
      } else {
        mismatched.add(target.index());
        target.abandon(
            Failure.of(FailureCode.CORRUPT, "the rebuilt shard is not what the manifest says"));
      }
    }
    Future.all(sealed)
        .onComplete(_ -> {
          var failed = new HashSet<>(failedTargets());
          failed.removeAll(mismatched);
          end(new Outcome(Set.of(), mismatched, failed, living()));
        });
  }

  private void giveUp(Set<Integer> badSources) {
    var reason = Failure.of(FailureCode.CANCELLED, "the rebuild was broken off");
    var failed = failedTargets();
    sources.values().forEach(ShardBytes::cancel);
    targets.forEach(target -> target.abandon(reason));
    end(new Outcome(badSources, Set.of(), failed, List.of()));
  }

  private Set<Integer> failedTargets() {
    return targets.stream()
        .filter(target -> target.failure() != null)
        .map(Target::index)
        .collect(Collectors.toSet());
  }

  private void end(Outcome outcome) {
    ended = true;
    promise.tryComplete(outcome);
  }
}
