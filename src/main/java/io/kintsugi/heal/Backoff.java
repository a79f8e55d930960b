package io.kintsugi.heal;

import io.kintsugi.kernel.Pure;
import java.time.Duration;

/// When a task that could not be done is tried again: twice soon, because most troubles pass, then
/// ever more seldom.
@Pure
final class Backoff {
  /// What cannot be rebuilt is looked at again now and then: an origin may come back with more than
  /// it had.
  static final Duration UNRECOVERABLE = Duration.ofHours(1);

  private static final Duration FIRST = Duration.ofSeconds(5);
  private static final Duration SECOND = Duration.ofSeconds(30);
  private static final Duration THIRD = Duration.ofMinutes(1);
  private static final int DOUBLINGS_MAX = 6;

  private Backoff() {}

  /// @param attempt how often it was tried, from 1
  static Duration after(int attempt) {
    if (attempt <= 1) {
      return FIRST;
    }
    if (attempt == 2) {
      return SECOND;
    }
    return THIRD.multipliedBy(1L << Math.min(attempt - 3, DOUBLINGS_MAX));
  }
}
