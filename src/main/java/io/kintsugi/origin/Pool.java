package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// What can be said of all origins together.
@Pure
final class Pool {
  private Pool() {}

  /// Whether none is left that is healthy or degraded; what is unknown counts as degraded.
  static boolean isDown(Collection<OriginState> origins) {
    return !origins.isEmpty()
        && origins.stream().allMatch(origin -> origin.health().equals("unhealthy"));
  }

  /// The least bad first: fewest failures in a row, then the lower priority number.
  static List<String> leastBadFirst(Collection<OriginState> origins) {
    return origins.stream()
        .sorted(
            Comparator.comparingInt(OriginState::consecutiveFailures)
                .thenComparingInt(OriginState::priority)
                .thenComparing(OriginState::id))
        .map(OriginState::id)
        .toList();
  }
}
