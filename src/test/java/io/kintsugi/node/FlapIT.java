package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;

/// An origin that comes and goes every 5 s while a client reads and writes (B4, B5, B6): three
/// times, or, with `-Dkintsugi.long=true`, for 5 minutes.
@ExtendWith(NodeLogs.class)
class FlapIT {
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int BEATS = Boolean.getBoolean("kintsugi.long") ? 60 : 3;
  private static final String BUCKET = "flap";
  private static final String ORIGIN = "disk-3";
  private static final int OBJECTS = 16;

  /// Whole stripes on every origin, and small ones in packs.
  private static final int[] SIZES = {600_000, 40_000};

  /// So many reads for each write.
  private static final int READS = 10;

  /// An order of magnitude only: nobody waits for a deadline.
  private static final long QUICK_MILLIS = 5_000;

  @TempDir private Path data;
  private final List<String> failures = new ArrayList<>();
  private final List<Long> readMillis = new ArrayList<>();
  private final List<Long> writeMillis = new ArrayList<>();
  private int turns;

  private static String key(int number) {
    return "o" + number % OBJECTS;
  }

  private static byte[] body(int number) {
    return Store.bytes(number % OBJECTS, SIZES[number % SIZES.length]);
  }

  private void turn(Store store) {
    int number = turns++;
    long begin = System.nanoTime();
    boolean write = number % (READS + 1) == 0;
    try {
      if (write) {
        store.put(BUCKET, key(number), body(number));
      } else {
        assertThat(store.get(BUCKET, key(number))).isEqualTo(body(number));
      }
    } catch (SdkException e) {
      failures.add((write ? "PUT " : "GET ") + key(number) + ": " + e.getMessage());
    }
    (write ? writeMillis : readMillis).add((System.nanoTime() - begin) / 1_000_000);
  }

  private static String told(String what, List<Long> millis) {
    millis.sort(null);
    return "%d %s, p50 %d ms, p99 %d ms, max %d ms"
        .formatted(
            millis.size(),
            what,
            millis.get(millis.size() / 2),
            millis.get(millis.size() * 99 / 100),
            millis.getLast());
  }

  @Test
  @DisplayName("an origin that flaps every 5 s disturbs no client, and is whole again afterwards")
  void flapping() throws Exception {
    try (var node = RunningNode.start(data);
        var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
      for (int i = 0; i < OBJECTS; i++) {
        store.put(BUCKET, key(i), body(i));
      }
      flap(node, store);
      System.err.println(
          told("reads", readMillis)
              + "; "
              + told("writes", writeMillis)
              + "; failed: "
              + failures.size()
              + "; "
              + node.rest().get("/api/v1/origins/" + ORIGIN + "/health").path("transitions"));
      assertThat(failures).isEmpty();
      assertThat(readMillis.getLast()).isLessThan(QUICK_MILLIS);
      assertThat(writeMillis.getLast()).isLessThan(QUICK_MILLIS);
      assertWell(node);
      assertThat(node.rest().wrong()).isEmpty();
    }
  }

  private void flap(RunningNode node, Store store) throws Exception {
    var here = node.data().resolve("origins").resolve(ORIGIN);
    var away = node.data().resolve(ORIGIN + ".away");
    for (int beat = 0; beat < BEATS; beat++) {
      if (Files.exists(away)) {
        Files.move(away, here);
      } else {
        Files.move(here, away);
      }
      long end = System.nanoTime() + BEAT.toNanos();
      while (System.nanoTime() < end) {
        turn(store);
      }
    }
    if (Files.exists(away)) {
      Files.move(away, here);
    }
  }

  /// Calm for as long as it must be by then, it is turned to again.
  private static void assertWell(RunningNode node) {
    var path = "/api/v1/origins/" + ORIGIN + "/health";
    await()
        .atMost(Duration.ofMinutes(6))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> node.rest().get(path).path("health").asText().equals("healthy"));
  }
}
