package io.kintsugi.format;

/// How many data shards (k) and parity shards (m) a segment has.
public record Geometry(int k, int m) {
  public static final int MAX_K = 16;
  public static final int MAX_M = 8;

  /// A segment of at most so many bytes is stored as plain copies.
  public static final int SMALL_SEGMENT_BYTES = 131_072;

  public Geometry {
    Text.require(isValid(k, m), "no geometry: k is 1 to 16 and m is 0 to 8");
  }

  static boolean isValid(int k, int m) {
    return k >= 1 && k <= MAX_K && m >= 0 && m <= MAX_M;
  }

  /// All shards of a segment.
  public int n() {
    return k + m;
  }

  /// The geometry that a segment of this size really gets: small ones are (1, m).
  public Geometry forSize(long segmentBytes) {
    return segmentBytes <= SMALL_SEGMENT_BYTES ? new Geometry(1, m) : this;
  }
}
