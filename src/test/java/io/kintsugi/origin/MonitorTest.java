package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kintsugi.contract.OriginHealthContract.HealthError;
import io.kintsugi.contract.OriginHealthContract.Transition;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The health of one origin over time, simulated (B4).
class MonitorTest {
  private final SimulatedTime time = new SimulatedTime(null);
  private final List<Long> probedMillis = new ArrayList<>();
  private @Nullable String fault;
  private final Monitor monitor =
      new Monitor(time, HealthRules.LOCAL, () -> Duration.ofSeconds(30), this::probe);

  private void probe() {
    probedMillis.add(time.nanos() / 1_000_000);
    monitor.probed(fault, 5_000_000, false);
    monitor.settle(null);
  }

  private static Failure failure(String text) {
    return Failure.of(FailureCode.UNAVAILABLE, text);
  }

  @Test
  @DisplayName("B4: each origin is probed every 30 s, give or take a fifth")
  void everyThirtySeconds() {
    probe();
    time.pass(Duration.ofMinutes(60));
    assertThat(probedMillis).hasSizeBetween(100, 150);
    for (int i = 1; i < probedMillis.size(); i++) {
      assertThat(probedMillis.get(i) - probedMillis.get(i - 1)).isBetween(24_000L, 36_000L);
    }
    assertThat(probedMillis.stream().map(millis -> millis % 1_000).distinct().count())
        .isGreaterThan(20);
    assertThat(monitor.told()).isEqualTo(Health.Word.HEALTHY);
    assertThat(monitor.probes().failed()).isZero();
    assertThat(monitor.probes().lastMillis()).isEqualTo(5);
  }

  @Test
  @DisplayName("B4: what ordinary work meets counts at once, and is looked into at once")
  void workCountsFirst() {
    probe();
    fault = "gone";
    monitor.workFailed(Operation.READ, failure("Input/output error"));
    monitor.settle(null);
    assertThat(monitor.told()).isEqualTo(Health.Word.UNHEALTHY);
    time.pass(Duration.ofMillis(1));
    assertThat(probedMillis).hasSize(2);
    assertThat(monitor.errors())
        .extracting(HealthError::operation, HealthError::message)
        .containsExactly(tuple("read", "Input/output error"), tuple("probe", "gone"));
    fault = null;
    time.pass(Duration.ofMillis(2_500));
    assertThat(monitor.told()).isEqualTo(Health.Word.HEALTHY);
  }

  /// A client asks ten times a second, and turns elsewhere while it is told that this one is ill.
  @Test
  @DisplayName(
      "test_health_check: of an origin that flaps every 5 s for 5 minutes clients see little")
  void flapping() {
    probe();
    int asked = 0;
    int failed = 0;
    for (int tenth = 0; tenth < 3_000; tenth++) {
      fault = tenth / 50 % 2 == 1 ? "down" : null;
      if (monitor.told().isUsable()) {
        asked++;
        if (fault == null) {
          monitor.workSucceeded();
        } else {
          failed++;
          monitor.workFailed(Operation.READ, failure("down"));
          monitor.settle(null);
        }
      }
      time.pass(Duration.ofMillis(100));
    }
    assertThat(failed).isBetween(1, 5);
    assertThat(asked).isGreaterThan(60);
    // The first of them is that it came to be known.
    assertThat(monitor.transitions()).hasSizeBetween(2, 10);
    assertThat(monitor.told()).isEqualTo(Health.Word.UNHEALTHY);
    assertThat(monitor.ejectedUntil()).isNotNull();
    fault = null;
    time.pass(Duration.ofMinutes(5));
    assertThat(monitor.told()).isEqualTo(Health.Word.HEALTHY);
    assertThat(monitor.ejectedUntil()).isNull();
  }

  @Test
  void anOperatorsWordHoldsUntilItsTime() {
    probe();
    var until = time.clock().instant().plusSeconds(60);
    monitor.force(Health.Word.UNHEALTHY, until, () -> monitor.settle(null));
    assertThat(monitor.told()).isEqualTo(Health.Word.UNHEALTHY);
    assertThat(monitor.forcedUntil()).isEqualTo(until);
    assertThat(monitor.reason(null)).contains("operator");
    time.pass(Duration.ofSeconds(59));
    assertThat(monitor.told()).isEqualTo(Health.Word.UNHEALTHY);
    time.pass(Duration.ofSeconds(1));
    assertThat(monitor.told()).isEqualTo(Health.Word.HEALTHY);
    monitor.force(Health.Word.UNHEALTHY, until.plusSeconds(60), () -> monitor.settle(null));
    monitor.force(null, null, () -> monitor.settle(null));
    assertThat(monitor.told()).isEqualTo(Health.Word.HEALTHY);
    assertThat(monitor.transitions())
        .extracting(Transition::to)
        .containsExactly("healthy", "unhealthy", "healthy", "unhealthy", "healthy");
  }
}
