package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The members of a pool come, change and go over REST while clients write and read (B1, C6). With
/// `-Dkintsugi.long=true` clients do much more in between, one member is drained and one replaced
/// too, and evening out is waited for to its end.
@ExtendWith(NodeLogs.class)
class MembersIT {
  private static final boolean LONG = Boolean.getBoolean("kintsugi.long");
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String BUCKET = "members";
  private static final int BEFORE = LONG ? 40 : 16;
  private static final int READS = LONG ? 1_000 : 10;
  private static final int WRITES = LONG ? 200 : 3;

  /// Shards that cannot be counted on, of what was whole before anything moved. (A write may drop a
  /// straggler under load, which has nothing to do with moves.)
  private static final String SHORT =
      "SELECT count(*) FROM lost_shard x JOIN segment s USING (write_id)"
          + " JOIN version v ON v.version_id = s.owner_id"
          + " WHERE s.live AND v.key LIKE 'before/%'";

  /// What counts on this origin.
  private static final String ON =
      "SELECT count(*) FROM location l JOIN segment s USING (write_id)"
          + " WHERE s.live AND l.state = 'landed' AND l.origin_id = '%s'";

  @TempDir private static Path data;
  private RunningNode node;
  private Traffic traffic;

  @BeforeEach
  void start() {
    node = RunningNode.start(data);
    traffic = new Traffic(node, BUCKET, 30, 20_000, 700_000, 300_000);
  }

  @AfterEach
  void stop() {
    traffic.close();
    node.close();
  }

  private static long count(String sql) throws Exception {
    return Long.parseLong(new CatalogRows(data).read(sql).getFirst());
  }

  private JsonNode get(String path) throws Exception {
    return node.rest().get(path);
  }

  private String verdict(String origin) throws Exception {
    for (var found : get("/api/v1/pool/explain?count=6").path("origins")) {
      if (found.path("id").asText().equals(origin)) {
        return found.path("reason").asText();
      }
    }
    return "unknown";
  }

  @Test
  @DisplayName("C6: members are added, changed, evened out, replaced and removed under load")
  void membersComeChangeAndGo() throws Exception {
    try (var store = new Store(node.s3Url())) {
      node.rest().put("/api/v1/buckets/" + BUCKET, "{\"layout\":{\"k\":4,\"m\":2}}");
      traffic.prepare(store, BEFORE);
      node.rest().awaitWhole();
      traffic.begin(2, 1);
      traffic.await(READS, WRITES);
      traffic.seen("all well");
      add();
      change();
      evenOut();
      if (LONG) {
        drain();
        replace();
      }
      removeByForce();
      traffic.end(store);
      assertThat(node.rest().wrong()).isEmpty();
    }
  }

  private void add() throws Exception {
    var made =
        node.rest()
            .post(
                "/api/v1/origins",
                "{\"id\":\"disk-9\",\"origin_type\":\"local\",\"path\":\"%s\"}"
                    .formatted(data.resolve("ninth")));
    assertThat(made.path("marker").asText()).isEqualTo("ours");
    await("writes reach the new one").atMost(LIMIT).until(() -> count(ON.formatted("disk-9")) > 0);
    traffic.await(READS, WRITES);
    traffic.seen("disk-9 added");
  }

  private void change() throws Exception {
    node.rest().patch("/api/v1/origins/disk-9", "{\"write_enabled\":false}");
    assertThat(verdict("disk-9")).isEqualTo("not_writable");
    traffic.await(READS, WRITES);
    node.rest().patch("/api/v1/origins/disk-9", "{\"write_enabled\":true,\"cost_per_gb\":0.1}");
    assertThat(verdict("disk-9")).isIn("chosen", "not_needed");
    traffic.seen("disk-9 switched off for writes, and on");
  }

  private void evenOut() throws Exception {
    node.rest().post("/api/v1/pool/rebalance", "{\"action\":\"start\"}");
    await("shards move")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          assertThat(count(SHORT)).as("short while it is evened out").isZero();
          var now = get("/api/v1/pool").path("rebalance");
          return LONG ? now.path("fill").has("disk-9") && isEven(now) : moved(now) > 0;
        });
    traffic.await(READS, WRITES);
    assertThat(moved(get("/api/v1/pool").path("rebalance"))).isPositive();
    node.rest().post("/api/v1/pool/rebalance", "{\"action\":\"cancel\"}");
    traffic.seen("evened out");
  }

  private static long moved(JsonNode rebalance) {
    return rebalance.path("moved").asLong();
  }

  private static boolean isEven(JsonNode rebalance) {
    return rebalance.path("state").asText().equals("done") || moved(rebalance) > 20;
  }

  private void drain() throws Exception {
    node.rest().post("/api/v1/origins/disk-3/drain", "{\"action\":\"start\"}");
    await("disk-3 is empty")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          assertThat(count(SHORT)).as("short while it is drained").isZero();
          return get("/api/v1/origins/disk-3/drain").path("state").asText().equals("drained");
        });
    node.rest().delete("/api/v1/origins/disk-3");
    traffic.seen("disk-3 drained and removed");
  }

  /// A disk is dead, and an empty one stands in its place.
  private void replace() throws Exception {
    var place = data.resolve("origins/disk-5");
    Files.move(place, data.resolve("disk-5.dead"));
    Files.createDirectory(place);
    var blank = node.rest().post("/api/v1/origins/disk-5/check", "");
    assertThat(blank.path("marker").asText()).isEqualTo("blank");
    var anew = node.rest().post("/api/v1/origins/disk-5/replace", "");
    assertThat(anew.path("marker").asText()).isEqualTo("ours");
    awaitNothingShort();
    traffic.await(READS, WRITES);
    traffic.seen("disk-5 dead and replaced");
    assertThat(count(ON.formatted("disk-5"))).isPositive();
  }

  private void removeByForce() throws Exception {
    Files.move(data.resolve("origins/disk-4"), data.resolve("disk-4.dead"));
    var refusal = node.rest().refused("DELETE", "/api/v1/origins/disk-4", 409);
    assertThat(refusal).contains("drain it first", "force=true");
    var gone = node.rest().delete("/api/v1/origins/disk-4?force=true");
    assertThat(gone.path("segments_lost").asLong()).isPositive();
    awaitNothingShort();
    traffic.await(READS, WRITES);
    traffic.seen("disk-4 dead and removed by force");
    assertThat(get("/api/v1/origins").path("origins"))
        .noneMatch(origin -> origin.path("id").asText().equals("disk-4"));
  }

  private static void awaitNothingShort() {
    await("all that was whole is whole again")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> count(SHORT) == 0);
  }
}
