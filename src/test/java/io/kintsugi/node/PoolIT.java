package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.kintsugi.format.Cid;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// What a pool is tried by, on a whole node with real disks (B1, B3, B6, C1 to C5).
@ExtendWith(NodeLogs.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PoolIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final byte[] NOTHING = {};
  private static final int DISKS = 5;
  private static final int LARGE = 400_000;
  private static final int SMALL = 9_000;

  @TempDir private static Path data;
  private static RunningNode node;
  private static Store store;
  private static Rest rest;

  @BeforeAll
  static void startNode() {
    node = RunningNode.start(data, "--origins", Integer.toString(DISKS));
    store = new Store(node.s3Url());
    rest = node.rest();
  }

  @AfterAll
  static void stopNode() {
    store.close();
    node.close();
  }

  private static void bucket(String name, String strategy, int k, int m) throws Exception {
    rest.put(
        "/api/v1/buckets/" + name,
        "{\"strategy\":\"%s\",\"layout\":{\"k\":%d,\"m\":%d}}".formatted(strategy, k, m));
  }

  /// Where the shards of an object lie, by index.
  private static List<String> places(String bucket, String key) throws Exception {
    return new CatalogRows(data)
        .read(
            "SELECT l.origin_id FROM location l JOIN segment s USING (write_id)"
                + " JOIN version v ON v.version_id = s.owner_id JOIN bucket b USING (bucket_id)"
                + " WHERE s.live AND l.state = 'landed' AND b.name = '%s' AND v.key = '%s'"
                    .formatted(bucket, key)
                + " ORDER BY l.shard_index");
  }

  private static void change(String origin, String body) throws Exception {
    rest.patch("/api/v1/origins/" + origin, body);
  }

  private static HttpResponse<byte[]> call(String method, String cid, byte[] body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(node.httpUrl() + "/api/v1/blocks/" + cid))
            .method(method, BodyPublishers.ofByteArray(body))
            .build();
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.ofByteArray());
    }
  }

  @Test
  @Order(1)
  @DisplayName("test_pool_stats")
  void thePoolIsCounted() throws Exception {
    var before = rest.get("/api/v1/pool/stats");
    assertThat(before.path("total_backends").asInt()).isEqualTo(DISKS);
    assertThat(before.path("healthy_backends").asInt()).isEqualTo(DISKS);
    change("disk-1", "{\"capacity\":1000000000,\"cost_per_gb\":0.023}");
    var stats = rest.get("/api/v1/origins/disk-1/stats");
    assertThat(stats.path("capacity").asLong()).isEqualTo(1_000_000_000);
    var pool = rest.get("/api/v1/pool/stats");
    assertThat(pool.path("avg_cost_per_gb").asDouble()).isEqualTo(0.023 / DISKS);
    long measured = before.path("total_capacity").asLong();
    assertThat(pool.path("total_capacity").asLong()).isLessThan(measured);
    change("disk-1", "{\"capacity\":0,\"cost_per_gb\":0}");
    assertDefaults(rest.get("/api/v1/pool"));
  }

  private static void assertDefaults(JsonNode pool) {
    assertThat(pool.path("strategy").asText()).isEqualTo("RoundRobin");
    assertThat(pool.path("replication_factor").asInt()).isEqualTo(1);
    assertThat(pool.path("health_check_interval_seconds").asInt()).isEqualTo(30);
    assertThat(pool.path("auto_failover").asBoolean()).isTrue();
    assertThat(pool.path("min_healthy_backends").asInt()).isEqualTo(1);
    var backend = pool.path("backends").get(1);
    assertThat(backend.path("priority").asInt()).isEqualTo(100);
    assertThat(backend.path("capacity").asLong()).isZero();
    assertThat(backend.path("cost_per_gb").asDouble()).isZero();
    assertThat(backend.path("size_threshold").isNull()).isTrue();
    assertThat(backend.path("healthy").asBoolean()).isTrue();
    assertThat(backend.path("read_enabled").asBoolean()).isTrue();
    assertThat(backend.path("write_enabled").asBoolean()).isTrue();
    assertThat(backend.path("used").asLong()).isZero();
  }

  @Test
  @Order(2)
  @DisplayName("test_pool_basic")
  void aBlockIsThereAndIsWhatItWas() throws Exception {
    var bytes = "test data".getBytes(StandardCharsets.UTF_8);
    var cid = Cid.of(ByteBuffer.wrap(bytes)).text();
    assertThat(call("HEAD", cid, NOTHING).statusCode()).isEqualTo(404);
    assertThat(call("PUT", cid, bytes).statusCode()).isEqualTo(201);
    assertThat(call("HEAD", cid, NOTHING).statusCode()).isEqualTo(200);
    assertThat(call("GET", cid, NOTHING).body()).isEqualTo(bytes);
    assertThat(rest.get("/api/v1/pool/stats").path("total_writes").asLong()).isPositive();
  }

  @Test
  @Order(3)
  @DisplayName("test_pool_replicated")
  void everyDiskHasACopy() throws Exception {
    bucket("everywhere", "Replicated", 3, 2);
    var all = new String[] {"disk-1", "disk-2", "disk-3", "disk-4", "disk-5"};
    for (int size : new int[] {SMALL, LARGE}) {
      store.put("everywhere", "k" + size, Store.bytes(size, size));
      assertThat(places("everywhere", "k" + size)).containsExactlyInAnyOrder(all);
    }
    var away = new Away(node);
    for (int disk = 2; disk <= DISKS; disk++) {
      away.takeAway("disk-" + disk);
    }
    for (int size : new int[] {SMALL, LARGE}) {
      assertThat(store.get("everywhere", "k" + size)).isEqualTo(Store.bytes(size, size));
    }
    rest.patch("/api/v1/pool", "{\"replication_factor\":3}");
    away.bringBack("disk-2");
    for (int size : new int[] {SMALL, LARGE}) {
      assertThat(refused("everywhere", size)).contains("3 copies must be flushed");
    }
    away.bringBack("disk-3");
    store.put("everywhere", "three", Store.bytes(3, LARGE));
    assertThat(places("everywhere", "three"))
        .containsExactlyInAnyOrder("disk-1", "disk-2", "disk-3");
    away.bringBack("disk-4");
    away.bringBack("disk-5");
    rest.patch("/api/v1/pool", "{\"replication_factor\":1}");
    assertThat(rest.wrong()).isEmpty();
  }

  private static String refused(String bucket, int size) {
    try {
      store.put(bucket, "refused", Store.bytes(size, size));
    } catch (S3Exception e) {
      assertThat(e.statusCode()).isEqualTo(503);
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("it was taken");
  }

  @Test
  @Order(4)
  @DisplayName("C1: under ConsistentHash a key stays where it is, and only a new disk moves it")
  void theKeySaysWhere() throws Exception {
    bucket("by-key", "ConsistentHash", 1, 1);
    int keys = 30;
    var before = new ArrayList<List<String>>();
    for (int i = 0; i < keys; i++) {
      before.add(put("by-key", i));
    }
    assertThat(new HashSet<>(before)).as("they spread").hasSizeGreaterThan(DISKS);
    for (int i = 0; i < keys; i++) {
      assertThat(put("by-key", i)).isEqualTo(before.get(i));
    }
    var made =
        rest.post(
            "/api/v1/origins",
            "{\"id\":\"disk-6\",\"origin_type\":\"local\",\"path\":\"%s\"}"
                .formatted(data.resolve("origins/disk-6")));
    assertThat(made.path("id").asText()).isEqualTo("disk-6");
    int moved = 0;
    for (int i = 0; i < keys; i++) {
      var now = put("by-key", i);
      var stayed = new ArrayList<>(now);
      if (stayed.remove("disk-6")) {
        moved++;
      }
      assertThat(before.get(i)).containsAll(stayed);
    }
    assertThat(moved).as("keys with a copy on the new disk").isBetween(1, keys - 10);
  }

  private static List<String> put(String bucket, int number) throws Exception {
    int size = number % 2 == 0 ? SMALL : LARGE;
    store.put(bucket, "key-" + number, Store.bytes(number, size));
    return places(bucket, "key-" + number);
  }

  @Test
  @Order(5)
  @DisplayName("test_route_by_priority")
  void readsGoToTheFirst() throws Exception {
    bucket("first", "RoundRobin", 1, 1);
    change("disk-1", "{\"priority\":1}");
    change("disk-2", "{\"priority\":2}");
    store.put("first", "k", Store.bytes(1, LARGE));
    assertThat(places("first", "k")).containsExactlyInAnyOrder("disk-1", "disk-2");
    awaitReadsFrom("disk-1", "disk-2");
  }

  @Test
  @Order(6)
  @DisplayName("test_select_skips_unhealthy")
  void readsGoPastWhatIsIll() throws Exception {
    rest.post("/api/v1/origins/disk-1/health", "{\"state\":\"unhealthy\",\"for\":\"10m\"}");
    awaitReadsFrom("disk-2", "disk-1");
    rest.post("/api/v1/origins/disk-1/health", "{\"state\":\"measured\"}");
  }

  /// What was heard of an origin reaches the readers a moment later.
  private static void awaitReadsFrom(String origin, String other) {
    await("reads from " + origin)
        .atMost(LIMIT)
        .untilAsserted(() -> {
          long here = reads(origin);
          long there = reads(other);
          for (int i = 0; i < 5; i++) {
            assertThat(store.get("first", "k")).isEqualTo(Store.bytes(1, LARGE));
          }
          assertThat(reads(origin) - here).isGreaterThanOrEqualTo(5);
          assertThat(reads(other) - there).isZero();
        });
  }

  private static long reads(String origin) throws Exception {
    return rest.get("/api/v1/origins/" + origin + "/stats").path("reads").asLong();
  }

  @Test
  @Order(7)
  @DisplayName("test_failover_to_backup")
  void theBackupIsReadWhenTheFirstIsGone() throws Exception {
    var away = new Away(node);
    Files.move(away.place("disk-1"), data.resolve("disk-1.away"));
    assertThat(store.get("first", "k")).isEqualTo(Store.bytes(1, LARGE));
    away.bringBack("disk-1");
    assertThat(store.get("first", "k")).isEqualTo(Store.bytes(1, LARGE));
  }
}
