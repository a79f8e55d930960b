package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.kintsugi.kernel.CrashPoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Disks that run full in the middle of uploads, heals, the journal and packs (T8): what cannot be
/// kept is refused or waits, nothing acknowledged is lost, and with room again all goes on.
@ExtendWith(NodeLogs.class)
class FullDiskPhasesIT {
  /// More changes than the journal's files have room for on disks that are full.
  private static final int CHANGES_MAX = 4000;

  private static final int DISKS = 8;
  private static final long DISK_BYTES = 16 << 20;
  private static final long RESERVE_BYTES = 1 << 20;
  private static final int FILE_BYTES = 2_000_000;
  private static final int PART_BYTES = 5 * 1024 * 1024;
  private static final int PACKED_BYTES = 30_000;

  /// Too little for a shard, enough for the journal: what frees room must be told by it.
  private static final int JOURNAL_BYTES = 64 * 1024;

  /// More than the disks could ever take.
  private static final int TRIES = 100;

  private static final int PARITY = 2;
  private static final int INSUFFICIENT_STORAGE = 507;
  private static final int KILLED = 128 + 9;
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

  private static void put(Store store, String key) {
    store.put(BUCKET, key, Store.bytes(key.hashCode(), FILE_BYTES));
  }

  private static void assertWhole(Store store, String key) {
    assertThat(store.get(BUCKET, key)).as(key).isEqualTo(Store.bytes(key.hashCode(), FILE_BYTES));
  }

  private static void fillEach(long leaveBytes) throws Exception {
    for (int disk = 1; disk <= DISKS; disk++) {
      disks.fill(disk, leaveBytes);
      check(disk);
    }
  }

  private static void freeEach() throws Exception {
    for (int disk = 1; disk <= DISKS; disk++) {
      disks.free(disk);
      check(disk);
    }
  }

