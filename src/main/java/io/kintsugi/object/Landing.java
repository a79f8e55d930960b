package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shards of one segment until enough of them are flushed. Some may be lost on the way; too
/// many, and all are given up.
final class Landing {
  private static final Logger LOG = LoggerFactory.getLogger(Landing.class);

  private final World world;
  private final Settings settings;
  private final ManifestDraft draft;
  private final int needed;
  private final List<Shard> shards = new ArrayList<>();
  private final Promise<List<Location>> outcome = Promise.promise();
  private boolean sent;
  private World.@Nullable Timer straggling;

  /// One shard on its way. It ends as landed, flushed where it went, or as gone.
  interface Shard {
    boolean hasLanded();

    @Nullable Failure gone();

    /// How long it took to land once all of it was there.
    long landedAfterNanos();

    /// Where it lies, or should.
    Location location();

    /// Gives it up, unless it has landed; what may have come to lie there has no row.
    void drop(Failure reason);
  }

  /// @param needed so many shards must be flushed
  Landing(World world, Settings settings, ManifestDraft draft, int needed) {
    this.world = world;
    this.settings = settings;
    this.draft = draft;
    this.needed = needed;
    outcome
        .future()
        .onComplete(_ -> {
          if (straggling != null) {
            straggling.cancel();
          }
        });
    // The first shards may have failed before the last were begun.
    outcome.future().onFailure(cause -> abort(Failure.from(cause)));
  }

  void add(Shard shard) {
    shards.add(shard);
  }

  /// Fails as soon as too many shards are gone; done when enough are flushed.
  Future<List<Location>> outcome() {
    return outcome.future();
  }

  /// Every byte of every shard was given: from now on it is for the origins to say.
  void sent() {
    sent = true;
    decide();
  }

  void abort(Failure reason) {
    outcome.tryFail(reason);
    shards.forEach(shard -> shard.drop(reason));
  }

  /// To be called when a shard has landed or is gone.
  void decide() {
    if (outcome.future().isComplete()) {
      return;
    }
    int landed = (int) shards.stream().filter(Shard::hasLanded).count();
    int failed = failed();
    if (landed + failed == 0 && !sent) {
      return;
    }
    var tally = new Quorum.Tally(draft.geometry().n(), needed, landed, failed);
    long graceNanos = settings.stragglerMillis() * 1_000_000;
    switch (Quorum.decide(tally, medianNanos(), graceNanos)) {
      case Quorum.Commit() -> commit();
      case Quorum.Wait() -> {}
      case Quorum.WaitAtMost(long nanos) -> waitAtMost(nanos);
      case Quorum.Fail(String reason) -> abort(tooMany(reason));
    }
  }

  int failed() {
    return (int) shards.stream().filter(shard -> shard.gone() != null).count();
  }

  private Failure tooMany(String reason) {
    var gone = shards.stream().filter(shard -> shard.gone() != null).toList();
    var causes =
        gone.stream()
            .map(shard ->
                shard.location().originId() + ": " + Objects.requireNonNull(shard.gone()).text())
            .toList();
    boolean full =
        gone.stream()
            .map(Shard::gone)
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
    outcome.tryComplete(shards.stream().map(Shard::location).toList());
    for (var shard : shards) {
      shard.drop(late);
      var gone = shard.gone();
      if (gone != null) {
        LOG.atWarn()
            .addKeyValue("bucket", draft.bucket())
            .addKeyValue("object", draft.key())
            .addKeyValue("code", gone.code())
            .log(
                "shard not landed origin={} attempt={} reason=\"{}\"",
                shard.location().originId(),
                shard.location().attemptId(),
                gone.text());
      }
    }
  }

  private long medianNanos() {
    return Stall.median(
        shards.stream().filter(Shard::hasLanded).mapToLong(Shard::landedAfterNanos).toArray());
  }
}
