package io.kintsugi.mirror;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/// Makes the recipe of a file whose bytes come one piece after another.
public final class RecipeMaker {
  private static final int COUNT_FIRST = 64;

  private final ChunkSizes sizes;
  private final Cutter cutter;
  private final MessageDigest digest = Sha256.fresh();
  private int[] lengths = new int[COUNT_FIRST];
  private byte[] hashes = new byte[COUNT_FIRST * Recipe.HASH_BYTES];
  private int count;
  private int pendingBytes;

  public RecipeMaker(ChunkSizes sizes) {
    this.sizes = sizes;
    cutter = new Cutter(sizes);
  }

  /// Takes all that remains in the buffer.
  public void take(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      int from = bytes.position();
      boolean border = cutter.next(bytes);
      digest.update(bytes.duplicate().flip().position(from));
      pendingBytes += bytes.position() - from;
      if (border) {
        add();
      }
    }
  }

  private void add() {
    if (count == lengths.length) {
      lengths = Arrays.copyOf(lengths, count * 2);
      hashes = Arrays.copyOf(hashes, hashes.length * 2);
    }
    lengths[count] = pendingBytes;
    System.arraycopy(digest.digest(), 0, hashes, count * Recipe.HASH_BYTES, Recipe.HASH_BYTES);
    count++;
    pendingBytes = 0;
  }

  /// The file ends here.
  public Recipe end() {
    if (pendingBytes > 0) {
      add();
    }
    return new Recipe(
        sizes, Arrays.copyOf(lengths, count), Arrays.copyOf(hashes, count * Recipe.HASH_BYTES));
  }
}
