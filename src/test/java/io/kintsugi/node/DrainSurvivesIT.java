package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A node dies while one of its origins is drained (C6).
@ExtendWith(NodeLogs.class)
class DrainSurvivesIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String BUCKET = "moving";
  private static final int OBJECTS = 120;
  private static final int BYTES = 300_000;
  private static final String DRAIN = "/api/v1/origins/disk-3/drain";

  private static final String SHORT =
      "SELECT count(*) FROM lost_shard x JOIN segment s USING (write_id) WHERE s.live";

  private static final String LEFT =
      "SELECT count(*) FROM location l JOIN segment s USING (write_id)"
          + " WHERE s.live AND l.origin_id = 'disk-3'";

  @TempDir private static Path data;

  private static long count(String sql) throws Exception {
    return Long.parseLong(new CatalogRows(data).read(sql).getFirst());
  }

  private static String key(int number) {
    return "object/" + number;
  }

  private static void check(Store store) {
    for (int i = 0; i < OBJECTS; i++) {
      assertThat(store.find(BUCKET, key(i))).as(key(i)).isEqualTo(Store.bytes(i, BYTES));
    }
  }

  @Test
  @DisplayName("C6: a drain goes on after kill -9, nothing is lost, and nothing is ever short")
  void aDrainGoesOn() throws Exception {
    try (var node = RunningNode.start(data)) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket(BUCKET);
        for (int i = 0; i < OBJECTS; i++) {
          store.put(BUCKET, key(i), Store.bytes(i, BYTES));
        }
      }
      node.rest().awaitWhole();
      node.rest()
          .post(
              "/api/v1/origins",
              "{\"id\":\"disk-9\",\"origin_type\":\"local\",\"path\":\"%s\"}"
                  .formatted(data.resolve("ninth")));
      long before = count(LEFT);
      assertThat(before).isPositive();
      node.rest().post(DRAIN, "{\"action\":\"start\"}");
      await("some of it is moved")
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> count(LEFT) < before);
      node.killJvm();
      long left = count(LEFT);
      assertThat(left).as("it died in the middle").isPositive();
      assertThat(count(SHORT)).as("short when it died").isZero();

      node.restart();
      var shortest = new ArrayList<Long>();
      await("the drain goes on by itself")
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(100))
          .until(() -> {
            shortest.add(count(SHORT));
            return node.rest().get(DRAIN).path("state").asText().equals("drained");
          });
      assertThat(shortest).as("shards short of the wish").containsOnly(0L);
      assertThat(count(LEFT)).isZero();
      try (var store = new Store(node.s3Url())) {
        check(store);
        node.rest().delete("/api/v1/origins/disk-3");
        check(store);
      }
    }
  }
}
