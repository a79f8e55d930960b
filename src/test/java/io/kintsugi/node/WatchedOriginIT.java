package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A watched origin of a running node, and somebody who removes a shard behind its back (B8).
@ExtendWith(NodeLogs.class)
class WatchedOriginIT {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final String BUCKET = "photos";

  @TempDir private static Path data;

  private static List<Path> shards() throws Exception {
    try (var all = Files.walk(data.resolve("origins/disk-1/objects"))) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  @DisplayName("B8: a shard that somebody removes is mended without a scan or a read")
  void whatOthersRemoveIsMended() throws Exception {
    try (var node = RunningNode.start(data);
        var store = new Store(node.s3Url())) {
      node.rest().patch("/api/v1/origins/disk-1", "{\"watch\":\"true\"}");
      store.createBucket(BUCKET);
      for (int i = 0; i < 10; i++) {
        store.put(BUCKET, "photo-" + i, Store.bytes(i, 500_000));
      }
      node.rest().awaitWhole();
      var before = shards();
      assertThat(before).isNotEmpty();
      for (var shard : before) {
        Files.delete(shard);
      }
      await("all of them are written anew")
          .atMost(LIMIT)
          .until(() -> shards().size() >= before.size());
      assertThat(node.rest().get("/admin/scan").path("scans")).isEmpty();
      node.rest().patch("/api/v1/origins/disk-1", "{\"watch\":\"false\"}");
    }
  }
}
