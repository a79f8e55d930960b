package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// G1: the storage describes itself. A node whose database is gone, or older than its origins, says
/// so, writes nothing, and brings the catalog back from the origins.
@ExtendWith(NodeLogs.class)
class RebuildIT {
  private static final int PART_BYTES = 5 * 1024 * 1024;
  private static final Duration HEAL_LIMIT = Duration.ofMinutes(4);
  private static final Duration LOAD = Duration.ofSeconds(4);

  @TempDir private Path data;
  @TempDir private Path elsewhere;

  /// What a client knows of the store.
  private static final class Known {
    final Map<String, byte[]> objects = new HashMap<>();
    String uploadId = "";
  }

  @Test
  @DisplayName("G1: killed under load, its database and two origins lost: every row is back")
  void aLostDatabaseIsNoticedAndRebuiltFromTheOriginsThatAreLeft() throws Exception {
    try (var node = RunningNode.start(data)) {
      var known = fill(node);
      var journalled = node.rest().get("/admin/catalog").path("origins");
      assertThat(journalled).hasSize(3);
      var load = RebuildLoad.run(node, LOAD);
      node.killJvm();
      load.await();
      var lost = RebuildRows.of(data);
      node.killPostgres();
      remove(data.resolve("postgres"));
      // Two of the three that the journal lies on.
      remove(data.resolve("origins").resolve(journalled.get(0).asText()));
      remove(data.resolve("origins").resolve(journalled.get(1).asText()));
      node.restart();

      refusesToServe(node, "lost");
      var rehearsal = rebuild(node, "--dry-run");
      assertThat(rehearsal.output()).contains("Nothing was changed", "open_uploads   1");
      refusesToServe(node, "lost");

      var ended = rebuild(node);
      assertThat(ended.code()).as(ended.output()).isZero();
      assertThat(ended.output()).contains("The catalog is back", "catalog: free");
      long last = node.rest().get("/admin/catalog").at("/rebuild/to_seq").asLong();
      lost.assertSame(RebuildRows.of(data), last);
      load.assertHeld(node);
      holds(node, known);
      assertThat(node.rest().get("/admin/policy/scan").path("bandwidth_limit_mbps").asInt())
          .isEqualTo(77);
      // Shards that nobody knows a place for find one on the new disks.
      for (var origin : List.of(journalled.get(0), journalled.get(1))) {
        Files.createDirectory(data.resolve("origins").resolve(origin.asText()));
        node.rest().post("/api/v1/origins/" + origin.asText() + "/replace", "");
      }
      node.rest().awaitWhole(HEAL_LIMIT);
    }
  }

  @Test
  @DisplayName("G1: small objects of the last moment, of which only packs tell, are back")
  void whatOnlyPacksTellOfIsBack() throws Exception {
    try (var node = RunningNode.start(data)) {
      var load = RebuildLoad.runSmallPuts(node, LOAD);
      node.killJvm();
      load.await();
      node.killPostgres();
      remove(data.resolve("postgres"));
      remove(data.resolve("origins").resolve("disk-8"));
      node.restart();
      var ended = rebuild(node);
      assertThat(ended.code()).as(ended.output()).isZero();
      var rebuilt = node.rest().get("/admin/catalog").path("rebuild");
      assertThat(rebuilt.path("uncertain")).as(rebuilt.toString()).isNotEmpty();
      load.assertHeld(node);
      Files.createDirectory(data.resolve("origins").resolve("disk-8"));
      node.rest().post("/api/v1/origins/disk-8/replace", "");
      node.rest().awaitWhole(HEAL_LIMIT);
    }
  }

  @Test
  void anOlderStateOfTheDatabaseIsNoticedAndReplayedForward() throws Exception {
    try (var node = RunningNode.start(data)) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket("before");
        store.put("before", "gone", Store.bytes(1, 1000));
        store.put("before", "kept", Store.bytes(2, 300_000));
      }
      node.terminate();
      copy(data.resolve("postgres"), elsewhere.resolve("postgres"));
      node.restart();
      var known = fill(node);
      try (var store = new Store(node.s3Url())) {
        store.client().deleteObject(b -> b.bucket("before").key("gone"));
      }
      node.terminate();
      remove(data.resolve("postgres"));
      copy(elsewhere.resolve("postgres"), data.resolve("postgres"));
      node.restart();

