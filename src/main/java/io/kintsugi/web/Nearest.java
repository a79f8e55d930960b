package io.kintsugi.web;

import io.kintsugi.kernel.Pure;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// What somebody who mistyped a path may have meant.
@Pure
public final class Nearest {
  private static final int SHOWN = 3;
  private static final int LENGTH_MAX = 200;

  private Nearest() {}

  /// At most three paths, best first.
  public static List<String> to(String wanted, Collection<String> paths) {
    var text = wanted.length() > LENGTH_MAX ? wanted.substring(0, LENGTH_MAX) : wanted;
    return paths.stream()
        .distinct()
        .sorted(
            Comparator.<String>comparingInt(path -> distance(text, path))
                .thenComparing(Comparator.naturalOrder()))
        .limit(SHOWN)
        .toList();
  }

  /// How many letters have to change.
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], above) + 1, diagonal + change);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
