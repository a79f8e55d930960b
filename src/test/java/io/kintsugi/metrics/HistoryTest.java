package io.kintsugi.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/// A day of figures in a ring.
class HistoryTest {
  private static final Instant T0 = Instant.parse("2024-01-15T10:00:00Z");

  private static double[] healed(double count) {
    var sample = new double[Figure.values().length];
    sample[Figure.HEALS_COMPLETED.slot()] = count;
    return sample;
  }

  private static double increase(History history, int fromSecond, double now) {
    return history.increase(Figure.HEALS_COMPLETED, T0.plusSeconds(fromSecond), now);
  }

  @Test
  void withoutAnySampleNothingGrew() {
    assertThat(increase(new History(4), 0, 7)).isZero();
  }

  @Test
  void onlyWhatGrewWithinThePeriodCounts() {
    var history = new History(8);
    for (int i = 0; i < 5; i++) {
      history.add(T0.plusSeconds(i * 10L), healed(i * 100));
    }
    assertThat(increase(history, 25, 410)).isEqualTo(210);
    assertThat(increase(history, 100, 410)).isEqualTo(10);
  }

  @Test
  void aRestartIsNoDecrease() {
    var history = new History(8);
    history.add(T0, healed(100));
    history.add(T0.plusSeconds(10), healed(120));
    history.add(T0.plusSeconds(20), healed(5));
    assertThat(increase(history, -1, 8)).isEqualTo(20 + 5 + 3);
  }

  @Test
  void theOldestSamplesMakeRoom() {
    var history = new History(3);
    for (int i = 0; i < 10; i++) {
      history.add(T0.plusSeconds(i), healed(i));
    }
    assertThat(history.oldest()).isEqualTo(T0.plusSeconds(7));
    assertThat(increase(history, -1, 9)).isEqualTo(2);
  }
}
