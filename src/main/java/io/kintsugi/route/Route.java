package io.kintsugi.route;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/// Decides in which order origins are tried: the healthy ones, then the degraded, then the least
/// bad; in each of these the lower priority number first, and among equals the quicker.
@Pure
public final class Route {
  /// One in so many choices goes to the second best, so that what is known of it stays fresh.
  public static final int FRESHEN_ONE_IN = 100;

  private Route() {}

  /// Why an origin stands where it stands.
  public enum Reason {
    HEALTHY,
    /// It stands before a better one, to be measured.
    FRESHENED,
    DEGRADED,
    /// Unhealthy: only if nobody else can.
    LEAST_BAD
  }

  /// One origin to be tried.
  public record Choice(String originId, Reason reason, Rank rank) {}

  /// Puts all of them in order.
  ///
  /// @param freshen whether this one is the rare choice that goes to the second best
  public static List<Choice> order(Collection<OriginState> origins, boolean freshen) {
    var choices = new ArrayList<Choice>();
    origins.stream()
        .map(origin -> choice(origin.id(), Rank.of(origin)))
        .sorted(Comparator.comparing(Choice::rank).thenComparing(Choice::originId))
        .forEach(choices::add);
    if (freshen && mayFreshen(choices.stream().map(Choice::rank).toList())) {
      Collections.swap(choices, 0, 1);
      var first = choices.getFirst();
      choices.set(0, new Choice(first.originId(), Reason.FRESHENED, first.rank()));
    }
    return List.copyOf(choices);
  }

  private static Choice choice(String originId, Rank rank) {
    var reason =
        switch (rank.tier()) {
          case HEALTHY -> Reason.HEALTHY;
          case DEGRADED -> Reason.DEGRADED;
          case UNHEALTHY -> Reason.LEAST_BAD;
        };
    return new Choice(originId, reason, rank);
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
