package io.kintsugi.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kintsugi.driver.SshServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// B2, C3, F2, F6: files written into one bucket over two folders and an SFTP box, and taken away,
/// by S3 clients and by REST, while origins come and go and the node is killed.
@ExtendWith(NodeLogs.class)
class FederatedWriteIT {
  private static final String BUCKET = "family";
  private static final String TREE = "/api/v1/trees/" + BUCKET;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PART_BYTES = 5 << 20;

  @TempDir private Path temp;
  private Path disk;
  private Path old;

  private void mount(RunningNode node, String more) throws Exception {
    for (var id : List.of("disk", "old")) {
      node.rest()
          .post(
              "/api/v1/origins",
              "{\"id\":\"%s\",\"origin_type\":\"local\",\"role\":\"files\",\"path\":\"%s\"}"
                  .formatted(id, temp.resolve(id)));
    }
    node.rest()
        .put(
            TREE,
            """
            {"sources": [{"origin": "disk", "priority": 10},
                         {"origin": "old", "path": "pictures", "priority": 20}%s],
             "writes": true, "replication_factor": 2}
            """
                .formatted(more));
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

  @BeforeEach
  void makeFolders() throws Exception {
    disk = Files.createDirectories(temp.resolve("disk"));
    old = Files.createDirectories(temp.resolve("old/pictures"));
  }

  private static void write(Path file, String text, Instant at) throws Exception {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(at));
  }

