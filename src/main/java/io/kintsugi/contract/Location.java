package io.kintsugi.contract;

import org.jspecify.annotations.Nullable;

/// Where one shard of a segment lies.
///
/// @param index shard index, 0 to k+m-1
/// @param attemptId the id of the put, heal or move that wrote it: 32 hex digits; the last part of
///   its name
/// @param incarnation of the origin when it was written; a row with another one counts as missing
/// @param landed false if it was never flushed there: a heal row is due
/// @param packed null: a file of its own
public record Location(
    int index,
    String attemptId,
    String originId,
    String incarnation,
    boolean landed,
    @Nullable Packed packed) {
  /// A shard in a file of its own.
  public Location(
      int index, String attemptId, String originId, String incarnation, boolean landed) {
    this(index, attemptId, originId, incarnation, landed, null);
  }
}
