package io.kintsugi.contract;

/// What is known of one shard where the catalog says it lies. Unknown is never healthy; only
/// [#MISSING], [#CORRUPT], [#STALE] and [#ABSENT] may start a heal.
public enum Evidence {
  /// Read and verified, as deep as the scan's mode goes.
  HEALTHY,
  /// Not there, on an origin whose marker verified after the look.
  MISSING,
  /// There, read, and wrong.
  CORRUPT,
  /// Sound in itself, but of another write.
  STALE,
  /// Its origin has been away longer than `rebuild_after`, or was declared lost.
  ABSENT,
  /// Its origin did not answer, or answered with an I/O error.
  UNREACHABLE,
  /// Could not be judged, for instance because it was sealed with a key this node does not have.
  UNKNOWN;

  /// True if this much is enough to mend the shard.
  public boolean isDamage() {
    return this == MISSING || this == CORRUPT || this == STALE || this == ABSENT;
  }
}
