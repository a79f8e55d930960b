package io.kintsugi.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Trying again (B6), in simulated time.
class RetriesTest {
  private final SimulatedTime time = new SimulatedTime(null);
  private final List<Long> triedMillis = new ArrayList<>();

  private Future<String> run(FailureCode code, int wellAtTry) {
    return Retries.run(
        time,
        Retries.DELAYS,
        () -> {
          triedMillis.add(time.nanos() / 1_000_000);
          return triedMillis.size() == wellAtTry
              ? Future.succeededFuture("well")
              : Future.failedFuture(Failure.of(code, "not now"));
        });
  }

  @Test
  @DisplayName("test_retry_delays_match_spec")
  void delays() {
    assertThat(Retries.DELAYS)
        .containsExactly(Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofMillis(2_000));
    var outcome = run(FailureCode.UNAVAILABLE, -1);
    time.pass(Duration.ofSeconds(10));
    assertThat(triedMillis).containsExactly(0L, 100L, 600L, 2_600L);
    assertThat(outcome.failed()).isTrue();
  }

  @Test
  @DisplayName("test_retry_config_default")
  void byDefault() {
    assertThat(Retries.DELAYS).hasSize(3);
    assertThat(Retries.DELAYS.getFirst()).isEqualTo(Duration.ofMillis(100));
  }

  /// Each pause is what it is said to be, and no product of the one before.
  @Test
  @DisplayName("test_backoff_calculation")
  void pauses() {
    run(FailureCode.UNAVAILABLE, -1);
    time.pass(Duration.ofSeconds(10));
    var pauses = new ArrayList<Long>();
    for (int retry = 1; retry < triedMillis.size(); retry++) {
      pauses.add(triedMillis.get(retry) - triedMillis.get(retry - 1));
    }
    assertThat(pauses).containsExactly(100L, 500L, 2_000L);
  }

  @Test
  @DisplayName("test_retry_with_backoff")
  void untilItGoesWell() {
    var outcome = run(FailureCode.TIMEOUT, 3);
    time.pass(Duration.ofMillis(599));
    assertThat(outcome.isComplete()).isFalse();
    time.pass(Duration.ofSeconds(10));
    assertThat(outcome.result()).isEqualTo("well");
    assertThat(triedMillis).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"UNAVAILABLE", "TIMEOUT"},
      mode = EnumSource.Mode.EXCLUDE)
  @DisplayName("B6: what does not exist, is refused, damaged or full is not tried again")
  void neverAgain(FailureCode code) {
    assertThat(run(code, -1).failed()).isTrue();
    time.pass(Duration.ofSeconds(10));
    assertThat(triedMillis).containsExactly(0L);
  }
}
