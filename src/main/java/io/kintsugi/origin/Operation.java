package io.kintsugi.origin;

import java.util.Locale;

/// What is asked of an origin, as far as its health tells kinds apart.
enum Operation {
  READ,
  WRITE,
  LIST,
  PROBE;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
