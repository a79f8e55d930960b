package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.origin.Health.Word;
import org.junit.jupiter.api.Test;

/// Health, latency and pace in numbers (B3, B4).
class HealthTest {
  /// T16.
  @Test
  void whoCouldNotBeAskedIsAsWellAsItWasAndNoBetterThanDegraded() {
    var why = "too many open files";
    assertThat(Health.UNKNOWN.starved(why).word(1, false)).isEqualTo(Word.UNKNOWN);
    var starved = Health.UNKNOWN.probeSucceeded().starved(why);
    assertThat(starved.word(1, false)).isEqualTo(Word.DEGRADED);
    assertThat(starved.reason()).isEqualTo(why);
    assertThat(starved.probeSucceeded().word(1, false)).isEqualTo(Word.HEALTHY);
    var ill = Health.UNKNOWN.probeFailed("it is ill").starved(why);
    assertThat(ill.word(1, false)).isEqualTo(Word.UNHEALTHY);
    assertThat(ill.reason()).isEqualTo("it is ill");
  }

  @Test
  void anOriginIsUnknownUntilItWasProbed() {
    assertThat(Health.UNKNOWN.word(1, false)).isEqualTo(Word.UNKNOWN);
    assertThat(Health.UNKNOWN.workFailed("x").word(1, false)).isEqualTo(Word.UNKNOWN);
    assertThat(Health.UNKNOWN.probeSucceeded().word(1, false)).isEqualTo(Word.HEALTHY);
  }

  @Test
  void aLocalOriginIsUnhealthyAtOnceARemoteOneAtTheThirdFailure() {
    assertThat(Health.threshold("local")).isEqualTo(1);
    assertThat(Health.threshold("sftp")).isEqualTo(3);
    var health = Health.UNKNOWN.probeSucceeded().workFailed("x");
    assertThat(health.word(1, false)).isEqualTo(Word.UNHEALTHY);
    assertThat(health.word(3, false)).isEqualTo(Word.DEGRADED);
    health = health.probeFailed("y").probeFailed("z");
    assertThat(health.word(3, false)).isEqualTo(Word.UNHEALTHY);
    assertThat(health.reason()).isEqualTo("z");
    assertThat(health.probeSucceeded().word(3, false)).isEqualTo(Word.HEALTHY);
  }

  @Test
  void whatAnswersButIsHamperedIsDegraded() {
    assertThat(Health.UNKNOWN.probeSucceeded().word(1, true)).isEqualTo(Word.DEGRADED);
  }

  @Test
  void latencyIsThatOfTheLastHundred() {
    var latency = new Latency();
    assertThat(latency.millis(0.5)).isEqualTo(10);
    latency.add(7_000_000);
    assertThat(latency.millis(0.5)).isEqualTo(7);
    for (int i = 1; i <= 100; i++) {
      latency.add(i * 1_000_000L);
    }
    assertThat(latency.millis(0.5)).isEqualTo(50);
    assertThat(latency.millis(0.99)).isEqualTo(99);
  }

  @Test
  void aPaceHoldsOverManyPiecesAndSavesNothingUp() {
    var pace = new Pace(1_000, 0);
    assertThat(pace.delayMillis(500, 0)).isEqualTo(500);
    assertThat(pace.delayMillis(500, 0)).isEqualTo(1_000);
    assertThat(pace.delayMillis(500, 10_000_000_000L)).isEqualTo(500);
    assertThat(new Pace(0, 0).delayMillis(1L << 40, 0)).isZero();
  }
}
