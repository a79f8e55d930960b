package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// When a further shard is read beside one that is late (G3).
class HedgeTest {
  private static final long MILLI = 1_000_000;

  @Test
  void aLateShardIsReadElsewhereWhileTheBudgetLasts() {
    assertThat(Hedge.decide(6, 1, 6, 1, 8, 1)).isEqualTo(Hedge.READ_ANOTHER);
    assertThat(Hedge.decide(6, 1, 6, 1, 8, 0.99)).isEqualTo(Hedge.NO_BUDGET);
    assertThat(Hedge.decide(1, 1, 1, 0, 3, 1)).isEqualTo(Hedge.READ_ANOTHER);
  }

  @Test
  void whenMostDawdleOrAreIllNothingMoreIsRead() {
    assertThat(Hedge.decide(6, 4, 6, 0, 8, 8)).isEqualTo(Hedge.ALL_DAWDLE);
    assertThat(Hedge.decide(6, 3, 6, 0, 8, 8)).isEqualTo(Hedge.READ_ANOTHER);
    assertThat(Hedge.decide(6, 1, 1, 0, 8, 8)).isEqualTo(Hedge.READ_ANOTHER);
    assertThat(Hedge.decide(6, 1, 6, 5, 8, 8)).isEqualTo(Hedge.POOL_IS_ILL);
    assertThat(Hedge.decide(6, 1, 6, 4, 8, 8)).isEqualTo(Hedge.READ_ANOTHER);
  }

  @Test
  void fiveOfAHundredReadsAreLateAndMakeNoDawdler() {
    var times = new ReadTimes();
    for (int i = 0; i < 100; i++) {
      assertThat(times.isMeasured()).isEqualTo(i >= 10);
      times.took(i * MILLI, i % 20 == 0, 0);
    }
    assertThat(times.p95Nanos()).isEqualTo(94 * MILLI);
    assertThat(times.dawdles(0)).isFalse();
  }

  @Test
  void whoIsLateHalfTheTimeDawdlesAndIsTriedAgainAfterAWhile() {
    var times = new ReadTimes();
    for (int i = 0; i < 4; i++) {
      assertThat(times.dawdles(0)).isFalse();
      times.took(1_500 * MILLI, true, 0);
    }
    assertThat(times.dawdles(30_000 * MILLI)).isTrue();
    assertThat(times.dawdles(30_001 * MILLI)).isFalse();
    assertThat(times.dawdles(30_001 * MILLI)).isFalse();
  }
}
