package io.kintsugi.tree;

import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// The names under which copies are shown that differ from the one that has the key itself: `<key>
/// (from <origin>)`. A file that really bears such a name goes first, and the copy is shown with as
/// much again behind it.
@Pure
final class Aliases {
  private static final String FROM = " (from ";
  private static final String END = ")";

  /// A key has no more stems that are looked at.
  private static final int STEMS_MAX = 8;

  private Aliases() {}

  /// @param taken whether a file really bears this key, or another copy is shown under it
  static String of(String key, String originId, Predicate<String> taken) {
    var alias = key;
    do {
      alias += FROM + originId + END;
    } while (taken.test(alias));
    return alias;
  }

  /// Every key that this one could be an alias of, longest first.
  static List<String> stems(String alias) {
    var stems = new ArrayList<String>();
    var rest = alias;
    while (rest.endsWith(END) && stems.size() < STEMS_MAX) {
      int at = rest.lastIndexOf(FROM);
      if (at <= 0) {
        break;
      }
      rest = rest.substring(0, at);
      stems.add(rest);
    }
    return stems;
  }

  /// Keys before this place in a listing whose aliases may come behind it: an alias goes on with a
  /// space, so in between lies only what goes on with a space or less.
  static List<String> before(String place) {
    var keys = new ArrayList<String>();
    keys.add(place);
    for (int i = place.length() - 1; i > 0 && keys.size() < STEMS_MAX; i--) {
      if (place.charAt(i) <= ' ') {
        keys.add(place.substring(0, i));
      }
    }
    return keys;
  }
}
