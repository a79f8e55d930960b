package io.kintsugi.tree;

import io.kintsugi.kernel.Pure;
import java.util.Comparator;

/// The order of the UTF-8 bytes of keys. It differs from that of Java's strings where one has a
/// character beyond U+FFFF and the other one of U+E000 to U+FFFF.
@Pure
final class KeyOrder {
  static final Comparator<String> INSTANCE = KeyOrder::compare;

  private KeyOrder() {}

  static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean far = Character.isSurrogate(x);
        return far == Character.isSurrogate(y) ? Character.compare(x, y) : far ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  static boolean isBefore(String a, String b) {
    return compare(a, b) < 0;
  }
}
