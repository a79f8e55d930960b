package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// An origin is added, one is drained and removed over REST while clients write and read (B1, C6).
@ExtendWith(NodeLogs.class)
class OriginsComeAndGoIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String BUCKET = "moving";
  private static final int WRITERS = 2;
  private static final int BEFORE = 40;

  /// Shards that cannot be counted on, of what was whole before anything moved. (A write may drop a
  /// straggler under load, which has nothing to do with moves.)
  private static final String SHORT =
      "SELECT count(*) FROM lost_shard x JOIN segment s USING (write_id)"
          + " JOIN version v ON v.version_id = s.owner_id"
          + " WHERE s.live AND v.key LIKE 'before/%'";

  @TempDir private static Path data;
  private final Map<String, Integer> written = new ConcurrentHashMap<>();
  private final List<String> wrong = new CopyOnWriteArrayList<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger reads = new AtomicInteger();

  private static int size(int number) {
    return number % 3 == 0 ? 20_000 : 700_000;
  }

  private void put(Store store, String key, int number) {
    store.put(BUCKET, key, Store.bytes(key.hashCode(), size(number)));
    written.put(key, size(number));
  }

  private void check(Store store, String key) {
    var bytes = store.find(BUCKET, key);
    var wanted = Store.bytes(key.hashCode(), written.getOrDefault(key, 0));
    if (!java.util.Arrays.equals(bytes, wanted)) {
      wrong.add(key + (bytes == null ? " is gone" : " is other bytes"));
    }
    reads.incrementAndGet();
  }

  private Thread writer(RunningNode node, int lane) {
    return Thread.ofPlatform()
        .start(() -> {
          try (var store = new Store(node.s3Url())) {
            for (int i = 0; !over.get(); i++) {
              put(store, "lane-%d/%d".formatted(lane, i), i);
            }
          } catch (RuntimeException e) {
            wrong.add("write: " + e);
          }
        });
  }

  private Thread reader(RunningNode node) {
    return Thread.ofPlatform()
        .start(() -> {
          try (var store = new Store(node.s3Url())) {
            while (!over.get()) {
              for (var key : new ArrayList<>(written.keySet())) {
                if (!over.get()) {
                  check(store, key);
                }
              }
            }
          } catch (RuntimeException e) {
            wrong.add("read: " + e);
          }
        });
  }

  private static long count(String sql) throws Exception {
    return Long.parseLong(new CatalogRows(data).read(sql).getFirst());
  }

  @Test
  @DisplayName("C6: an origin comes and another goes under load, and nothing is lost or short")
  void originsComeAndGoUnderLoad() throws Exception {
    try (var node = RunningNode.start(data);
        var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
      for (int i = 0; i < BEFORE; i++) {
        put(store, "before/" + i, i);
      }
      node.rest().awaitWhole();
      var threads = new ArrayList<Thread>();
      for (int lane = 0; lane < WRITERS; lane++) {
        threads.add(writer(node, lane));
      }
      threads.add(reader(node));
      var shortest = new CopyOnWriteArrayList<Long>();
      try {
        var ninth = data.resolve("ninth");
        var made =
            node.rest()
                .post(
                    "/api/v1/origins",
                    "{\"id\":\"disk-9\",\"origin_type\":\"local\",\"path\":\"%s\",\"cost_per_gb\":0.5}"
                        .formatted(ninth));
        assertThat(made.path("marker").asText()).isEqualTo("ours");
        assertThat(made.path("source").asText()).isEqualTo("runtime");
        await("writes reach the new one")
            .atMost(LIMIT)
            .until(
                () -> node.rest().get("/api/v1/origins/disk-9/stats").path("writes").asLong() > 0);

        var refusal = node.rest().refused("DELETE", "/api/v1/origins/disk-3", 409);
        assertThat(refusal).contains("segments", "drain it first");
        node.rest().post("/api/v1/origins/disk-3/drain", "{\"action\":\"start\"}");
        var seen = new ArrayList<Long>();
        await("disk-3 is empty")
            .atMost(LIMIT)
            .pollInterval(Duration.ofMillis(100))
            .until(() -> {
              shortest.add(count(SHORT));
              var drain = node.rest().get("/api/v1/origins/disk-3/drain");
              seen.add(drain.path("moved").asLong());
              return drain.path("state").asText().equals("drained");
            });
        assertThat(seen.getLast()).as("moves are counted: %s", seen).isPositive();
        assertThat(seen.stream().distinct().count()).as("progress is seen").isGreaterThan(2);
        assertThat(shortest).as("shards short of the wish").containsOnly(0L);

        node.rest().delete("/api/v1/origins/disk-3");
        assertThat(node.rest().get("/api/v1/origins").path("origins"))
            .noneMatch(origin -> origin.path("id").asText().equals("disk-3"));
      } finally {
        over.set(true);
        for (var thread : threads) {
          thread.join();
        }
      }
      assertThat(wrong).isEmpty();
      assertThat(written).hasSizeGreaterThan(BEFORE);
      assertThat(reads.get()).isPositive();
      written.keySet().forEach(key -> check(store, key));
      assertThat(wrong).isEmpty();
      assertThat(
              count(
                  "SELECT count(*) FROM location l JOIN segment s USING (write_id)"
                      + " WHERE s.live AND l.origin_id = 'disk-3'"))
          .isZero();
      assertThat(node.rest().wrong()).isEmpty();

      var again =
          node.rest()
              .refused(
                  "POST",
                  "/api/v1/origins",
                  "{\"id\":\"disk-3\",\"origin_type\":\"local\",\"path\":\"%s\"}"
                      .formatted(data.resolve("other")),
                  409);
      assertThat(again).contains("removed");
    }
    try (var node = RunningNode.start(data);
        var store = new Store(node.s3Url())) {
      var ids = new ArrayList<String>();
      node.rest()
          .get("/api/v1/origins")
          .path("origins")
          .forEach(origin -> ids.add(origin.path("id").asText() + origin.path("marker").asText()));
      assertThat(ids).contains("disk-9ours").noneMatch(id -> id.startsWith("disk-3")).hasSize(8);
      check(store, "before/1");
      assertThat(wrong).isEmpty();
      assertThat(Files.exists(data.resolve("ninth"))).isTrue();
    }
  }
}
