package io.kintsugi.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.ListedObject;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Cid;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// C4: blocks over REST, with a neighbour that keeps bytes.
class BlockCallsTest extends RestHouse {
  private static final String RAW = "application/octet-stream";
  private static final String BLOCKS = "/api/v1/blocks";
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

  private final Keeper keeper = new Keeper();
  private String deployment = "";

  @BeforeEach
  void keep() {
    keeper.kept.clear();
    keeper.hasBucket = false;
    deployment = vertx.deployVerticle(keeper).await();
  }

  @AfterEach
  void forget() {
    vertx.undeploy(deployment).await();
  }

  private static Cid cid(String content) {
    return Cid.of(ByteBuffer.wrap(content.getBytes(UTF_8)));
  }

  private Client.Answer put(String content) {
    return client.call("PUT", BLOCKS + "/" + cid(content).text(), content, "Content-Type", RAW);
  }

  @Test
  @DisplayName("test_pool_basic: what was put is there, and is what it was")
  void whatWasPutIsThere() {
    var answer = put("test data");
    assertThat(answer.status()).isEqualTo(201);
    described.holds("PUT", BLOCKS + "/{cid}", 201, answer.json());
    assertThat(answer.data().getJsonArray("backends"))
        .isEqualTo(new JsonArray(List.of("disk-1", "disk-3")));

    var path = BLOCKS + "/" + cid("test data").text();
    var got = client.get(path);
    assertThat(got.response().body()).isEqualTo("test data");
    assertThat(got.header("content-type")).isEqualTo(RAW);
    assertThat(got.header("etag")).isEqualTo('"' + cid("test data").text() + '"');
    assertThat(got.header("x-kintsugi-backends")).isEqualTo("disk-1,disk-3");
    var head = client.call("HEAD", path, null);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("content-length")).isEqualTo("9");
    assertThat(head.response().body()).isEmpty();
    assertThat(keeper.reads.get()).as("a HEAD reads nothing").isEqualTo(1);
  }

  @Test
  void aBlockMayBeEmptyOrAsLargeAsTheLimit() {
    assertThat(put("").status()).isEqualTo(201);
    assertThat(client.get(BLOCKS + "/" + cid("").text()).response().body()).isEmpty();
    var large = "x".repeat(4 << 20);
    assertThat(put(large).status()).isEqualTo(201);
    var answer = client.call("POST", BLOCKS, large + "x", "Content-Type", RAW);
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.json().getJsonObject("details").getString("limit_bytes"))
        .isEqualTo("4194304");
  }

  @Test
  void whoeverDoesNotKnowTheNameIsTold() {
    var answer = client.call("POST", BLOCKS, "hello", "Content-Type", RAW);
    assertThat(answer.status()).isEqualTo(201);
    described.holds("POST", BLOCKS, 201, answer.json());
    assertThat(answer.data().getString("cid"))
        .isEqualTo("bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq");
  }

  @Test
  void whatIsThereIsReadAndNotWrittenAgain() {
    put("twice");
    var again = put("twice");
    assertThat(again.status()).isEqualTo(200);
    described.holds("PUT", BLOCKS + "/{cid}", 200, again.json());
    assertThat(again.data().getBoolean("created")).isFalse();
    assertThat(keeper.writes.get()).isEqualTo(1);
  }

  @Test
  void aBlockThatIsDamagedIsNotGivenOutAndIsWholeOnceItIsPutAgain() {
    put("sound");
    keeper.kept.put(cid("sound").text(), Buffer.buffer("wrong"));
    var path = BLOCKS + "/" + cid("sound").text();
    var damaged = client.get(path);
    assertThat(damaged.status()).isEqualTo(500);
    assertThat(damaged.json().getString("code")).isEqualTo("CORRUPT");
    assertThat(damaged.json().getJsonObject("details").getString("found"))
        .isEqualTo(cid("wrong").text());
    assertThat(put("sound").status()).isEqualTo(201);
    assertThat(client.get(path).response().body()).isEqualTo("sound");
  }

  @Test
  void otherBytesThanTheNameSaysAreRefused() {
    var answer = client.call("PUT", BLOCKS + "/" + cid("a").text(), "b", "Content-Type", RAW);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("INVALID_REQUEST");
    assertThat(answer.json().getJsonObject("details").getString("found"))
        .isEqualTo(cid("b").text());
    assertThat(keeper.kept).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
        "hello",
        "b..%2f..%2fetc"
      })
  void whatIsNoNameOfABlockIsRefused(String text) {
    for (var method : List.of("GET", "HEAD", "PUT", "DELETE")) {
      var answer = client.call(method, BLOCKS + "/" + text, null);
      assertThat(answer.status()).as(method).isEqualTo(400);
    }
  }

  @Test
  void whatIsNotThereIsNotFoundAndWhatCannotBeToldIsNot() {
    var path = BLOCKS + "/" + cid("never").text();
    assertThat(client.get(path).status()).isEqualTo(404);
    keeper.hasBucket = true;
    assertThat(client.get(path).status()).isEqualTo(404);
    put("there");
    keeper.away = true;
    try {
      assertThat(client.get(BLOCKS + "/" + cid("there").text()).status()).isEqualTo(503);
    } finally {
      keeper.away = false;
    }
  }

  @Test
  void blocksAreListedCountedAndDeleted() {
    var empty = client.get(BLOCKS);
    described.holds("GET", BLOCKS, 200, empty.json());
    assertThat(empty.data().getJsonArray("blocks")).isEmpty();
    assertThat(client.get(BLOCKS + "/count").data().getLong("count")).isZero();
    for (int i = 0; i < 5; i++) {
      put("block " + i);
    }
    var count = client.get(BLOCKS + "/count");
    described.holds("GET", BLOCKS + "/count", 200, count.json());
    assertThat(count.data().getLong("count")).isEqualTo(5);

    var first = client.get(BLOCKS + "?limit=3");
    described.holds("GET", BLOCKS, 200, first.json());
    assertThat(first.data().getJsonArray("blocks")).hasSize(3);
    var rest = client.get(BLOCKS + "?limit=3&after=" + first.data().getString("next"));
    assertThat(rest.data().getJsonArray("blocks")).hasSize(2);
    assertThat(rest.data().getString("next")).isNull();

    var path = BLOCKS + "/" + cid("block 3").text();
    var deleted = client.call("DELETE", path, null);
    described.holds("DELETE", BLOCKS + "/{cid}", 200, deleted.json());
    assertThat(deleted.data().getBoolean("deleted")).isTrue();
    assertThat(client.call("DELETE", path, null).data().getBoolean("deleted")).isFalse();
    assertThat(client.get(path).status()).isEqualTo(404);
  }

  /// Keeps whole objects, with one segment each on two origins.
  private static final class Keeper extends VerticleBase {
    final NavigableMap<String, Buffer> kept = new ConcurrentSkipListMap<>();
    volatile boolean hasBucket;
    volatile boolean away;
    final AtomicInteger reads = new AtomicInteger();
    final AtomicInteger writes = new AtomicInteger();

    @Override
    public Future<?> start() {
      reads.set(0);
      writes.set(0);
      var world = VertxWorld.of(vertx, new JsonObject());
      var bus = world.bus();
      bus.answer(CatalogContract.FIND_OBJECT, question -> found(question.key()));
      bus.answer(ObjectContract.GET_OBJECT, question -> read(world, question));
      bus.answer(ObjectContract.PUT_OBJECT, question -> write(world, question));
      bus.answer(
          CatalogContract.COUNT_OBJECTS,
          _ ->
              hasBucket
                  ? Future.succeededFuture(new CatalogContract.ObjectCount(kept.size()))
                  : Future.failedFuture(missing("bucket")));
      bus.answer(CatalogContract.LIST_OBJECTS, this::list);
      bus.answer(CatalogContract.DELETE_OBJECTS, this::delete);
      return world.bus().registered();
    }

    private static Failure missing(String what) {
      return Failure.of(FailureCode.NOT_FOUND, "no " + what, "what", what);
    }

    private Future<ObjectEntry> found(String key) {
      var bytes = kept.get(key);
      if (!hasBucket || bytes == null) {
        return Future.failedFuture(missing(hasBucket ? "key" : "bucket"));
      }
      var locations =
          List.of(
              new Location(1, "cd".repeat(16), "disk-3", "1".repeat(16), true),
              new Location(0, "cd".repeat(16), "disk-1", "1".repeat(16), true),
              new Location(2, "cd".repeat(16), "disk-2", "1".repeat(16), false));
      var segment =
          new Segment(
              0,
              "ab".repeat(16),
              0,
              bytes.length(),
              new Layout(1, 2),
              0,
              "0".repeat(64),
              List.of(),
              0,
              locations);
      return Future.succeededFuture(
          new ObjectEntry(".blocks", key, "ab".repeat(16), info(bytes), List.of(segment)));
    }

    private static ObjectInfo info(Buffer bytes) {
      return new ObjectInfo(bytes.length(), "e", null, Map.of(), Map.of(), AT);
    }

    private Future<ObjectContract.Reading> read(World world, ObjectContract.GetObject question) {
      if (away) {
        return Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, "no origin answers"));
      }
      reads.incrementAndGet();
      var bytes = kept.getOrDefault(question.key(), Buffer.buffer());
      var sink = world.blobs().connect(question.into());
      sink.write(bytes);
      sink.end();
      return Future.succeededFuture(
          new ObjectContract.Reading("ab".repeat(16), info(bytes), 0, bytes.length(), null));
    }

    private Future<ObjectContract.Stored> write(World world, ObjectContract.PutObject question) {
      var source = world.blobs().accept(question.body(), Blobs.OBJECT_WINDOW_BYTES);
      Promise<ObjectContract.Stored> stored = Promise.promise();
      var bytes = Buffer.buffer();
      source.exceptionHandler(stored::tryFail);
      source.handler(bytes::appendBuffer);
      source.endHandler(_ -> {
        writes.incrementAndGet();
        kept.put(question.key(), bytes);
        stored.tryComplete(new ObjectContract.Stored("ab".repeat(16), info(bytes), null, null));
      });
      hasBucket = true;
      return stored.future();
    }

    private Future<CatalogContract.ObjectPage> list(CatalogContract.ListObjects question) {
      if (!hasBucket) {
        return Future.failedFuture(missing("bucket"));
      }
      var after = question.after();
      var all = after == null ? kept : kept.tailMap(after, false);
      var page =
          all.entrySet().stream()
              .limit(question.max())
              .map(e -> new ListedObject(e.getKey(), "ab".repeat(16), 1, "e", AT))
              .toList();
      return Future.succeededFuture(
          new CatalogContract.ObjectPage(
              page, List.of(), page.size() < all.size() ? page.getLast().key() : null));
    }

    private Future<CatalogContract.Deleted> delete(CatalogContract.DeleteObjects question) {
      var key = question.keys().getFirst().key();
      boolean existed = kept.remove(key) != null;
      return Future.succeededFuture(
          new CatalogContract.Deleted(List.of(new CatalogContract.DeletedKey(key, existed, null))));
    }
  }
}
