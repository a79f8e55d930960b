package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import java.nio.ByteBuffer;

/// A shard in a pack, as if it lay in a file of its own. Nothing beyond its record is ever read.
///
/// @param offset of the record in the pack
/// @param presentBytes how many of the record's bytes the pack has
record PackedReading(Driver.Reading pack, long offset, long presentBytes)
    implements Driver.Reading {
  /// Looks how much of a record is there; blocks.
  static PackedReading of(Driver.Reading pack, long offset, long recordBytes)
      throws DriverException {
    long present = Math.clamp(pack.sizeBytes() - offset, 0, recordBytes);
    return new PackedReading(pack, offset, present);
  }

  @Override
  public long sizeBytes() {
    return PackRecord.fileBytes(presentBytes);
  }

  @Override
  public int read(ByteBuffer target, long position) throws DriverException {
    int start = target.position();
    int limit = target.limit();
    try {
      long at = position;
      while (at < sizeBytes() && target.position() < limit) {
        int length = (int) Math.min(pieceEnd(at) - at, limit - target.position());
        target.limit(target.position() + length);
        if (readPiece(target, at) < length) {
          break;
        }
        at += length;
      }
    } finally {
      target.limit(limit);
    }
    return target.position() - start;
  }

  /// The end of what lies together with an offset: header, gap, or all the rest.
  private long pieceEnd(long at) {
    if (at < ShardHeader.BYTES) {
      return Math.min(ShardHeader.BYTES, sizeBytes());
    }
    return at < Striping.FILE_HEADER_BYTES ? Striping.FILE_HEADER_BYTES : sizeBytes();
  }

  private int readPiece(ByteBuffer target, long at) throws DriverException {
    boolean inGap = at >= ShardHeader.BYTES && at < Striping.FILE_HEADER_BYTES;
    if (!inGap) {
      return pack.read(target, offset + PackRecord.offset(at));
    }
    int length = target.remaining();
    target.put(new byte[length]);
    return length;
  }

  @Override
  public void close() throws DriverException {
    pack.close();
  }
}
