package io.kintsugi.object;

import io.kintsugi.format.Geometry;

/// The numbers of the data path.
///
/// @param segmentBytesMax where an object is cut into a further segment
/// @param stallMillis a shard stream without credit for this long is slow
/// @param stallFailMillis the longest wait for a shard stream that cannot be spared
/// @param stragglerMillis the least that a shard gets to land once enough have
/// @param slowReadMillis a block that has not come after this long is looked for elsewhere
/// @param packedBytesMax segments up to this size share files; negative: none does
/// @param commitMillis how long a commit without an answer is asked for again
record Settings(
    long segmentBytesMax,
    long stallMillis,
    long stallFailMillis,
    long stragglerMillis,
    long slowReadMillis,
    long packedBytesMax,
    long commitMillis) {
  static final Settings USUAL =
      new Settings(4L << 30, 2_000, 30_000, 200, 1_000, Geometry.SMALL_SEGMENT_BYTES, 30_000);

  /// The same, but every shard is a file of its own.
  Settings withoutPacks() {
    return new Settings(
        segmentBytesMax,
        stallMillis,
        stallFailMillis,
        stragglerMillis,
        slowReadMillis,
        -1,
        commitMillis);
  }
}
