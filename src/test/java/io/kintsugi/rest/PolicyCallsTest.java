package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.AbsenceContract;
import io.kintsugi.contract.PolicyContract;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Policies over REST (A8).
class PolicyCallsTest extends RestHouse {
  @Test
  @DisplayName("A8: PUT of the seed's scan policy, answered whole with its version")
  void scanPolicy() {
    var answer =
        client.call(
            "PUT",
            "/admin/policy/scan",
            """
            {"default_scan_interval": "12h", "deep_scan_probability": 0.1,
             "bandwidth_limit_mbps": 100, "concurrent_scanners": 4,
             "skip_system_objects": true, "priority_buckets": ["critical-data", "user-data"]}
            """,
            "If-Match",
            "\"2\"");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("ETag")).isEqualTo("\"3\"");
    assertThat(answer.data().getMap())
        .containsEntry("default_scan_interval", "12h")
        .containsEntry("default_scan_interval_seconds", 43_200.0)
        .containsEntry("version", 3);
    assertThat(neighbours.asked(PolicyContract.CHANGE_SCAN_POLICY))
        .isEqualTo(
            new PolicyContract.ChangeScanPolicy(
                2L, null, 43_200_000L, 0.1, 100L, 4, true, List.of("critical-data", "user-data")));
  }

  @Test
  @DisplayName("A8: PUT of the seed's heal policy")
  void healPolicy() {
    var answer =
        client.call(
            "PUT",
            "/admin/policy/heal",
            """
            {"max_concurrent_heals": 8, "emergency_heal_timeout": "5m", "auto_heal_enabled": true,
             "heal_verification_required": true,
             "priority_mapping": {"critical_buckets": "Emergency", "important_buckets": "High",
                                  "standard_buckets": "Normal"}}
            """);
    assertThat(answer.data().getString("emergency_heal_timeout")).isEqualTo("5m");
    assertThat(answer.data().getJsonObject("priority_mapping").getString("critical_buckets"))
        .isEqualTo("Emergency");
    assertThat(neighbours.asked(PolicyContract.CHANGE_HEAL_POLICY).emergencyHealTimeoutMillis())
        .isEqualTo(300_000);
  }

  @ParameterizedTest
  @CsvSource({"2h, 7200000", "never, 0", "90s, 90000"})
  @DisplayName("A8: how long an origin may be away is a duration, or never")
  void rebuildAfter(String text, long millis) {
    client.call("PUT", "/admin/policy/heal", "{\"rebuild_after\": \"" + text + "\"}");
    assertThat(neighbours.asked(PolicyContract.CHANGE_HEAL_POLICY).rebuildAfterMillis())
        .isEqualTo(millis);
    var read = client.get("/admin/policy/heal").data();
    assertThat(read.getString("rebuild_after")).isEqualTo("30m");
    assertThat(read.getDouble("rebuild_after_seconds")).isEqualTo(1_800);
    var refused = client.call("PUT", "/admin/policy/heal", "{\"rebuild_after\": \"soon\"}");
    assertThat(refused.status()).isEqualTo(400);
  }

  @Test
  @DisplayName("who is away, and what holds the rebuild up, can be asked and declared")
  void absences() {
    var away = client.get("/api/v1/absences").data();
    assertThat(away.getString("held_up_by")).isEqualTo("NO_SPARE_DOMAIN");
    assertThat(away.getJsonArray("origins").getJsonObject(0).getString("state"))
        .isEqualTo("absent");
    assertThat(client.call("POST", "/api/v1/origins/disk-2/lost", "").status()).isEqualTo(200);
    assertThat(neighbours.asked(AbsenceContract.SET_LOST))
        .isEqualTo(new AbsenceContract.SetLost("disk-2", true));
    assertThat(client.call("POST", "/api/v1/origins/disk-2/found", "").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"scan", "heal"})
  void whatAPolicyAnswersCanBePutBack(String name) {
    var read = client.get("/admin/policy/" + name).data();
    assertThat(client.call("PUT", "/admin/policy/" + name, read.encode()).status()).isEqualTo(200);
  }
}
