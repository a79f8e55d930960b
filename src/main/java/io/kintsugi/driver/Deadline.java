package io.kintsugi.driver;

import java.time.Duration;

/// When nobody waits any more, though several steps share the time.
record Deadline(String name, long endNanos) {
  static Deadline in(String name, Duration time) {
    return new Deadline(name, System.nanoTime() + time.toNanos());
  }

  /// What is left; fails if nothing is.
  Duration left() throws DriverException {
    long nanos = endNanos - System.nanoTime();
    if (nanos <= 0) {
      throw new DriverException(new Fault.Timeout(name));
    }
    return Duration.ofNanos(nanos);
  }
}
