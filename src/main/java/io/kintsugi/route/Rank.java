package io.kintsugi.route;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import java.util.Comparator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How good an origin is to read from; the lower the better.
///
/// @param tier what its health comes to
/// @param failures in a row; they tell unhealthy origins apart, and no others
/// @param priority lower is preferred, and dominates every latency
/// @param latencyMillis p50 of its last operations
@Pure
public record Rank(Tier tier, int failures, int priority, double latencyMillis)
    implements Comparable<Rank> {
  /// Best first.
  public enum Tier {
    HEALTHY,
    /// Unknown counts as degraded.
    DEGRADED,
    UNHEALTHY
  }

  /// What keeps an origin from taking shards, and not from giving them.
  private static final Set<String> OF_WRITING =
      Set.of(OriginState.FULL, OriginState.READ_ONLY, OriginState.DRAINING);

  private static final Comparator<Rank> GRADE =
      Comparator.comparing(Rank::tier)
          .thenComparingInt(rank -> rank.tier == Tier.UNHEALTHY ? rank.failures : 0)
          .thenComparingInt(Rank::priority);

  private static final Comparator<Rank> ORDER = GRADE.thenComparingDouble(Rank::latencyMillis);

  /// Of an origin as it was last heard of.
  ///
  /// @param state null: never
  public static Rank of(@Nullable OriginState state) {
    return state == null
        ? new Rank(Tier.DEGRADED, 0, Integer.MAX_VALUE, Double.MAX_VALUE)
        : new Rank(
            tierOf(state), state.consecutiveFailures(), state.priority(), state.latencyP50Millis());
  }

  private static Tier tierOf(OriginState state) {
    return switch (state.health()) {
      case "healthy" -> Tier.HEALTHY;
      case "unhealthy" -> Tier.UNHEALTHY;
      default -> isHamperedInWriting(state) ? Tier.HEALTHY : Tier.DEGRADED;
    };
  }

  private static boolean isHamperedInWriting(OriginState state) {
    boolean told = !state.flags().isEmpty() && OF_WRITING.containsAll(state.flags());
    return state.health().equals("degraded") && state.consecutiveFailures() == 0 && told;
  }

  /// The same, but not better than degraded: it is slower than its siblings.
  public Rank dawdling() {
    return tier == Tier.HEALTHY ? new Rank(Tier.DEGRADED, failures, priority, latencyMillis) : this;
  }

  /// Compares all but the latency: who is equal in this need not be told apart at any cost.
  public int compareGrade(Rank other) {
    return GRADE.compare(this, other);
  }

  @Override
  public int compareTo(Rank other) {
    return ORDER.compare(this, other);
  }
}
