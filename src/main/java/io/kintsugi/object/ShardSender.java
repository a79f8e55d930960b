package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ShardWritten;
import io.kintsugi.contract.OriginContract.WriteShard;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/// One shard on its way to one origin. It ends as landed, flushed there, or as gone.
final class ShardSender implements Landing.Shard {
  private final World world;
  private final Location place;
  private final long sizeBytes;
  private final BlobSink sink;
  private final Runnable changed;
  private int waitingWrites;
  private long waitingSinceNanos;
  private long endedNanos;
  private long landedAfterNanos;
  private boolean landed;
  private @Nullable Failure gone;

  /// Begins to offer the shard to its origin.
  ///
  /// @param place where the shard goes, as the catalog will be told
  /// @param changed called when the shard has landed or is gone
  ShardSender(World world, Location place, String name, long sizeBytes, Runnable changed) {
    this.world = world;
    this.place = place;
    this.sizeBytes = sizeBytes;
    this.changed = changed;
    sink = world.blobs().offer();
    var question = new WriteShard(name, place.incarnation(), sizeBytes, sink.offer());
    world
        .bus()
        .askWhile(sink, OriginContract.WRITE_SHARD.at(place.originId()), question)
        .onSuccess(this::written)
        .onFailure(cause -> drop(Failure.from(cause)));
  }

  private void written(ShardWritten answer) {
    if (gone != null) {
      return;
    }
    if (endedNanos == 0 || answer.sizeBytes() != sizeBytes) {
      drop(Failure.of(FailureCode.INTERNAL_ERROR, "the origin flushed something else"));
      return;
    }
    landed = true;
    landedAfterNanos = world.nanos() - endedNanos;
    changed.run();
  }

  /// Done when the bytes are on their way, or need not go any more. Never fails.
  Future<Void> send(Buffer bytes) {
    if (!isOpen()) {
      return Future.succeededFuture();
    }
    var sent = sink.write(bytes);
    if (sent.isComplete()) {
      return sent.otherwiseEmpty();
    }
    if (waitingWrites++ == 0) {
      waitingSinceNanos = world.nanos();
    }
    return sent.otherwiseEmpty()
        .onSuccess(_ -> {
          waitingWrites--;
          waitingSinceNanos = world.nanos();
        });
  }

  void end() {
    if (isOpen()) {
      endedNanos = world.nanos();
      // What becomes of it is told by the answer.
      sink.end();
    }
  }

  @Override
  public void drop(Failure reason) {
    if (isOpen()) {
      gone = reason;
      sink.abort(reason);
      changed.run();
    }
  }

  /// How long the stream has been waiting for credit.
  long waitedNanos(long nowNanos) {
    return isOpen() && waitingWrites > 0 ? nowNanos - waitingSinceNanos : 0;
  }

  boolean isOpen() {
    return !landed && gone == null;
  }

  @Override
  public boolean hasLanded() {
    return landed;
  }

  @Override
  public @Nullable Failure gone() {
    return gone;
  }

  @Override
  public long landedAfterNanos() {
    return landedAfterNanos;
  }

  @Override
  public Location location() {
    return new Location(
        place.index(), place.attemptId(), place.originId(), place.incarnation(), landed);
  }
}
