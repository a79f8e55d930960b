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

  /// @param failures how often it could not be done, from 1. Claims that ended with the process
  ///   that held them say nothing about the task, and do not count
  static Duration after(int failures) {
    if (failures <= 1) {
      return FIRST;
    }
    if (failures == 2) {
      return SECOND;
    }
    return THIRD.multipliedBy(1L << Math.min(failures - 3, DOUBLINGS_MAX));
  }
}
