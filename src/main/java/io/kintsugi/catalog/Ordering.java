package io.kintsugi.catalog;

import io.kintsugi.kernel.Pure;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// The order of keys: by their UTF-8 bytes, which is the order of their code points. A Java string
/// compares otherwise where surrogates meet characters from U+E000 on.
@Pure
final class Ordering {
  static final Comparator<String> BY_CODE_POINT = Ordering::compare;

  private static final int FIRST_SURROGATE = 0xD800;
  private static final int BEHIND_SURROGATES = 0xE000;

  private Ordering() {}

  static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean astralX = Character.isSurrogate(x);
        boolean astralY = Character.isSurrogate(y);
        return astralX == astralY ? Character.compare(x, y) : Boolean.compare(astralX, astralY);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /// The least text behind every text that begins with `prefix`; null if there is none.
  static @Nullable String behind(String prefix) {
    int end = prefix.length();
    while (end > 0) {
      int last = prefix.codePointBefore(end);
      end -= Character.charCount(last);
      if (last < Character.MAX_CODE_POINT) {
        int next = last + 1 == FIRST_SURROGATE ? BEHIND_SURROGATES : last + 1;
        return prefix.substring(0, end) + Character.toString(next);
      }
    }
    return null;
  }

  /// The least text behind `key`: no text holds a NUL.
  static String after(String key) {
    return key + '\u0001';
  }
}
