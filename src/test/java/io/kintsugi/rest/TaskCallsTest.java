package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.StartScan;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Scans and heals over REST (A3, A5).
class TaskCallsTest extends RestHouse {
  @Test
  @DisplayName("A3: scan/start takes the seed's strategy")
  void scanStart() {
    var answer =
        client.call(
            "POST",
            "/admin/scan/start",
            """
            {"strategy": {"type": "Full", "mode": "Normal",
              "scope": {"buckets": ["important-data", "user-uploads"],
                        "include_system_objects": false, "max_objects": 1000000}},
             "priority": "High"}
            """);
    assertThat(answer.data().getMap())
        .containsEntry("scan_id", "scan-12345")
        .containsEntry("status", "Started")
        .containsEntry("estimated_duration", "2h30m")
        .containsEntry("estimated_objects", 850_000);
    assertThat(neighbours.asked(ScanContract.START_SCAN))
        .isEqualTo(
            new StartScan(
                "Full",
                "Normal",
                List.of("important-data", "user-uploads"),
                false,
                1_000_000L,
                Priority.HIGH));
  }

  @Test
  void aScanHasDefaults() {
    client.call("POST", "/admin/scan/start", "{\"strategy\":{\"type\":\"full\"}}");
    assertThat(neighbours.asked(ScanContract.START_SCAN))
        .isEqualTo(new StartScan("Full", null, List.of(), false, null, Priority.NORMAL));
  }

  @Test
  void aStrategyOfTheSeedIsHandedOnForTheScannerToJudge() {
    client.call(
        "POST", "/admin/scan/start", "{\"strategy\":{\"type\":\"Smart\",\"sample_rate\":0.1}}");
    assertThat(neighbours.asked(ScanContract.START_SCAN).strategy()).isEqualTo("Smart");
  }

  @Test
  @DisplayName("A3: scan status has the seed's progress and issues")
  void scanStatus() {
    var data = client.get("/admin/scan/scan-12345/status").data();
    assertThat(data.getString("scan_id")).isEqualTo("scan-12345");
    assertThat(data.getString("status")).isEqualTo("Scanning");
    assertThat(data.getJsonObject("progress").getMap())
        .containsEntry("objects_scanned", 425_000)
        .containsEntry("bytes_scanned", 1_073_741_824_000L)
        .containsEntry("issues_detected", 23)
        .containsEntry("completion_percentage", 50.0)
        .containsEntry("scan_rate_ops", 117.5)
        .containsEntry("scan_rate_bps", 268_435_456)
        .containsEntry("elapsed_time", "1h15m")
        .containsEntry("elapsed_seconds", 4_500.0)
        .containsEntry("estimated_remaining", "1h15m")
        .containsEntry("estimated_remaining_seconds", 4_500.0);
    assertThat(data.getJsonArray("issues").getJsonObject(0).getMap())
        .containsEntry("issue_type", "MissingShards")
        .containsEntry("severity", "High")
        .containsEntry("bucket", "user-uploads")
        .containsEntry("object", "photos/IMG_001.jpg")
        .containsEntry("description", "Missing 1 data shard")
        .containsEntry("detected_at", "2024-01-15T10:30:00Z");
    assertThat(data.getString("issues_next"))
        .isEqualTo("/admin/scan/scan-12345/status?issues_after=1000");
  }

  @Test
  @DisplayName("A3: a scan that could not look everywhere says so; unknown is never healthy")
  void aScanThatCouldNotLookEverywhereSaysSo() {
    neighbours.answer(ScanContract.GET_SCAN, Neighbours.incomplete());
    var answer = client.get("/admin/scan/scan-9/status");
    described.holds("GET", "/admin/scan/{id}/status", 200, answer.json());
    assertThat(answer.data().getString("status")).isEqualTo("Completed");
    assertThat(answer.data().getBoolean("complete")).isFalse();
    assertThat(answer.data().getJsonArray("unreachable_origins"))
        .containsExactly("disk-3", "disk-4");
    assertThat(answer.data().getString("warning"))
        .isEqualTo(
            "12 shards could not be judged on disk-3, disk-4; whether they are sound is unknown");
    assertThat(client.get("/admin/scan").data().getJsonArray("scans").getJsonObject(0).getMap())
        .containsEntry("complete", false)
        .containsEntry("warning", null);
  }

  @Test
  @DisplayName("A5: heal/request takes the seed's body and answers as the seed shows")
  void healRequest() {
    var answer =
        client.call(
            "POST",
            "/admin/heal/request",
            """
            {"bucket": "user-uploads", "object": "photos/IMG_001.jpg", "version_id": null,
             "priority": "High", "mode": "OnDemand", "max_retries": 3}
            """);
    assertThat(answer.data())
        .isEqualTo(
            new JsonObject()
                .put("heal_request_id", "heal-67890")
                .put("status", "Queued")
                .put("priority", "High")
                .put("estimated_start", "2024-01-15T11:46:00Z")
                .put("queue_position", 5));
    assertThat(neighbours.asked(HealContract.REQUEST_HEAL))
        .isEqualTo(
            new HealContract.RequestHeal(
                "user-uploads", "photos/IMG_001.jpg", null, Priority.HIGH, "OnDemand", 3));
  }

  @Test
  void anEmergencyImpliesItsPriority() {
    client.call(
        "POST",
        "/admin/heal/request",
        "{\"bucket\":\"b-1\",\"object\":\"o\",\"mode\":\"Emergency\"}");
    assertThat(neighbours.asked(HealContract.REQUEST_HEAL).priority())
        .isEqualTo(Priority.EMERGENCY);
  }

  @Test
  @DisplayName("A5: heal status has the seed's result")
  void healStatus() {
    var data = client.get("/admin/heal/heal-67890/status").data();
    assertThat(data.getString("status")).isEqualTo("Completed");
    var result = data.getJsonObject("result");
    assertThat(result.getMap())
        .containsEntry("success", true)
        .containsEntry("shards_repaired", 1)
        .containsEntry("total_shards", 8)
        .containsEntry("duration", "45s")
        .containsEntry("strategy_used", "ParityShardRepair");
    assertThat(result.getJsonArray("validation_results").getJsonObject(1).getMap())
        .containsEntry("validation_type", "ShardCount")
        .containsEntry("passed", true)
        .containsEntry("details", "All 8 shards present")
        .containsEntry("duration", "1s");
    neighbours.answer(HealContract.GET_HEAL, Neighbours.queued());
    assertThat(client.get("/admin/heal/heal-67890/status").data().getValue("result")).isNull();
  }

  @Test
  @DisplayName("A5: what is healed now is listed, also where nobody asked for it")
  void activeHeals() {
    var data = client.get("/admin/heal").data();
    assertThat(data.getJsonArray("heals")).hasSize(2);
    assertThat(data.getJsonArray("active").getJsonObject(0).getMap())
        .containsEntry("task_id", 17)
        .containsEntry("status", "Running")
        .containsEntry("bucket", "user-uploads")
        .containsEntry("object", "photos/IMG_002.jpg")
        .containsEntry("priority", "Normal")
        .containsEntry("mode", "Background")
        .containsEntry("cause", "scan")
        .containsEntry("attempt", 2);
    assertThat(client.get("/admin/heal?status=Running").data().getJsonArray("active")).hasSize(1);
    assertThat(client.get("/admin/heal?status=Failed").data().getJsonArray("active")).isEmpty();
    assertThat(client.get("/admin/heal?after=heal-9").data().getJsonArray("active")).isEmpty();
  }
}