      refusesToServe(node, "behind");
      var ended = rebuild(node);
      assertThat(ended.code()).as(ended.output()).isZero();
      holds(node, known);
      try (var store = new Store(node.s3Url())) {
        assertThat(store.find("before", "gone")).isNull();
        assertThat(store.get("before", "kept")).isEqualTo(Store.bytes(2, 300_000));
      }
      assertThat(node.rest().wrong()).isEmpty();
    }
  }

  /// Everything that a catalog keeps; afterwards it lies in the journal.
  private static Known fill(RunningNode node) throws Exception {
    var known = new Known();
    try (var store = new Store(node.s3Url())) {
      store.createBucket("photos");
      store.createBucket("empty");
      store.createBucket("brief");
      store.client().deleteBucket(b -> b.bucket("brief"));
      for (int i = 0; i < 20; i++) {
        put(store, known, "photo-" + i, Store.bytes(i, i * 40_000));
      }
      put(store, known, "photo-1", Store.bytes(101, 5_000));
      put(store, known, "ü/日本 %&", Store.bytes(102, 900_000));
      store.client().deleteObject(b -> b.bucket("photos").key("photo-2"));
      known.objects.remove("photo-2");
      multipart(store, known);
    }
    node.rest().put("/admin/policy/scan", "{\"bandwidth_limit_mbps\":77}");
    return known;
  }

  private static void put(Store store, Known known, String key, byte[] body) {
    store.put("photos", key, body);
    known.objects.put(key, body);
  }

  /// One upload completed, one left open with a part.
  private static void multipart(Store store, Known known) {
    var client = store.client();
    var first = Store.bytes(201, PART_BYTES);
    var second = Store.bytes(202, 1_234_567);
    var done = client.createMultipartUpload(b -> b.bucket("photos").key("film")).uploadId();
    var etag1 = uploadPart(store, "film", done, 1, first);
    var etag2 = uploadPart(store, "film", done, 2, second);
    complete(store, "film", done, etag1, etag2);
    var film = new byte[first.length + second.length];
    System.arraycopy(first, 0, film, 0, first.length);
    System.arraycopy(second, 0, film, first.length, second.length);
    known.objects.put("film", film);
    known.uploadId = client.createMultipartUpload(b -> b.bucket("photos").key("open")).uploadId();
    uploadPart(store, "open", known.uploadId, 1, first);
  }

  private static void complete(Store store, String key, String uploadId, String... etags) {
    var parts = new ArrayList<CompletedPart>();
    for (var etag : etags) {
      parts.add(CompletedPart.builder().partNumber(parts.size() + 1).eTag(etag).build());
    }
    store
        .client()
        .completeMultipartUpload(b ->
            b.bucket("photos").key(key).uploadId(uploadId).multipartUpload(u -> u.parts(parts)));
  }

  private static String uploadPart(
      Store store, String key, String uploadId, int number, byte[] body) {
    return store
        .client()
        .uploadPart(
            b -> b.bucket("photos").key(key).uploadId(uploadId).partNumber(number),
            RequestBody.fromBytes(body))
        .eTag();
  }

  /// Every object byte for byte, nothing that was deleted, and the open upload can be completed.
  private static void holds(RunningNode node, Known known) {
    try (var store = new Store(node.s3Url())) {
      assertThat(store.client().listBuckets().buckets().stream().map(b -> b.name()))
          .contains("photos", "empty")
          .doesNotContain("brief");
      known.objects.forEach(
          (key, body) -> assertThat(store.get("photos", key)).as(key).isEqualTo(body));
      var listed =
          store.client().listObjectsV2(b -> b.bucket("photos")).contents().stream()
              .map(object -> object.key())
              .toList();
      assertThat(listed).containsExactlyInAnyOrderElementsOf(known.objects.keySet());
      var parts =
          store
              .client()
              .listParts(b -> b.bucket("photos").key("open").uploadId(known.uploadId))
              .parts();
      assertThat(parts).hasSize(1);
      complete(store, "open", known.uploadId, parts.getFirst().eTag());
      assertThat(store.get("photos", "open")).isEqualTo(Store.bytes(201, PART_BYTES));
      store.put("photos", "new", Store.bytes(300, 4096));
      assertThat(store.get("photos", "new")).isEqualTo(Store.bytes(300, 4096));
    }
  }

  private static void refusesToServe(RunningNode node, String state) throws Exception {
    var catalog = node.rest().get("/admin/catalog");
    assertThat(catalog.path("state").asText()).isEqualTo(state);
    var health = node.rest().get("/status/health");
    assertThat(health.path("status").asText()).isEqualTo("Degraded");
    assertThat(health.at("/subsystems/journal/error_message").asText())
        .contains(state, "rebuild-catalog");
    try (var store = new Store(node.s3Url())) {
      assertThatThrownBy(() -> store.createBucket("another"))
          .isInstanceOfSatisfying(
              S3Exception.class,
              refused -> {
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(refused.getMessage()).contains("catalog is not in use");
              });
      assertThatThrownBy(() -> store.put("photos", "x", new byte[10]))
          .isInstanceOfSatisfying(
              S3Exception.class, refused -> assertThat(refused.statusCode()).isEqualTo(503));
      // "Not found" would be a lie: nobody knows.
      assertThatThrownBy(() -> store.get("photos", "photo-3"))
          .isInstanceOf(S3Exception.class)
          .isNotInstanceOf(NoSuchKeyException.class);
    }
  }

  private Command.Ended rebuild(RunningNode node, String... flags) throws Exception {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.kintsugi.cli.Kintsugi"));
    words.addAll(List.of("rebuild-catalog", "--url", node.httpUrl()));
    words.addAll(List.of(flags));
    var ended = new Command(elsewhere).run(words.toArray(String[]::new));
    if (flags.length == 0) {
      await("the catalog in use")
          .atMost(Duration.ofSeconds(20))
          .until(() -> node.rest().get("/admin/catalog").path("state").asText().equals("free"));
    }
    return ended;
  }

  private static void remove(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private void copy(Path from, Path to) throws Exception {
    new Command(elsewhere).succeed("cp", "-a", from.toString(), to.toString());
  }
}
