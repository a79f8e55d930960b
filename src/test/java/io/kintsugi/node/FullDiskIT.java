package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Disks that really run full, by another's doing and by the node's own: what was acknowledged
/// stays, what cannot be kept is refused, and with room again all goes on (B4, A7).
@ExtendWith(NodeLogs.class)
class FullDiskIT {
  private static final int DISKS = 8;
  private static final long DISK_BYTES = 16 << 20;
  private static final long RESERVE_BYTES = 1 << 20;
  private static final int LARGE_BYTES = 12_000_000;
  private static final int SMALL_BYTES = 2_000_000;

  /// More than the disks could ever take.
  private static final int TRIES = 100;

  /// Too little for a shard, enough for the journal: what frees room must be told by it.
  private static final int JOURNAL_BYTES = 64 * 1024;

  private static final int PARITY = 2;

  /// Of clients, in each phase of a drill.
  private static final int TURNS = Boolean.getBoolean("kintsugi.long") ? 150 : 40;

  private static final int INSUFFICIENT_STORAGE = 507;
  private static final String BUCKET = "full";

  @TempDir private static Path data;
  private static SmallDisks disks;
  private static RunningNode node;

  @BeforeAll
  static void startNode() throws Exception {
    disks = SmallDisks.mount(data.resolve("origins"), DISKS, DISK_BYTES);
    node = disks.startNode(data, DISKS, RESERVE_BYTES);
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
    }
  }

  @AfterAll
  static void stopNode() {
    node.close();
    disks.close();
  }

  private static JsonNode check(int disk) throws Exception {
    return node.rest().post("/api/v1/origins/disk-" + disk + "/check", "");
  }

  private static JsonNode origin(int disk) throws Exception {
    return node.rest().get("/api/v1/origins/disk-" + disk);
  }

  private static void assertFull(JsonNode origin) {
    assertThat(origin.path("writable").asBoolean()).as(origin.toString()).isFalse();
    assertThat(origin.path("health").asText()).isEqualTo("degraded");
    assertThat(origin.path("reason").asText()).isEqualTo("it is full");
  }

  /// Those of which a write or a look said so.
  private static List<Integer> fullDisks() throws Exception {
    var full = new ArrayList<Integer>();
    for (int disk = 1; disk <= DISKS; disk++) {
      var origin = origin(disk);
      if (origin.path("reason").asText().equals("it is full")) {
        assertFull(origin);
        full.add(disk);
      }
    }
    return full;
  }

  private static int slowPut(String key, SlowPut.Event event) throws Exception {
    return SlowPut.put(node.s3Url(), BUCKET, key, Store.bytes(key.hashCode(), LARGE_BYTES), event);
  }

  private static void put(Store store, String key) {
    store.put(BUCKET, key, Store.bytes(key.hashCode(), SMALL_BYTES));
  }

  private static S3Exception refused(Store store, String key) {
    var refusal = catchThrowableOfType(S3Exception.class, () -> put(store, key));
    assertThat(refusal).as("the answer to the PUT of %s", key).isNotNull();
    assertThat(refusal.statusCode()).as(refusal.getMessage()).isEqualTo(INSUFFICIENT_STORAGE);
    assertThat(refusal.awsErrorDetails().errorCode()).isEqualTo("InsufficientStorage");
    return refusal;
  }

  private static void assertWhole(Store store, String key, int bytes) {
    assertThat(store.get(BUCKET, key)).as(key).isEqualTo(Store.bytes(key.hashCode(), bytes));
  }

  @Test
  void aDiskThatFillsUpInMidPutCostsOneShardUntilThereIsRoomAgain() throws Exception {
    var shards = new Disk(disks.inside(data));
    try (var store = new Store(node.s3Url())) {
      long before = disks.shardBytes(3);
      int status =
          slowPut(
              "slow",
              () -> {
                disks.awaitMoreThan(3, before + 300_000);
                disks.fill(3, 0);
              });
      assertThat(status).isEqualTo(200);
      assertThat(shards.shards(BUCKET, "slow"))
          .hasSize(DISKS - 1)
          .noneMatch(shard -> shard.startsWith(disks.inside(3)));
      assertWhole(store, "slow", LARGE_BYTES);
      assertFull(origin(3));
      var open = "SELECT count(*) FROM heal_task WHERE state = 'open'";
      assertThat(new CatalogRows(data).read(open)).containsExactly("1");

      for (var key : new String[] {"beside-1", "beside-2", "beside-3"}) {
        put(store, key);
        assertThat(shards.shards(BUCKET, key))
            .hasSize(DISKS - 1)
            .noneMatch(shard -> shard.startsWith(disks.inside(3)));
      }

      disks.free(3);
      assertThat(check(3).path("writable").asBoolean()).isTrue();
      put(store, "after");
      assertThat(shards.shards(BUCKET, "after"))
          .hasSize(DISKS)
          .anyMatch(shard -> shard.startsWith(disks.inside(3)));
      var heal =
          node.rest()
              .post("/admin/heal/request", "{\"bucket\":\"full\",\"object\":\"slow\"}")
              .path("heal_request_id")
              .asText();
      assertThat(node.rest().awaitHeal(heal).path("status").asText()).isEqualTo("Completed");
      assertThat(shards.shards(BUCKET, "slow")).hasSize(DISKS);
      assertThat(new CatalogRows(data).read(open)).containsExactly("0");
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  @Test
  @DisplayName("C2: a disk that runs full is told, passed over, and costs clients nothing")
  void aFullDiskCostsClientsNothing() throws Exception {
    try (var store = new Store(node.s3Url());
        var clients = new Traffic(node, BUCKET, 10, 150_000, 20_000)) {
      clients.prepare(store, 6);
      clients.begin(1, 2);
      clients.await(TURNS, TURNS / 10);
      clients.seen("all well");
      disks.fill(5, 0);
      clients.await(TURNS, TURNS / 10);
      clients.seen("a full disk");
      assertFull(origin(5));
      disks.free(5);
      assertThat(check(5).path("writable").asBoolean()).isTrue();
      clients.await(TURNS, TURNS / 10);
      clients.seen("room again");
      clients.end(store);
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  @Test
  void withAllDisksFullWritesAreRefusedAndNothingAcknowledgedIsLost() throws Exception {
    try (var store = new Store(node.s3Url())) {
      for (int disk = 1; disk <= DISKS; disk++) {
        disks.fill(disk, RESERVE_BYTES + 2_500_000);
        check(disk);
      }
      var kept = putUntilRefused(store);
      assertThat(kept).hasSizeBetween(3, TRIES - 1);
      for (int disk = 1; disk <= DISKS; disk++) {
        disks.fill(disk, JOURNAL_BYTES);
        assertFull(check(disk));
      }
      refused(store, "refused");
      assertThat(store.find(BUCKET, "refused")).isNull();
      kept.forEach((key, bytes) -> assertWhole(store, key, bytes));
      // A delete has to reach the journal before it is answered, and that has kept room for it.
      for (int i = 0; i < 50; i++) {
        store.client().deleteObject(b -> b.bucket(BUCKET).key("kept-0"));
      }
      kept.remove("kept-0");

      for (int disk = 1; disk <= DISKS; disk++) {
        disks.free(disk);
        check(disk);
      }
      int status = slowPut("broken-off", FullDiskIT::fillAll);
      assertThat(status).isEqualTo(INSUFFICIENT_STORAGE);
      assertThat(store.find(BUCKET, "broken-off")).isNull();
      // One more than could be spared, and the others were called off on their way.
      assertThat(fullDisks()).hasSizeGreaterThanOrEqualTo(PARITY);
      kept.forEach((key, bytes) -> assertWhole(store, key, bytes));

      for (int disk = 1; disk <= DISKS; disk++) {
        disks.free(disk);
        check(disk);
      }
      put(store, "again");
      kept.put("again", SMALL_BYTES);
      kept.forEach((key, bytes) -> assertWhole(store, key, bytes));
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static Map<String, Integer> putUntilRefused(Store store) {
    var kept = new LinkedHashMap<String, Integer>();
    for (int i = 0; i < TRIES; i++) {
      var key = "kept-" + i;
      try {
        put(store, key);
        kept.put(key, SMALL_BYTES);
      } catch (S3Exception e) {
        assertThat(e.statusCode()).as(e.getMessage()).isEqualTo(INSUFFICIENT_STORAGE);
        assertThat(store.find(BUCKET, key)).isNull();
        return kept;
      }
    }
    throw new AssertionError("the disks never were full");
  }

  private static void fillAll() throws Exception {
    for (int disk = 1; disk <= DISKS; disk++) {
      disks.awaitMoreThan(disk, 300_000);
    }
    for (int disk = 1; disk <= DISKS; disk++) {
      disks.fill(disk, 0);
    }
  }
}
