package io.kintsugi.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kintsugi.format.Cid;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// C4: blocks by CID on a running node: coded, scanned and healed like any object.
@ExtendWith(NodeLogs.class)
class BlocksIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// Enough for a file of its own on each origin.
  private static final int LARGE_BYTES = 300_000;

  @TempDir private static Path data;
  private static RunningNode node;
  private static HttpClient http;

  @BeforeAll
  static void startNode() {
    node = RunningNode.start(data);
    http = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stopNode() {
    http.close();
    node.close();
  }

  private static HttpResponse<byte[]> call(String method, String path, byte[] body)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(node.httpUrl() + "/api/v1/blocks" + path))
            .method(method, BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  private static HttpResponse<byte[]> call(String method, String path) throws Exception {
    return call(method, path, new byte[0]);
  }

  private static JsonNode data(HttpResponse<byte[]> answer) throws Exception {
    return JSON.readTree(answer.body()).path("data");
  }

  private static byte[] random(int seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static Cid put(byte[] block) throws Exception {
    var cid = Cid.of(ByteBuffer.wrap(block));
    assertThat(call("PUT", "/" + cid.text(), block).statusCode()).isEqualTo(201);
    return cid;
  }

  @Test
  @DisplayName("C4: put, get, has, list, length, delete")
  void blocksAreKeptByTheirNames() throws Exception {
    var small = put("kintsugi".getBytes(UTF_8));
    var large = put(random(1, LARGE_BYTES));
    assertThat(call("GET", "/" + large.text()).body()).isEqualTo(random(1, LARGE_BYTES));
    assertThat(call("HEAD", "/" + small.text()).headers().firstValueAsLong("content-length"))
        .hasValue(8);
    var cids = new HashSet<String>();
    var list = data(call("GET", "?limit=1000"));
    list.path("blocks")
        .forEach(block -> {
          cids.add(block.path("cid").asText());
          assertThat(block.path("backends").size()).isGreaterThan(1);
        });
    assertThat(cids).contains(small.text(), large.text());
    assertThat(data(call("GET", "/count")).path("count").asInt()).isEqualTo(cids.size());
    assertThat(data(call("DELETE", "/" + small.text())).path("deleted").asBoolean()).isTrue();
    assertThat(call("GET", "/" + small.text()).statusCode()).isEqualTo(404);

    node.close();
    node = RunningNode.start(data);
    assertThat(call("GET", "/" + large.text()).body()).isEqualTo(random(1, LARGE_BYTES));
    assertThat(data(call("GET", "/count")).path("count").asInt()).isEqualTo(cids.size() - 1);
  }

  @Test
  @DisplayName("C4: a damaged block is never returned; it is mended, or whole once put again")
  void aDamagedBlockIsNeverReturned() throws Exception {
    var block = random(2, LARGE_BYTES);
    var cid = put(block);
    var shards = new Disk(data).shards(".blocks", cid.text());
    assertThat(shards).hasSize(8);
    flip(shards.get(0));
    flip(shards.get(3));
    assertThat(call("GET", "/" + cid.text()).body()).isEqualTo(block);
    node.rest().awaitWhole();

    for (var shard : new Disk(data).shards(".blocks", cid.text()).subList(0, 3)) {
      flip(shard);
    }
    HttpResponse<byte[]> answer = null;
    try {
      answer = call("GET", "/" + cid.text());
    } catch (java.io.IOException e) {
      assertThat(e).as("an answer that breaks off").isNotNull();
    }
    if (answer != null) {
      assertThat(answer.statusCode()).isGreaterThanOrEqualTo(500);
      assertThat(answer.body()).isNotEqualTo(block).hasSizeLessThan(2000);
    }
    assertThat(call("PUT", "/" + cid.text(), block).statusCode()).isEqualTo(201);
    assertThat(call("GET", "/" + cid.text()).body()).isEqualTo(block);
  }

  private static void flip(Path shard) throws Exception {
    var bytes = Files.readAllBytes(shard);
    bytes[5000] ^= 1;
    Files.write(shard, bytes);
  }

  @Test
  @DisplayName("C4: the bucket of blocks is the system's, and S3 clients do not see it")
  void theBucketOfBlocksIsTheSystems() throws Exception {
    put("hidden".getBytes(UTF_8));
    try (var store = new Store(node.s3Url())) {
      assertThat(store.client().listBuckets().buckets())
          .noneMatch(bucket -> bucket.name().startsWith("."));
      assertThatThrownBy(() -> store.put(".blocks", "bafk", new byte[1]))
          .isInstanceOf(Exception.class);
    }
    assertThat(node.rest().get("/api/v1/buckets/.blocks").path("layout").path("k").asInt())
        .isEqualTo(6);
  }
}
