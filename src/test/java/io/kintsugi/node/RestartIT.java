package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Stopped and started again a node has lost nothing (A7); started wrongly it says why.
@ExtendWith(NodeLogs.class)
class RestartIT {
  private static final int OBJECTS = 30;
  private static final int OBJECT_BYTES = 300_000;

  @TempDir private Path data;
  @TempDir private Path elsewhere;

  @Test
  void sigtermStopsWithinSecondsAndNothingIsLost() throws Exception {
    try (var node = RunningNode.start(data)) {
      var body = Store.bytes(1, 2_000_000);
      try (var store = new Store(node.s3Url())) {
        store.createBucket("kept");
        store.put("kept", "object", body);
      }
      node.rest().put("/admin/policy/scan", "{\"bandwidth_limit_mbps\":77}");
      assertThat(node.terminate()).isLessThan(Duration.ofSeconds(15));
      assertThat(node.exitCode()).isIn(0, 143);
      assertThat(data.resolve("postgres/data/postmaster.pid")).doesNotExist();

      node.restart();
      try (var store = new Store(node.s3Url())) {
        assertThat(store.get("kept", "object")).isEqualTo(body);
      }
      assertThat(node.rest().get("/admin/policy/scan").path("bandwidth_limit_mbps").asInt())
          .isEqualTo(77);
      assertThat(node.rest().wrong()).isEmpty();
    }
  }

  /// A7
  @Test
  void aKilledNodeGoesOnWithItsScanAndItsHeals() throws Exception {
    try (var node = RunningNode.start(data)) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket("cursor");
        for (int i = 0; i < OBJECTS; i++) {
          store.put("cursor", "object-" + i, Store.bytes(i, OBJECT_BYTES));
        }
      }
      var rest = node.rest();
      rest.awaitWhole();
      rest.put("/admin/policy/heal", "{\"auto_heal_enabled\":false}");
      var disk = new Disk(data);
      for (int i = 0; i < OBJECTS; i++) {
        Files.delete(disk.shards("cursor", "object-" + i).get(i % 8));
      }
      rest.awaitScan(rest.startScan("Normal"));
      // So slow that the deep scan cannot end before the kill.
      rest.put("/admin/policy/scan", "{\"bandwidth_limit_mbps\":1}");
      var id = rest.startScan("Deep");
      await("a scan under way")
          .atMost(Duration.ofSeconds(30))
          .until(() -> rest.scan(id).path("status").asText().equals("Scanning"));

      node.killJvm();
      node.restart();

      var again = node.rest();
      again.put("/admin/policy/scan", "{\"bandwidth_limit_mbps\":0}");
      var end = again.awaitScan(id);
      assertThat(end.path("status").asText()).isEqualTo("Completed");
      assertThat(end.at("/progress/objects_scanned").asLong()).isEqualTo(OBJECTS);
      assertThat(end.path("issues")).hasSize(OBJECTS);

      again.put("/admin/policy/heal", "{\"auto_heal_enabled\":true}");
      assertThat(again.wrong()).isEmpty();
      for (int i = 0; i < OBJECTS; i++) {
        assertThat(disk.shards("cursor", "object-" + i)).hasSize(8);
      }
    }
  }

  @Test
  void aWrongFlagIsRefusedInOneLine() throws Exception {
    var ended = RunningNode.refused(elsewhere, "--data", data.toString(), "--no-such-flag");
    assertThat(ended.code()).isEqualTo(2);
    assertOneLine(ended, "--no-such-flag");
  }

  @Test
  void anUnknownKeyOfTheConfigurationIsRefusedInOneLine() throws Exception {
    Files.writeString(elsewhere.resolve("kintsugi.toml"), "[server]\nhttp_prot = 1\n");
    var ended = RunningNode.refused(elsewhere, "--data", data.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertOneLine(ended, "http_prot");
  }

  @Test
  void aPortThatIsTakenIsRefusedInOneLine() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      var port = Integer.toString(taken.getLocalPort());
      var ended =
          RunningNode.refused(
              elsewhere, "--data", data.toString(), "--http-port", port, "--s3-port", "0");
      assertThat(ended.code()).isEqualTo(1);
      assertOneLine(ended, port);
      assertThat(data.resolve("postgres/data/postmaster.pid")).doesNotExist();
    }
  }

  @Test
  void aSecondNodeOnTheSameDataIsRefusedInOneLine() throws Exception {
    try (var node = RunningNode.start(data)) {
      var ended =
          RunningNode.refused(
              elsewhere, "--data", data.toString(), "--http-port", "0", "--s3-port", "0");
      assertThat(ended.code()).isEqualTo(1);
      assertOneLine(ended, data.getFileName().toString());
      assertThat(node.rest().get("/status/health").path("version").asText()).isNotEmpty();
    }
  }

  /// Exactly one line is the node's word on the matter; the rest is its log and the JVM's.
  private static void assertOneLine(RunningNode.Ended ended, String naming) {
    var said = ended.lines().stream().filter(line -> line.startsWith("kintsugi: ")).toList();
    assertThat(said)
        .as(String.join("\n", ended.lines()))
        .singleElement()
        .asString()
        .contains(naming);
    assertThat(ended.lines()).noneMatch(line -> line.startsWith("\tat "));
  }
}
