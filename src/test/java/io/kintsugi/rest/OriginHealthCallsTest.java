package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.ForceHealth;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The health of one origin over REST (B4).
class OriginHealthCallsTest extends RestHouse {
  @Test
  @DisplayName("B4: all figures of an origin's health")
  void figures() {
    var health = client.get("/api/v1/origins/disk-1/health").data();
    assertThat(health.getString("health")).isEqualTo("degraded");
    assertThat(health.getJsonArray("flags").encode()).isEqualTo("[\"full\"]");
    assertThat(health.getJsonObject("work").getInteger("stuck_threads")).isEqualTo(1);
    assertThat(health.getJsonArray("breakers").getJsonObject(0).getString("state"))
        .isEqualTo("open");
    assertThat(health.getJsonArray("last_errors").getJsonObject(0).getString("message"))
        .isEqualTo("Input/output error");
    assertThat(health.getString("forced_until")).isNull();
  }

  @Test
  @DisplayName("B4: an origin is forced healthy or unhealthy until a time, or for a while")
  void forced() {
    force("{\"state\": \"unhealthy\", \"until\": \"2034-01-15T10:30:00Z\"}");
    assertThat(neighbours.asked(OriginHealthContract.FORCE_HEALTH))
        .isEqualTo(new ForceHealth("disk-1", "unhealthy", Instant.parse("2034-01-15T10:30:00Z")));
    var before = Instant.now();
    force("{\"state\": \"healthy\", \"for\": \"10m\"}");
    assertThat(neighbours.asked(OriginHealthContract.FORCE_HEALTH).until())
        .isBetween(before.plusSeconds(600), Instant.now().plusSeconds(600));
    force("{\"state\": \"measured\"}");
    assertThat(neighbours.asked(OriginHealthContract.FORCE_HEALTH))
        .isEqualTo(new ForceHealth("disk-1", null, null));
  }

  private void force(String body) {
    assertThat(client.call("POST", "/api/v1/origins/disk-1/health", body).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"state\": \"healthy\"}",
        "{\"state\": \"sick\", \"for\": \"1m\"}",
        "{\"state\": \"healthy\", \"until\": \"tomorrow\"}",
        "{\"state\": \"healthy\", \"for\": \"1m\", \"until\": \"2034-01-15T10:30:00Z\"}",
        "{\"state\": \"measured\", \"for\": \"1m\"}",
        "{\"state\": \"healthy\", \"for\": \"1m\", \"why\": \"because\"}"
      })
  void whatMakesNoSenseIsRefused(String body) {
    assertThat(client.call("POST", "/api/v1/origins/disk-1/health", body).status()).isEqualTo(400);
  }
}
