package io.kintsugi.mirror;

import java.nio.ByteBuffer;

/// Finds where the chunks of a stream of bytes end: FastCDC with normalised chunking. A border
/// depends on the 64 bytes before it and on where the chunk began, so an edit moves only the
/// borders near it, whatever it inserts or takes away.
///
/// Bytes are looked at where they lie, in pieces of any length: the borders are the same.
public final class Cutter {
  private static final long[] GEAR = Gear.table();

  /// By so many bits a border is less likely before the normal length than at random, and more
  /// likely behind it.
  private static final int NORMALISATION_BITS = 2;

  private final ChunkSizes sizes;
  private final long earlyMask;
  private final long lateMask;
  private long print;
  private int lengthBytes;

  public Cutter(ChunkSizes sizes) {
    this.sizes = sizes;
    int bits = Integer.numberOfTrailingZeros(sizes.normalBytes());
    earlyMask = mask(bits + NORMALISATION_BITS);
    lateMask = mask(bits - NORMALISATION_BITS);
  }

  /// The highest bits: every byte of the last 64 has its part in them.
  private static long mask(int bits) {
    return -1L << (Long.SIZE - bits);
  }

  /// Bytes since the last border.
  public int pendingBytes() {
    return lengthBytes;
  }

  /// Looks at bytes that follow those seen so far, up to the first border, and moves the position
  /// there; without one, to the limit.
  ///
  /// @return whether there is a border
  public boolean next(ByteBuffer bytes) {
    if (bytes.hasArray()) {
      int base = bytes.arrayOffset();
      int end = next(bytes.array(), base + bytes.position(), base + bytes.limit());
      bytes.position(end < 0 ? bytes.limit() : end - base);
      return end >= 0;
    }
    int at = skip(bytes.position(), bytes.limit());
    int early = until(at, bytes.limit(), sizes.normalBytes());
    int end = scan(bytes, at, early, earlyMask);
    if (end < 0) {
      lengthBytes += early - at;
      int late = until(early, bytes.limit(), sizes.maxBytes());
      end = behind(scan(bytes, early, late, lateMask), early, late);
    }
    bytes.position(end < 0 ? bytes.limit() : end);
    return cut(end) >= 0;
  }

  /// As [#next(ByteBuffer)], in an array.
  ///
  /// @return the index behind the border; -1 if none lies here
  public int next(byte[] bytes, int from, int to) {
    int at = skip(from, to);
    int early = until(at, to, sizes.normalBytes());
    int end = scan(bytes, at, early, earlyMask);
    if (end < 0) {
      lengthBytes += early - at;
      int late = until(early, to, sizes.maxBytes());
      end = behind(scan(bytes, early, late, lateMask), early, late);
    }
    return cut(end);
  }

  /// No chunk is shorter than the least, so nothing before that is looked at.
  private int skip(int from, int to) {
    int length = Math.clamp(sizes.minBytes() - lengthBytes, 0, to - from);
    lengthBytes += length;
    return from + length;
  }

  private int until(int from, int to, int chunkBytes) {
    return from + Math.clamp(chunkBytes - lengthBytes, 0, to - from);
  }

  /// A chunk that has its full length ends, whatever it holds.
  private int behind(int found, int from, int to) {
    if (found >= 0) {
      return found;
    }
    lengthBytes += to - from;
    return lengthBytes == sizes.maxBytes() ? to : -1;
  }

  private int cut(int end) {
    if (end >= 0) {
      lengthBytes = 0;
      print = 0;
    }
    return end;
  }

  private int scan(byte[] bytes, int from, int to, long mask) {
    long now = print;
    for (int i = from; i < to; i++) {
      now = (now << 1) + GEAR[bytes[i] & 0xff];
      if ((now & mask) == 0) {
        return i + 1;
      }
    }
    print = now;
    return -1;
  }

  private int scan(ByteBuffer bytes, int from, int to, long mask) {
    long now = print;
    for (int i = from; i < to; i++) {
      now = (now << 1) + GEAR[bytes.get(i) & 0xff];
      if ((now & mask) == 0) {
        return i + 1;
      }
    }
    print = now;
    return -1;
  }
}
