package io.kintsugi.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.OriginState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// In which order origins are tried (B3, B5).
class RouteTest {
  private final List<OriginState> origins = new ArrayList<>();

  private void origin(String id, String health, int priority, double p50, int failures) {
    origin(id, health, priority, p50, failures, List.of());
  }

  private void origin(
      String id, String health, int priority, double p50, int failures, List<String> flags) {
    origins.add(
        new OriginState(
            id,
            "local",
            "/" + id,
            id,
            priority,
            health,
            "ours",
            "1".repeat(16),
            true,
            1,
            1,
            1,
            p50,
            p50,
            failures,
            Instant.EPOCH,
            null,
            null,
            flags));
  }

  private List<String> order() {
    return Route.order(origins);
  }

  @Test
  @DisplayName("test_select_by_priority")
  void byPriority() {
    origin("low", "healthy", 2, 10, 0);
    origin("high", "healthy", 1, 1_000, 0);
    assertThat(order()).containsExactly("high", "low");
  }

  @Test
  @DisplayName("test_route_by_priority")
  void primaryBeforeBackup() {
    origin("backup", "healthy", 2, 10, 0);
    origin("primary", "healthy", 1, 10, 0);
    assertThat(order()).startsWith("primary");
  }

  @Test
  @DisplayName("test_select_skips_unhealthy")
  void skipsUnhealthy() {
    origin("high", "unhealthy", 1, 10, 5);
    origin("low", "healthy", 2, 10, 0);
    assertThat(order()).containsExactly("low", "high");
  }

  @Test
  @DisplayName("test_latency_affects_tiebreak")
  void latencyBreaksTies() {
    origin("a", "healthy", 1, 100, 0);
    origin("b", "healthy", 1, 10, 0);
    assertThat(order()).containsExactly("b", "a");
  }

  @Test
  @DisplayName("test_all_origins_unhealthy")
  void leastBad() {
    origin("a", "unhealthy", 1, 1, 7);
    origin("b", "unhealthy", 2, 9, 3);
    origin("c", "unhealthy", 1, 9, 3);
    assertThat(order()).containsExactly("c", "b", "a");
  }

  @Test
  @DisplayName("B5: healthy, then degraded and unknown alike, then the least bad")
  void fallback() {
    origin("ill", "unhealthy", 1, 1, 1);
    origin("unknown", "unknown", 2, 1, 0);
    origin("poor", "degraded", 3, 1, 0);
    origin("well", "healthy", 9, 900, 0);
    assertThat(order()).containsExactly("well", "unknown", "poor", "ill");
  }

  @Test
  void whatOnlyCannotBeWrittenIsReadLikeAnyOther() {
    origin("full", "degraded", 1, 1, 0, List.of("full", "draining"));
    origin("well", "healthy", 2, 1, 0);
    origin("hung", "degraded", 1, 1, 0, List.of("full", "hung"));
    assertThat(order()).containsExactly("full", "well", "hung");
  }

  @Test
  void onlyAnEquallyGoodOneIsTriedNowAndThenInPlaceOfTheBest() {
    var best = new Rank(Rank.Tier.HEALTHY, 0, 1, 1);
    assertThat(Route.mayFreshen(List.of(best, new Rank(Rank.Tier.HEALTHY, 0, 1, 9)))).isTrue();
    assertThat(Route.mayFreshen(List.of(best, new Rank(Rank.Tier.HEALTHY, 0, 2, 1)))).isFalse();
    assertThat(Route.mayFreshen(List.of(best, best.dawdling()))).isFalse();
    assertThat(Route.mayFreshen(List.of(best))).isFalse();
  }

  @Test
  void anOriginThatNobodyTellsOfComesAfterTheHealthy() {
    assertThat(Rank.of(null).tier()).isEqualTo(Rank.Tier.DEGRADED);
    assertThat(new Rank(Rank.Tier.HEALTHY, 0, 1, 1).dawdling().tier())
        .isEqualTo(Rank.Tier.DEGRADED);
    assertThat(new Rank(Rank.Tier.UNHEALTHY, 0, 1, 1).dawdling().tier())
        .isEqualTo(Rank.Tier.UNHEALTHY);
  }
}
