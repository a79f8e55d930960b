package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// kill -9 in the middle of heals, restarted at once: what the killed node had claimed is taken up
/// again without waiting for a lease, and everything is whole soon after (A7; T8).
@ExtendWith(NodeLogs.class)
class HealKillIT {
  private static final int KILLS = Integer.getInteger("kintsugi.kills", 1);
  private static final int OBJECTS = 10;
  private static final int OBJECT_BYTES = 12_000_000;
  private static final int LOST_SHARDS = 2;
  private static final String BUCKET = "mended";
  private static final long NANOS_PER_MILLI = 1_000_000;

  /// Less than the lease of one claim.
  private static final Duration WHOLE_LIMIT = Duration.ofSeconds(30);

  @TempDir private Path data;

  @Test
  void healsThatWereKilledAreTakenUpAtOnceAndEverythingIsWhole() throws Exception {
    try (var node = RunningNode.start(data)) {
      fill(node);
      var disk = new Disk(data);
      damage(node, disk);
      for (int kill = 0; kill < KILLS; kill++) {
        killAmidHeals(node, disk);
        node.restart();
      }
      long restarted = System.nanoTime();
      node.rest().put("/admin/policy/heal", "{\"max_concurrent_heals\":8}");
      node.rest().awaitWhole(WHOLE_LIMIT);
      System.out.printf(
          "%d kills amid heals: whole %d ms after the last restart%n",
          KILLS, (System.nanoTime() - restarted) / NANOS_PER_MILLI);
      assertThat(node.rest().wrong()).as("what a scan of every byte finds").isEmpty();
      try (var store = new Store(node.s3Url())) {
        for (int i = 0; i < OBJECTS; i++) {
          assertThat(store.get(BUCKET, key(i))).isEqualTo(Store.bytes(i, OBJECT_BYTES));
        }
      }
    }
  }

  private static String key(int number) {
    return "object-" + number;
  }

  private static void fill(RunningNode node) throws Exception {
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
      for (int i = 0; i < OBJECTS; i++) {
        store.put(BUCKET, key(i), Store.bytes(i, OBJECT_BYTES));
      }
    }
    node.rest().awaitWhole();
  }

  /// Deletes shards of every object and has them found; healing begins at the end, one at a time.
  private static void damage(RunningNode node, Disk disk) throws Exception {
    var rest = node.rest();
    rest.put("/admin/policy/heal", "{\"auto_heal_enabled\":false,\"max_concurrent_heals\":1}");
    for (int i = 0; i < OBJECTS; i++) {
      var shards = disk.shards(BUCKET, key(i));
      for (int lost = 0; lost < LOST_SHARDS; lost++) {
        Files.delete(shards.get((i + lost) % shards.size()));
      }
    }
    assertThat(rest.awaitScan(rest.startScan("Quick")).path("issues")).hasSize(OBJECTS);
    rest.put("/admin/policy/heal", "{\"auto_heal_enabled\":true}");
  }

  /// Waits until a rebuilt shard is half written, and kills.
  private static void killAmidHeals(RunningNode node, Disk disk) throws Exception {
    var before = disk.sizes();
    long wholeBytes = Collections.max(before.values());
    await("a heal under way")
        .atMost(Duration.ofSeconds(30))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .ignoreExceptions()
        .until(() ->
            disk.sizes().entrySet().stream()
                .anyMatch(file ->
                    !before.containsKey(file.getKey()) && file.getValue() < wholeBytes / 2));
    node.killJvm();
    var left = disk.sizes();
    left.keySet().removeAll(before.keySet());
    assertThat(left.values()).as("what the kill left").anyMatch(bytes -> bytes < wholeBytes - 8192);
  }
}
