package io.kintsugi.heal;

import io.kintsugi.contract.Location;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// One shard being written anew, where nothing points to yet.
abstract sealed class Target permits FileTarget, PackTarget {
  final ShardHeader header;
  private final ShardDigest digest;
  private final Turns turns;
  private Location location;
  private @Nullable Failure failure;

  Target(Turns turns, Location location, ShardHeader header) {
    this.turns = turns;
    this.location = location;
    this.header = header;
    digest = new ShardDigest(header);
  }

  static Target open(Bench bench, Location location, String name, ShardHeader header) {
    boolean small = header.k() == 1 && header.segmentBytes() <= Geometry.SMALL_SEGMENT_BYTES;
    return small
        ? new PackTarget(bench, location, name, header)
        : new FileTarget(bench, location, name, header);
  }

  /// Gives bytes on in their turn; done when there is room for more, or when the target has failed.
  Future<Void> give(byte[] bytes) {
    return turns.take(location.originId(), bytes.length).compose(_ -> send(bytes));
  }

  abstract Future<Void> send(byte[] bytes);

  /// Ends the shard with its footer; done when it is flushed, or has failed.
  abstract Future<Void> seal(byte[] footer);

  /// Gives the shard up: nothing points to what was written of it.
  abstract void abandon(Failure reason);

  /// Where it goes; once it is sealed, where it lies.
  Location location() {
    return location;
  }

  void lies(Location there) {
    location = there;
  }

  int index() {
    return location.index();
  }

  ShardDigest digest() {
    return digest;
  }

  @Nullable Failure failure() {
    return failure;
  }

  void fail(Failure reason) {
    if (failure == null) {
      failure = reason;
    }
  }

  /// The end of the sum over header and blocks.
  String sum() {
    return digest.finish();
  }
}
