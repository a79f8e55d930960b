package io.kintsugi.driver;

import java.io.Closeable;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closing what nobody needs any more.
final class Closing {
  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private Closing() {}

  static void quietly(Closeable thing) {
    try {
      thing.close();
    } catch (IOException | RuntimeException e) {
      LOG.debug("not closed cleanly: {}", e.getClass().getSimpleName());
    }
  }
}
