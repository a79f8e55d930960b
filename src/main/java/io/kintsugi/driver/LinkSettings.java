package io.kintsugi.driver;

import java.time.Duration;

/// How connections to a server are kept.
///
/// @param connections at most so many at a time
/// @param timeout of one exchange with the server, and of making a connection as a whole
/// @param idle a connection that nobody used for so long is not used again
/// @param maxAge one that is older is not used again
public record LinkSettings(int connections, Duration timeout, Duration idle, Duration maxAge) {
  public static final LinkSettings USUAL =
      new LinkSettings(4, Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofHours(1));

  public LinkSettings {
    if (connections < 1) {
      throw new IllegalArgumentException("connections must be positive: " + connections);
    }
    for (var time : new Duration[] {timeout, idle, maxAge}) {
      if (time.isNegative() || time.isZero()) {
        throw new IllegalArgumentException("times must be positive: " + time);
      }
    }
  }

  /// The same with another time-out.
  public LinkSettings within(Duration other) {
    return new LinkSettings(connections, other, idle, maxAge);
  }
}
