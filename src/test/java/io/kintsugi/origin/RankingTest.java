package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.origin.Placing.Reason;
import io.kintsugi.origin.Placing.Strategy;
import io.kintsugi.origin.Placing.Verdict;
import io.kintsugi.route.Spread;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The seven strategies (C1, C2), each by what it goes by.
class RankingTest {
  private static final long TOTAL = 1000L << 30;
  private static final int KEYS = 1_000_000;

  private final List<OriginState> origins = new ArrayList<>();
  private final Map<String, OriginDefinition> definitions = new HashMap<>();
  private PoolConfig pool = PoolConfig.DEFAULT;

  private RankingTest add(String id, OriginDefinition definition, String health, long free) {
    definitions.put(id, definition);
    origins.add(
        new OriginState(
            id,
            "local",
            "/" + id,
            id,
            definition.priority(),
            health,
            "ours",
            "1".repeat(16),
            !health.equals("unhealthy"),
            TOTAL,
            free,
            -1,
            10,
            10,
            0,
            Instant.EPOCH,
            null,
            null,
            List.of()));
    return this;
  }

  private RankingTest add(String id) {
    return add(id, with(id, 0, null, 1), "healthy", TOTAL);
  }

  private static OriginDefinition with(
      String id, double cost, @Nullable Long threshold, double weight) {
    return plain(id).draft().costPerGb(cost).sizeThresholdBytes(threshold).weight(weight).done();
  }

  private static OriginDefinition plain(String id) {
    return OriginDefinition.of(id, "local", Map.of()).draft().reserveBytes(0L).done();
  }

  private Placing.Decision decide(Strategy strategy, int count, long size, long spread) {
    return Placing.decide(
        origins, definitions, pool, new Place(count, List.of(), "", size, spread), strategy);
  }

  private List<String> chosen(Strategy strategy, int count, long size, long spread) {
    return decide(strategy, count, size, spread).chosen().stream()
        .map(OriginRef::originId)
        .toList();
  }

  private void sized(String id, @Nullable Long threshold) {
    add(id, with(id, 0, threshold, 1), "healthy", TOTAL);
  }

  @Test
  @DisplayName("C1: SizeBased goes by thresholds, and overflows into the next tier")
  void sizesGoByTheirTier() {
    sized("small", null);
    sized("medium", 1_000L);
    sized("large", 1_000_000L);
    for (long spread = 0; spread < 9; spread++) {
      assertThat(chosen(Strategy.SIZE_BASED, 1, 999, spread)).containsExactly("small");
      assertThat(chosen(Strategy.SIZE_BASED, 1, 1_000, spread)).containsExactly("medium");
      assertThat(chosen(Strategy.SIZE_BASED, 1, 2_000_000, spread)).containsExactly("large");
      assertThat(chosen(Strategy.SIZE_BASED, 3, 2_000_000, spread))
          .containsExactly("large", "medium", "small");
      assertThat(chosen(Strategy.SIZE_BASED, 2, 5, spread)).containsExactly("small", "medium");
    }
  }

  @Test
  @DisplayName("C1: CostAware takes the cheapest first")
  void theCheapestComesFirst() {
    add("dear", with("dear", 0.2, null, 1), "healthy", TOTAL);
    add("cheap", with("cheap", 0.01, null, 1), "healthy", TOTAL);
    add("fair", with("fair", 0.05, null, 1), "healthy", TOTAL);
    assertThat(chosen(Strategy.COST_AWARE, 3, 10, 4)).containsExactly("cheap", "fair", "dear");
  }

