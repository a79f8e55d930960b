package io.kintsugi.catalog;

import io.kintsugi.kernel.Pure;

/// Whether the rows are to be counted again for somebody who asks how safe everything is. What
/// takes no time is counted anew for each; where there are millions of rows, counting takes one
/// part of the time in ten, and those who ask meanwhile get the last count.
@Pure
enum Recount {
  /// The last count says nothing of now.
  NEEDED,
  /// A count is under way that began just now.
  JOIN,
  /// The last count will do unless something was found since that leaves less than it told.
  UNLESS_WORSE;

  /// What takes no longer is counted anew for each who asks.
  static final long CHEAP_NANOS = 250_000_000;

  private static final int REST = 10;

  /// A count of the same origins.
  ///
  /// @param ageNanos since it began
  /// @param tookNanos how long it took; negative while it is under way
  static Recount decide(long ageNanos, long tookNanos) {
    if (tookNanos < 0) {
      return ageNanos > CHEAP_NANOS ? JOIN : NEEDED;
    }
    boolean old = tookNanos <= CHEAP_NANOS || ageNanos > REST * tookNanos;
    return old ? NEEDED : UNLESS_WORSE;
  }
}
