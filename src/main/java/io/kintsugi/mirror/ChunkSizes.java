package io.kintsugi.mirror;

/// How long chunks are. Files that were cut by other sizes have no chunk in common.
///
/// @param normalBytes what most of them are about as long as
public record ChunkSizes(int minBytes, int normalBytes, int maxBytes) {
  private static final int FIRST_NORMAL_BYTES = 64 << 10;
  private static final int LAST_NORMAL_BYTES = 64 << 20;

  /// Between the shortest and the normal, and between that and the longest.
  private static final int SPREAD = 4;

  /// So many chunks a file has, about, before they become longer.
  private static final long COUNT_USUAL = 1 << 17;

  /// Sizes that were right for a file stay right until it has grown or shrunk so much.
  private static final int TOLERANCE = 4;

  public ChunkSizes {
    boolean holds =
        minBytes >= 64
            && normalBytes > minBytes
            && maxBytes > normalBytes
            && maxBytes <= LAST_NORMAL_BYTES * SPREAD
            && Integer.bitCount(normalBytes) == 1;
    if (!holds) {
      throw new IllegalArgumentException(
          "no sizes of chunks: " + minBytes + ", " + normalBytes + ", " + maxBytes);
    }
  }

  /// The usual spread around a length, which must be a power of two.
  public static ChunkSizes around(int normalBytes) {
    return new ChunkSizes(normalBytes / SPREAD, normalBytes, normalBytes * SPREAD);
  }

  /// For a file of this length: the longer it is, the longer its chunks, so that its recipe stays
  /// small.
  public static ChunkSizes of(long sizeBytes) {
    int normal = FIRST_NORMAL_BYTES;
    while (normal < LAST_NORMAL_BYTES && sizeBytes / normal > COUNT_USUAL) {
      normal *= 2;
    }
    return around(normal);
  }

  /// Whether a file of this length may as well be cut like that.
  public boolean suit(long sizeBytes) {
    int best = of(sizeBytes).normalBytes;
    return normalBytes <= best * (long) TOLERANCE && best <= normalBytes * (long) TOLERANCE;
  }

  /// How many chunks a file of this length has at most.
  long countMax(long sizeBytes) {
    return sizeBytes / minBytes + 1;
  }
}
