package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// The shards of one segment on their way, each in a stream of its own. One that takes no bytes is
/// given up while that can be afforded.
final class ShardStreams {
  private static final Duration WATCH_PERIOD = Duration.ofMillis(250);

  private final World world;
  private final Settings settings;
  private final int needed;
  private final List<ShardSender> senders = new ArrayList<>();
  private final Landing landing;

  /// What it takes to begin the shard of one index.
  record Lane(Location place, String name, long sizeBytes) {}

  /// @param needed so many shards must be flushed
  ShardStreams(World world, Settings settings, ManifestDraft draft, List<Lane> lanes, int needed) {
    this.world = world;
    this.settings = settings;
    this.needed = needed;
    landing = new Landing(world, settings, draft, needed);
    for (var lane : lanes) {
      var sender =
          new ShardSender(world, lane.place(), lane.name(), lane.sizeBytes(), landing::decide);
      senders.add(sender);
      landing.add(sender);
    }
    var watch = world.every(WATCH_PERIOD, this::look);
    landing.outcome().onComplete(_ -> watch.cancel());
  }

  /// Done when every shard took its bytes, or is gone; failed when too many are gone.
  Future<Void> send(IntFunction<Buffer> bytesOf) {
    var sent = new ArrayList<Future<Void>>();
    for (int index = 0; index < senders.size(); index++) {
      sent.add(senders.get(index).send(bytesOf.apply(index)));
    }
    return Future.all(sent)
        .compose(_ ->
            landing.outcome().failed() ? landing.outcome().mapEmpty() : Future.succeededFuture());
  }

  /// Ends all shards. Done when enough of them are flushed.
  Future<List<Location>> finish() {
    senders.forEach(ShardSender::end);
    landing.sent();
    return landing.outcome();
  }

  /// Fails as soon as too many shards are gone; done when enough are flushed.
  Future<List<Location>> outcome() {
    return landing.outcome();
  }

  void abort(Failure reason) {
    landing.abort(reason);
  }

  private void look() {
    long nowNanos = world.nanos();
    var waited = senders.stream().mapToLong(sender -> sender.waitedNanos(nowNanos)).toArray();
    for (int index = 0; index < waited.length; index++) {
      if (waited[index] > 0) {
        look(index, waited);
      }
    }
  }

  private void look(int index, long[] waitedNanos) {
    int spare = new Quorum.Tally(senders.size(), needed, 0, landing.failed()).spare();
    var siblings = siblings(index, waitedNanos);
    var stall =
        Stall.decide(
            waitedNanos[index],
            siblings,
            spare,
            settings.stallMillis() * 1_000_000,
            settings.stallFailMillis() * 1_000_000);
    var slow = Failure.of(FailureCode.TIMEOUT, "takes no more bytes");
    switch (stall) {
      case KEEP -> {}
      case DROP -> senders.get(index).drop(slow);
      case FAIL -> abort(Failure.of(FailureCode.UNAVAILABLE, "an origin takes no more bytes"));
    }
  }

  private long[] siblings(int index, long[] waitedNanos) {
    var siblings = new ArrayList<Long>();
    for (int other = 0; other < waitedNanos.length; other++) {
      if (other != index && senders.get(other).gone() == null) {
        siblings.add(waitedNanos[other]);
      }
    }
    return siblings.stream().mapToLong(Long::longValue).toArray();
  }
}
