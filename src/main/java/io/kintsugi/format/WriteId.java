package io.kintsugi.format;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/// The identity of one write, or of one attempt: the random id of a write session and a counter
/// within it. Its text is 32 lower-case hexadecimal digits, its order that of the bytes.
public record WriteId(long session, long counter) implements Comparable<WriteId> {
  public static final int BYTES = 16;
  public static final int TEXT_CHARS = 2 * BYTES;

  private static final HexFormat HEX = HexFormat.of();

  /// Reads the text form; anything but 32 lower-case hexadecimal digits is refused.
  public static WriteId parse(String text) {
    if (!isValid(text)) {
      throw new IllegalArgumentException("a write id is 32 lower-case hexadecimal digits");
    }
    return new WriteId(
        HexFormat.fromHexDigitsToLong(text, 0, TEXT_CHARS / 2),
        HexFormat.fromHexDigitsToLong(text, TEXT_CHARS / 2, TEXT_CHARS));
  }

  /// Whether [#parse] would take this text.
  public static boolean isValid(String text) {
    return Text.isLowerHex(text, TEXT_CHARS);
  }

  /// The 16 bytes at an offset, as an id.
  public static WriteId read(byte[] source, int offset) {
    var bytes = ByteBuffer.wrap(source, offset, BYTES);
    return new WriteId(bytes.getLong(), bytes.getLong());
  }

  /// Puts the 16 bytes at an offset.
  public void write(byte[] target, int offset) {
    ByteBuffer.wrap(target, offset, BYTES).putLong(session).putLong(counter);
  }

  public byte[] bytes() {
    var bytes = new byte[BYTES];
    write(bytes, 0);
    return bytes;
  }

  @Override
  public int compareTo(WriteId other) {
    int bySession = Long.compareUnsigned(session, other.session);
    return bySession != 0 ? bySession : Long.compareUnsigned(counter, other.counter);
  }

  @Override
  public String toString() {
    return HEX.toHexDigits(session) + HEX.toHexDigits(counter);
  }
}
