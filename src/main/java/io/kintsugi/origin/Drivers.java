package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets go of drivers that hold something open.
final class Drivers {
  private static final Logger LOG = LoggerFactory.getLogger(Drivers.class);

  private Drivers() {}

  /// Ends what a driver has under way, its connections, threads and watches.
  static void close(Driver driver) throws DriverException {
    if (driver instanceof AutoCloseable open) {
      try {
        open.close();
      } catch (DriverException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        LOG.warn("driver={} did not close", driver.getClass().getSimpleName(), e);
      }
    }
  }
}
