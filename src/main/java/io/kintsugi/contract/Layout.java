package io.kintsugi.contract;

/// How many shards a segment is cut into: `k` of data, `m` of parity. `k = 1` is plain copies.
///
/// @param k 1 to 16
/// @param m 0 to 8
public record Layout(int k, int m) {
  public Layout {
    if (k < 1 || k > 16 || m < 0 || m > 8) {
      throw new IllegalArgumentException("k must be 1..16 and m 0..8, not " + k + "+" + m);
    }
  }

  /// How many shards in all.
  public int shards() {
    return k + m;
  }

  @Override
  public String toString() {
    return k + "+" + m;
  }
}
