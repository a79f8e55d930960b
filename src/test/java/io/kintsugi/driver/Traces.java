package io.kintsugi.driver;

import java.io.PrintWriter;
import java.io.StringWriter;

/// All that a log could show of an exception.
final class Traces {
  private Traces() {}

  static String of(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
