package io.kintsugi.driver;

import java.time.Duration;

/// Waiting for others who are in the way for a moment: longer each time, but not for ever.
final class Patience {
  private static final long FIRST_MILLIS = 5;
  private static final long LONGEST_MILLIS = 200;

  private final String name;
  private final long endNanos;
  private long millis = FIRST_MILLIS;

  Patience(String name, Duration whole) {
    this.name = name;
    endNanos = System.nanoTime() + whole.toNanos();
  }

  /// False if it is at its end.
  boolean pause() throws DriverException {
    if (System.nanoTime() >= endNanos) {
      return false;
    }
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DriverException(new Fault.Disconnected(name, "interrupted"), e);
    }
    millis = Math.min(LONGEST_MILLIS, millis * 2);
    return true;
  }
}
