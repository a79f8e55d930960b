package io.kintsugi.driver;

import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/// Names that files bear until they are published.
public final class Passing {
  private static final String PREFIX = ".kintsugi-";
  private static final String SUFFIX = ".part";

  private Passing() {}

  /// Whether this last segment of a path is of that sort. After a process died such a file is
  /// nobody's, and may be removed once it is older than any writing can last.
  public static boolean is(String segment) {
    var name = segment.toLowerCase(Locale.ROOT);
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
  }

  /// A name in the same folder that nothing bears yet, as far as chance can tell.
  static String beside(String name) {
    var folder = name.substring(0, name.lastIndexOf('/') + 1);
    return folder
        + PREFIX
        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong())
        + SUFFIX;
  }
}
