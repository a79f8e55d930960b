package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.origin.Health.Word;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Health, latency and pace in numbers (B3, B4).
class HealthTest {
  private static final HealthRules LOCAL = HealthRules.LOCAL;
  private static final HealthRules REMOTE = HealthRules.REMOTE;

  @Test
  @DisplayName("test_health_monitor_basic")
  void anOriginIsUnknownUntilItWasProbed() {
    assertThat(Health.UNKNOWN.told(false)).isEqualTo(Word.UNKNOWN);
    assertThat(Health.UNKNOWN.workFailed(REMOTE, 0, "x").told(false)).isEqualTo(Word.UNKNOWN);
    assertThat(Health.UNKNOWN.probeSucceeded(REMOTE, 0).told(false)).isEqualTo(Word.HEALTHY);
    assertThat(Word.UNKNOWN.isUsable()).isTrue();
  }

  @Test
  @DisplayName("test_per_origin_health_threshold")
  void aLocalOriginIsUnhealthyAtOnceARemoteOneAtTheThirdFailure() {
    assertThat(HealthRules.of("local").fall()).isEqualTo(1);
    assertThat(HealthRules.of("sftp").fall()).isEqualTo(3);
    var local = Health.UNKNOWN.probeSucceeded(LOCAL, 0).workFailed(LOCAL, 1, "x");
    assertThat(local.word()).isEqualTo(Word.UNHEALTHY);
    assertThat(local.probeSucceeded(LOCAL, 2).word()).isEqualTo(Word.HEALTHY);
    var remote = Health.UNKNOWN.probeSucceeded(REMOTE, 0).workFailed(REMOTE, 1, "x");
    assertThat(remote.word()).isEqualTo(Word.DEGRADED);
    remote = remote.probeFailed(REMOTE, 2, "y").probeFailed(REMOTE, 3, "z");
    assertThat(remote.word()).isEqualTo(Word.UNHEALTHY);
    assertThat(remote.reason()).isEqualTo("z");
    assertThat(remote.failures()).isEqualTo(3);
    remote = remote.probeSucceeded(REMOTE, 4);
    assertThat(remote.word()).isEqualTo(Word.UNHEALTHY);
    assertThat(remote.probeSucceeded(REMOTE, 5).word()).isEqualTo(Word.HEALTHY);
  }

  @Test
  @DisplayName("B4: the thresholds are settings, by kind of origin")
  void thresholdsAreSettings() {
    var config =
        new JsonObject()
            .put(
                "health",
                new JsonObject()
                    .put("local", new JsonObject().put("fall", 2))
                    .put("remote", new JsonObject().put("rise", 4).put("slowMillis", 700)));
    assertThat(HealthRules.parse(config, "local").fall()).isEqualTo(2);
    assertThat(HealthRules.parse(config, "s3").fall()).isEqualTo(3);
    assertThat(HealthRules.parse(config, "s3").rise()).isEqualTo(4);
    assertThat(HealthRules.parse(config, "nfs").slow()).isEqualTo(Duration.ofMillis(700));
    config.getJsonObject("health").getJsonObject("local").put("fall", 0);
    assertThatThrownBy(() -> HealthRules.parse(config, "local")).hasMessageContaining("fall");
  }

  @Test
  void whatAnswersButIsHamperedIsDegraded() {
    assertThat(Health.UNKNOWN.probeSucceeded(LOCAL, 0).told(true)).isEqualTo(Word.DEGRADED);
  }

  @Test
  void aProbeDoesNotOutweighWorkThatFails() {
    var health = Health.UNKNOWN.probeSucceeded(REMOTE, 0);
    for (int i = 1; i < 3; i++) {
      health = health.workFailed(REMOTE, i, "x").probeSucceeded(REMOTE, i);
      assertThat(health.word()).isEqualTo(Word.DEGRADED);
    }
    assertThat(health.workSucceeded().failures()).isZero();
    health = health.workFailed(REMOTE, 3, "x");
    assertThat(health.word()).isEqualTo(Word.UNHEALTHY);
    assertThat(health.probeSucceeded(REMOTE, 4).failures()).isZero();
  }

  @Test
  @DisplayName("an origin that flaps every 5 s for 5 minutes changes a handful of times")
  void flapping() {
    for (var rules : List.of(LOCAL, REMOTE)) {
      var health = Health.UNKNOWN.probeSucceeded(rules, 0);
      int changes = 0;
      for (long millis = 0; millis < 300_000; millis += 1_000) {
        boolean down = millis / 5_000 % 2 == 1;
        var next =
            down ? health.probeFailed(rules, millis, "down") : health.probeSucceeded(rules, millis);
        changes += next.word() == health.word() ? 0 : 1;
        health = next;
      }
      assertThat(changes).isBetween(1, 5);
      assertThat(health.isHeld(rules, 300_000)).isTrue();
      // Calm brings it back.
      for (long millis = 300_000; millis < 320_000; millis += 1_000) {
        health = health.probeSucceeded(rules, millis);
      }
      assertThat(health.word()).isEqualTo(Word.HEALTHY);
    }
  }

  @Test
  void eachTimeTheCalmMustLastLongerAndBeingWellIsRewarded() {
    assertThat(LOCAL.calm(1)).isZero();
    assertThat(LOCAL.calm(2)).isEqualTo(Duration.ofSeconds(1));
    assertThat(LOCAL.calm(4)).isEqualTo(Duration.ofSeconds(100));
    assertThat(REMOTE.calm(2)).isEqualTo(Duration.ofSeconds(10));
    assertThat(LOCAL.calm(100)).isEqualTo(Duration.ofMinutes(5));
    var health = Health.UNKNOWN.probeSucceeded(LOCAL, 0);
    health = health.probeFailed(LOCAL, 1_000, "x").probeSucceeded(LOCAL, 2_000);
    health = health.probeFailed(LOCAL, 3_000, "x");
    assertThat(health.ejections()).isEqualTo(2);
    health = health.probeSucceeded(LOCAL, 13_000);
    assertThat(health.probeFailed(LOCAL, 100_000, "x").ejections()).isEqualTo(3);
    assertThat(health.probeFailed(LOCAL, 13_000 + 600_000, "x").ejections()).isEqualTo(1);
  }

  @Test
  void probesAreSpreadByAFifthEitherWay() {
    var pause = Duration.ofSeconds(30);
    assertThat(HealthRules.jittered(pause, 0)).isEqualTo(Duration.ofSeconds(24));
    assertThat(HealthRules.jittered(pause, 0.5)).isEqualTo(pause);
    assertThat(HealthRules.jittered(pause, 1)).isEqualTo(Duration.ofSeconds(36));
  }

  @Test
  void latencyIsThatOfTheLastHundred() {
    var latency = new Latency();
    assertThat(latency.millis(0.5)).isEqualTo(10);
    latency.add(7_000_000, false);
    assertThat(latency.millis(0.5)).isEqualTo(7);
    for (int i = 1; i <= 100; i++) {
      latency.add(i * 1_000_000L, false);
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
