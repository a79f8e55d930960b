package io.kintsugi.object;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One copy of one shard, and what this read has learned of it.
final class ShardCopy {
  private final Location at;
  private final List<ShardFeed> feeds = new ArrayList<>();
  private boolean suspect;
  private @Nullable Evidence lost;

  ShardCopy(Location at) {
    this.at = at;
  }

  Location at() {
    return at;
  }

  List<ShardFeed> feeds() {
    return feeds;
  }

  /// Ends the feeds that are of no more use to a read that has come to this block.
  void dropBehind(int block) {
    feeds.removeIf(feed -> {
      boolean behind = feed.isBehind(block);
      if (behind) {
        feed.close();
      }
      return behind;
    });
  }

  /// This block is waited for no longer; a feed that nobody waits for ends.
  void leave(int block) {
    feeds.removeIf(feed -> feed.leave(block));
  }

  /// It was slow or bad once: from now on only in need.
  void suspect() {
    suspect = true;
  }

  boolean isSuspect() {
    return suspect;
  }

  /// It cannot be read at all.
  void lose(Evidence evidence) {
    lost = evidence;
  }

  @Nullable Evidence lost() {
    return lost;
  }
}
