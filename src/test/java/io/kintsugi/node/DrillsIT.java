package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.kintsugi.driver.S3Servers;
import io.kintsugi.driver.SshServer;
import io.kintsugi.format.Marker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Places that are not what they were, or do not know us any more, while clients write and read:
/// another host key, another disk, and, with `-Dkintsugi.long=true`, another secret (B9).
@ExtendWith(NodeLogs.class)
class DrillsIT {
  private static final boolean LONG = Boolean.getBoolean("kintsugi.long");
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String BUCKET = "drills";
  private static final int READS = LONG ? 1_000 : 15;
  private static final int WRITES = LONG ? 200 : 3;

  @TempDir private Path temp;
  private SshServer ssh;
  private RunningNode node;
  private Traffic traffic;

  @BeforeEach
  void start() throws Exception {
    ssh = SshServer.start(Files.createDirectories(temp.resolve("ssh")));
    Files.createDirectory(ssh.data().resolve("kintsugi"));
    node = RunningNode.start(temp.resolve("data"), "--origins", "6");
    traffic = new Traffic(node, BUCKET, 60, 600_000, 20_000);
  }

  @AfterEach
  void stop() {
    traffic.close();
    node.close();
    ssh.close();
  }

  private JsonNode origin(String id) throws Exception {
    return node.rest().get("/api/v1/origins/" + id);
  }

  private boolean isMisconfigured(String id) throws Exception {
    for (var flag : origin(id).path("flags")) {
      if (flag.asText().equals("misconfigured")) {
        return true;
      }
    }
    return false;
  }

  private void check(String id) throws Exception {
    node.rest().post("/api/v1/origins/" + id + "/check", "");
  }

  private void awaitMisconfigured(String id) {
    await(id + " is told to be misconfigured")
        .atMost(LIMIT)
        .until(() -> {
          if (!LONG) {
            check(id);
          }
          return isMisconfigured(id);
        });
  }

  private void awaitWell(String id) {
    await(id + " is well")
        .atMost(LIMIT)
        .until(() -> {
          check(id);
          // It is turned to again only once it has been calm for a while.
          boolean well = !LONG || origin(id).path("health").asText().equals("healthy");
          return well && !isMisconfigured(id);
        });
  }

  @Test
  @DisplayName("a wrong key and a wrong disk cost clients nothing, and get nothing")
  void whatIsNotWhatItWasGetsNothing() throws Exception {
    try (var store = new Store(node.s3Url())) {
      node.rest().post("/api/v1/origins", sftp());
      node.rest().put("/api/v1/buckets/" + BUCKET, "{\"layout\":{\"k\":4,\"m\":2}}");
      traffic.prepare(store, 12);
      traffic.begin(1, 2);
      traffic.await(READS, WRITES);
      traffic.seen("all well");
      wrongHostKey();
      wrongDisk(node.data());
      if (LONG) {
        wrongSecret();
      }
      traffic.end(store);
      assertThat(node.rest().wrong()).isEmpty();
    }
  }

  private String sftp() {
    return """
    {"id": "box", "origin_type": "sftp", "host": "127.0.0.1", "port": %d, "user": "%s",
     "path": "%s", "key_file": "%s", "known_hosts": "%s"}
    """
        .formatted(
            ssh.port(),
            SshServer.USER,
            ssh.data().resolve("kintsugi"),
            ssh.file("user"),
            ssh.file("known_hosts"));
  }

  private void wrongHostKey() throws Exception {
    ssh.kill();
    ssh.restartAs("other");
    awaitMisconfigured("box");
    assertThat(origin("box").path("writable").asBoolean()).isFalse();
    traffic.await(READS, WRITES);
    traffic.seen("another host key");
    ssh.kill();
    ssh.restartAs("host");
    awaitWell("box");
    traffic.await(READS, WRITES);
    traffic.seen("the right host key again");
  }

  private void wrongDisk(Path data) throws Exception {
    var place = data.resolve("origins/disk-2");
    var right = data.resolve("disk-2.right");
    var strange = Files.createDirectory(data.resolve("disk-2.strange"));
    Files.copy(
        data.resolve("origins/disk-3").resolve(Marker.FILE_NAME),
        strange.resolve(Marker.FILE_NAME));
    Files.move(place, right);
    Files.move(strange, place);
    awaitMisconfigured("disk-2");
    assertThat(origin("disk-2").path("marker").asText()).isEqualTo("foreign");
    traffic.await(READS, WRITES);
    traffic.seen("another disk");
    try (var names = Files.list(place)) {
      assertThat(names.map(name -> name.getFileName().toString()))
          .as("what was written to a disk that is not ours")
          .containsExactly(Marker.FILE_NAME);
    }
    Files.move(place, data.resolve("disk-2.strange"));
    Files.move(right, place);
    awaitWell("disk-2");
    traffic.await(READS, WRITES);
    traffic.seen("the right disk again");
  }

  private void wrongSecret() throws Exception {
    var folder = Files.createDirectories(temp.resolve("s3"));
    try (var server = S3Servers.proxy(folder)) {
      node.rest()
          .post(
              "/api/v1/origins",
              """
              {"id": "cloud", "origin_type": "s3", "endpoint": "%s", "bucket": "%s",
               "prefix": "kintsugi", "path_style": true,
               "credentials": {"access_key": "%s", "secret_key": "%s"}}
              """
                  .formatted(
                      server.endpoint(),
                      S3Servers.BUCKET,
                      S3Servers.ACCESS_KEY,
                      S3Servers.SECRET_KEY));
      traffic.await(READS, WRITES);
      traffic.seen("a bucket more");
      try (var stranger = server.restartedWith("another")) {
        awaitMisconfigured("cloud");
        traffic.await(READS, WRITES);
        traffic.seen("another secret");
        assertThat(node.tail()).doesNotContain(S3Servers.SECRET_KEY + "/");
        try (var again = stranger.restartedWith(S3Servers.SECRET_KEY)) {
          awaitWell("cloud");
          traffic.await(READS, WRITES);
          traffic.seen("the right secret again");
          assertThat(again.isAlive()).isTrue();
          assertThat(node.rest().wrong()).isEmpty();
        }
      }
    }
    // It is gone with its server: what lay there is rebuilt.
    node.rest().delete("/api/v1/origins/cloud?force=true");
  }
}
