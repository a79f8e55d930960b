package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A node of which one origin is a mount (by FUSE) that becomes slow, then freezes, then thaws (B4,
/// B6, B9, G3).
@ExtendWith(NodeLogs.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SickOriginIT {
  private static final String BUCKET = "sick";
  private static final String MOUNTED = "disk-8";
  private static final int OBJECTS = 24;
  private static final int OBJECT_BYTES = 600_000;
  private static final long SLOW_MILLIS = 1_500;

  /// An order of magnitude only: a read that waits for the frozen mount takes its deadline, 30 s.
  private static final long QUICK_MILLIS = 5_000;

  /// Extra reads that two instances of the data path may have saved up.
  private static final double SAVED = 2 * 8;

  @TempDir private static Path data;
  private static SshfsMount mount;
  private static RunningNode node;
  private static Store store;

  @BeforeAll
  static void startNode() throws Exception {
    mount = SshfsMount.mount();
    var toml = new StringBuilder();
    for (int disk = 1; disk <= 8; disk++) {
      var path =
          disk == 8 ? mount.path() : Files.createDirectories(data.resolve("origins/disk-" + disk));
      toml.append("[[origins]]\nid = \"disk-%d\"\npath = \"%s\"\n".formatted(disk, path));
    }
    var file = Files.writeString(data.resolve("kintsugi.toml"), toml);
    node = RunningNode.start(data, "--config", file.toString());
    store = new Store(node.s3Url());
    store.createBucket(BUCKET);
    for (int i = 0; i < OBJECTS; i++) {
      store.put(BUCKET, "o" + i, Store.bytes(i, OBJECT_BYTES));
    }
  }

  @AfterAll
  static void stopNode() {
    store.close();
    node.close();
    mount.close();
  }

  private static JsonNode mounted() throws Exception {
    return node.rest().get("/api/v1/origins/" + MOUNTED);
  }

  /// Reads all objects so many times; how long each took, ascending.
  private static long[] read(int rounds) {
    var millis = new ArrayList<Long>();
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < OBJECTS; i++) {
        long begin = System.nanoTime();
        assertThat(store.get(BUCKET, "o" + i)).isEqualTo(Store.bytes(i, OBJECT_BYTES));
        millis.add((System.nanoTime() - begin) / 1_000_000);
      }
    }
    return millis.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private static String told(String when, long[] millis) {
    return "%s: %d reads, p50 %d ms, p99 %d ms, max %d ms"
        .formatted(
            when,
            millis.length,
            millis[millis.length / 2],
            millis[millis.length * 99 / 100],
            millis[millis.length - 1]);
  }

  private static double counter(String name) throws Exception {
    var text = node.rest().text("/metrics/prometheus");
    var line =
        Pattern.compile("^kintsugi_object_" + name + "(?:\\{[^}]*})? (\\S+)$", Pattern.MULTILINE)
            .matcher(text);
    double sum = 0;
    while (line.find()) {
      sum += Double.parseDouble(line.group(1));
    }
    return sum;
  }

  @Test
  @Order(1)
  @DisplayName("G3: with one origin slowed by 1.5 s reads stay quick, with at most 5 % extra reads")
  void slow() throws Exception {
    var well = read(4);
    double before = counter("shard_reads_total");
    mount.slow(SLOW_MILLIS);
    var slow = read(8);
    mount.slow(0);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> counter("shard_reads_total") >= before + slow.length);
    double reads = counter("shard_reads_total") - before;
    double hedged = counter("hedged_reads_total");
    System.err.println(
        told("well", well)
            + "; "
            + told("slow", slow)
            + "; shards read %.0f, hedged %.0f, won %.0f, replaced %.0f"
                .formatted(
                    reads,
                    hedged,
                    counter("hedges_won_total"),
                    counter("slow_reads_replaced_total")));
    assertThat(hedged).isPositive().isLessThanOrEqualTo(SAVED + 0.05 * (before + reads));
    assertThat(counter("hedges_won_total")).isPositive();
    // Most of the objects have a shard there, and none of nearly all reads has waited for it.
    assertThat(Arrays.stream(slow).filter(millis -> millis >= SLOW_MILLIS).count())
        .isLessThanOrEqualTo(slow.length / 20);
  }

  @Test
  @Order(2)
  @DisplayName("B9: a frozen mount is told as hung, stops nobody else, and comes back on thaw")
  void frozen() throws Exception {
    awaitHealth("healthy");
    mount.freeze();
    var frozen = new ArrayList<long[]>(List.of(read(2)));
    // The probe waits for its 5 s.
    node.rest().post("/api/v1/origins/" + MOUNTED + "/check", "");
    awaitHealth("unhealthy");
    assertThat(mounted().path("flags").toString()).contains("hung");
    assertThat(mounted().path("writable").asBoolean()).isFalse();
    frozen.add(read(2));
    for (int i = 0; i < 4; i++) {
      store.put(BUCKET, "frozen" + i, Store.bytes(100 + i, OBJECT_BYTES));
      assertThat(store.get(BUCKET, "frozen" + i)).isEqualTo(Store.bytes(100 + i, OBJECT_BYTES));
    }
    System.err.println(told("freezing", frozen.get(0)) + "; " + told("hung", frozen.get(1)));
    assertThat(frozen)
        .allSatisfy(times -> assertThat(times[times.length - 1]).isLessThan(QUICK_MILLIS));
    var health = node.rest().get("/api/v1/origins/" + MOUNTED + "/health");
    assertThat(health.at("/work/stuck_threads").asInt())
        .isLessThanOrEqualTo(health.at("/work/threads").asInt());
    assertThat(node.tail()).doesNotContain("has been blocked");
    mount.thaw();
    awaitHealth("healthy");
    assertThat(mounted().path("flags")).isEmpty();
    assertThat(mounted().path("writable").asBoolean()).isTrue();
    read(1);
    node.rest().awaitWhole();
  }

  private static void awaitHealth(String health) {
    await(MOUNTED + " is " + health)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> mounted().path("health").asText().equals(health));
  }
}
