package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.MemberContract;
import io.kintsugi.contract.MemberContract.SetLogLevel;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.StartSystem;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Start, stop, health and logging over REST (A1, A2, D5).
class SystemCallsTest extends RestHouse {
  @Test
  @DisplayName("A1: system/start takes the seed's body and answers as the seed shows")
  void systemStart() {
    var answer =
        client.call(
            "POST",
            "/admin/system/start",
            """
            {"coordinator": {"event_buffer_size": 10000, "max_concurrent_operations": 1000},
             "scanner": {"default_scan_mode": "Normal", "scan_interval": "24h"},
             "heal": {"max_workers": 16, "queue_capacity": 50000}}
            """);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().fieldNames()).containsExactly("success", "data", "timestamp");
    assertThat(answer.data())
        .isEqualTo(
            new JsonObject()
                .put("system_id", "ahm-001")
                .put("status", "Running")
                .put("started_at", "2024-01-15T10:30:00Z"));
    assertThat(neighbours.asked(PolicyContract.START_SYSTEM))
        .isEqualTo(new StartSystem(10_000, 1_000, "Normal", 86_400_000L, 16, 50_000));
  }

  @Test
  void systemStartNeedsNoBody() {
    assertThat(client.call("POST", "/admin/system/start", null).status()).isEqualTo(200);
    assertThat(neighbours.asked(PolicyContract.START_SYSTEM))
        .isEqualTo(new StartSystem(null, null, null, null, null, null));
    assertThat(client.call("POST", "/admin/system/stop", null).data().getString("status"))
        .isEqualTo("Stopped");
  }

  @Test
  void aSettingThePolicyRefusesIsNamedAsTheCallerWroteIt() {
    neighbours.fail(
        PolicyContract.START_SYSTEM,
        new Failure(
            FailureCode.INVALID_REQUEST,
            "default_scan_interval must be from 1m to 366d",
            Map.of("default_scan_interval", "must be from 1m to 366d")));
    var error =
        client
            .call("POST", "/admin/system/start", "{\"scanner\":{\"scan_interval\":\"1s\"}}")
            .json();
    assertThat(error.getString("message")).startsWith("scanner.scan_interval must be");
    assertThat(error.getJsonObject("details").getString("field"))
        .isEqualTo("scanner.scan_interval");
  }

  @Test
  @DisplayName("A2: status/health has every field of the seed")
  void statusHealth() {
    var data = client.get("/status/health").data();
    assertThat(data.getString("status")).isEqualTo("Running");
    assertThat(data.getString("version")).isEqualTo("0.1.0");
    assertThat(data.getLong("uptime_seconds")).isPositive();
    assertThat(data.getJsonObject("subsystems").getJsonObject("scanner"))
        .isEqualTo(
            new JsonObject()
                .put("status", "Scanning")
                .put("last_check", "2024-01-15T10:30:00Z")
                .putNull("error_message"));
    assertThat(data.getJsonObject("subsystems").fieldNames())
        .contains("scanner", "heal", "metrics", "catalog", "origins");
  }

  @Test
  void aBlankOriginDegradesTheWholeAndIsNamed() {
    neighbours.answer(
        OriginContract.LIST_ORIGINS,
        new OriginContract.Origins(
            List.of(Neighbours.DISK, Neighbours.origin("disk-2", "unhealthy", "blank"))));
    var data = client.get("/status/health").data();
    assertThat(data.getString("status")).isEqualTo("Degraded");
    assertThat(data.getJsonObject("subsystems").getJsonObject("origins").getString("error_message"))
        .isEqualTo("1 of 2: disk-2 is blank");
    assertThat(client.get("/api/v1/health").status()).isEqualTo(200);
  }

  @Test
  void aPartThatFallsSilentIsToldOfAndNotWaitedFor() {
    neighbours.silence(ScanContract.STATUS);
    long begun = System.nanoTime();
    var data = client.get("/status/health").data();
    assertThat(System.nanoTime() - begun).isLessThan(10_000_000_000L);
    var scanner = data.getJsonObject("subsystems").getJsonObject("scanner");
    assertThat(scanner.getString("status")).isEqualTo("Failed");
    assertThat(scanner.getString("error_message")).isEqualTo("does not answer");
    assertThat(data.getString("status")).isEqualTo("Degraded");
  }

  @Test
  @DisplayName("D5: api/v1/health is bare, and 503 only when unhealthy")
  void componentHealth() {
    var healthy = client.get("/api/v1/health");
    assertThat(healthy.status()).isEqualTo(200);
    assertThat(healthy.json().getString("status")).isEqualTo("healthy");
    assertThat(healthy.json().getJsonObject("components").fieldNames()).contains("catalog");
    neighbours.fail(MetricsContract.STATUS, Failure.of(FailureCode.UNAVAILABLE, "gone"));
    var unknown = client.get("/api/v1/health");
    assertThat(unknown.status()).isEqualTo(200);
    assertThat(unknown.json().getString("status")).isEqualTo("degraded");
    assertThat(
            unknown.json().getJsonObject("components").getJsonObject("metrics").getString("status"))
        .isEqualTo("unknown");
    neighbours.fail(CatalogOriginContract.GET_CLUSTER, Failure.of(FailureCode.UNAVAILABLE, "gone"));
    var unhealthy = client.get("/api/v1/health");
    assertThat(unhealthy.status()).isEqualTo(503);
    assertThat(unhealthy.json().getString("status")).isEqualTo("unhealthy");
    described.holds("GET", "/api/v1/health", 503, unhealthy.json());
    assertThat(client.get("/readyz").status()).isEqualTo(503);
    assertThat(client.get("/livez").status()).isEqualTo(200);
  }

  @Test
  void logLevelsAreSetOneByOne() {
    assertThat(client.call("PUT", "/admin/logging", "{\"levels\":{\"scan\":\"debug\"}}").status())
        .isEqualTo(200);
    assertThat(neighbours.asked(MemberContract.SET_LOG_LEVEL))
        .isEqualTo(new SetLogLevel("scan", "debug"));
  }
}
