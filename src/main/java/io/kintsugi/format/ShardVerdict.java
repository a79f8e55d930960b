package io.kintsugi.format;

import java.util.Set;

/// What is known of one shard by evidence. Only [#MISSING], [#CORRUPT] and [#STALE] are grounds for
/// a repair.
public enum ShardVerdict {
  /// All that was looked at is right; how much that is, the depth of the check says.
  HEALTHY,
  /// The name is not there, on an origin that was seen to be ours after the failed open.
  MISSING,
  /// It was read, and it is wrong.
  CORRUPT,
  /// A sound shard through and through, of another write.
  STALE,
  /// It could not be read: no evidence at all.
  UNREACHABLE,
  /// It was read, but its judge lacks the key or knows only older formats. Never healthy, never
  /// damage.
  UNKNOWN;

  /// Decides from all that was found wrong with bytes that were read.
  ///
  /// Damage weighs most: a bad checksum is bad under any key. Then what cannot be judged, then
  /// whose it is. Staleness asks for every block, so a lesser look calls another's shard corrupt.
  public static ShardVerdict of(Set<ShardFault.Reason> reasons, ShardChecker.Depth depth) {
    boolean damaged = false;
    boolean unjudged = false;
    for (var reason : reasons) {
      switch (reason.kind()) {
        case DAMAGE -> damaged = true;
        case UNJUDGED -> unjudged = true;
        case IDENTITY -> {}
      }
    }
    if (damaged) {
      return CORRUPT;
    }
    if (unjudged) {
      return UNKNOWN;
    }
    if (reasons.contains(ShardFault.Reason.OTHER_WRITE)) {
      return depth.readsBlocks() ? STALE : CORRUPT;
    }
    return reasons.contains(ShardFault.Reason.OTHER_INDEX) ? CORRUPT : HEALTHY;
  }

  /// Decides about a name that does not exist: it is missing only if the origin's marker was
  /// verified after the failed open.
  public static ShardVerdict ofAbsentName(boolean markerVerifiedAfterwards) {
    return markerVerifiedAfterwards ? MISSING : UNREACHABLE;
  }
}
