package io.kintsugi.erasure;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/// Reed-Solomon over GF(2^8)/0x11d for one geometry: k data cells, m parity cells, and any k of the
/// k+m give back the others. Immutable and safe for any number of threads.
///
/// Cells are the bytes `[offset, offset + cellBytes)` of arrays of any length; nothing outside them
/// is read or written, and neither the offset nor the length needs any alignment. The arrays of one
/// call must be distinct.
public final class Codec {
  public static final int K_MAX = 16;
  public static final int M_MAX = 8;

  /// Beyond this many patterns of loss the cache starts again: a node meets few, and rebuilding an
  /// entry costs less than coding one cell.
  private static final int REBUILDS_MAX = 512;

  private static final ConcurrentHashMap<Integer, Codec> CODECS = new ConcurrentHashMap<>();

  private final int k;
  private final int m;
  private final byte[][] parity;
  private final Product encoding;
  private final ConcurrentHashMap<Loss, Product> rebuilds = new ConcurrentHashMap<>();

  /// Sources and missing shards as sets of bits.
  private record Loss(int sources, int missing) {}

  private Codec(int k, int m) {
    this.k = k;
    this.m = m;
    this.parity = Matrix.parity(k, m);
    this.encoding = Product.of(parity);
  }

  /// The codec of a geometry, 1 <= k <= 16 and 0 <= m <= 8; always the same one.
  public static Codec of(int k, int m) {
    if (k < 1 || k > K_MAX || m < 0 || m > M_MAX) {
      throw new IllegalArgumentException("no code for k=" + k + " m=" + m);
    }
    return CODECS.computeIfAbsent(k * (M_MAX + 1) + m, _ -> new Codec(k, m));
  }

  public int k() {
    return k;
  }

  public int m() {
    return m;
  }

  /// Computes the m parity cells from the k data cells. `shards` holds k+m arrays, data first;
  /// parity is written over whatever was there.
  public void encode(byte[][] shards, int offset, int cellBytes) {
    requireShards(shards, cellBytes);
    for (byte[] shard : shards) {
      Objects.checkFromIndexSize(offset, cellBytes, shard.length);
    }
    byte[][] targets = Arrays.copyOfRange(shards, k, k + m);
    encoding.apply(Kernels.current(), shards, targets, offset, offset + cellBytes);
  }

  /// Rebuilds the cells of the `missing` shards, data or parity, from those of exactly k `sources`,
  /// in one pass. Both are ascending and have no shard in common, and at most m shards may be
  /// missing: one loss more is refused with an [IllegalArgumentException]. Arrays of shards that
  /// are neither are not touched; they may be empty.
  public void rebuild(byte[][] shards, int[] sources, int[] missing, int offset, int cellBytes) {
    requireShards(shards, cellBytes);
    var loss = loss(sources, missing);
    byte[][] from = pick(shards, sources, offset, cellBytes);
    byte[][] into = pick(shards, missing, offset, cellBytes);
    rebuild(loss, sources, missing)
        .apply(Kernels.current(), from, into, offset, offset + cellBytes);
  }

  private Product rebuild(Loss loss, int[] sources, int[] missing) {
    var known = rebuilds.get(loss);
    if (known != null) {
      return known;
    }
    if (rebuilds.size() >= REBUILDS_MAX) {
      rebuilds.clear();
    }
    var product = Product.of(Matrix.rebuild(k, parity, sources, missing));
    rebuilds.put(loss, product);
    return product;
  }

  private void requireShards(byte[][] shards, int cellBytes) {
    if (shards.length != k + m) {
      throw new IllegalArgumentException(
          "%d shards for a code of %d+%d".formatted(shards.length, k, m));
    }
    if (cellBytes < 1) {
      throw new IllegalArgumentException("a cell of " + cellBytes + " bytes");
    }
  }

  private Loss loss(int[] sources, int[] missing) {
    if (sources.length != k) {
      throw new IllegalArgumentException(
          "%d sources, and the code needs %d".formatted(sources.length, k));
    }
    if (missing.length > m) {
      throw new IllegalArgumentException(
          "%d shards missing, and the code bears the loss of %d".formatted(missing.length, m));
    }
    var loss = new Loss(bits(sources), bits(missing));
    if ((loss.sources() & loss.missing()) != 0) {
      throw new IllegalArgumentException("a missing shard is among the sources");
    }
    return loss;
  }

  private int bits(int[] shards) {
    int bits = 0;
    int previous = -1;
    for (int shard : shards) {
      if (shard <= previous || shard >= k + m) {
        throw new IllegalArgumentException(
            "shards %s of %d are not ascending".formatted(Arrays.toString(shards), k + m));
      }
      bits |= 1 << shard;
      previous = shard;
    }
    return bits;
  }

  private static byte[][] pick(byte[][] shards, int[] indexes, int offset, int cellBytes) {
    var picked = new byte[indexes.length][];
    for (int i = 0; i < indexes.length; i++) {
      picked[i] = shards[indexes[i]];
      Objects.checkFromIndexSize(offset, cellBytes, picked[i].length);
    }
    return picked;
  }
}
