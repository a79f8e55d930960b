package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kintsugi.sql.TestPostgres;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Stopped and started again a node has lost nothing (A7); started wrongly it says why.
@ExtendWith(NodeLogs.class)
class RestartIT {
  /// Enough for several leaves: 256 names are drawn for each of them, nine for an object.
  private static final int OBJECTS = 200;

  private static final int OBJECT_BYTES = 140_000;
  private static final int BROKEN_EACH = 5;
  private static final int SCANNED_BEFORE_KILL = 25;
  private static final int WRITERS = 8;
  private static final String BUCKET = "cursor";

  @TempDir private static Path data;
  private static RunningNode node;

  @TempDir private Path elsewhere;

  @BeforeAll
  static void startNode() {
    node = RunningNode.start(data);
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @Test
  void sigtermStopsWithinSecondsAndNothingIsLost() throws Exception {
    var body = Store.bytes(1, 2_000_000);
    try (var store = new Store(node.s3Url())) {
      store.createBucket("kept");
      store.put("kept", "object", body);
    }
    node.rest().put("/admin/policy/scan", "{\"bandwidth_limit_mbps\":77}");
    assertThat(node.terminate()).isLessThan(Duration.ofSeconds(15));
    assertThat(node.exitCode()).isIn(0, 143);
    assertThat(data.resolve("postgres/data/postmaster.pid")).doesNotExist();

    node.restart();
    try (var store = new Store(node.s3Url())) {
      assertThat(store.get("kept", "object")).isEqualTo(body);
    }
    assertThat(node.rest().get("/admin/policy/scan").path("bandwidth_limit_mbps").asInt())
        .isEqualTo(77);
    assertThat(node.rest().wrong()).isEmpty();
  }

  /// A7: the scan goes on where it was, which is seen by what it does not see: a leaf that it was
  /// through with is broken before it goes on, and keeps the date of its verification.
  @Test
  void aKilledNodeGoesOnInTheMiddleOfItsScanAndWithItsHeals() throws Exception {
    putObjects();
    var rest = node.rest();
    rest.awaitWhole();
    rest.put("/admin/policy/heal", "{\"auto_heal_enabled\":false}");
    var objects = new TreeMap<>(new Disk(data).shards(BUCKET));
    assertThat(objects).hasSize(OBJECTS);
    var broken = new TreeMap<String, Integer>();
    for (int i = 0; i < OBJECTS; i += BROKEN_EACH) {
      breakOne(objects, "object-" + i, broken);
    }
    // One leaf after the other, each of them in seconds.
    rest.put("/admin/policy/scan", "{\"concurrent_scanners\":1,\"bandwidth_limit_mbps\":3}");
    var id = startScan(rest);
    await("a scan that is through with a leaf")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> saved(id).at("/figures/objects").asInt() >= SCANNED_BEFORE_KILL);
    assertThat(scanned(rest.scan(id))).isBetween(1L, OBJECTS - 1L);
    node.killJvm();

    var passed = saved(id).path("leaf").asText();
    var before = verifiedUpTo(passed);
    assertThat(before).isNotEmpty();
    breakOne(objects, inLeaf(objects, leaf -> leaf.compareTo(passed) > 0), broken);
    // Not noted: the scan was here.
    breakOne(objects, inLeaf(objects, leaf -> leaf.compareTo(passed) <= 0), new TreeMap<>());
    node.restart();

    var again = node.rest();
    assertThat(scanned(again.scan(id))).isBetween(1L, OBJECTS - 1L);
    again.put("/admin/policy/scan", "{\"concurrent_scanners\":4,\"bandwidth_limit_mbps\":0}");
    var end = again.awaitScan(id);
    assertThat(end.path("status").asText()).isEqualTo("Completed");
    assertThat(scanned(end)).isEqualTo(OBJECTS);
    assertThat(verifiedUpTo(passed))
        .as("leaves up to %s are not read again", passed)
        .isEqualTo(before);
    assertThat(missing(id)).isEqualTo(broken);

    again.put("/admin/policy/heal", "{\"auto_heal_enabled\":true}");
    again.awaitScan(startScan(again));
    assertThat(again.wrong()).isEmpty();
    assertThat(new Disk(data).shards(BUCKET).values())
        .hasSize(OBJECTS)
        .allSatisfy(shards -> assertThat(shards).hasSize(8));
  }

