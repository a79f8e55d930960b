package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shards of one segment on their way. Some may be lost on it; too many, and all are given up.
final class ShardStreams {
  private static final Logger LOG = LoggerFactory.getLogger(ShardStreams.class);
  private static final Duration WATCH_PERIOD = Duration.ofMillis(250);

  private final World world;
  private final Settings settings;
  private final ManifestDraft draft;
  private final Geometry geometry;
  private final List<ShardSender> senders = new ArrayList<>();
  private final Promise<List<Location>> outcome = Promise.promise();
  private final World.Timer watch;
  private boolean ended;
  private World.@Nullable Timer straggling;

  /// What it takes to begin the shard of one index.
  record Lane(Location place, String name, long sizeBytes) {}

  ShardStreams(World world, Settings settings, ManifestDraft draft, List<Lane> lanes) {
    this.world = world;
    this.settings = settings;
    this.draft = draft;
    geometry = draft.geometry();
    for (var lane : lanes) {
      senders.add(
          new ShardSender(world, lane.place(), lane.name(), lane.sizeBytes(), this::decide));
    }
    watch = world.every(WATCH_PERIOD, this::look);
    outcome.future().onComplete(_ -> stopTimers());
    // The first shards may have failed before the last were begun.
    outcome.future().onFailure(cause -> abort(Failure.from(cause)));
  }

  /// Done when every shard took its bytes, or is gone; failed when too many are gone.
  Future<Void> send(IntFunction<Buffer> bytesOf) {
    var sent = new ArrayList<Future<Void>>();
    for (int index = 0; index < senders.size(); index++) {
      sent.add(senders.get(index).send(bytesOf.apply(index)));
    }
    return Future.all(sent)
        .compose(_ ->
            outcome.future().failed() ? outcome.future().mapEmpty() : Future.succeededFuture());
  }

  /// Ends all shards. Done when enough of them are flushed.
  Future<List<Location>> finish() {
    ended = true;
    senders.forEach(ShardSender::end);
    decide();
    return outcome.future();
  }

  /// Fails as soon as too many shards are gone; done when enough are flushed.
  Future<List<Location>> outcome() {
    return outcome.future();
  }

  void abort(Failure reason) {
    outcome.tryFail(reason);
    senders.forEach(sender -> sender.drop(reason));
  }

  private void decide() {
    if (outcome.future().isComplete()) {
      return;
    }
    int landed = (int) senders.stream().filter(ShardSender::hasLanded).count();
    int failed = (int) senders.stream().filter(sender -> sender.gone() != null).count();
    if (landed + failed == 0 && !ended) {
      return;
    }
    var tally = new Quorum.Tally(geometry.k(), geometry.m(), landed, failed);
    long graceNanos = settings.stragglerMillis() * 1_000_000;
    switch (Quorum.decide(tally, medianNanos(), graceNanos)) {
      case Quorum.Commit() -> commit();
      case Quorum.Wait() -> {}
      case Quorum.WaitAtMost(long nanos) -> waitAtMost(nanos);
      case Quorum.Fail(String reason) -> abort(tooMany(reason));
    }
  }

  private Failure tooMany(String reason) {
    var causes =
        senders.stream()
            .filter(sender -> sender.gone() != null)
            .map(sender -> sender.originId() + ": " + Objects.requireNonNull(sender.gone()).text())
            .toList();
    boolean full =
        senders.stream()
            .map(ShardSender::gone)
            .filter(Objects::nonNull)
            .allMatch(failure -> failure.is(FailureCode.STORAGE_ERROR));
    var code = full ? FailureCode.STORAGE_ERROR : FailureCode.UNAVAILABLE;
    return Failure.of(code, reason + " " + causes);
  }

  private void waitAtMost(long nanos) {
    if (straggling == null) {
      straggling = world.after(Duration.ofNanos(nanos), this::commit);
    }
  }

  private void commit() {
    var late = Failure.of(FailureCode.TIMEOUT, "too late to be part of the write");
    outcome.tryComplete(senders.stream().map(ShardSender::location).toList());
    for (var sender : senders) {
      sender.drop(late);
      var gone = sender.gone();
      if (gone != null) {
        LOG.atWarn()
            .addKeyValue("bucket", draft.bucket())
            .addKeyValue("object", draft.key())
            .addKeyValue("code", gone.code())
            .log(
                "shard not landed origin={} attempt={} reason=\"{}\"",
                sender.originId(),
                sender.location().attemptId(),
                gone.text());
      }
    }
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
    int failed = (int) senders.stream().filter(sender -> sender.gone() != null).count();
    int spare = new Quorum.Tally(geometry.k(), geometry.m(), 0, failed).spare();
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

  private long medianNanos() {
    return Stall.median(
        senders.stream()
            .filter(ShardSender::hasLanded)
            .mapToLong(ShardSender::landedAfterNanos)
            .toArray());
  }

  private void stopTimers() {
    watch.cancel();
    if (straggling != null) {
      straggling.cancel();
    }
  }
}
