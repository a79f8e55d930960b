package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bodies that are never what their heads say, sent to a real node: the right answer, and nothing
/// is left behind: no rows, no open files, no memory, and no file that a collection could never
/// remove (F2, F6).
@ExtendWith(NodeLogs.class)
class BrokenOffIT {
  private static final int CLIENTS = 16;
  private static final int VANISHING = 200;
  private static final long HEAP_GROWTH_MAX = 48L << 20;
  private static final String BUCKET = "broken-off";

  /// Everything that a write adds to.
  private static final String ROWS =
      "SELECT (SELECT count(*) FROM version) || ' ' || (SELECT count(*) FROM object) || ' '"
          + " || (SELECT count(*) FROM segment) || ' ' || (SELECT count(*) FROM location) || ' '"
          + " || (SELECT count(*) FROM part) || ' ' || (SELECT count(*) FROM heal_task)";

  private static final String SESSIONS =
      "SELECT concat_ws(' ', session_id, holder, low_water, lease_until, closed) FROM write_session";

  @TempDir private static Path data;
  private static RunningNode node;

  @BeforeAll
  static void startNode() throws Exception {
    // A client that owes a move is given up sooner than in life.
    var verticles =
        Files.readString(Path.of("verticles.json"))
            .replace("s3.S3Verticle\",", "s3.S3Verticle\", \"config\": {\"idleMillis\": 3000},");
    assertThat(verticles).contains("idleMillis");
    var file = Files.writeString(data.resolve("verticles.json"), verticles);
    node = RunningNode.start(data, "--verticles", file.toString());
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
    }
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private static String rows() throws Exception {
    return new CatalogRows(data).read(ROWS).getFirst();
  }

  /// Does all of them at once, a few at a time.
  private static <T> List<T> together(List<Callable<T>> works) throws Exception {
    var done = new ArrayList<T>();
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      for (var work : clients.invokeAll(works)) {
        done.add(work.get());
      }
    }
    return done;
  }

  @ParameterizedTest
  @CsvSource({
    "5497558138880,EntityTooLarge",
    "5368709121,EntityTooLarge",
    "9223372036854775807,400 Bad Request",
    "9223372036854775808,400 Bad Request",
    "99999999999999999999999,400 Bad Request",
    "-1,400 Bad Request",
    "1e3,400 Bad Request",
    "0x10,400 Bad Request"
  })
  @DisplayName("F6: a length beyond all bounds is refused before a byte is taken")
  void absurdLengthsAreRefused(String length, String said) throws Exception {
    var before = rows();
    try (var put = HalfPut.begin(HalfPut.presigned(node.s3Url(), BUCKET, "long"), length)) {
      assertThat(put.answer()).startsWith("HTTP/1.1 400").contains(said);
    }
    assertThat(rows()).isEqualTo(before);
    nothingIsLeft();
  }

  @Test
  @DisplayName("F2: 5 GiB declared, a little sent: nothing comes to be, nothing is left")
  void aBodyThatStopsEarlyLeavesNothing() throws Exception {
    var before = rows();
    var url = HalfPut.presigned(node.s3Url(), BUCKET, "early");
    try (var put = HalfPut.begin(url, "5368709120")) {
      put.send(new byte[4_000_000]);
    }
    nothingIsLeft();
    try (var store = new Store(node.s3Url())) {
      assertThat(store.find(BUCKET, "early")).isNull();
    }
    assertThat(rows()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({"1000,10", "100000,99999", "40000000,0", "40000000,3000000"})
  @DisplayName("F2: a client that stalls is told so, given up, and leaves nothing")
  void aClientThatStallsLeavesNothing(int declared, int sent) throws Exception {
    var before = rows();
    var url = HalfPut.presigned(node.s3Url(), BUCKET, "stalled");
    try (var put = HalfPut.begin(url, "" + declared)) {
      put.send(new byte[sent]);
      assertThat(put.answer()).startsWith("HTTP/1.1 400").contains("<Code>RequestTimeout</Code>");
    }
    nothingIsLeft();
    try (var store = new Store(node.s3Url())) {
      assertThat(store.find(BUCKET, "stalled")).isNull();
    }
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  @DisplayName("F2: hundreds of clients that vanish leave no rows, no memory and no files for ever")
  void clientsThatVanishLeaveNothing() throws Exception {
    try (var store = new Store(node.s3Url())) {
      store.put(BUCKET, "there", Store.bytes(1, 1_000_000));
    }
    nothingIsLeft();
    var before = rows();
    long heapBefore = node.heapBytes();
    var works = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < VANISHING; i++) {
      int number = i;
      works.add(() -> vanish(number));
    }
    assertThat(together(works)).containsOnly(true);
    nothingIsLeft();
    assertThat(rows()).isEqualTo(before);
    assertThat(node.heapBytes() - heapBefore).as("heap gained").isLessThan(HEAP_GROWTH_MAX);
    // Whoever had kept a permit would be missed now: they all want much at once.
    try (var store = new Store(node.s3Url())) {
      var puts = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < 8; i++) {
        var key = "after-" + i;
        puts.add(() -> {
          store.put(BUCKET, key, Store.bytes(key.hashCode(), 12_000_000));
          return true;
        });
      }
      assertThat(together(puts)).containsOnly(true);
    }
    collectable();
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static boolean vanish(int number) throws Exception {
    var url = HalfPut.presigned(node.s3Url(), BUCKET, "vanished-" + number);
    int declared = number % 3 == 0 ? 100_000 : 40_000_000;
    try (var put = HalfPut.begin(url, "" + declared)) {
      put.send(new byte[number % 3 == 0 ? 50_000 : 2_500_000]);
    } catch (IOException e) {
      // It was told to slow down before it could vanish.
      return true;
    }
    return true;
  }

  /// No write is under way any more, and no shard is open for writing.
  private static void nothingIsLeft() {
    await("no write under way")
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(node.openFiles(data.resolve("origins")))
              .noneMatch(file -> file.toString().contains("/objects/"));
          assertThat(node.held())
              .doesNotContain(
                  "io.kintsugi.object.Writer;",
                  "io.kintsugi.object.SegmentWriter;",
                  "io.kintsugi.object.SmallWriter;",
                  "io.kintsugi.s3.BodyPump;");
        });
  }

  /// The low water of the sessions passes what was given up, while the node lives.
  private static void collectable() {
    await("all files accounted for")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(() ->
            assertThat(Strays.find(data, Instant.EPOCH, false).strays())
                .as("%s", new CatalogRows(data).read(SESSIONS))
                .isEmpty());
  }
}
