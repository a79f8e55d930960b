package io.kintsugi.scan;

import io.kintsugi.kernel.Pure;

/// Shares the bandwidth that scanning may take among the looks at leaves, so that all together
/// never take more.
@Pure
final class Pace {
  static final long UNLIMITED = 0;

  /// No share now: a running look must end first.
  static final long NONE = -1;

  /// A share below this fraction of the limit is not worth starting with.
  private static final int SMALLEST_SHARE = 64;

  private Pace() {}

  /// Bytes a second for the next look.
  ///
  /// @param limitBytes of all looks together, 0 for no limit
  /// @param takenBytes given to the looks that run
  /// @param freeSlots how many more looks may run, this one included
  /// @param waiting how many leaves wait for one, this one included
  static long share(long limitBytes, long takenBytes, int freeSlots, int waiting) {
    if (limitBytes == 0) {
      return UNLIMITED;
    }
    long left = limitBytes - takenBytes;
    if (left < Math.max(1, limitBytes / SMALLEST_SHARE)) {
      return NONE;
    }
    return Math.max(1, left / Math.max(1, Math.min(freeSlots, waiting)));
  }

  /// What each of the origins of one leaf gets of its share.
  static long perOrigin(long shareBytes, int origins) {
    return shareBytes == UNLIMITED ? UNLIMITED : Math.max(1, shareBytes / Math.max(1, origins));
  }
}
