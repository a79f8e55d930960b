package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// How origins make up one part of the node's health (A2, B4).
class PartTest {
  private static final Instant NOW = Instant.EPOCH;

  private static OriginState origin(String id, String health) {
    return Neighbours.origin(id, health, "ours");
  }

  private static Part shards(String... health) {
    return Part.origins(
        List.of(health).stream().map(word -> origin("disk-" + word, word)).toList(), NOW);
  }

  @Test
  @DisplayName("B4: an origin for plain files that is ill degrades the whole, and is named")
  void filesDegrade() {
    var well = shards("healthy");
    assertThat(well.with(null)).isEqualTo(well);
    assertThat(well.with(new Origins(List.of()))).isEqualTo(well);
    assertThat(well.with(new Origins(List.of(origin("nas", "healthy"))))).isEqualTo(well);
    var ill = well.with(new Origins(List.of(origin("nas", "unhealthy"), origin("box", "healthy"))));
    assertThat(ill.condition()).isEqualTo(Part.Condition.DEGRADED);
    assertThat(ill.status()).isEqualTo("Degraded");
    assertThat(ill.errorMessage()).contains("1 of 2 for files", "nas is unhealthy");
  }

  @Test
  void whatIsWrongWithShardsIsSaidFirst() {
    var both = shards("unhealthy").with(new Origins(List.of(origin("nas", "degraded"))));
    assertThat(both.condition()).isEqualTo(Part.Condition.UNHEALTHY);
    assertThat(both.status()).isEqualTo("Failed");
    assertThat(both.errorMessage())
        .startsWith("1 of 1: disk-unhealthy is unhealthy")
        .contains("nas is degraded");
  }
}
