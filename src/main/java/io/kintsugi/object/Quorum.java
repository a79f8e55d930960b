package io.kintsugi.object;

import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Pure;

/// Whether the shards of a segment that are flushed suffice to commit it.
@Pure
sealed interface Quorum {
  /// Every shard has landed, or has failed within what may fail.
  record Commit() implements Quorum {}

  /// Not enough have landed, but enough still may.
  record Wait() implements Quorum {}

  /// Enough have landed; the others get this long, counted from when enough had.
  record WaitAtMost(long nanos) implements Quorum {}

  record Fail(String reason) implements Quorum {}

  /// What has become of the shards so far.
  ///
  /// @param shards how many there are
  /// @param needed so many must be flushed
  record Tally(int shards, int needed, int landed, int failed) {
    int pending() {
      return shards - landed - failed;
    }

    /// How many more may fail.
    int spare() {
      return shards - needed - failed;
    }
  }

  /// One more than bare survival, so that the commit itself can bear a loss.
  static int needed(Layout layout) {
    return layout.k() + Math.min(1, layout.m());
  }

  /// Judges a tally.
  ///
  /// @param medianNanos how long those that landed took
  /// @param graceNanos the least that a straggler gets
  static Quorum decide(Tally tally, long medianNanos, long graceNanos) {
    if (tally.spare() < 0) {
      return new Fail(
          "%d of %d shards failed, and %d must be flushed"
              .formatted(tally.failed(), tally.shards(), tally.needed()));
    }
    if (tally.landed() < tally.needed()) {
      return new Wait();
    }
    return tally.pending() == 0
        ? new Commit()
        : new WaitAtMost(Math.max(graceNanos, 2 * medianNanos));
  }
}
