package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Percent encoding exactly as signatures need it.
@Pure
final class UriText {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private UriText() {}

  /// Everything but letters, digits and `-._~` is encoded; a slash stays only where it divides.
  static String encode(String text, boolean keepSlash) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    var out = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      char c = (char) (b & 0xff);
      if (isUnreserved(c) || (keepSlash && c == '/')) {
        out.append(c);
      } else {
        out.append('%').append(HEX.toHighHexDigit(b)).append(HEX.toLowHexDigit(b));
      }
    }
    return out.toString();
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }

  /// The text behind percent signs; it must be UTF-8.
  static String decode(String encoded, boolean plusIsSpace) {
    if (encoded.indexOf('%') < 0 && encoded.indexOf('+') < 0 && isAscii(encoded)) {
      return encoded;
    }
    var bytes = ByteBuffer.allocate(encoded.length());
    int i = 0;
    while (i < encoded.length()) {
      char c = encoded.charAt(i);
      if (c == '%') {
        bytes.put((byte) hexByte(encoded, i + 1));
        i += 3;
      } else {
        bytes.put((byte) (c == '+' && plusIsSpace ? ' ' : latin1(c)));
        i++;
      }
    }
    return utf8(bytes.flip());
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static int latin1(char c) {
    if (c > 0xff) {
      throw S3Error.of(ErrorCode.INVALID_URI);
    }
    return c;
  }

  private static int hexByte(String text, int at) {
    if (at + 2 > text.length()
        || !HexFormat.isHexDigit(text.charAt(at))
        || !HexFormat.isHexDigit(text.charAt(at + 1))) {
      throw S3Error.of(ErrorCode.INVALID_URI);
    }
    return HexFormat.fromHexDigits(text, at, at + 2);
  }

  private static String utf8(ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new S3Error(
          ErrorCode.INVALID_URI, "The specified URI is not UTF-8.", java.util.Map.of());
    }
  }
}
