package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Small objects in packs, and what a hammer does to packs: deleted, cut off, overwritten; read,
/// scanned and healed as a user would (A3, A6, A7, G2).
@ExtendWith(NodeLogs.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PacksIT {
  private static final String BUCKET = "small";
  private static final int OBJECTS = 300;
  private static final int WRITERS = 16;
  private static final int PACKED_MAX = 131_072;
  private static final int FLIP_EVERY = 4096;

  @TempDir private static Path data;
  private static RunningNode node;

  @BeforeAll
  static void startNode() throws Exception {
    node = RunningNode.start(data);
    try (var store = new Store(node.s3Url());
        var writers = Executors.newFixedThreadPool(WRITERS)) {
      store.createBucket(BUCKET);
      var puts = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < OBJECTS; i++) {
        int number = i;
        puts.add(() -> {
          store.put(BUCKET, key(number), content(number));
          return true;
        });
      }
      for (var put : writers.invokeAll(puts)) {
        assertThat(put.get()).isTrue();
      }
    }
    node.rest().awaitWhole();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private static String key(int number) {
    return "object-" + number;
  }

  private static byte[] content(int number) {
    int bytes = number % 10 == 0 ? 0 : number % 7 == 0 ? PACKED_MAX : 37 * number;
    return Store.bytes(number, bytes);
  }

  private static void assertAllThere() {
    try (var store = new Store(node.s3Url())) {
      for (int i = 0; i < OBJECTS; i++) {
        assertThat(store.get(BUCKET, key(i))).as(key(i)).isEqualTo(content(i));
      }
    }
  }

  /// The packs of each origin that are not empty, ascending by origin.
  private static List<Path> packs() throws Exception {
    try (var paths = Files.walk(data.resolve("origins"))) {
      return paths
          .filter(path -> path.toString().contains("/packs/") && Files.isRegularFile(path))
          .filter(path -> path.toFile().length() > 0)
          .sorted()
          .toList();
    }
  }

  /// Live shards in a pack.
  private static long rows(Path pack) throws Exception {
    var origin = data.resolve("origins").relativize(pack).getName(0);
    var rows =
        new CatalogRows(data)
            .read(
                "SELECT count(*) FROM location JOIN segment USING (write_id) WHERE live"
                    + " AND origin_id = '%s' AND container = 'packs/%s'"
                        .formatted(origin, pack.getFileName()));
    return Long.parseLong(rows.getFirst());
  }

  private static void autoHeal(boolean on) throws Exception {
    node.rest().put("/admin/policy/heal", "{\"auto_heal_enabled\":" + on + "}");
  }

  private static JsonNode scanned(String mode) throws Exception {
    return node.rest().awaitScan(node.rest().startScan(mode));
  }

  private static long missing(JsonNode scan) {
    long count = 0;
    for (var issue : scan.path("issues")) {
      assertThat(issue.path("description").asText()).contains("packs/");
      count++;
    }
    return count;
  }

  private static void healAndProve() throws Exception {
    autoHeal(true);
    node.rest().awaitWhole();
    assertThat(node.rest().wrong()).isEmpty();
    assertAllThere();
  }

  @Test
  @Order(1)
  @DisplayName("small objects lie in packs, many in one, and come back byte for byte")
  void smallObjectsShareFiles() throws Exception {
    assertThat(new Disk(data).sizes()).isEmpty();
    assertThat(packs()).isNotEmpty().hasSizeLessThan(50);
    long rows = 0;
    for (var pack : packs()) {
      rows += rows(pack);
    }
    assertThat(rows).isEqualTo(3L * OBJECTS);
    assertAllThere();
    for (var mode : List.of("Quick", "Normal", "Deep")) {
      var scan = scanned(mode);
      assertThat(scan.path("complete").asBoolean()).isTrue();
      assertThat(scan.at("/progress/objects_scanned").asInt()).isEqualTo(OBJECTS);
      assertThat(scan.path("issues")).isEmpty();
    }
  }

  @Test
  @Order(2)
  @DisplayName("A3: a deleted pack is found by names and sizes alone, and mended")
  void aDeletedPackIsMended() throws Exception {
    autoHeal(false);
    var pack = packs().getFirst();
    long rows = rows(pack);
    assertThat(rows).isPositive();
    Files.delete(pack);
    var scan = scanned("Quick");
    assertThat(scan.path("complete").asBoolean()).isTrue();
    assertThat(scan.at("/progress/issues_detected").asLong()).isEqualTo(rows);
    assertAllThere();
    healAndProve();
  }

  @Test
  @Order(3)
  void aPackThatWasCutOffIsMended() throws Exception {
    autoHeal(false);
    var pack = packs().getLast();
    try (var file = FileChannel.open(pack, StandardOpenOption.WRITE)) {
      file.truncate(file.size() / 2);
    }
    var scan = scanned("Quick");
    assertThat(missing(scan)).isPositive();
    assertAllThere();
    healAndProve();
  }

  @Test
  @Order(4)
  void bitsFlippedAllOverAPackAreMended() throws Exception {
    autoHeal(false);
    var pack = packs().get(packs().size() / 2);
    try (var file = FileChannel.open(pack, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var one = ByteBuffer.allocate(1);
      for (long at = 200; at < file.size(); at += FLIP_EVERY) {
        file.read(one.clear(), at);
        one.put(0, (byte) (one.get(0) ^ 4));
        file.write(one.rewind(), at);
      }
    }
    assertThat(scanned("Quick").path("issues")).isEmpty();
    assertThat(missing(scanned("Deep"))).isPositive();
    assertAllThere();
    healAndProve();
  }

  @Test
  @Order(5)
  @DisplayName("what was acknowledged is there after a kill, though packs have torn ends")
  void aKillLeavesPacksWithWhichTheNextLifeLives() throws Exception {
    for (var pack : packs()) {
      try (var file = FileChannel.open(pack, StandardOpenOption.APPEND)) {
        file.write(ByteBuffer.wrap(Store.bytes(1, 1_000)));
      }
    }
    node.killJvm();
    node.restart();
    var before = packs();
    try (var store = new Store(node.s3Url())) {
      store.put(BUCKET, "after", content(1));
      assertThat(store.get(BUCKET, "after")).isEqualTo(content(1));
      store.client().deleteObject(request -> request.bucket(BUCKET).key("after"));
    }
    assertThat(packs())
        .as("a life never goes on with another's packs")
        .hasSizeGreaterThan(before.size());
    assertThat(node.rest().wrong()).isEmpty();
    assertAllThere();
  }
}
