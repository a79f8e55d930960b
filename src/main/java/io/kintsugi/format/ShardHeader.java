package io.kintsugi.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// The first 128 bytes of a shard: whose it is, and how long everything after it is.
public record ShardHeader(
    WriteId writeId,
    int index,
    int k,
    int m,
    long segmentBytes,
    int blocks,
    int lastCell,
    int footerBytes) {
  public static final int BYTES = 128;
  public static final int FORMAT = 1;
  public static final int MATRIX = 1;

  private static final byte[] MAGIC = "KTSGSHRD".getBytes(StandardCharsets.US_ASCII);
  private static final int CHECKSUM_AT = 124;
  private static final int UNNAMED_AT = 56;
  private static final byte[] ZEROS = new byte[Striping.FILE_HEADER_BYTES];

  public ShardHeader {
    Text.require(
        isConsistent(index, new Geometry(k, m), segmentBytes)
            && agrees(new Striping(new Geometry(k, m), segmentBytes), blocks, lastCell)
            && isFooterLength(footerBytes),
        "the fields of a shard header contradict each other");
  }

  /// What was found where a header should be.
  public sealed interface Decoded {
    record Ok(ShardHeader header) implements Decoded {}

    record Bad(Problem problem) implements Decoded {}
  }

  /// Why bytes are no header of ours. [#UNKNOWN_FORMAT] alone is no damage: a later format wrote
  /// them.
  public enum Problem {
    TOO_SHORT,
    BAD_MAGIC,
    BAD_CHECKSUM,
    UNKNOWN_FORMAT,
    BAD_FIELDS
  }

  /// The header of one shard of a striped segment.
  public static ShardHeader of(WriteId writeId, int index, Striping striping, int footerBytes) {
    return new ShardHeader(
        writeId,
        index,
        striping.geometry().k(),
        striping.geometry().m(),
        striping.segmentBytes(),
        striping.stripes(),
        striping.lastCell(),
        footerBytes);
  }

  public Geometry geometry() {
    return new Geometry(k, m);
  }

  public Striping striping() {
    return new Striping(geometry(), segmentBytes);
  }

  /// Bytes of the whole shard as a file.
  public long fileBytes() {
    return striping().shardFileBytes(footerBytes);
  }

  /// The header of another shard of the same write.
  public ShardHeader withIndex(int otherIndex) {
    return new ShardHeader(writeId, otherIndex, k, m, segmentBytes, blocks, lastCell, footerBytes);
  }

  /// The 128 bytes.
  public byte[] encode() {
    return encodeInto(new byte[BYTES]);
  }

  /// The 4096 bytes that a file begins with: the header, then zeros.
  public byte[] encodeFileHead() {
    return encodeInto(new byte[Striping.FILE_HEADER_BYTES]);
  }

  private byte[] encodeInto(byte[] target) {
    var bytes = ByteBuffer.wrap(target);
    bytes.put(MAGIC).putShort((short) FORMAT);
    bytes.put((byte) index).put((byte) k).put((byte) m).put((byte) MATRIX).putShort((short) 0);
    bytes.putLong(writeId.session()).putLong(writeId.counter());
    bytes.putLong(segmentBytes).putInt(Striping.PAYLOAD_BYTES).putInt(blocks).putInt(lastCell);
    bytes.putInt(footerBytes).putInt(CHECKSUM_AT, checksum(target, 0));
    return target;
  }

  /// Reads 128 bytes. Those after them, up to 4096 in a file, are [#firstNonZero]'s.
  public static Decoded decode(byte[] source, int offset) {
    if (source.length - offset < BYTES) {
      return new Decoded.Bad(Problem.TOO_SHORT);
    }
    if (!Arrays.equals(source, offset, offset + MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return new Decoded.Bad(Problem.BAD_MAGIC);
    }
    var bytes = ByteBuffer.wrap(source, offset, BYTES).slice();
    if (bytes.getInt(CHECKSUM_AT) != checksum(source, offset)) {
      return new Decoded.Bad(Problem.BAD_CHECKSUM);
    }
    if (bytes.getShort(8) != FORMAT || bytes.get(13) != MATRIX) {
      return new Decoded.Bad(Problem.UNKNOWN_FORMAT);
    }
    return decodeFields(source, offset, bytes);
  }

  private static Decoded decodeFields(byte[] source, int offset, ByteBuffer bytes) {
    int index = bytes.get(10);
    int k = bytes.get(11);
    int m = bytes.get(12);
    long segmentBytes = bytes.getLong(32);
    int blocks = bytes.getInt(44);
    int lastCell = bytes.getInt(48);
    int footerBytes = bytes.getInt(52);
    boolean sound =
        bytes.getShort(14) == 0
            && bytes.getInt(40) == Striping.PAYLOAD_BYTES
            && firstNonZero(source, offset + UNNAMED_AT, CHECKSUM_AT - UNNAMED_AT) < 0
            && Geometry.isValid(k, m)
            && isConsistent(index, new Geometry(k, m), segmentBytes)
            && agrees(new Striping(new Geometry(k, m), segmentBytes), blocks, lastCell)
            && isFooterLength(footerBytes);
    if (!sound) {
      return new Decoded.Bad(Problem.BAD_FIELDS);
    }
    var id = WriteId.read(source, offset + 16);
    return new Decoded.Ok(
        new ShardHeader(id, index, k, m, segmentBytes, blocks, lastCell, footerBytes));
  }

  /// Where, from an offset on, the first byte lies that is not zero; -1 if all (at most 4096) are.
  static int firstNonZero(byte[] source, int offset, int length) {
    return Arrays.mismatch(source, offset, offset + length, ZEROS, 0, length);
  }

  private static boolean isConsistent(int index, Geometry geometry, long segmentBytes) {
    return index >= 0 && index < geometry.n() && Striping.isValid(segmentBytes);
  }

  private static boolean agrees(Striping striping, int blocks, int lastCell) {
    return blocks == striping.stripes() && lastCell == striping.lastCell();
  }

  private static boolean isFooterLength(int footerBytes) {
    return footerBytes > Footer.TRAILER_BYTES && footerBytes <= Footer.MAX_BYTES;
  }

  private static int checksum(byte[] source, int offset) {
    var sum = new CRC32C();
    sum.update(source, offset, CHECKSUM_AT);
    return (int) sum.getValue();
  }
}
