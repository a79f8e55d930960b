package io.kintsugi.format;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// One block of a shard: a head of 64 bytes that says whose bytes follow, and the payload, under
/// one checksum.
public final class Block {
  private static final int MAGIC = 0x4B54424B; // KTBK
  private static final int MAGIC_AT = 4;
  private static final int NUMBER_AT = 8;
  private static final int WRITE_ID_AT = 16;
  private static final int INDEX_AT = 32;
  private static final int K_AT = 33;
  private static final int M_AT = 34;
  private static final int PAYLOAD_BYTES_AT = 36;
  private static final int UNNAMED_AT = 40;

  private Block() {}

  /// What the bytes of a block turned out to be. All but [#GOOD] must not be served.
  public enum Verdict {
    GOOD,
    BAD_MAGIC,
    BAD_CHECKSUM,
    WRONG_LENGTH,
    WRONG_WRITE,
    WRONG_INDEX,
    WRONG_GEOMETRY,
    WRONG_NUMBER,
    BAD_UNNAMED
  }

  /// Writes the head at an offset, in front of the payload that already stands 64 bytes further.
  public static void encodeHead(
      byte[] buffer,
      int offset,
      WriteId writeId,
      int index,
      int k,
      int m,
      long blockNumber,
      int payloadBytes) {
    var head = ByteBuffer.wrap(buffer, offset, Striping.HEAD_BYTES);
    head.putInt(0).putInt(MAGIC).putLong(blockNumber);
    head.putLong(writeId.session()).putLong(writeId.counter());
    head.put((byte) index).put((byte) k).put((byte) m).put((byte) 0).putInt(payloadBytes);
    head.putLong(0).putLong(0).putLong(0);
    head.putInt(offset, checksum(buffer, offset, payloadBytes));
  }

  /// Judges a block of `length` bytes at an offset against what must lie there.
  public static Verdict verify(
      byte[] buffer,
      int offset,
      int length,
      WriteId writeId,
      int index,
      int k,
      int m,
      long blockNumber,
      int payloadBytes) {
    if (length != Striping.HEAD_BYTES + payloadBytes) {
      return Verdict.WRONG_LENGTH;
    }
    var head = ByteBuffer.wrap(buffer, offset, length).slice();
    if (head.getInt(MAGIC_AT) != MAGIC) {
      return Verdict.BAD_MAGIC;
    }
    if (head.getInt(0) != checksum(buffer, offset, payloadBytes)) {
      return Verdict.BAD_CHECKSUM;
    }
    if (head.getLong(WRITE_ID_AT) != writeId.session()
        || head.getLong(WRITE_ID_AT + Long.BYTES) != writeId.counter()) {
      return Verdict.WRONG_WRITE;
    }
    if (head.get(INDEX_AT) != index) {
      return Verdict.WRONG_INDEX;
    }
    if (head.get(K_AT) != k || head.get(M_AT) != m) {
      return Verdict.WRONG_GEOMETRY;
    }
    if (head.getLong(NUMBER_AT) != blockNumber) {
      return Verdict.WRONG_NUMBER;
    }
    if (head.getInt(PAYLOAD_BYTES_AT) != payloadBytes) {
      return Verdict.WRONG_LENGTH;
    }
    return unnamedAreZero(head) ? Verdict.GOOD : Verdict.BAD_UNNAMED;
  }

  /// Judges a block of the shard that a header describes.
  public static Verdict verify(
      byte[] buffer, int offset, int length, ShardHeader header, int blockNumber) {
    int payload = header.striping().cellBytes(blockNumber);
    return verify(
        buffer,
        offset,
        length,
        header.writeId(),
        header.index(),
        header.k(),
        header.m(),
        blockNumber,
        payload);
  }

  private static boolean unnamedAreZero(ByteBuffer head) {
    return head.get(M_AT + 1) == 0
        && head.getLong(UNNAMED_AT) == 0
        && head.getLong(UNNAMED_AT + 8) == 0
        && head.getLong(UNNAMED_AT + 16) == 0;
  }

  private static int checksum(byte[] buffer, int offset, int payloadBytes) {
    var sum = new CRC32C();
    sum.update(buffer, offset + MAGIC_AT, Striping.HEAD_BYTES - MAGIC_AT + payloadBytes);
    return (int) sum.getValue();
  }
}
