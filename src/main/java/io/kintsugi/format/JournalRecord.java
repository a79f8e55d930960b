package io.kintsugi.format;

import io.kintsugi.format.ClusterKey.Purpose;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// One record of a journal file: changes of the catalog that were flushed together, or a piece of a
/// snapshot. Header of 64 bytes, body, trailer of 36; records follow one another without a gap.
///
/// @param life which process life wrote it: the same as in its file's name
/// @param firstSeq place of its first change in the order of all changes; in a snapshot the seq
///   whose state it tells
/// @param lastSeq place of its last change; in a snapshot the number of the piece, from 0
/// @param entries how many lines the body has
/// @param body lines of JSON
public record JournalRecord(
    Kind kind, long life, long firstSeq, long lastSeq, int entries, String body) {
  public static final int HEADER_BYTES = 64;
  public static final int TRAILER_BYTES = Integer.BYTES + ClusterKey.MAC_BYTES;
  public static final int BODY_BYTES_MAX = 32 * 1024 * 1024;
  public static final int FORMAT = 1;

  private static final long MAGIC = 0x4b54_5347_4a52_4e4cL; // KTSGJRNL
  private static final int FORMAT_AT = 8;
  private static final int KIND_AT = 10;
  private static final int LIFE_AT = 16;
  private static final int FIRST_AT = 24;
  private static final int LAST_AT = 32;
  private static final int ENTRIES_AT = 40;
  private static final int BODY_AT = 44;
  private static final int KEY_AT = 48;

  /// What a record holds.
  public enum Kind {
    CHANGES(1),
    SNAPSHOT_PIECE(2),
    /// The last record of a snapshot; one without it is not whole.
    SNAPSHOT_END(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /// What was found where a record should begin.
  public sealed interface Decoded {
    /// Whole, and written by one who had the key.
    ///
    /// @param bytes it takes in its file
    record Ok(JournalRecord record, int bytes) implements Decoded {}

    /// The file ends before the record does: its writing was cut short, or is still under way.
    record Torn(int missingBytes) implements Decoded {}

    /// Not what anybody with our key wrote; nothing behind it can be found.
    record Bad(String reason) implements Decoded {}

    /// Whole by its checksum, but written with a key or in a format that is not known here.
    record Unknown(String reason) implements Decoded {}
  }

  public JournalRecord {
    Text.require(Text.isUnicode(body), "a record's body is well-formed Unicode");
    Text.require(entries >= 0 && firstSeq >= 0 && lastSeq >= 0, "no record counts below zero");
    Text.require(
        kind != Kind.CHANGES || lastSeq - firstSeq + 1 >= entries, "more changes than places");
  }

  /// The bytes of the record.
  public byte[] encode(ClusterKey key) {
    var text = body.getBytes(StandardCharsets.UTF_8);
    Text.require(text.length <= BODY_BYTES_MAX, "a record's body is too long");
    var bytes = new byte[HEADER_BYTES + text.length + TRAILER_BYTES];
    var out = ByteBuffer.wrap(bytes).putLong(MAGIC).putShort((short) FORMAT);
    out.put((byte) kind.code).position(LIFE_AT);
    out.putLong(life).putLong(firstSeq).putLong(lastSeq);
    out.putInt(entries).putInt(text.length).putInt(key.keyId());
    out.position(HEADER_BYTES).put(text);
    out.putInt(checksum(bytes, 0, out.position()));
    out.put(key.mac(Purpose.JOURNAL, bytes, 0, out.position()));
    return bytes;
  }

  /// Reads the record that begins at `offset`; what lies from `end` on is not there yet.
  public static Decoded decode(byte[] source, int offset, int end, KeyRing keys) {
    int there = end - offset;
    if (there < HEADER_BYTES) {
      return new Decoded.Torn(HEADER_BYTES - there);
    }
    var header = ByteBuffer.wrap(source, offset, HEADER_BYTES).slice();
    if (header.getLong(0) != MAGIC) {
      return new Decoded.Bad("no record begins here");
    }
    int bodyBytes = header.getInt(BODY_AT);
    if (bodyBytes < 0 || bodyBytes > BODY_BYTES_MAX) {
      return new Decoded.Bad("no record is " + bodyBytes + " bytes long");
    }
    int bytes = HEADER_BYTES + bodyBytes + TRAILER_BYTES;
    if (there < bytes) {
      return new Decoded.Torn(bytes - there);
    }
    int sumAt = HEADER_BYTES + bodyBytes;
    if (ByteBuffer.wrap(source, offset, bytes).slice().getInt(sumAt)
        != checksum(source, offset, sumAt)) {
      return new Decoded.Bad("its checksum is wrong");
    }
    return authentic(source, offset, bytes, header, keys);
  }

  /// Where from `offset` on a record may begin, if only in part; else the end.
  public static int find(byte[] source, int offset) {
    for (int at = offset; at < source.length; at++) {
      int same = 0;
      while (same < Long.BYTES
          && at + same < source.length
          && source[at + same] == (byte) (MAGIC >>> (Long.SIZE - Byte.SIZE * (same + 1)))) {
        same++;
      }
      if (same == Long.BYTES || at + same == source.length) {
        return at;
      }
    }
    return source.length;
  }

  private static Decoded authentic(
      byte[] source, int offset, int bytes, ByteBuffer header, KeyRing keys) {
    if (header.getShort(FORMAT_AT) != FORMAT) {
      return new Decoded.Unknown("format " + header.getShort(FORMAT_AT));
    }
    var key = keys.find(header.getInt(KEY_AT));
    if (key == null) {
      return new Decoded.Unknown("key " + Integer.toHexString(header.getInt(KEY_AT)));
    }
    int macAt = bytes - ClusterKey.MAC_BYTES;
    var mac = Arrays.copyOfRange(source, offset + macAt, offset + bytes);
    if (!MessageDigest.isEqual(key.mac(Purpose.JOURNAL, source, offset, macAt), mac)) {
      return new Decoded.Bad("its MAC is not ours");
    }
    return parse(source, offset, bytes, header);
  }

  private static Decoded parse(byte[] source, int offset, int bytes, ByteBuffer header) {
    int length = bytes - HEADER_BYTES - TRAILER_BYTES;
    var body = new String(source, offset + HEADER_BYTES, length, StandardCharsets.UTF_8);
    for (var kind : Kind.values()) {
      if (kind.code == header.get(KIND_AT)) {
        try {
          return new Decoded.Ok(
              new JournalRecord(
                  kind,
                  header.getLong(LIFE_AT),
                  header.getLong(FIRST_AT),
                  header.getLong(LAST_AT),
                  header.getInt(ENTRIES_AT),
                  body),
              bytes);
        } catch (IllegalArgumentException e) {
          return new Decoded.Bad(String.valueOf(e.getMessage()));
        }
      }
    }
    return new Decoded.Unknown("kind " + header.get(KIND_AT));
  }

  private static int checksum(byte[] source, int offset, int length) {
    var sum = new CRC32C();
    sum.update(source, offset, length);
    return (int) sum.getValue();
  }

  @Override
  public String toString() {
    return kind + "[" + firstSeq + ".." + lastSeq + ", " + entries + " entries]";
  }
}
