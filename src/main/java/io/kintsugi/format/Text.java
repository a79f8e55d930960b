package io.kintsugi.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.regex.Pattern;

/// The few kinds of text that the format knows, and the one order it sorts by.
final class Text {
  /// Order by the bytes of UTF-8. `String.compareTo` differs from it above U+FFFF.
  static final Comparator<String> BYTE_ORDER =
      (left, right) ->
          Arrays.compareUnsigned(
              left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));

  private static final Pattern ID = Pattern.compile("[0-9A-Za-z_-]{1,36}");

  private Text() {}

  static boolean isLowerHex(String text, int chars) {
    if (text.length() != chars) {
      return false;
    }
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  /// An id that other parts hand out: of a version, an upload.
  static boolean isId(String text) {
    return ID.matcher(text).matches();
  }

  /// Whether the text survives UTF-8 and back: it has no half of a surrogate pair.
  static boolean isUnicode(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  static int utf8Bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// Says why an argument is refused, in the one way of this package.
  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
