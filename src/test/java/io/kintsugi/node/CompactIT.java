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
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Packs of which little lives are rewritten while objects come and go, and their space comes back
/// after the grace (T13, E9). The grace is of seconds here, and the node dies in the middle.
@ExtendWith(NodeLogs.class)
class CompactIT {
  private static final String BUCKET = "kept";
  private static final int OBJECTS = 240;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path data;
  private final Map<String, byte[]> live = new HashMap<>();

  @Test
  void spaceOfSparsePacksComesBackAndEverythingLiveIsByteExact() throws Exception {
    try (var node = RunningNode.start(data, List.of(), "--verticles", quick().toString())) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket(BUCKET);
        for (int i = 0; i < OBJECTS; i++) {
          put(store, i, i);
        }
      }
      node.killJvm();
      var old = packs();
      long before = bytes();
      node.restart();
      try (var store = new Store(node.s3Url())) {
        for (int i = 0; i < OBJECTS; i++) {
          if (i % 5 != 0) {
            delete(store, i);
          }
        }
        await("some rows have left").atMost(LIMIT).until(() -> left(old) < OBJECTS * 3 / 6);
      }
      node.killJvm();
      node.restart();
      try (var store = new Store(node.s3Url())) {
        for (int i = 0; i < OBJECTS; i += 40) {
          put(store, i, 1000 + i);
          delete(store, i + 20);
        }
        await("the old packs are gone, those of the middle life too")
            .atMost(LIMIT)
            .pollInterval(Duration.ofMillis(200))
            .untilAsserted(() -> {
              assertThat(packs()).doesNotContainAnyElementsOf(old);
              assertOnlyWhatIsLive();
            });
        assertThat(bytes()).isLessThan(before / 2);
        assertThat(node.rest().wrong()).as("what a scan of every byte finds").isEmpty();
        for (var object : live.entrySet()) {
          assertThat(store.get(BUCKET, object.getKey())).isEqualTo(object.getValue());
        }
      }
      long compacted = 0;
      for (var origin : node.rest().get("/api/v1/collection").path("origins")) {
        compacted += origin.path("compacted_records").asLong();
      }
      assertThat(compacted).isPositive();
    }
  }

  private Path quick() throws IOException {
    var all = new JsonObject(Files.readString(Path.of("verticles.json")));
    var verticles = all.getJsonObject("verticles");
    verticles
        .getJsonObject("catalog")
        .put("config", new JsonObject().put("graceMillis", 1_500).put("leaseMillis", 3_000));
    verticles
        .getJsonObject("collect")
        .put(
            "config",
            new JsonObject()
                .put("periodMillis", 200)
                .put("firstMillis", 100)
                .put("namesPerSecond", 10_000)
                .put("compactPeriodMillis", 100)
                .put("recordsPerSecond", 20));
    var file = data.resolveSibling(data.getFileName() + "-verticles.json");
    return Files.writeString(file, all.encodePrettily());
  }

  private void put(Store store, int number, long seed) {
    var body = Store.bytes(seed, 2_000 + number);
    store.put(BUCKET, "o" + number, body);
    live.put("o" + number, body);
  }

  private void delete(Store store, int number) {
    store.client().deleteObject(d -> d.bucket(BUCKET).key("o" + number));
    live.remove("o" + number);
  }

  private long left(Set<String> packs) throws Exception {
    var names =
        packs.stream().map(pack -> "'packs/" + pack + "'").collect(Collectors.joining(", "));
    return Long.parseLong(
        new CatalogRows(data)
            .read(
                "SELECT count(*) FROM location JOIN segment USING (write_id) WHERE live"
                    + " AND container IN ("
                    + names
                    + ")")
            .getFirst());
  }

  /// Of all origins, in quarantine too.
  private Set<String> packs() throws IOException {
    var found = new TreeSet<String>();
    for (var path : files()) {
      found.add(path.getFileName().toString());
    }
    return found;
  }

  private long bytes() throws IOException {
    long bytes = 0;
    for (var path : files()) {
      bytes += Files.size(path);
    }
    return bytes;
  }

  private List<Path> files() throws IOException {
    try (var paths = Files.walk(data.resolve("origins"))) {
      return paths
          .filter(Files::isRegularFile)
          .filter(path -> {
            var folder = path.getName(path.getNameCount() - 2).toString();
            return folder.equals("packs") || folder.equals("quarantine");
          })
          .toList();
    }
  }

  private void assertOnlyWhatIsLive() throws Exception {
    var rows = new CatalogRows(data);
    assertThat(rows.read("SELECT count(*) FROM remnant")).containsExactly("0");
    assertThat(rows.read("SELECT count(*) FROM segment WHERE NOT live")).containsExactly("0");
    assertThat(rows.read("SELECT count(*) FROM version WHERE died_at IS NOT NULL"))
        .containsExactly("0");
    var pointed =
        new TreeSet<>(
            rows.read("SELECT DISTINCT substr(container, 7) FROM location WHERE container > ''"));
    assertThat(packs()).isEqualTo(pointed);
  }
}
