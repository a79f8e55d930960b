package io.kintsugi.driver;

import java.util.Comparator;

/// The order of the UTF-8 bytes of names, in which every listing comes.
///
/// It differs from that of Java's strings where one has a character beyond U+FFFF and the other one
/// of U+E000 to U+FFFF.
public final class NameOrder {
  public static final Comparator<String> INSTANCE = NameOrder::compare;

  private NameOrder() {}

  private static int compare(String a, String b) {
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
}