  @Test
  @DisplayName("test_pool_replicated")
  void replicatedTakesAllThatCanBeWritten() {
    add("a").add("b").add("c");
    add("ill", with("ill", 0, null, 1), "unhealthy", TOTAL);
    assertThat(chosen(Strategy.REPLICATED, 1, 10, 0)).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  @DisplayName("C1: LeastLoaded counts what must be left free as used")
  void theEmptiestComesFirst() {
    add("full", with("full", 0, null, 1), "healthy", TOTAL / 10);
    add("empty", with("empty", 0, null, 1), "healthy", TOTAL);
    assertThat(chosen(Strategy.LEAST_LOADED, 1, 10, 3)).containsExactly("empty");
  }

  @Test
  @DisplayName("C1: LatencyAware now and then tries another")
  void aTryIsMadeNowAndThen() {
    for (int i = 0; i < 3; i++) {
      var id = "disk-" + i;
      definitions.put(id, with(id, 0, null, 1));
      origins.add(
          new OriginState(
              id,
              "local",
              "/" + id,
              id,
              100,
              "healthy",
              "ours",
              "1".repeat(16),
              true,
              TOTAL,
              TOTAL,
              -1,
              1 + i,
              10,
              0,
              Instant.EPOCH,
              null,
              null,
              List.of()));
    }
    int others = 0;
    for (long spread = 0; spread < 10_000; spread++) {
      others += chosen(Strategy.LATENCY_AWARE, 1, 10, spread).contains("disk-0") ? 0 : 1;
    }
    assertThat(others).isBetween(50, 200);
  }

  @Test
  @DisplayName("C1: removing 1 of 5 moves 20 % +- 1 % of a million keys, and only its own")
  void removingOneOfFiveMovesAFifth() {
    for (int i = 1; i <= 5; i++) {
      add("disk-" + i);
    }
    var five = ranking(0);
    var all = List.copyOf(origins);
    var four = all.stream().filter(origin -> !origin.id().equals("disk-3")).toList();
    int moved = 0;
    for (long key = 0; key < KEYS; key++) {
      var ranking = new Ranking(five.definitions(), wanted(key), Strategy.CONSISTENT_HASH, true);
      var before = ranking.order(all).getFirst().id();
      var after = ranking.order(four).getFirst().id();
      if (!before.equals(after)) {
        moved++;
        assertThat(before).isEqualTo("disk-3");
      }
    }
    assertThat(moved / (double) KEYS).isBetween(0.19, 0.21);
  }

  private Ranking ranking(long key) {
    return new Ranking(definitions, wanted(key), Strategy.CONSISTENT_HASH, true);
  }

  private static Place wanted(long key) {
    return new Place(1, List.of(), "", 10, Spread.of("photos", "2026/" + key + ".jpg", 0));
  }

  @Test
  @DisplayName("C1: weights share the keys out, and one that is ill leaves its keys to the next")
  void weightsAndIllnessInRendezvous() {
    add("light", with("light", 0, null, 1), "healthy", TOTAL);
    add("heavy", with("heavy", 0, null, 3), "healthy", TOTAL);
    int heavy = 0;
    int keys = 20_000;
    for (long key = 0; key < keys; key++) {
      heavy += ranking(key).order(origins).getFirst().id().equals("heavy") ? 1 : 0;
    }
    assertThat(heavy / (double) keys).isBetween(0.73, 0.77);
    add("ill", with("ill", 0, null, 1), "unhealthy", TOTAL);
    for (long key = 0; key < 50; key++) {
      var order = ranking(key).order(origins).stream().map(OriginState::id).toList();
      var first = order.stream().filter(id -> !id.equals("ill")).findFirst().orElseThrow();
      assertThat(chosen(Strategy.CONSISTENT_HASH, 1, 10, wanted(key).spread()))
          .containsExactly(first);
    }
  }

  @Test
  @DisplayName("C3: without automatic failover the place of one that is ill stays empty")
  void withoutFailoverAPlaceStaysEmpty() {
    add("a").add("b");
    add("ill", with("ill", 0, null, 1), "unhealthy", TOTAL);
    assertThat(chosen(Strategy.ROUND_ROBIN, 2, 10, 0)).containsExactlyInAnyOrder("a", "b");
    pool = new PoolConfig("RoundRobin", 1, 30_000, false, 1);
    int kept = 0;
    for (long spread = 0; spread < 3; spread++) {
      var decision = decide(Strategy.ROUND_ROBIN, 2, 10, spread);
      if (decision.verdicts().contains(new Verdict("ill", Reason.PLACE_KEPT))) {
        kept++;
        assertThat(decision.chosen()).hasSize(1);
      } else {
        assertThat(decision.chosen()).hasSize(2);
      }
    }
    assertThat(kept).isEqualTo(2);
  }

  @Test
  @DisplayName("test_select_by_priority")
  void priorityDominates() {
    add("second", definition("second", 2), "healthy", TOTAL);
    add("first", definition("first", 1), "healthy", TOTAL);
    for (var strategy :
        List.of(
            Strategy.ROUND_ROBIN,
            Strategy.LEAST_LOADED,
            Strategy.COST_AWARE,
            Strategy.LATENCY_AWARE)) {
      assertThat(chosen(strategy, 1, 10, 1)).containsExactly("first");
    }
  }

  private static OriginDefinition definition(String id, int priority) {
    return plain(id).draft().priority(priority).done();
  }
}
