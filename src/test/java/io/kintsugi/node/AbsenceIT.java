package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Origins that stay away: what lay on them is rebuilt elsewhere, and trimmed once they are back.
@ExtendWith(NodeLogs.class)
class AbsenceIT {
  private static final Duration LIMIT = Away.LIMIT;
  private static final int LARGE_BYTES = 900_000;
  private static final int SMALL_BYTES = 20_000;
  private static final int OBJECTS = 6;
  private static final String BUCKET = "away";
  private static final String WIDE = "wide";

  /// Shards of which no copy lies anywhere but on this origin.
  private static final String LACKING =
      """
      SELECT count(*) FROM segment s CROSS JOIN LATERAL generate_series(0, s.k + s.m - 1) AS i
       WHERE s.live AND s.k = %d AND NOT EXISTS (
         SELECT FROM location l WHERE l.write_id = s.write_id AND l.shard_index = i
            AND l.state = 'landed' AND l.origin_id <> '%s')
      """;

  /// The wide bucket finds no free domain, and is not meant.
  private static final String ON_DISK_3 =
      "SELECT count(*) FROM location l JOIN segment s USING (write_id)"
          + " WHERE s.live AND s.k <> 6 AND l.origin_id = 'disk-3'";

  private static final String TWICE =
      "SELECT count(*) FROM (SELECT 1 FROM location l JOIN segment s USING (write_id) WHERE s.live"
          + " GROUP BY l.write_id, l.shard_index HAVING count(*) > 1) x";

  @TempDir private static Path data;
  private static RunningNode node;
  private static Away away;

  @BeforeAll
  static void startNode() throws Exception {
    node = RunningNode.start(data);
    away = new Away(node);
    var rest = node.rest();
    rest.put("/api/v1/buckets/" + BUCKET, "{\"layout\":{\"k\":4,\"m\":2}}");
    rest.put("/admin/policy/heal", "{\"rebuild_after\":\"2s\"}");
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private static void put(Store store, String bucket) {
    for (int i = 0; i < OBJECTS; i++) {
      store.put(bucket, "large-" + i, Store.bytes(i, LARGE_BYTES));
      store.put(bucket, "small-" + i, Store.bytes(100 + i, SMALL_BYTES));
    }
  }

  private static void assertAllThere(Store store, String bucket) {
    for (int i = 0; i < OBJECTS; i++) {
      assertThat(store.get(bucket, "large-" + i)).isEqualTo(Store.bytes(i, LARGE_BYTES));
      assertThat(store.get(bucket, "small-" + i)).isEqualTo(Store.bytes(100 + i, SMALL_BYTES));
    }
  }

  @Test
  @DisplayName("what is absent is rebuilt on free domains, used at once, and trimmed afterwards")
  void absentShardsAreAddedElsewhereAndTrimmedAfterTheReturn() throws Exception {
    try (var store = new Store(node.s3Url())) {
      put(store, BUCKET);
      node.rest().awaitWhole();
      long lost = away.count(ON_DISK_3);
      assertThat(lost).isPositive();
      away.takeAway("disk-3");
      away.awaitState("disk-3", "absent");
      away.awaitZero(LACKING.formatted(4, "disk-3"));
      away.awaitZero(LACKING.formatted(1, "disk-3"));
      assertThat(away.count(TWICE)).isEqualTo(lost);
      // Redundancy is whole again: two more may go.
      away.takeAway("disk-1");
      away.takeAway("disk-2");
      assertAllThere(store, BUCKET);
      away.bringBack("disk-1");
      away.bringBack("disk-2");
      away.bringBack("disk-3");
      away.awaitState("disk-3", "here");
      away.awaitZero(TWICE);
      away.awaitZero("SELECT count(*) FROM heal_task WHERE state = 'open'");
      assertAllThere(store, BUCKET);
      assertThat(node.rest().wrong()).isEmpty();
      assertThat(away.count(ON_DISK_3)).as("what was written first is what stays").isEqualTo(lost);
    }
  }

  @Test
  @DisplayName("NO_SPARE_DOMAIN is told; an origin declared lost is rebuilt without waiting")
  void whatFindsNoFreeDomainIsTold() throws Exception {
    var rest = node.rest();
    rest.put("/admin/policy/heal", "{\"rebuild_after\":\"never\"}");
    try (var store = new Store(node.s3Url())) {
      store.createBucket(WIDE);
      store.put(WIDE, "k", Store.bytes(9, LARGE_BYTES));
      rest.awaitWhole();
      away.takeAway("disk-5");
      away.awaitState("disk-5", "away");
      rest.post("/api/v1/origins/disk-5/lost", "");
      away.awaitState("disk-5", "lost");
      await("the alarm")
          .atMost(LIMIT)
          .untilAsserted(() -> {
            var health = rest.get("/status/health").at("/subsystems/heal");
            assertThat(health.path("error_message").asText()).startsWith("NO_SPARE_DOMAIN");
          });
      assertThat(rest.get("/api/v1/absences").path("held_up_by").asText())
          .isEqualTo("NO_SPARE_DOMAIN");
      assertThat(rest.get("/status/health").path("status").asText()).isEqualTo("Degraded");
      assertThat(store.get(WIDE, "k")).isEqualTo(Store.bytes(9, LARGE_BYTES));
      assertThat(away.count(LACKING.formatted(6, "disk-5"))).isEqualTo(1);
      away.bringBack("disk-5");
      rest.put("/admin/policy/heal", "{\"rebuild_after\":\"1s\"}");
      away.awaitState("disk-5", "here");
      await("the end of the alarm")
          .atMost(LIMIT)
          .untilAsserted(() ->
              assertThat(rest.get("/status/health").at("/subsystems/heal/error_message").isNull())
                  .isTrue());
      assertThat(List.of(rest.wrong())).containsExactly(List.of());
    }
    rest.put("/admin/policy/heal", "{\"rebuild_after\":\"2s\"}");
  }
}