  private static void assertRefused(int status, String code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            S3Exception.class,
            e -> {
              assertThat(e.statusCode()).as(e.getMessage()).isEqualTo(status);
              assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code);
            });
  }

  private static List<String> names(Path folder) throws Exception {
    try (var all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .map(path -> folder.relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  @DisplayName("B2, C3, F6: files are written, overwritten, copied and deleted on real origins")
  void filesAreWrittenAndDeleted() throws Exception {
    try (var ssh = SshServer.start(Files.createDirectories(temp.resolve("ssh")));
        var node = RunningNode.start(temp.resolve("data"), "--origins", "2");
        var store = new Store(node.s3Url())) {
      registerBox(node, ssh);
      mount(node, ", {\"origin\": \"box\", \"priority\": 5}");
      plainFilesStand(store, ssh);
      whatIsWrongLeavesNothing(store, ssh);
      partsBecomeOneFile(store, ssh);
      copiesGoInAndOut(node, store, ssh);
      byRest(node, ssh);
      whatIsDoneWhileTheBoxIsAway(node, store, ssh);
    }
  }

  private void plainFilesStand(Store store, SshServer ssh) throws Exception {
    var big = Store.bytes(3, 9_000_000);
    store.put(BUCKET, "films/a.mkv", big);
    assertThat(Files.readAllBytes(ssh.data().resolve("films/a.mkv"))).isEqualTo(big);
    assertThat(Files.readAllBytes(disk.resolve("films/a.mkv"))).isEqualTo(big);
    assertThat(names(old)).isEmpty();
    assertThat(store.get(BUCKET, "films/a.mkv")).isEqualTo(big);
    write(old.resolve("note"), "an old one", Instant.now().minusSeconds(1000));
    store.put(BUCKET, "note", "new".getBytes(UTF_8));
    assertThat(old.resolve("note")).hasContent("new");
    assertThat(ssh.data().resolve("note")).hasContent("new");
    store.put(BUCKET, "empty", new byte[0]);
    assertThat(disk.resolve("empty")).isEmptyFile();
    assertThat(store.get(BUCKET, "empty")).isEmpty();
  }

  private void whatIsWrongLeavesNothing(Store store, SshServer ssh) throws Exception {
    var before = names(disk);
    var beforeOnBox = names(ssh.data());
    assertRefused(
        400,
        "BadDigest",
        () ->
            store
                .client()
                .putObject(
                    p -> p.bucket(BUCKET).key("bad").contentMD5("1B2M2Y8AsgTpgAmY7PhCfg=="),
                    RequestBody.fromString("other bytes")));
    assertRefused(
        412,
        "PreconditionFailed",
        () ->
            store
                .client()
                .putObject(
                    p -> p.bucket(BUCKET).key("note").ifNoneMatch("*"),
                    RequestBody.fromString("x")));
    assertRefused(409, "ParentIsFile", () -> store.put(BUCKET, "note/below", new byte[1]));
    assertRefused(409, "KeyIsFolder", () -> store.put(BUCKET, "films", new byte[1]));
    assertRefused(400, "InvalidArgument", () -> store.put(BUCKET, "folder/", new byte[0]));
    assertRefused(400, "InvalidArgument", () -> store.put(BUCKET, "a//b", new byte[1]));
    await("drafts are gone")
        .atMost(LIMIT)
        .until(() -> names(disk).equals(before) && names(ssh.data()).equals(beforeOnBox));
    assertThat(store.get(BUCKET, "note")).asString().isEqualTo("new");
  }

  private void partsBecomeOneFile(Store store, SshServer ssh) throws Exception {
    var whole = Store.bytes(4, PART_BYTES + 1_000_000);
    var client = store.client();
    var id = client.createMultipartUpload(c -> c.bucket(BUCKET).key("parts")).uploadId();
    var done = new java.util.ArrayList<CompletedPart>();
    for (int i = 0; i < 2; i++) {
      int number = i + 1;
      var bytes = Arrays.copyOfRange(whole, i * PART_BYTES, i == 0 ? PART_BYTES : whole.length);
      var etag =
          client
              .uploadPart(
                  p -> p.bucket(BUCKET).key("parts").uploadId(id).partNumber(number),
                  RequestBody.fromBytes(bytes))
              .eTag();
      done.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
    }
    assertThat(client.listParts(l -> l.bucket(BUCKET).key("parts").uploadId(id)).parts())
        .hasSize(2);
    assertThat(disk.resolve("parts")).doesNotExist();
    client.completeMultipartUpload(
        c -> c.bucket(BUCKET).key("parts").uploadId(id).multipartUpload(m -> m.parts(done)));
    assertThat(Files.readAllBytes(disk.resolve("parts"))).isEqualTo(whole);
    assertThat(Files.readAllBytes(ssh.data().resolve("parts"))).isEqualTo(whole);
    var other = client.createMultipartUpload(c -> c.bucket(BUCKET).key("parts")).uploadId();
    client.abortMultipartUpload(a -> a.bucket(BUCKET).key("parts").uploadId(other));
  }

  private void copiesGoInAndOut(RunningNode node, Store store, SshServer ssh) throws Exception {
    node.rest().put("/api/v1/buckets/shards", "{}");
    var client = store.client();
    client.copyObject(c ->
        c.sourceBucket(BUCKET)
            .sourceKey("films/a.mkv")
            .destinationBucket("shards")
            .destinationKey("out"));
    var film = store.get(BUCKET, "films/a.mkv");
    assertThat(store.get("shards", "out")).isEqualTo(film);
    client.copyObject(c ->
        c.sourceBucket("shards")
            .sourceKey("out")
            .destinationBucket(BUCKET)
            .destinationKey("in/b.mkv"));
    assertThat(ssh.data().resolve("in/b.mkv")).hasSameBinaryContentAs(disk.resolve("films/a.mkv"));
    client.copyObject(c ->
        c.sourceBucket(BUCKET).sourceKey("note").destinationBucket(BUCKET).destinationKey("note2"));
    assertThat(disk.resolve("note2")).hasContent("new");
    client.deleteObjects(d ->
        d.bucket(BUCKET)
            .delete(
                Delete.builder()
                    .objects(
                        ObjectIdentifier.builder().key("in/b.mkv").build(),
                        ObjectIdentifier.builder().key("note2").build(),
                        ObjectIdentifier.builder().key("never").build())
                    .build()));
    assertThat(disk.resolve("note2")).doesNotExist();
    assertThat(ssh.data().resolve("in/b.mkv")).doesNotExist();
    assertThatThrownBy(() -> store.get(BUCKET, "note2")).isInstanceOf(NoSuchKeyException.class);
  }

  private static HttpResponse<byte[]> http(
      RunningNode node, String method, String key, byte[] body, String... headers)
      throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create(node.httpUrl() + TREE + "/content?key=" + key))
              .method(
                  method,
                  body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
      if (headers.length > 0) {
        request.headers(headers);
      }
      return http.send(request.build(), BodyHandlers.ofByteArray());
    }
  }

  private void byRest(RunningNode node, SshServer ssh) throws Exception {
    var bytes = Store.bytes(5, 5_000_000);
    var made = http(node, "PUT", "rest/x", bytes);
    assertThat(made.statusCode()).as(new String(made.body(), UTF_8)).isEqualTo(201);
    assertThat(new String(made.body(), UTF_8)).contains("\"copies_written\":2");
    assertThat(Files.readAllBytes(ssh.data().resolve("rest/x"))).isEqualTo(bytes);
    assertThat(http(node, "GET", "rest/x", new byte[0]).body()).isEqualTo(bytes);
    var part = http(node, "GET", "rest/x", new byte[0], "Range", "bytes=4000000-4000009");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.headers().firstValue("Content-Range"))
        .hasValue("bytes 4000000-4000009/5000000");
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(bytes, 4_000_000, 4_000_010));
    assertThat(http(node, "HEAD", "rest/x", new byte[0]).headers().firstValue("Content-Length"))
        .hasValue("5000000");
    assertThat(http(node, "PUT", "rest/x", new byte[9], "If-None-Match", "*").statusCode())
        .isEqualTo(412);
    var gone = http(node, "DELETE", "rest/x", new byte[0]);
    assertThat(new String(gone.body(), UTF_8)).contains("\"deleted\":true");
    assertThat(http(node, "GET", "rest/x", new byte[0]).statusCode()).isEqualTo(404);
    assertThat(disk.resolve("rest/x")).doesNotExist();
  }

  private void whatIsDoneWhileTheBoxIsAway(RunningNode node, Store store, SshServer ssh)
      throws Exception {
    for (var key : List.of("over", "deleted", "theirs")) {
      store.put(BUCKET, key, "first".getBytes(UTF_8));
      assertThat(ssh.data().resolve(key)).hasContent("first");
    }
    ssh.kill();
    await("the box is known to be away")
        .atMost(LIMIT)
        .until(() -> !node.rest().get(TREE + "/files").path("complete").asBoolean());
    store.put(BUCKET, "over", "second".getBytes(UTF_8));
    store.client().deleteObject(d -> d.bucket(BUCKET).key("deleted"));
    store.client().deleteObject(d -> d.bucket(BUCKET).key("theirs"));
    assertThatThrownBy(() -> store.get(BUCKET, "deleted")).isInstanceOf(NoSuchKeyException.class);
    assertThat(node.rest().get(TREE + "/pending").path("pending")).hasSize(3);
    write(ssh.data().resolve("theirs"), "by somebody else", Instant.now().plusSeconds(100));
    ssh.restart();
    await("the box is back")
        .atMost(LIMIT)
        .until(() -> {
          // From its first answer on nothing old is shown.
          assertThat(store.find(BUCKET, "over")).asString().isEqualTo("second");
          var page = node.rest().get(TREE + "/files");
          assertThat(page.path("files").toString()).doesNotContain("\"deleted\"");
          return page.path("complete").asBoolean();
        });
    await("everything arrived")
        .atMost(LIMIT)
        .until(() -> node.rest().get(TREE + "/pending").path("pending").isEmpty());
    assertThat(ssh.data().resolve("over")).hasContent("second");
    assertThat(ssh.data().resolve("deleted")).doesNotExist();
    assertThat(ssh.data().resolve("theirs")).hasContent("by somebody else");
    assertThat(store.get(BUCKET, "theirs")).asString().isEqualTo("by somebody else");
  }

  @Test
  @DisplayName(
      "T5: killed in the middle of a PUT or DELETE: the old file or the new, whole, for good")
  void killedInTheMiddleItIsOldOrNew() throws Exception {
    var data = temp.resolve("data");
    var first = Store.bytes(1, 400_000);
    var second = Store.bytes(2, 500_000);
    try (var node = RunningNode.start(data, "--origins", "2")) {
      mount(node, "");
      for (var point : List.of("tree.sealed", "tree.noted", "tree.published", "tree.buried")) {
        try (var store = new Store(node.s3Url())) {
          await("the origins are well")
              .atMost(LIMIT)
              .until(() -> node.rest().get(TREE + "/files").path("complete").asBoolean());
          store.put(BUCKET, point, first);
        }
        node.killJvm();
        assertThat(node.restartToDie(point + ":1")).isTrue();
        die(node, point, second);
        node.restart();
        survived(node, point, first, second);
      }
    }
  }

  private static void die(RunningNode node, String point, byte[] second) throws Exception {
    try (var store = new Store(node.s3Url())) {
      await("the origins are well")
          .atMost(LIMIT)
          .until(() -> node.rest().get(TREE + "/files").path("complete").asBoolean());
      assertThatThrownBy(
              () -> {
                if (point.equals("tree.buried")) {
                  store.client().deleteObject(d -> d.bucket(BUCKET).key(point));
                } else {
                  store.put(BUCKET, point, second);
                }
              })
          .isInstanceOf(SdkException.class);
    }
    await("it is dead").atMost(LIMIT).until(() -> !node.isAlive());
  }

  private void survived(RunningNode node, String point, byte[] first, byte[] second)
      throws Exception {
    try (var store = new Store(node.s3Url())) {
      await("the origins are well")
          .atMost(LIMIT)
          .until(() -> node.rest().get(TREE + "/files").path("complete").asBoolean());
      var found = store.find(BUCKET, point);
      switch (point) {
        case "tree.buried" -> assertThat(found).as("it was noted that it is gone").isNull();
        case "tree.published" -> assertThat(found).as("a copy stands").isEqualTo(second);
        default -> assertThat(found).isEqualTo(first);
      }
      for (var folder : List.of(disk, old)) {
        var file = folder.resolve(point);
        assertThat(Files.readAllBytes(file))
            .satisfiesAnyOf(
                bytes -> assertThat(bytes).isEqualTo(first),
                bytes -> assertThat(bytes).isEqualTo(second));
      }
      assertThat(node.rest().get(TREE + "/files").toString()).doesNotContain(".part");
      if (!point.equals("tree.buried")) {
        assertThat(store.get(BUCKET, point)).as("and it stays so").isEqualTo(found);
      }
    }
  }
}
