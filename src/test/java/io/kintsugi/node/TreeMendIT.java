package io.kintsugi.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// B2, B10: bytes that rot in a federated bucket are found by reading, never served from then on,
/// and mended from another copy; and copies are kept equal. On a running node, with real files.
@ExtendWith(NodeLogs.class)
class TreeMendIT {
  private static final String BUCKET = "archive";
  private static final String TREE = "/api/v1/trees/" + BUCKET;
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Instant EARLY = Instant.parse("2026-01-02T03:04:05Z");
  private static final int BIG = 12_000_000;

  @TempDir private Path temp;

  private static void write(Path file, byte[] bytes) throws Exception {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, FileTime.from(EARLY));
  }

  /// Other bytes under the same size and time.
  private static void rot(Path file) throws Exception {
    var time = Files.getLastModifiedTime(file);
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(open.length() / 2);
      int was = open.read();
      open.seek(open.length() / 2);
      open.write(was ^ 1);
    }
    Files.setLastModifiedTime(file, time);
  }

  private static void put(RunningNode node, String mirror) throws Exception {
    var tree =
        node.rest()
            .put(
                TREE,
                """
                {"sources": [{"origin": "one", "priority": 10},
                             {"origin": "two", "path": "copies", "priority": 20}],
                 "mirror": "%s", "verify": "off", "bandwidth_limit_mbps": 0}
                """
                    .formatted(mirror));
    assertThat(tree.path("mirror").asText()).isEqualTo(mirror);
    assertThat(tree.path("verify").asText()).isEqualTo("off");
  }

  private static JsonNode care(RunningNode node) throws Exception {
    return node.rest().get(TREE + "/verify");
  }

  private static JsonNode awaitCare(RunningNode node, String what, Predicate<JsonNode> is) {
    return await(what).atMost(LIMIT).until(() -> care(node), is);
  }

  /// Reads all files, and waits for the end of it.
  private static JsonNode verify(RunningNode node) throws Exception {
    var began = node.rest().post(TREE + "/verify", "{}");
    var started = began.path("verification").path("started_at").asText();
    return awaitCare(
        node,
        "all files are read",
        care ->
            care.path("verification").path("started_at").asText().equals(started)
                && care.path("verification").path("status").asText().equals("completed"));
  }

  private static String trees(RunningNode node) throws Exception {
    return node.rest()
        .get("/status/health")
        .path("subsystems")
        .path("trees")
        .path("error_message")
        .asText("");
  }

  @Test
  @DisplayName("B2, B10: rot is found, not served, mended from another copy; copies are kept equal")
  void rotIsFoundAndMendedAndCopiesAreKeptEqual() throws Exception {
    var one = temp.resolve("one");
    var two = temp.resolve("two");
    var film = Store.bytes(11, BIG);
    write(one.resolve("films/a.mkv"), film);
    write(two.resolve("copies/films/a.mkv"), film);
    write(one.resolve("single.txt"), "there is no other copy".getBytes(UTF_8));
    try (var node = RunningNode.start(temp.resolve("data"), "--origins", "2");
        var store = new Store(node.s3Url())) {
      for (var root : new Path[] {one, two}) {
        node.rest()
            .post(
                "/api/v1/origins",
                "{\"id\": \"%s\", \"origin_type\": \"local\", \"role\": \"files\", \"path\": \"%s\"}"
                    .formatted(root.getFileName(), root));
      }
      put(node, "off");
      assertThat(verify(node).path("verification").path("files").asLong()).isEqualTo(3);
      assertThat(trees(node)).isEmpty();
      isToldAndNotServed(node, store, one, film);
      isMended(node, store, one, film);
      theOnlyCopyIsUnmendable(node, store, one);
      copiesAreKeptEqual(node, one, two);
    }
  }

  private static void isToldAndNotServed(RunningNode node, Store store, Path one, byte[] film)
      throws Exception {
    rot(one.resolve("films/a.mkv"));
    verify(node);
    var told = awaitCare(node, "it is told", care -> care.path("rotten").size() == 1);
    assertThat(told.path("rotten").get(0).path("origin").asText()).isEqualTo("one");
    assertThat(trees(node)).contains("1 rotten", "one:films/a.mkv");
    assertThat(store.get(BUCKET, "films/a.mkv")).isEqualTo(film);
  }

  private static void isMended(RunningNode node, Store store, Path one, byte[] film)
      throws Exception {
    var rotten = Files.readAllBytes(one.resolve("films/a.mkv"));
    put(node, "heal");
    verify(node);
    awaitCare(node, "it is mended", care -> care.path("rotten").isEmpty());
    assertThat(Files.readAllBytes(one.resolve("films/a.mkv"))).isEqualTo(film);
    assertThat(trees(node)).isEmpty();
    assertThat(store.get(BUCKET, "films/a.mkv")).isEqualTo(film);
    try (var kept = Files.list(one.resolve(".kintsugi-quarantine"))) {
      assertThat(Files.readAllBytes(kept.findFirst().orElseThrow())).isEqualTo(rotten);
    }
    var keys = node.rest().get(TREE + "/files").path("files");
    assertThat(keys)
        .extracting(file -> file.path("key").asText())
        .containsExactly("films/a.mkv", "single.txt");
  }

  private static void theOnlyCopyIsUnmendable(RunningNode node, Store store, Path one)
      throws Exception {
    rot(one.resolve("single.txt"));
    verify(node);
    var told =
        awaitCare(
            node,
            "it is told to be unmendable",
            care -> care.path("rotten").path(0).path("status").asText().equals("unmendable"));
    assertThat(told.path("rotten").get(0).path("path").asText()).isEqualTo("single.txt");
    assertThat(trees(node)).contains("unmendable");
    assertThatThrownBy(() -> store.get(BUCKET, "single.txt")).isInstanceOf(S3Exception.class);
    Files.delete(one.resolve("single.txt"));
    verify(node);
    awaitCare(node, "it is gone", care -> care.path("rotten").isEmpty());
  }

  private static void copiesAreKeptEqual(RunningNode node, Path one, Path two) throws Exception {
    var mine = one.resolve("films/a.mkv");
    var copy = two.resolve("copies/films/a.mkv");
    try (var open = new RandomAccessFile(mine.toFile(), "rw")) {
      open.seek(BIG / 3);
      open.write(new byte[4096]);
    }
    write(one.resolve("new/b.txt"), "new".getBytes(UTF_8));
    put(node, "equal");
    var told =
        awaitCare(
            node,
            "all are equal",
            care ->
                care.path("mirroring").path("status").asText().equals("completed")
                    && care.path("mirroring").path("copies_made").asLong() == 2);
    var pass = told.path("mirroring");
    assertThat(pass.path("left").asLong()).isZero();
    assertThat(Files.mismatch(mine, copy)).isEqualTo(-1);
    assertThat(two.resolve("copies/new/b.txt")).hasContent("new");
    assertThat(pass.path("bytes").asLong()).isEqualTo(BIG + 3);
    assertThat(pass.path("bytes_sent").asLong())
        .as("bytes written for a change of 4 KiB in %d", BIG)
        .isBetween(4096L, BIG / 10L);
    assertThat(verify(node).path("verification").path("rotten").asLong()).isZero();
  }
}