  @Test
  @DisplayName("T8: a part that finds no room is refused, and its upload goes on with room again")
  void aPartThatFindsNoRoomIsRefusedAndItsUploadGoesOn() throws Exception {
    try (var store = new Store(node.s3Url())) {
      var s3 = store.client();
      var first = Store.bytes(1, PART_BYTES);
      var second = Store.bytes(2, 300_000);
      var id = s3.createMultipartUpload(b -> b.bucket(BUCKET).key("parts")).uploadId();
      var etags = new ArrayList<CompletedPart>();
      etags.add(part(store, id, 1, first));
      fillEach(JOURNAL_BYTES);
      assertThatThrownBy(() -> part(store, id, 2, second))
          .isInstanceOfSatisfying(
              S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(INSUFFICIENT_STORAGE));
      assertThat(s3.listParts(b -> b.bucket(BUCKET).key("parts").uploadId(id)).parts()).hasSize(1);
      freeEach();
      etags.add(part(store, id, 2, second));
      // Completing moves no byte, so it needs no room but the journal's.
      fillEach(JOURNAL_BYTES);
      s3.completeMultipartUpload(
          b -> b.bucket(BUCKET).key("parts").uploadId(id).multipartUpload(u -> u.parts(etags)));
      var whole = store.get(BUCKET, "parts");
      assertThat(Arrays.copyOf(whole, PART_BYTES)).isEqualTo(first);
      assertThat(Arrays.copyOfRange(whole, PART_BYTES, whole.length)).isEqualTo(second);
      freeEach();
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static CompletedPart part(Store store, String upload, int number, byte[] body) {
    var etag =
        store
            .client()
            .uploadPart(
                b -> b.bucket(BUCKET).key("parts").uploadId(upload).partNumber(number),
                RequestBody.fromBytes(body))
            .eTag();
    return CompletedPart.builder().partNumber(number).eTag(etag).build();
  }

  @Test
  @DisplayName("T8: a heal that finds no room waits, others go on, and room again mends it")
  void aHealThatFindsNoRoomWaitsWhileOthersGoOn() throws Exception {
    var shards = new Disk(disks.inside(data));
    try (var store = new Store(node.s3Url())) {
      put(store, "waits");
      put(store, "goes-on");
      node.rest().awaitWhole();
      Files.delete(shardOn(shards, "waits", 1));
      Files.delete(shardOn(shards, "goes-on", 2));
      disks.fill(1, 0);
      check(1);
      node.rest().awaitScan(node.rest().startScan("Quick"));
      await("the one for which there is room")
          .atMost(Duration.ofSeconds(30))
          .until(() -> shards.shards(BUCKET, "goes-on").size() == DISKS);
      assertThat(shards.shards(BUCKET, "waits")).hasSize(DISKS - 1);
      var open = "SELECT state || ' ' || (failures > 0) FROM heal_task WHERE state = 'open'";
      await("a try that failed")
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(new CatalogRows(data).read(open)).containsExactly("open true"));
      assertWhole(store, "waits");
      disks.free(1);
      check(1);
      node.rest().awaitWhole();
      assertThat(shards.shards(BUCKET, "waits")).hasSize(DISKS);
      assertWhole(store, "waits");
      assertWhole(store, "goes-on");
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static Path shardOn(Disk shards, String key, int disk) throws Exception {
    return shards.shards(BUCKET, key).stream()
        .filter(shard -> shard.startsWith(disks.inside(disk)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @DisplayName(
      "T8: the journal leaves full disks for others; without any, changes wait and are told")
  void theJournalLeavesFullDisksAndChangesWaitForRoom() throws Exception {
    try (var store = new Store(node.s3Url())) {
      var before = journalled();
      assertThat(before).hasSize(PARITY + 1);
      for (var origin : before) {
        disks.fill(number(origin), 0);
      }
      // Its files have some room of their own; then it moves.
      for (int i = 0; i < CHANGES_MAX && !Collections.disjoint(journalled(), before); i += 40) {
        change(40);
      }
      assertThat(journalled()).hasSize(PARITY + 1).doesNotContainAnyElementsOf(before);
      for (int disk = 1; disk <= DISKS; disk++) {
        disks.fill(disk, 0);
      }
      assertThatThrownBy(() -> change(CHANGES_MAX)).hasMessageContaining("\"what\":\"journal\"");
      freeEach();
      change(1);
      assertThat(journalled()).hasSize(PARITY + 1);
      var health = node.rest().get("/status/health").at("/subsystems/journal/status").asText();
      assertThat(health).isEqualTo("Running");
      put(store, "journalled");
      assertWhole(store, "journalled");
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static List<String> journalled() throws Exception {
    var ids = new ArrayList<String>();
    node.rest().get("/admin/catalog").path("origins").forEach(id -> ids.add(id.asText()));
    return ids;
  }

  private static int number(String origin) {
    return Integer.parseInt(origin.replace("disk-", ""));
  }

  /// Changes that lie in the journal alone, each some hundred bytes.
  private static void change(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      node.rest().put("/api/v1/buckets/" + BUCKET, "{\"class\":\"important\"}");
    }
  }

  @Test
  @DisplayName("T8: small objects whose pack finds no room lie elsewhere, or are refused")
  void smallObjectsWhosePackFindsNoRoomLieElsewhere() throws Exception {
    try (var store = new Store(node.s3Url())) {
      packed(store, "packed-before-", 20);
      disks.fill(4, 0);
      packed(store, "packed-beside-", 40);
      fillEach(JOURNAL_BYTES);
      assertThatThrownBy(() -> store.put(BUCKET, "packed-full", Store.bytes(1, PACKED_BYTES)))
          .isInstanceOfSatisfying(
              S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(INSUFFICIENT_STORAGE));
      assertThat(store.find(BUCKET, "packed-full")).isNull();
      freeEach();
      packed(store, "packed-after-", 20);
      assertPacked(store, "packed-before-", 20);
      assertPacked(store, "packed-beside-", 40);
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static void packed(Store store, String prefix, int count) {
    for (int i = 0; i < count; i++) {
      store.put(BUCKET, prefix + i, Store.bytes(i, PACKED_BYTES));
    }
    assertPacked(store, prefix, count);
  }

  private static void assertPacked(Store store, String prefix, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(store.get(BUCKET, prefix + i)).isEqualTo(Store.bytes(i, PACKED_BYTES));
    }
  }

  @Test
  @DisplayName("T5: killed where a pack could not be written: nothing acknowledged is lost")
  void aNodeThatDiesWhereAPackFailedLosesNothing() throws Exception {
    var expected = new Expected(BUCKET);
    node.killJvm();
    assertThat(node.restartToDie(CrashPoint.PACK_POISONED.word())).isTrue();
    try (var store = new Store(node.s3Url())) {
      // Every disk has a pack that is open.
      packed(store, "poisoned/", 40);
      disks.fill(5, 0);
      for (int i = 0; i < TRIES && node.isAlive(); i++) {
        var next = new Expected.Content(i, List.of(PACKED_BYTES));
        expected.asked("poisoned-" + i, next);
        store.put(BUCKET, "poisoned-" + i, next.whole());
        expected.answered("poisoned-" + i, next);
      }
    } catch (SdkException e) {
      assertThat(node.awaitEnd(Duration.ofSeconds(20))).isTrue();
    }
    assertThat(node.exitCode()).isEqualTo(KILLED);
    disks.free(5);
    node.restart();
    try (var store = new Store(node.s3Url())) {
      assertThat(expected.wrong(store, "poisoned-")).isEmpty();
    }
    assertThat(node.rest().wrong()).isEmpty();
  }
}
