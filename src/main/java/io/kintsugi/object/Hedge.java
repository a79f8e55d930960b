package io.kintsugi.object;

import io.kintsugi.kernel.Pure;

/// Whether a shard that has not come in its usual time is looked for elsewhere as well.
@Pure
enum Hedge {
  READ_ANOTHER,
  /// When most shards of a stripe dawdle, it is the house that is slow: others would not help.
  ALL_DAWDLE,
  /// When most origins are ill, more reads make them no better.
  POOL_IS_ILL,
  /// So many extra reads as are allowed have been made.
  NO_BUDGET;

  /// What one read more adds to the budget.
  static final double SHARE = 0.05;

  /// So many extra reads may be saved up for the moment when an origin becomes slow.
  static final double SAVED_MAX = 8;

  /// @param waiting shards of the stripe that have not come
  /// @param asked all shards of the stripe that were asked for
  /// @param ill origins that are not healthy, or are known to dawdle
  /// @param tokens extra reads that are left
  static Hedge decide(int k, int waiting, int asked, int ill, int origins, double tokens) {
    if (k > 1 && asked > 1 && 2 * waiting > asked) {
      return ALL_DAWDLE;
    }
    if (2 * ill > origins) {
      return POOL_IS_ILL;
    }
    return tokens < 1 ? NO_BUDGET : READ_ANOTHER;
  }
}
