package io.kintsugi.mirror;

import java.nio.ByteBuffer;
import java.security.MessageDigest;

/// Holds bytes that come one piece after another to what a recipe says of them.
public final class ChunkCheck {
  private final Recipe recipe;
  private final MessageDigest digest = Sha256.fresh();
  private int chunk;
  private int seenBytes;

  /// @param chunk the one that the first byte begins
  public ChunkCheck(Recipe recipe, int chunk) {
    this.recipe = recipe;
    this.chunk = chunk;
  }

  /// Takes all that remains in the buffer; false if a chunk that ended is not what it should be, or
  /// there are more bytes than chunks.
  public boolean take(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      if (chunk == recipe.count()) {
        return false;
      }
      int length = Math.min(recipe.lengthBytes(chunk) - seenBytes, bytes.remaining());
      digest.update(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
      seenBytes += length;
      if (seenBytes == recipe.lengthBytes(chunk)) {
        if (!recipe.hasHash(chunk, digest.digest())) {
          return false;
        }
        chunk++;
        seenBytes = 0;
      }
    }
    return true;
  }

  /// The chunk that the next byte belongs to; only between chunks everything before was checked.
  public int chunk() {
    return chunk;
  }

  public boolean isBetweenChunks() {
    return seenBytes == 0;
  }
}