  private static void putObjects() throws Exception {
    try (var store = new Store(node.s3Url());
        var writers = Executors.newFixedThreadPool(WRITERS)) {
      store.createBucket(BUCKET);
      var puts = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < OBJECTS; i++) {
        int number = i;
        puts.add(() -> {
          store.put(BUCKET, "object-" + number, Store.bytes(number, OBJECT_BYTES));
          return true;
        });
      }
      for (var put : writers.invokeAll(puts)) {
        assertThat(put.get()).isTrue();
      }
    }
  }

  private static String startScan(Rest rest) throws Exception {
    var body =
        """
        {"strategy": {"type": "Full", "mode": "Deep", "scope": {"buckets": ["cursor"]}}}\
        """;
    return rest.post("/admin/scan/start", body).get("scan_id").asText();
  }

  private static long scanned(JsonNode scan) {
    return scan.at("/progress/objects_scanned").asLong();
  }

  /// Where the scan is, as it is kept for the next life of the node.
  private static JsonNode saved(String scanId) throws Exception {
    var number = scanId.substring("scan-".length());
    var state =
        new CatalogRows(data)
            .read("SELECT coalesce(state, '{}') FROM scan WHERE scan_id = " + number)
            .getFirst();
    return new ObjectMapper().readTree(state);
  }

  /// When the leaves up to this one were read to the last byte, on each origin.
  private static List<String> verifiedUpTo(String leaf) throws Exception {
    return new CatalogRows(data)
        .read(
            "SELECT leaf || ' ' || origin_id || ' ' || at FROM coverage WHERE depth = 'deep'"
                + " AND leaf <= "
                + Integer.parseInt(leaf, 16)
                + " ORDER BY leaf, origin_id");
  }

  /// Takes one more shard of an object away, and counts it.
  private static void breakOne(
      Map<String, List<Path>> objects, String key, Map<String, Integer> broken) throws Exception {
    Files.delete(objects.getOrDefault(key, List.of()).removeFirst());
    broken.merge(key, 1, Integer::sum);
  }

  /// An object in such a leaf.
  private static String inLeaf(Map<String, List<Path>> objects, Predicate<String> isMeant) {
    return objects.entrySet().stream()
        .filter(object -> isMeant.test(Disk.leaf(object.getValue().getFirst())))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /// How many shards of each object the scan missed.
  private static Map<String, Integer> missing(String scanId) throws Exception {
    var number = scanId.substring("scan-".length());
    var missing = new TreeMap<String, Integer>();
    for (var row :
        new CatalogRows(data)
            .read(
                "SELECT object || ' ' || substring(description FROM '[0-9]+') FROM scan_issue"
                    + " WHERE description LIKE 'Missing%' AND scan_id = "
                    + number)) {
      var words = row.split(" ", -1);
      missing.merge(words[0], Integer.parseInt(words[1]), Integer::sum);
    }
    return missing;
  }

  @Test
  void whatAKilledNodeHadBegunCanBeCommittedNoMoreOnceTheNextOneWrites() throws Exception {
    try (var store = new Store(node.s3Url())) {
      store.createBucket("lives");
      store.put("lives", "before", Store.bytes(1, 300_000));
    }
    node.killJvm();
    node.restart();
    try (var store = new Store(node.s3Url())) {
      store.put("lives", "after", Store.bytes(2, 300_000));
      assertThat(store.get("lives", "before")).isEqualTo(Store.bytes(1, 300_000));
    }
    assertThat(
            new CatalogRows(data)
                .read(
                    "SELECT count(DISTINCT life) FROM write_session"
                        + " WHERE closed IS NULL AND holder LIKE '%/object'"))
        .containsExactly("1");
  }

  @Test
  void aWrongFlagIsRefusedInOneLine() throws Exception {
    var ended = RunningNode.refused(elsewhere, "--data", data.toString(), "--no-such-flag");
    assertThat(ended.code()).isEqualTo(2);
    assertOneLine(ended, "--no-such-flag");
  }

  @Test
  void anUnknownKeyOfTheConfigurationIsRefusedInOneLine() throws Exception {
    Files.writeString(elsewhere.resolve("kintsugi.toml"), "[server]\nhttp_prot = 1\n");
    var ended = RunningNode.refused(elsewhere, "--data", data.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertOneLine(ended, "http_prot");
  }

  @Test
  void aPortThatIsTakenIsRefusedInOneLine() throws Exception {
    var fresh = elsewhere.resolve("data");
    TestPostgres.provide(fresh);
    try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      var port = Integer.toString(taken.getLocalPort());
      var ended =
          RunningNode.refused(
              elsewhere, "--data", fresh.toString(), "--http-port", port, "--s3-port", "0");
      assertThat(ended.code()).isEqualTo(1);
      assertOneLine(ended, port);
      assertThat(fresh.resolve("postgres/data/postmaster.pid")).doesNotExist();
    } finally {
      TestPostgres.withdraw(fresh);
    }
  }

  @Test
  void aSecondNodeOnTheSameDataIsRefusedInOneLine() throws Exception {
    var ended =
        RunningNode.refused(
            elsewhere, "--data", data.toString(), "--http-port", "0", "--s3-port", "0");
    assertThat(ended.code()).isEqualTo(1);
    assertOneLine(ended, data.getFileName().toString());
    assertThat(node.rest().get("/status/health").path("version").asText()).isNotEmpty();
  }

  /// Exactly one line is the node's word on the matter; the rest is its log and the JVM's.
  private static void assertOneLine(RunningNode.Ended ended, String naming) {
    var said = ended.lines().stream().filter(line -> line.startsWith("kintsugi: ")).toList();
    assertThat(said)
        .as(String.join("\n", ended.lines()))
        .singleElement()
        .asString()
        .contains(naming);
    assertThat(ended.lines()).noneMatch(line -> line.startsWith("\tat "));
  }
}
