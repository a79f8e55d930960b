package io.kintsugi.route;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Decides in which order origins are turned to: the healthy ones, then the degraded, then the
/// least bad; in each of these the lower priority number first, and among equals the quicker.
@Pure
public final class Route {
  /// One in so many choices goes to the second best, so that what is known of it stays fresh.
  public static final int FRESHEN_ONE_IN = 100;

  private Route() {}

  /// The ids of all of them, the best first.
  public static List<String> order(Collection<OriginState> origins) {
    return origins.stream()
        .sorted(Comparator.<OriginState, Rank>comparing(Rank::of).thenComparing(OriginState::id))
        .map(OriginState::id)
        .toList();
  }

  /// Whether none is left that is healthy or degraded; what is unknown counts as degraded.
  public static boolean isDown(Collection<OriginState> origins) {
    return !origins.isEmpty()
        && origins.stream().allMatch(origin -> Rank.of(origin).tier() == Rank.Tier.UNHEALTHY);
  }

  /// Whether the second best may stand in for the best now and then: not where it is worse by more
  /// than its latency.
  ///
  /// @param ranks the best first
  public static boolean mayFreshen(List<Rank> ranks) {
    return ranks.size() > 1
        && ranks.get(0).tier() == Rank.Tier.HEALTHY
        && ranks.get(0).compareGrade(ranks.get(1)) == 0;
  }
}
