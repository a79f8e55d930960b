package io.kintsugi.format;

/// The arithmetic of one segment: where each of its bytes lies in which stripe, shard and block.
///
/// Stripe s is the next min(k * 262,080, rest) bytes; data shard i holds its bytes `[i * cell, (i +
/// 1)
/// * cell)`.
public record Striping(Geometry geometry, long segmentBytes) {
  public static final int HEAD_BYTES = 64;
  public static final int BLOCK_BYTES = 262_144;
  public static final int PAYLOAD_BYTES = BLOCK_BYTES - HEAD_BYTES;

  /// Header and zeros before the first block of a shard in a file or an S3 object.
  public static final int FILE_HEADER_BYTES = 4096;

  /// No segment is longer; it bounds what a header can make a reader do.
  public static final long MAX_SEGMENT_BYTES = 1L << 40;

  public Striping {
    Text.require(isValid(segmentBytes), "a segment has 0 to 2^40 bytes");
  }

  static boolean isValid(long segmentBytes) {
    return segmentBytes >= 0 && segmentBytes <= MAX_SEGMENT_BYTES;
  }

  /// Object bytes of a full stripe.
  public int fullStripeBytes() {
    return geometry.k() * PAYLOAD_BYTES;
  }

  /// How many stripes there are; every shard has as many blocks.
  public int stripes() {
    return Math.toIntExact(Math.ceilDiv(segmentBytes, (long) fullStripeBytes()));
  }

  /// Offset of a stripe in its segment.
  public long stripeOffset(int stripe) {
    return (long) stripe * fullStripeBytes();
  }

  /// Object bytes of a stripe.
  public int stripeBytes(int stripe) {
    requireStripe(stripe);
    return (int) Math.min(fullStripeBytes(), segmentBytes - stripeOffset(stripe));
  }

  /// Payload bytes of each shard's block of a stripe.
  public int cellBytes(int stripe) {
    return Math.ceilDiv(stripeBytes(stripe), geometry.k());
  }

  /// Payload bytes of the last block; 0 where there is none.
  public int lastCell() {
    int stripes = stripes();
    return stripes == 0 ? 0 : cellBytes(stripes - 1);
  }

  /// How many bytes of a data shard's cell are the object's; zeros follow up to the cell's end.
  public int dataBytes(int stripe, int shard) {
    Text.require(shard >= 0 && shard < geometry.k(), "no such data shard");
    int cell = cellBytes(stripe);
    return Math.clamp(stripeBytes(stripe) - (long) shard * cell, 0, cell);
  }

  /// Bytes of a block: head and payload.
  public int blockBytes(int block) {
    return HEAD_BYTES + cellBytes(block);
  }

  /// Offset of a block in a shard's file.
  public long blockOffset(int block) {
    requireStripe(block);
    return FILE_HEADER_BYTES + (long) block * BLOCK_BYTES;
  }

  /// Bytes of all blocks of one shard.
  public long shardBlocksBytes() {
    int stripes = stripes();
    return stripes == 0 ? 0 : (stripes - 1L) * BLOCK_BYTES + HEAD_BYTES + lastCell();
  }

  /// Offset of the footer in a shard's file.
  public long footerOffset() {
    return FILE_HEADER_BYTES + shardBlocksBytes();
  }

  /// Bytes of a shard's file.
  public long shardFileBytes(int footerBytes) {
    return footerOffset() + footerBytes;
  }

  /// The stripes that a range of the segment touches. The range lies within the segment and is not
  /// empty.
  public Range range(long offset, long length) {
    return new Range(this, offset, length);
  }

  private void requireStripe(int stripe) {
    if (stripe < 0 || stripe >= stripes()) {
      throw new IndexOutOfBoundsException("no stripe " + stripe + " of " + stripes());
    }
  }

  /// A range of a segment, seen stripe by stripe.
  public record Range(Striping striping, long offset, long length) {
    public Range {
      Text.require(
          offset >= 0 && length >= 1 && offset <= striping.segmentBytes() - length,
          "the range is empty or leaves its segment");
    }

    public int firstStripe() {
      return (int) (offset / striping.fullStripeBytes());
    }

    public int lastStripe() {
      return (int) ((offset + length - 1) / striping.fullStripeBytes());
    }

    /// The first byte wanted of a stripe, counted in the stripe.
    public int from(int stripe) {
      return Math.clamp(offset - striping.stripeOffset(stripe), 0, striping.stripeBytes(stripe));
    }

    /// The end (exclusive) of what is wanted of a stripe, counted in the stripe.
    public int to(int stripe) {
      return Math.clamp(
          offset + length - striping.stripeOffset(stripe), 0, striping.stripeBytes(stripe));
    }

    /// The first data shard whose cell is touched in a stripe.
    public int firstShard(int stripe) {
      return from(stripe) / striping.cellBytes(stripe);
    }

    /// The last data shard whose cell is touched in a stripe.
    public int lastShard(int stripe) {
      return (to(stripe) - 1) / striping.cellBytes(stripe);
    }
  }
}
