package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.origin.Gate.Outcome;
import io.kintsugi.origin.Gate.State;
import org.junit.jupiter.api.Test;

/// What a breaker lets through beyond failures in a row (B6).
class GateTest {
  private Gate gate = Gate.CLOSED;

  private void saw(Outcome outcome, int times) {
    for (int i = 0; i < times; i++) {
      gate = gate.saw(outcome, 0, 2_000);
    }
  }

  private boolean admit(long nowMillis) {
    var admission = gate.admit(nowMillis);
    gate = admission.gate();
    return admission.admitted();
  }

  @Test
  void aFewSlowCallsSayNothing() {
    saw(Outcome.SLOW, 9);
    assertThat(gate.state()).isEqualTo(State.CLOSED);
    assertThat(admit(0)).isTrue();
  }

  @Test
  void halfOfTheCallsBeingSlowOpensIt() {
    saw(Outcome.WELL, 10);
    saw(Outcome.SLOW, 9);
    assertThat(gate.state()).isEqualTo(State.CLOSED);
    saw(Outcome.SLOW, 1);
    assertThat(gate.state()).isEqualTo(State.OPEN);
    assertThat(gate.count(Outcome.SLOW)).isEqualTo(10);
    assertThat(admit(1_999)).isFalse();
  }

  @Test
  void onlyTheLastTwentyCount() {
    saw(Outcome.SLOW, 4);
    saw(Outcome.WELL, 30);
    assertThat(gate.calls()).isEqualTo(Gate.WINDOW);
    assertThat(gate.count(Outcome.SLOW)).isZero();
    assertThat(gate.count(Outcome.WELL)).isEqualTo(Gate.WINDOW);
  }

  @Test
  void afterItsTimeAFewTryAndAllOfThemMustGoWell() {
    gate = gate.opened(0, 2_000);
    for (int i = 0; i < Gate.TRIALS; i++) {
      assertThat(admit(2_000)).isTrue();
    }
    assertThat(admit(2_000)).isFalse();
    gate = gate.saw(Outcome.WELL, 2_100, 2_000).left();
    assertThat(gate.state()).isEqualTo(State.HALF_OPEN);
    assertThat(admit(2_100)).isTrue();
    gate = gate.saw(Outcome.WELL, 2_100, 2_000).left();
    gate = gate.saw(Outcome.WELL, 2_100, 2_000).left();
    assertThat(gate).isEqualTo(Gate.CLOSED);
  }

  @Test
  void oneTrialThatFailsOpensItAgain() {
    gate = gate.opened(0, 2_000);
    assertThat(admit(2_000)).isTrue();
    gate = gate.saw(Outcome.FAILED, 2_500, 2_000).left();
    assertThat(admit(4_499)).isFalse();
    assertThat(admit(4_500)).isTrue();
  }

  @Test
  void anOriginThatIsWellAgainIsTriedAtOnce() {
    gate = gate.opened(0, 2_000).tried();
    assertThat(admit(0)).isTrue();
    assertThat(Gate.CLOSED.tried()).isEqualTo(Gate.CLOSED);
  }
}
