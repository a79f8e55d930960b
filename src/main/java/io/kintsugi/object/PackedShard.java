package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.Packed;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import org.jspecify.annotations.Nullable;

/// One small shard on its way to one origin, where it shares a file with others.
final class PackedShard implements Landing.Shard {
  private final World world;
  private final Location place;
  private final Runnable changed;
  private final long begunNanos;
  private @Nullable ShardRecord record;
  private @Nullable Packed packed;
  private long landedAfterNanos;
  private boolean landed;
  private @Nullable Failure gone;

  /// A shard that waits to be sent.
  ///
  /// @param place where it goes, as the catalog will be told
  /// @param changed called when it has landed or is gone
  PackedShard(World world, Location place, ShardRecord record, Runnable changed) {
    this.world = world;
    this.place = place;
    this.record = record;
    this.changed = changed;
    begunNanos = world.nanos();
  }

  /// What is to be sent; null once nobody waits for it any more.
  @Nullable ShardRecord record() {
    return record;
  }

  /// What the origin said of it.
  void written(RecordWritten answer) {
    var code = answer.failedCode();
    if (code != null) {
      var text = answer.failedText();
      drop(Failure.of(code(code), text == null ? code : text));
    } else if (gone == null) {
      record = null;
      packed = answer.packed();
      landed = true;
      landedAfterNanos = world.nanos() - begunNanos;
      changed.run();
    }
  }

  private static FailureCode code(String name) {
    for (var code : FailureCode.values()) {
      if (code.name().equals(name)) {
        return code;
      }
    }
    return FailureCode.UNAVAILABLE;
  }

  @Override
  public void drop(Failure reason) {
    if (!landed && gone == null) {
      gone = reason;
      record = null;
      changed.run();
    }
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
        place.index(), place.attemptId(), place.originId(), place.incarnation(), landed, packed);
  }
}
