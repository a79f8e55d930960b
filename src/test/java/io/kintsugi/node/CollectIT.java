package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;

/// What was overwritten, deleted, aborted or left behind goes away after the grace, and nothing
/// else does (T12, E9). The grace is of seconds here, and the node dies once on the way.
@ExtendWith(NodeLogs.class)
class CollectIT {
  private static final String BUCKET = "kept";
  private static final int PART_BYTES = 5 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir private Path data;
  private final Map<String, byte[]> live = new HashMap<>();

  @Test
  void diskUsageGoesDownToWhatIsLiveAndEverythingLiveIsByteExact() throws Exception {
    try (var node = RunningNode.start(data, List.of(), "--verticles", quick().toString())) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket(BUCKET);
        litter(store);
        node.killJvm();
      }
      leaveOrphans();
      Files.move(origin(), aside());
      node.restart();
      try (var store = new Store(node.s3Url())) {
        put(store, "small-and-alive", 4_000, 7);
        put(store, "large-and-alive", 700_000, 8);
        store.put(BUCKET, "gone-at-last", Store.bytes(9, 600_000));
        delete(store, "gone-at-last");
        put(store, "overwritten", 900_000, 2);
        delete(store, "deleted");
        bringBackTheStaleOrigin(node);
        node.rest().awaitScan(node.rest().startScan("Quick"));
        await("only what is live lies there")
            .atMost(LIMIT)
            .pollInterval(Duration.ofMillis(200))
            .untilAsserted(this::assertOnlyWhatIsLive);
        assertThat(node.rest().wrong()).as("what a scan of every byte finds").isEmpty();
        for (var object : live.entrySet()) {
          assertThat(store.get(BUCKET, object.getKey())).isEqualTo(object.getValue());
        }
        assertThat(store.find(BUCKET, "deleted")).isNull();
      }
      assertTold(node);
    }
  }

  /// The node as it is, but for a grace of seconds.
  private Path quick() throws IOException {
    var all = new JsonObject(Files.readString(Path.of("verticles.json")));
    var verticles = all.getJsonObject("verticles");
    verticles
        .getJsonObject("catalog")
        .put("config", new JsonObject().put("graceMillis", 1_200).put("leaseMillis", 3_000));
    verticles
        .getJsonObject("collect")
        .put(
            "config",
            new JsonObject()
                .put("periodMillis", 300)
                .put("firstMillis", 100)
                .put("namesPerSecond", 10_000));
    var file = data.resolveSibling(data.getFileName() + "-verticles.json");
    return Files.writeString(file, all.encodePrettily());
  }

  private void put(Store store, String key, int bytes, long seed) {
    var body = Store.bytes(seed, bytes);
    store.put(BUCKET, key, body);
    live.put(key, body);
  }

  private static void delete(Store store, String key) {
    store.client().deleteObject(d -> d.bucket(BUCKET).key(key));
  }

  private void litter(Store store) {
    put(store, "overwritten", 500_000, 1);
    store.put(BUCKET, "deleted", Store.bytes(3, 1_500_000));
    for (int i = 0; i < 5; i++) {
      store.put(BUCKET, "small-" + i, Store.bytes(i, 3_000));
    }
    for (int i = 0; i < 5; i++) {
      delete(store, "small-" + i);
    }
    var upload = store.client().createMultipartUpload(u -> u.bucket(BUCKET).key("aborted"));
    store
        .client()
        .uploadPart(
            p -> p.bucket(BUCKET).key("aborted").uploadId(upload.uploadId()).partNumber(1),
            RequestBody.fromBytes(Store.bytes(4, PART_BYTES)));
    store
        .client()
        .abortMultipartUpload(a -> a.bucket(BUCKET).key("aborted").uploadId(upload.uploadId()));
  }

  /// As a write leaves them that died before its commit: whole shards under another attempt.
  private void leaveOrphans() throws Exception {
    for (var shard : new Disk(data).shards(BUCKET, "overwritten")) {
      var name = shard.getFileName().toString();
      int last = name.charAt(name.length() - 1) == 'f' ? 'e' : 'f';
      var other = name.substring(0, name.length() - 1) + (char) last;
      Files.copy(shard, shard.resolveSibling(other));
    }
  }

  private Path origin() {
    return data.resolve("origins").resolve("disk-3");
  }

  private Path aside() {
    return data.resolveSibling(data.getFileName() + "-disk-3");
  }

  /// It missed deletes and overwrites. All that the others confirmed, and still every row stays
  /// until it is back.
  private void bringBackTheStaleOrigin(RunningNode node) throws Exception {
    var rows = new CatalogRows(data);
    await("only the one that is away has not confirmed")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() ->
            assertThat(rows.read("SELECT DISTINCT origin_id FROM remnant"))
                .containsExactly("disk-3"));
    assertThat(rows.read("SELECT key FROM version WHERE died_at IS NOT NULL"))
        .contains("deleted", "overwritten");
    try (var left = Files.walk(origin())) {
      assertThat(left.filter(Files::isRegularFile)).as("a blank place").isEmpty();
    } catch (java.nio.file.NoSuchFileException e) {
      assertThat(origin()).doesNotExist();
    }
    if (Files.exists(origin())) {
      try (var left = Files.walk(origin())) {
        for (var path : left.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.move(aside(), origin());
    assertThat(node.rest().post("/api/v1/origins/disk-3/check", "").path("marker").asText())
        .isEqualTo("ours");
  }

  private void assertOnlyWhatIsLive() throws Exception {
    var rows = new CatalogRows(data);
    var expected =
        new TreeSet<>(
            rows.read(
                "SELECT origin_id || '/' || coalesce(container, replace(write_id::text, '-', '')"
                    + " || '.' || lpad(shard_index::text, 2, '0') || '.'"
                    + " || replace(attempt_id::text, '-', '')) FROM location"));
    var found = new TreeSet<String>();
    long bytes = 0;
    try (var paths = Files.walk(data.resolve("origins"))) {
      for (var path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
        var inData = data.resolve("origins").relativize(path);
        var folder = inData.getName(1).toString();
        if (inData.getNameCount() > 2 && !folder.equals("journal")) {
          found.add(
              inData.getName(0)
                  + "/"
                  + (folder.equals("objects") ? "" : folder + "/")
                  + path.getFileName());
          bytes += folder.equals("packs") ? 0 : Files.size(path);
        }
      }
    }
    assertThat(found).isEqualTo(expected);
    assertThat(rows.read("SELECT sum(length) FROM location WHERE container IS NULL"))
        .containsExactly(Long.toString(bytes));
    assertThat(rows.read("SELECT count(*) FROM segment WHERE NOT live")).containsExactly("0");
    assertThat(rows.read("SELECT count(*) FROM version WHERE died_at IS NOT NULL"))
        .containsExactly("0");
    assertThat(rows.read("SELECT name FROM unreferenced")).isEmpty();
  }

  private static void assertTold(RunningNode node) throws Exception {
    var told = node.rest().get("/api/v1/collection");
    long collected = 0;
    for (var origin : told.path("origins")) {
      assertThat(origin.path("waiting_names").asLong()).isZero();
      assertThat(origin.path("quarantined").asLong()).isZero();
      collected += origin.path("collected_bytes").asLong();
    }
    assertThat(collected).isGreaterThan(1_500_000L + 600_000 + PART_BYTES);
    await("metrics")
        .atMost(LIMIT)
        .untilAsserted(() ->
            assertThat(node.rest().text("/metrics/prometheus"))
                .containsPattern("(?m)^kintsugi_collected_bytes_total [1-9][0-9.E+]+$")
                .containsPattern("(?m)^kintsugi_quarantine_bytes 0")
                .containsPattern("(?m)^kintsugi_orphans 0"));
    assertThat(node.rest().get("/status/health").at("/subsystems/collect/error_message").isNull())
        .isTrue();
  }
}
