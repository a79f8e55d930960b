package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kintsugi.driver.SambaServer;
import io.kintsugi.driver.SshServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// B1, B9: a node of two disks, to which an SFTP box and an SMB share are added while it runs.
@ExtendWith(NodeLogs.class)
class SharesIT {
  private static final String BUCKET = "shares";
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int OBJECTS = 4;
  private static final int BYTES = 1_500_000;

  @TempDir private Path temp;

  @Test
  @DisplayName("B1: shares of other machines hold shards, are read, lost, and come back")
  void sharesHoldShardsAreLostAndComeBack() throws Exception {
    var data = temp.resolve("data");
    try (var ssh = SshServer.start(Files.createDirectories(temp.resolve("ssh")));
        var samba = SambaServer.start(Files.createDirectories(temp.resolve("smb")))) {
      Files.createDirectory(ssh.data().resolve("kintsugi"));
      Files.createDirectory(samba.data().resolve("kintsugi"));
      try (var node = RunningNode.start(data, "--origins", "2");
          var store = new Store(node.s3Url())) {
        add(node, sftp(ssh));
        add(node, smb(samba));
        node.rest().put("/api/v1/buckets/" + BUCKET, "{\"layout\":{\"k\":2,\"m\":2}}");
        for (int i = 0; i < OBJECTS; i++) {
          store.put(BUCKET, "object-" + i, Store.bytes(i, BYTES));
        }
        node.rest().awaitWhole();
        assertThat(shards(ssh.data())).as("on the SFTP box").isGreaterThanOrEqualTo(OBJECTS);
        assertThat(shards(samba.data())).as("on the SMB share").isGreaterThanOrEqualTo(OBJECTS);
        assertAllThere(store);
        assertThat(node.rest().wrong()).isEmpty();

        ssh.kill();
        assertAllThere(store);
        ssh.restart();
        await("the SFTP box is back")
            .atMost(LIMIT)
            .until(() -> health(node, "box").equals("healthy"));
        assertThat(node.rest().wrong()).isEmpty();
        assertSecret(node);
      }
      // What was added, and its credentials, outlive the process.
      try (var node = RunningNode.start(data, "--origins", "2");
          var store = new Store(node.s3Url())) {
        await("all are back").atMost(LIMIT).until(() -> health(node, "nas").equals("healthy"));
        assertAllThere(store);
        assertThat(node.rest().wrong()).isEmpty();
        assertSecret(node);
      }
    }
  }

  private static void add(RunningNode node, String definition) throws Exception {
    var made = node.rest().post("/api/v1/origins", definition);
    assertThat(made.path("marker").asText()).as(made.toString()).isEqualTo("ours");
    assertThat(made.toString()).doesNotContain(SambaServer.PASSWORD);
  }

  private static String sftp(SshServer server) {
    return """
    {"id": "box", "origin_type": "sftp", "host": "127.0.0.1", "port": %d, "user": "%s",
     "path": "%s", "key_file": "%s", "known_hosts": "%s"}
    """
        .formatted(
            server.port(),
            SshServer.USER,
            server.data().resolve("kintsugi"),
            server.file("user"),
            server.file("known_hosts"));
  }

  private static String smb(SambaServer server) {
    return """
    {"id": "nas", "origin_type": "smb", "host": "127.0.0.1", "port": %d, "share": "data",
     "user": "%s", "path": "kintsugi", "credentials": {"password": "%s"}}
    """
        .formatted(server.port(), SshServer.USER, SambaServer.PASSWORD);
  }

  private static String health(RunningNode node, String id) throws Exception {
    return node.rest().get("/api/v1/origins/" + id).path("health").asText();
  }

  private static long shards(Path folder) throws Exception {
    try (var files = Files.walk(folder)) {
      return files
          .filter(path -> path.getFileName().toString().matches("[0-9a-f]{32}\\.[0-9]{2}\\..*"))
          .count();
    }
  }

  private static void assertSecret(RunningNode node) throws Exception {
    assertThat(node.tail()).doesNotContain(SambaServer.PASSWORD);
    assertThat(node.rest().get("/api/v1/origins").toString()).doesNotContain(SambaServer.PASSWORD);
  }

  private static void assertAllThere(Store store) {
    for (int i = 0; i < OBJECTS; i++) {
      assertThat(store.get(BUCKET, "object-" + i)).isEqualTo(Store.bytes(i, BYTES));
    }
  }
}
