package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.kintsugi.driver.SshServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/// B2: one bucket over two folders and an SFTP box, by REST and by an S3 client, on a running node.
@ExtendWith(NodeLogs.class)
class FederatedIT {
  private static final String BUCKET = "family";
  private static final String TREE = "/api/v1/trees/" + BUCKET;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Instant EARLY = Instant.parse("2026-01-02T03:04:05Z");
  private static final int BIG = 9_000_000;

  @TempDir private Path temp;

  private static void write(Path file, byte[] bytes, Instant at) throws Exception {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, FileTime.from(at));
  }

  private static void write(Path file, String text) throws Exception {
    write(file, text.getBytes(java.nio.charset.StandardCharsets.UTF_8), EARLY);
  }

  private static void register(RunningNode node, String id, Path folder) throws Exception {
    var made =
        node.rest()
            .post(
                "/api/v1/origins",
                """
                {"id": "%s", "origin_type": "local", "role": "files", "path": "%s"}
                """
                    .formatted(id, folder));
    assertThat(made.path("role").asText()).isEqualTo("files");
    assertThat(made.path("health").asText()).as(made.toString()).isEqualTo("healthy");
    assertThat(made.path("writable").asBoolean()).isFalse();
  }

  private static void registerBox(RunningNode node, SshServer ssh) throws Exception {
    node.rest()
        .post(
            "/api/v1/origins",
            """
            {"id": "box", "origin_type": "sftp", "role": "files", "host": "127.0.0.1",
             "port": %d, "user": "%s", "path": "%s", "key_file": "%s", "known_hosts": "%s"}
            """
                .formatted(
                    ssh.port(),
                    SshServer.USER,
                    ssh.data(),
                    ssh.file("user"),
                    ssh.file("known_hosts")));
  }

  private static List<String> keys(JsonNode page) {
    var keys = new ArrayList<String>();
    page.path("files").forEach(file -> keys.add(file.path("key").asText()));
    return keys;
  }

  private static ListObjectsV2Response list(Store store, @Nullable String prefix) {
    return store
        .client()
        .listObjectsV2(l -> l.bucket(BUCKET).prefix(prefix).delimiter("/").maxKeys(1000));
  }

  private static String header(ListObjectsV2Response page, String name) {
    return page.sdkHttpResponse().firstMatchingHeader(name).orElse("");
  }

  private static JsonNode file(RunningNode node, String key) throws Exception {
    return node.rest().get(TREE + "/file?key=" + key);
  }

  private static void awaitSame(RunningNode node, String key, int copies) {
    await("the copies of " + key + " are known to be the same")
        .atMost(LIMIT)
        .until(() -> {
          var found = file(node, key).path("copies");
          int known = 0;
          for (var copy : found) {
            known += copy.path("relation").asText().matches("chosen|same") ? 1 : 0;
          }
          return known == copies;
        });
  }

  @Test
  @DisplayName("B2: one tree over two folders and an SFTP box, duplicates grouped, faults told")
  void oneTreeOverThreeOrigins() throws Exception {
    var disk = temp.resolve("disk");
    var old = temp.resolve("old");
    var big = Store.bytes(7, BIG);
    write(disk.resolve("photos/2026/a.jpg"), "the same photo");
    write(disk.resolve("photos/b.jpg"), "only here");
    write(disk.resolve("film.mkv"), big, EARLY);
    write(old.resolve("pictures/photos/2026/a.jpg"), "the same photo");
    write(old.resolve("pictures/notes.txt"), "an older note");
    Files.createSymbolicLink(disk.resolve("photos/secret"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(disk.resolve("etc"), Path.of("/etc"));
    try (var ssh = SshServer.start(Files.createDirectories(temp.resolve("ssh")))) {
      write(ssh.data().resolve("notes.txt"), "a newer, longer note");
      write(ssh.data().resolve("film.mkv"), big, EARLY.plusSeconds(5));
      var data = temp.resolve("data");
      try (var node = RunningNode.start(data, "--origins", "2");
          var store = new Store(node.s3Url())) {
        register(node, "disk", disk);
        register(node, "old", old);
        registerBox(node, ssh);
        mountAndRefuse(node, data);
        listAndRead(node, store, big);
        assertReadOnly(store);
        copiesComeAndGo(node, store, disk);
        rotIsToldAndNotServed(node, store, disk);
        originsFallSilent(node, store, ssh, big);
        aFolderThatIsNotTheRightOne(node, store, old);
        node.rest().refused("DELETE", "/api/v1/origins/disk", 409);
        assertThat(node.rest().get("/api/v1/pool").path("backends")).hasSize(2);
      }
      assertThat(Files.exists(disk.resolve("kintsugi-origin.json"))).isFalse();
      assertNextLifeKnowsTheTree(data);
    }
  }

  private static void mountAndRefuse(RunningNode node, Path data) throws Exception {
    var rest = node.rest();
    assertThat(
            rest.refused(
                "POST",
                "/api/v1/origins",
                "{\"id\":\"x\",\"origin_type\":\"local\",\"role\":\"files\",\"path\":\"%s\"}"
                    .formatted(data.resolve("no-such-folder")),
                409))
        .contains("not there");
    assertThat(
            rest.refused(
                "PUT",
                TREE,
                "{\"sources\":[{\"origin\":\"tape\"},{\"origin\":\"disk\",\"path\":\"a/../b\"}]}",
                400))
        .contains("no origin tape", "a/../b");
    rest.put("/api/v1/buckets/shards", "{}");
    rest.refused("PUT", "/api/v1/trees/shards", "{\"sources\":[{\"origin\":\"disk\"}]}", 409);
    var tree =
        rest.put(
            TREE,
            """
            {"sources": [{"origin": "disk", "priority": 10},
                         {"origin": "old", "path": "pictures", "priority": 20},
                         {"origin": "box", "priority": 5}], "conflicts": "priority"}
            """);
    assertThat(tree.path("sources")).hasSize(3);
    assertThat(rest.get("/api/v1/trees").path("trees")).hasSize(1);
    rest.refused("PUT", "/api/v1/buckets/" + BUCKET, "{}", 409);
    rest.refused("POST", "/api/v1/origins/disk/drain", "{}", 409);
  }

  private static void listAndRead(RunningNode node, Store store, byte[] big) throws Exception {
    var page = node.rest().get(TREE + "/files");
    assertThat(keys(page))
        .containsExactly("film.mkv", "notes.txt", "photos/2026/a.jpg", "photos/b.jpg");
    assertThat(page.path("complete").asBoolean()).isTrue();
    awaitSame(node, "photos/2026/a.jpg", 2);
    assertThat(file(node, "notes.txt").path("copies").get(1).path("relation").asText())
        .isEqualTo("differs");
    var listed = list(store, null);
    assertThat(listed.contents())
        .extracting(S3Object::key)
        .containsExactly("film.mkv", "notes.txt");
    assertThat(listed.commonPrefixes()).extracting(p -> p.prefix()).containsExactly("photos/");
    assertThat(header(listed, "x-kintsugi-complete")).isEqualTo("true");
    assertThat(list(store, "photos/").contents())
        .extracting(S3Object::key)
        .containsExactly("photos/b.jpg");
    assertThat(store.client().listBuckets().buckets())
        .extracting(b -> b.name())
        .contains(BUCKET, "shards");
    assertThat(store.get(BUCKET, "notes.txt")).asString().isEqualTo("a newer, longer note");
    assertThat(store.get(BUCKET, "film.mkv")).isEqualTo(big);
    var part =
        store
            .client()
            .getObjectAsBytes(g -> g.bucket(BUCKET).key("film.mkv").range("bytes=5000000-5000099"));
    assertThat(part.asByteArray()).isEqualTo(Arrays.copyOfRange(big, 5_000_000, 5_000_100));
    var head = store.client().headObject(h -> h.bucket(BUCKET).key("photos/b.jpg"));
    assertThat(head.contentLength()).isEqualTo(9);
    assertThat(head.lastModified()).isEqualTo(EARLY);
    assertThatThrownBy(() ->
            store
                .client()
                .getObjectAsBytes(
                    g -> g.bucket(BUCKET).key("photos/b.jpg").ifMatch("something else")))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
    for (var key : List.of("photos/secret", "etc/passwd", "../disk/film.mkv", "nothing")) {
      assertThatThrownBy(() -> store.get(BUCKET, key))
          .as(key)
          .isInstanceOf(NoSuchKeyException.class);
    }
  }

  private static void assertReadOnly(Store store) {
    assertThatThrownBy(() -> store.put(BUCKET, "new.txt", new byte[10]))
        .isInstanceOfSatisfying(
            S3Exception.class,
            e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDenied"));
    assertThatThrownBy(() -> store.client().deleteObject(d -> d.bucket(BUCKET).key("film.mkv")))
        .isInstanceOf(S3Exception.class);
    assertThatThrownBy(() -> store.createBucket(BUCKET)).isInstanceOf(S3Exception.class);
  }

  private static void copiesComeAndGo(RunningNode node, Store store, Path disk) throws Exception {
    var key = "photos/2026/a.jpg";
    assertThat(servedFrom(store, key)).isEqualTo("disk");
    Files.delete(disk.resolve(key));
    assertThat(servedFrom(store, key)).isEqualTo("old");
    assertThat(keys(node.rest().get(TREE + "/files?prefix=photos/2026/"))).containsExactly(key);
    write(disk.resolve(key), "the same photo");
    // Its size and time are those of the one that went: it is read before it is trusted.
    awaitSame(node, key, 2);
    assertThat(servedFrom(store, key)).isEqualTo("disk");
  }

  /// Other bytes, and the time put back: no listing could tell.
  private static void rotIsToldAndNotServed(RunningNode node, Store store, Path disk)
      throws Exception {
    var key = "photos/2026/a.jpg";
    awaitSame(node, key, 2);
    write(disk.resolve(key), "the sane photo");
    assertThat(store.get(BUCKET, key)).asString().isEqualTo("the same photo");
    await("the rot is noticed")
        .atMost(LIMIT)
        .until(
            () -> file(node, key).path("copies").toString(),
            copies -> copies.contains("\"origin\":\"disk\"") && copies.contains("rotten"));
    assertThat(servedFrom(store, key)).isEqualTo("old");
    write(disk.resolve(key), "the same photo");
    awaitSame(node, key, 2);
  }

  private static String servedFrom(Store store, String key) {
    GetObjectResponse response =
        store.client().getObjectAsBytes(g -> g.bucket(BUCKET).key(key)).response();
    return response.sdkHttpResponse().firstMatchingHeader("x-kintsugi-served-from").orElse("");
  }

  private static void originsFallSilent(RunningNode node, Store store, SshServer ssh, byte[] big)
      throws Exception {
    awaitSame(node, "film.mkv", 2);
    assertThat(servedFrom(store, "film.mkv")).isEqualTo("box");
    try (var stream = store.client().getObject(g -> g.bucket(BUCKET).key("film.mkv"))) {
      var first = stream.readNBytes(100_000);
      ssh.kill();
      assertThat(first).isEqualTo(Arrays.copyOf(big, 100_000));
      assertThat(stream.readAllBytes()).isEqualTo(Arrays.copyOfRange(big, 100_000, BIG));
    }
    assertThat(store.get(BUCKET, "film.mkv")).isEqualTo(big);
    var page = list(store, null);
    assertThat(header(page, "x-kintsugi-complete")).isEqualTo("false");
    assertThat(header(page, "x-kintsugi-silent-origins")).isEqualTo("box");
    assertThat(
            node.rest().get(TREE + "/files").path("silent_origins").get(0).path("origin").asText())
        .isEqualTo("box");
    assertThatThrownBy(() -> store.get(BUCKET, "nothing"))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
    ssh.restart();
    await("the box is back")
        .atMost(LIMIT)
        .until(() -> node.rest().get(TREE + "/files").path("complete").asBoolean());
    assertThatThrownBy(() -> store.get(BUCKET, "nothing")).isInstanceOf(NoSuchKeyException.class);
  }

  /// As if a disk were not mounted, and what stands below the mount point showed.
  private static void aFolderThatIsNotTheRightOne(RunningNode node, Store store, Path old)
      throws Exception {
    var away = old.resolveSibling("away");
    Files.move(old, away);
    Files.createDirectory(old);
    var page = list(store, "photos/2026/");
    assertThat(header(page, "x-kintsugi-silent-origins")).isEqualTo("old");
    assertThat(node.rest().post("/api/v1/origins/old/check", "").path("marker").asText())
        .isEqualTo("foreign");
    Files.delete(old);
    Files.move(away, old);
    await("the right folder is back")
        .atMost(LIMIT)
        .until(() -> node.rest().get(TREE + "/files").path("complete").asBoolean());
  }

  private static void assertNextLifeKnowsTheTree(Path data) throws Exception {
    try (var node = RunningNode.start(data, "--origins", "2");
        var store = new Store(node.s3Url())) {
      await("all have told")
          .atMost(LIMIT)
          .until(() -> node.rest().get(TREE + "/files").path("complete").asBoolean());
      assertThat(store.get(BUCKET, "photos/b.jpg")).asString().isEqualTo("only here");
      node.rest().delete(TREE);
      node.rest().refused("GET", TREE, 404);
      node.rest().put("/api/v1/buckets/" + BUCKET, "{}");
    }
  }
}
