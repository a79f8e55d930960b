package io.kintsugi.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.route.Route.Choice;
import io.kintsugi.route.Route.Reason;
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
    return Route.order(origins, false).stream().map(Choice::originId).toList();
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
    assertThat(Route.order(origins, false).getFirst().reason()).isEqualTo(Reason.HEALTHY);
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
    var choices = Route.order(origins, false);
    assertThat(choices).extracting(Choice::originId).containsExactly("c", "b", "a");
    assertThat(choices).extracting(Choice::reason).containsOnly(Reason.LEAST_BAD);
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
  void aRareChoiceKeepsTheSecondBestKnown() {
    origin("a", "healthy", 1, 1, 0);
    origin("b", "healthy", 1, 2, 0);
    origin("c", "healthy", 1, 3, 0);
    assertThat(Route.order(origins, true).getFirst())
        .extracting(Choice::originId, Choice::reason)
        .containsExactly("b", Reason.FRESHENED);
    origins.remove(1);
    origins.remove(1);
    origin("far", "healthy", 2, 1, 0);
    assertThat(Route.order(origins, true).getFirst().originId()).isEqualTo("a");
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
