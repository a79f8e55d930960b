package io.kintsugi.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;

/// A recipe as it is kept and sent: whose it is, and of which state of the file.
///
/// In bytes, big-endian: `KRCP`, version 1, length and UTF-8 of the path, size, seconds and
/// nanoseconds of the time, length and UTF-8 of the tag (-1: none), the three sizes of chunks, the
/// number of chunks, for each its length in seven bits a byte and its SHA-256, and at the end the
/// SHA-256 of all before.
public record RecipeRecord(String path, Stamp stamp, Recipe recipe) {
  private static final int MAGIC = 0x4b52_4350;
  private static final byte VERSION = 1;
  private static final int HEAD_BYTES = 64;
  private static final int LENGTH_BYTES_MAX = 5;

  /// What bytes turned out to be.
  public sealed interface Decoded {
    record Sound(RecipeRecord value) implements Decoded {}

    /// No recipe that this version can read.
    record Unreadable(String why) implements Decoded {}
  }

  /// No file of such a length has a longer record.
  public static long bytesMax(long sizeBytes) {
    var sizes = ChunkSizes.of(sizeBytes);
    long shortest = Math.max(64, sizes.minBytes() / 4);
    return HEAD_BYTES
        + (1 << 16)
        + (sizeBytes / shortest + 1) * (Recipe.HASH_BYTES + LENGTH_BYTES_MAX);
  }

  public byte[] encode() {
    var pathBytes = path.getBytes(UTF_8);
    var tag = stamp.tag();
    var tagBytes = tag == null ? new byte[0] : tag.getBytes(UTF_8);
    int bytesMax =
        HEAD_BYTES
            + pathBytes.length
            + tagBytes.length
            + recipe.count() * (Recipe.HASH_BYTES + LENGTH_BYTES_MAX)
            + Recipe.HASH_BYTES;
    var out = ByteBuffer.allocate(bytesMax);
    out.putInt(MAGIC).put(VERSION).putInt(pathBytes.length).put(pathBytes);
    out.putLong(stamp.sizeBytes());
    var modified = stamp.modified();
    out.putLong(modified.getEpochSecond()).putInt(modified.getNano());
    out.putInt(tag == null ? -1 : tagBytes.length).put(tagBytes);
    var sizes = recipe.sizes();
    out.putInt(sizes.minBytes()).putInt(sizes.normalBytes()).putInt(sizes.maxBytes());
    out.putInt(recipe.count());
    for (int i = 0; i < recipe.count(); i++) {
      putLength(out, recipe.lengthBytes(i));
      out.put(recipe.hash(i));
    }
    var digest = Sha256.fresh();
    digest.update(out.array(), 0, out.position());
    out.put(digest.digest());
    return Arrays.copyOf(out.array(), out.position());
  }

  private static void putLength(ByteBuffer out, int length) {
    int rest = length;
    while (rest > 0x7f) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  public static Decoded decode(byte[] bytes) {
    int end = bytes.length - Recipe.HASH_BYTES;
    if (end < 0) {
      return new Decoded.Unreadable("it ends too early");
    }
    var digest = Sha256.fresh();
    digest.update(bytes, 0, end);
    if (!Arrays.equals(digest.digest(), 0, Recipe.HASH_BYTES, bytes, end, bytes.length)) {
      return new Decoded.Unreadable("its sum is wrong");
    }
    try {
      return read(ByteBuffer.wrap(bytes, 0, end));
    } catch (BufferUnderflowException | IllegalArgumentException | DateTimeException e) {
      return new Decoded.Unreadable("it contradicts itself: " + e.getMessage());
    }
  }

  private static Decoded read(ByteBuffer in) {
    if (in.getInt() != MAGIC) {
      return new Decoded.Unreadable("it is no recipe");
    }
    byte version = in.get();
    if (version != VERSION) {
      return new Decoded.Unreadable("it is of version " + version);
    }
    var path = text(in, in.getInt());
    long sizeBytes = in.getLong();
    var modified = Instant.ofEpochSecond(in.getLong(), in.getInt());
    int tagBytes = in.getInt();
    var tag = tagBytes < 0 ? null : text(in, tagBytes);
    var sizes = new ChunkSizes(in.getInt(), in.getInt(), in.getInt());
    var recipe = recipe(in, sizes, in.getInt());
    if (in.hasRemaining() || recipe.sizeBytes() != sizeBytes) {
      return new Decoded.Unreadable("its chunks are not those of the file");
    }
    return new Decoded.Sound(new RecipeRecord(path, new Stamp(sizeBytes, modified, tag), recipe));
  }

  private static String text(ByteBuffer in, int length) {
    var bytes = new byte[bounded(in, length)];
    in.get(bytes);
    return new String(bytes, UTF_8);
  }

  private static int bounded(ByteBuffer in, long bytes) {
    if (bytes < 0 || bytes > in.remaining()) {
      throw new IllegalArgumentException("a length is wrong");
    }
    return (int) bytes;
  }

  private static Recipe recipe(ByteBuffer in, ChunkSizes sizes, int count) {
    bounded(in, (long) count * (Recipe.HASH_BYTES + 1));
    var lengths = new int[Math.max(0, count)];
    var hashes = new byte[lengths.length * Recipe.HASH_BYTES];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = length(in);
      if (lengths[i] < 1 || lengths[i] > sizes.maxBytes()) {
        throw new IllegalArgumentException("a chunk has " + lengths[i] + " bytes");
      }
      in.get(hashes, i * Recipe.HASH_BYTES, Recipe.HASH_BYTES);
    }
    return new Recipe(sizes, lengths, hashes);
  }

  private static int length(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 7) {
      byte part = in.get();
      value |= (part & 0x7f) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a length does not end");
  }
}
