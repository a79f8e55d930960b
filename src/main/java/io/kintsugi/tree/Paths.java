package io.kintsugi.tree;

import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;

/// Keys of a tree as paths on its origins.
@Pure
final class Paths {
  /// No file system here has longer names.
  private static final int SEGMENT_BYTES_MAX = 255;

  private Paths() {}

  /// Whether a file can bear this key at all. What cannot is not there, whatever origins say.
  static boolean isPossible(String key) {
    if (key.isEmpty()) {
      return false;
    }
    for (var segment : key.split("/", -1)) {
      if (segment.isEmpty()
          || segment.equals(".")
          || segment.equals("..")
          || segment.indexOf('\0') >= 0
          || segment.getBytes(StandardCharsets.UTF_8).length > SEGMENT_BYTES_MAX) {
        return false;
      }
    }
    return true;
  }

  /// Where a key lies on an origin.
  static String of(Source source, String key) {
    return source.path().isEmpty() ? key : source.path() + "/" + key;
  }
}
