package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kintsugi.driver.S3Servers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A node of eight origins, two of which are buckets of another server (B1).
@ExtendWith(NodeLogs.class)
class S3OriginsIT {
  private static final String BUCKET = "mixed";
  private static final int LARGE_BYTES = 3_000_000;
  private static final int SMALL_BYTES = 20_000;
  private static final int OBJECTS = 6;

  @TempDir private static Path temp;
  private static S3Servers server;
  private static RunningNode node;

  @BeforeAll
  static void start() throws Exception {
    server = S3Servers.proxy(Files.createDirectories(temp.resolve("server")));
    var data = Files.createDirectories(temp.resolve("data"));
    var key = Files.writeString(temp.resolve("access"), S3Servers.ACCESS_KEY + "\n");
    var secret = Files.writeString(temp.resolve("secret"), S3Servers.SECRET_KEY + "\n");
    var toml = new StringBuilder();
    for (int i = 1; i <= 6; i++) {
      toml.append(
          "[[origins]]\nid = \"disk-%d\"\nkind = \"local\"\npath = \"%s\"\n\n"
              .formatted(i, data.resolve("origins/disk-" + i)));
    }
    for (int i = 1; i <= 2; i++) {
      toml.append(
          """
          [[origins]]
          id = "cloud-%d"
          kind = "s3"
          endpoint = "%s"
          bucket = "%s"
          prefix = "cloud-%d"
          path_style = true
          access_key_file = "%s"
          secret_key_file = "%s"

          """
              .formatted(i, server.endpoint(), S3Servers.BUCKET, i, key, secret));
    }
    var file = Files.writeString(temp.resolve("kintsugi.toml"), toml);
    node = RunningNode.start(data, "--config", file.toString());
  }

  @AfterAll
  static void stop() throws Exception {
    node.close();
    server.close();
  }

  private static List<Path> shardsOnS3() throws Exception {
    try (var files = Files.walk(server.bucket())) {
      return files
          .filter(path -> path.getFileName().toString().matches("[0-9a-f]{32}\\.[0-9]{2}\\..*"))
          .toList();
    }
  }

  @Test
  void whatLiesInBucketsIsStoredReadScannedAndHealed() throws Exception {
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
      for (int i = 0; i < OBJECTS; i++) {
        store.put(BUCKET, "large-" + i, Store.bytes(i, LARGE_BYTES));
        store.put(BUCKET, "small-" + i, Store.bytes(100 + i, SMALL_BYTES));
      }
      node.rest().awaitWhole();
      assertThat(shardsOnS3()).hasSizeGreaterThanOrEqualTo(2 * OBJECTS);
      assertAllThere(store);
      assertThat(node.rest().wrong()).isEmpty();

      var lost = shardsOnS3().stream().limit(3).toList();
      for (var shard : lost) {
        Files.delete(shard);
      }
      assertThat(node.rest().wrong()).as("found").isNotEmpty();
      await("healed")
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(node.rest().wrong()).isEmpty());
      assertThat(shardsOnS3()).hasSizeGreaterThanOrEqualTo(2 * OBJECTS);
      assertAllThere(store);
    }
    assertThat(node.tail()).doesNotContain("Signature=", S3Servers.SECRET_KEY + "/");
  }

  @Test
  @DisplayName("B1: a prefix that nobody has used yet is taken in while the node runs")
  void aNewPrefixIsTakenIn() throws Exception {
    var made = node.rest().post("/api/v1/origins", cloud("cloud-3", S3Servers.BUCKET));
    assertThat(made.path("marker").asText()).as(made.toString()).isEqualTo("ours");
    var nowhere = cloud("cloud-4", "nowhere");
    assertThat(node.rest().refused("POST", "/api/v1/origins", nowhere, 503)).contains("cloud-4");
  }

  private static String cloud(String id, String bucket) {
    return """
    {"id": "%s", "origin_type": "s3", "endpoint": "%s", "bucket": "%s", "prefix": "%s",
     "path_style": true, "credentials": {"access_key": "%s", "secret_key": "%s"}}
    """
        .formatted(id, server.endpoint(), bucket, id, S3Servers.ACCESS_KEY, S3Servers.SECRET_KEY);
  }

  private static void assertAllThere(Store store) {
    for (int i = 0; i < OBJECTS; i++) {
      assertThat(store.get(BUCKET, "large-" + i)).isEqualTo(Store.bytes(i, LARGE_BYTES));
      assertThat(store.get(BUCKET, "small-" + i)).isEqualTo(Store.bytes(100 + i, SMALL_BYTES));
    }
  }
}
