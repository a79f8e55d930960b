package io.kintsugi.mirror;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// A file as the list of its chunks: what each is as long as, and its SHA-256. Whoever has the
/// chunks and the recipe has the file.
public final class Recipe {
  public static final int HASH_BYTES = 32;

  private final ChunkSizes sizes;
  private final int[] lengths;
  private final byte[] hashes;
  private final long[] ends;

  /// @param hashes of all chunks, one behind the other
  Recipe(ChunkSizes sizes, int[] lengths, byte[] hashes) {
    if (hashes.length != lengths.length * HASH_BYTES) {
      throw new IllegalArgumentException(
          lengths.length + " chunks cannot have " + hashes.length + " bytes of hashes");
    }
    this.sizes = sizes;
    this.lengths = lengths;
    this.hashes = hashes;
    ends = new long[lengths.length];
    long end = 0;
    for (int i = 0; i < lengths.length; i++) {
      end += lengths[i];
      ends[i] = end;
    }
  }

  /// What identifies a chunk.
  record Key(long a, long b, long c, long d) {}

  public ChunkSizes sizes() {
    return sizes;
  }

  /// How many chunks there are.
  public int count() {
    return lengths.length;
  }

  public long sizeBytes() {
    return ends.length == 0 ? 0 : ends[ends.length - 1];
  }

  public int lengthBytes(int chunk) {
    return lengths[chunk];
  }

  public long offset(int chunk) {
    return ends[chunk] - lengths[chunk];
  }

  /// The chunk that holds a byte of the file.
  public int chunkAt(long position) {
    int found = Arrays.binarySearch(ends, position + 1);
    return found >= 0 ? found : -found - 1;
  }

  /// Whether a chunk has this SHA-256.
  public boolean hasHash(int chunk, byte[] hash) {
    int at = chunk * HASH_BYTES;
    return Arrays.equals(hashes, at, at + HASH_BYTES, hash, 0, hash.length);
  }

  Key key(int chunk) {
    var at = ByteBuffer.wrap(hashes, chunk * HASH_BYTES, HASH_BYTES);
    return new Key(at.getLong(), at.getLong(), at.getLong(), at.getLong());
  }

  ByteBuffer hash(int chunk) {
    return ByteBuffer.wrap(hashes, chunk * HASH_BYTES, HASH_BYTES);
  }

  /// Whether both are of the same bytes, cut alike.
  public boolean isOfTheSameFile(Recipe other) {
    return sizes.equals(other.sizes)
        && Arrays.equals(lengths, other.lengths)
        && Arrays.equals(hashes, other.hashes);
  }
}
