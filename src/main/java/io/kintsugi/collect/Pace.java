package io.kintsugi.collect;

import io.kintsugi.kernel.Pure;
import java.time.Duration;

/// How fast an origin is cleared: so many names a second, and never more than a fifth of the time,
/// so that an origin that is slow because others need it is left alone for longer.
@Pure
record Pace(int namesPerSecond) {
  private static final int REST_FACTOR = 4;
  private static final long REST_NANOS_MAX = 10_000_000_000L;

  /// How long to rest after some names, which took so long.
  Duration rest(int names, long tookNanos) {
    long due = names * 1_000_000_000L / namesPerSecond - tookNanos;
    long fair = Math.min(REST_NANOS_MAX, REST_FACTOR * tookNanos);
    return Duration.ofNanos(Math.max(1_000_000, Math.max(due, fair)));
  }
}
