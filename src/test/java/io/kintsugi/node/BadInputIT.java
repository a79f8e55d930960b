package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Bad and borderline names, keys, sizes and layouts through the edges of a real node: what is
/// right is kept to the byte, what is wrong is refused in words, and no row comes of it (F4, F6).
@ExtendWith(NodeLogs.class)
class BadInputIT {
  private static final int BLOCK_BYTES = 262_080;
  private static final int SMALL_MAX = 131_072;
  private static final int KEY_BYTES_MAX = 1024;
  private static final int CLIENTS = 16;
  private static final String BUCKET = "bad-input";

  /// Everything that a write adds to.
  private static final String ROWS =
      "SELECT (SELECT count(*) FROM version) || ' ' || (SELECT count(*) FROM object) || ' '"
          + " || (SELECT count(*) FROM segment) || ' ' || (SELECT count(*) FROM location) || ' '"
          + " || (SELECT count(*) FROM part) || ' ' || (SELECT count(*) FROM heal_task)";

  private static final String BUCKETS = "SELECT name FROM bucket ORDER BY 1";

  @TempDir private static Path data;
  private static RunningNode node;

  @BeforeAll
  static void startNode() throws Exception {
    node = RunningNode.start(data);
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
    }
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private static String rows() throws Exception {
    return new CatalogRows(data).read(ROWS).getFirst();
  }

  /// Does all of them at once, a few at a time.
  private static <T> List<T> together(List<Callable<T>> works) throws Exception {
    var done = new ArrayList<T>();
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      for (var work : clients.invokeAll(works)) {
        done.add(work.get());
      }
    }
    return done;
  }

  @ParameterizedTest
  @CsvSource({"1,2", "2,1", "4,2", "6,2"})
  @DisplayName("F6: sizes beside every border of blocks, stripes and packs come back to the byte")
  void sizesBesideEveryBorderComeBack(int k, int m) throws Exception {
    var bucket = "sizes-" + k + "-" + m;
    node.rest().put("/api/v1/buckets/" + bucket, "{\"layout\":{\"k\":" + k + ",\"m\":" + m + "}}");
    var sizes = new TreeSet<>(List.of(0, 1, 2));
    for (int border : new int[] {SMALL_MAX, BLOCK_BYTES, k * BLOCK_BYTES, 2 * k * BLOCK_BYTES}) {
      sizes.addAll(List.of(border - 1, border, border + 1));
    }
    try (var store = new Store(node.s3Url())) {
      var works = new ArrayList<Callable<Boolean>>();
      for (int size : sizes) {
        works.add(() -> comesBack(store, bucket, size));
      }
      assertThat(together(works)).containsOnly(true);
    }
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static boolean comesBack(Store store, String bucket, int size) {
    var key = "size-" + size;
    var body = Store.bytes(size, size);
    store.put(bucket, key, body);
    assertThat(store.get(bucket, key)).as(key).isEqualTo(body);
    for (int border = SMALL_MAX; border < size; border += SMALL_MAX) {
      ranged(store, bucket, body, border - 1, Math.min(size, border + 2));
    }
    for (int border = BLOCK_BYTES; border < size; border += BLOCK_BYTES) {
      ranged(store, bucket, body, border - 1, Math.min(size, border + 1));
    }
    return true;
  }

  private static void ranged(Store store, String bucket, byte[] body, int from, int to) {
    var range = "bytes=" + from + "-" + (to - 1);
    var part =
        store
            .client()
            .getObjectAsBytes(b -> b.bucket(bucket).key("size-" + body.length).range(range));
    assertThat(part.asByteArray())
        .as("%s of %d", range, body.length)
        .isEqualTo(Arrays.copyOfRange(body, from, to));
  }

  @Test
  @DisplayName("F6: keys of 1024 bytes of any UTF-8 are kept, listed, scanned and removed")
  void longKeysOfAnyTextAreKept() throws Exception {
    var keys = new ArrayList<String>();
    for (var piece : List.of("a", "é", "金", "𝄞", "\u0001", "\"\\", "%2F", "a/", "<&>", "\uFFFD")) {
      keys.add(filled(piece));
    }
    for (long seed = 0; seed < 10; seed++) {
      keys.add(random(seed));
    }
    try (var store = new Store(node.s3Url())) {
      store.createBucket("keys");
      for (var key : keys) {
        assertThat(key.getBytes(StandardCharsets.UTF_8)).hasSize(KEY_BYTES_MAX);
        store.put("keys", key, key.getBytes(StandardCharsets.UTF_8));
        store.put("keys", key, Store.bytes(key.hashCode(), 200_000));
        assertThat(store.get("keys", key)).isEqualTo(Store.bytes(key.hashCode(), 200_000));
      }
      var listed =
          store
              .client()
              .listObjectsV2(b -> b.bucket("keys").encodingType(EncodingType.URL))
              .contents()
              .stream()
              .map(object -> object.key())
              .toList();
      assertThat(listed).containsExactlyInAnyOrderElementsOf(keys);
      assertThat(node.rest().wrong()).isEmpty();
      for (var key : keys) {
        var request = "{\"bucket\":\"keys\",\"object\":%s}".formatted(quoted(key));
        var heal =
            node.rest().post("/admin/heal/request", request).path("heal_request_id").asText();
        assertThat(node.rest().awaitHeal(heal).path("status").asText()).isEqualTo("Completed");
        store.client().deleteObject(b -> b.bucket("keys").key(key));
        assertThat(store.find("keys", key)).isNull();
      }
      store.client().deleteBucket(b -> b.bucket("keys"));
    }
  }

  private static String filled(String piece) {
    int bytes = piece.getBytes(StandardCharsets.UTF_8).length;
    var text = piece.repeat(KEY_BYTES_MAX / bytes);
    return text + "x".repeat(KEY_BYTES_MAX - bytes * (KEY_BYTES_MAX / bytes));
  }

  /// Any characters but NUL and halves of pairs.
  private static String random(long seed) {
    var random = new Random(seed);
    var text = new StringBuilder();
    int bytes = 0;
    while (bytes < KEY_BYTES_MAX - 4) {
      int character = 1 + random.nextInt(random.nextBoolean() ? 0x7F : 0x10FFFF);
      if (character < 0xD800 || character > 0xDFFF) {
        text.appendCodePoint(character);
        bytes += Character.toString(character).getBytes(StandardCharsets.UTF_8).length;
      }
    }
    return text + "x".repeat(KEY_BYTES_MAX - bytes);
  }

  private static String quoted(String text) {
    var json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      json.append("\\u%04x".formatted((int) text.charAt(i)));
    }
    return json.append('"').toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1025, 1026, 5000})
  void keysThatAreTooLongAreRefused(int bytes) throws Exception {
    var before = rows();
    try (var store = new Store(node.s3Url())) {
      var key = "k".repeat(bytes);
      for (var body : List.of(new byte[10], new byte[300_000])) {
        assertThatThrownBy(() -> store.put(BUCKET, key, body))
            .isInstanceOfSatisfying(S3Exception.class, e -> refused(e, 400, "KeyTooLongError"));
      }
      assertThatThrownBy(() -> store.client().createMultipartUpload(b -> b.bucket(BUCKET).key(key)))
          .isInstanceOfSatisfying(S3Exception.class, e -> refused(e, 400, "KeyTooLongError"));
    }
    assertThat(rows()).isEqualTo(before);
  }

  private static void refused(S3Exception answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.getMessage()).isEqualTo(status);
    assertThat(answer.awsErrorDetails().errorCode()).isEqualTo(code);
  }

  @ParameterizedTest(name = "{index}")
  @ValueSource(
      strings = {
        "a",
        "ab",
        "Abc",
        "a_b",
        "a b",
        "-abc",
        "abc-",
        ".abc",
        "abc.",
        "a..b",
        "a.-b",
        "a-.b",
        "192.168.1.1",
        "ünder",
        "金継ぎ",
        "a\u0000b",
        "a\tb",
        "a%b",
        "a?b",
        "a+b",
        "..",
        "...",
        "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-0123456789"
      })
  @DisplayName("F4, F6: no edge makes a bucket that the other could not name")
  void badNamesOfBucketsAreRefusedByBothEdges(String name) throws Exception {
    var before = new CatalogRows(data).read(BUCKETS);
    var encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    for (var method : List.of("PUT", "GET", "DELETE")) {
      var answer = rest(method, "/api/v1/buckets/" + encoded, method.equals("PUT") ? "{}" : "");
      assertThat(answer).as("%s %s", method, name).matches("(?s)4[0-9]{2} .*");
      assertThat(answer).doesNotContain("INTERNAL_ERROR");
    }
    if (!name.equals("..") && !name.equals("...")) {
      try (var store = new Store(node.s3Url())) {
        assertThatThrownBy(() -> store.createBucket(name)).isInstanceOf(RuntimeException.class);
      }
    }
    assertThat(new CatalogRows(data).read(BUCKETS)).isEqualTo(before);
  }

  /// Status and body.
  private static String rest(String method, String path, String body) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create(node.httpUrl() + path))
              .method(method, BodyPublishers.ofString(body))
              .header("Content-Type", "application/json")
              .build();
      var answer = http.send(request, BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"k\":0,\"m\":2}",
        "{\"k\":-1,\"m\":2}",
        "{\"k\":17,\"m\":2}",
        "{\"k\":6,\"m\":-1}",
        "{\"k\":6,\"m\":9}",
        "{\"k\":2147483648,\"m\":2}",
        "{\"k\":99999999999999999999,\"m\":2}",
        "{\"k\":1.5,\"m\":2}",
        "{\"k\":\"six\",\"m\":2}",
        "{\"k\":null,\"m\":2}",
        "{\"k\":6}",
        "[6,2]",
        "{\"k\":1e400,\"m\":2}",
        "\"6+2\""
      })
  @DisplayName("F4: an absurd k+m is refused and no bucket comes to be")
  void absurdLayoutsAreRefused(String layout) throws Exception {
    var before = new CatalogRows(data).read(BUCKETS);
    var answer = rest("PUT", "/api/v1/buckets/absurd", "{\"layout\":" + layout + "}");
    assertThat(answer).startsWith("400 ").contains("layout");
    assertThat(new CatalogRows(data).read(BUCKETS)).isEqualTo(before);
  }

  @Test
  @DisplayName("F6: more parity than there are origins is 503 for each write, and leaves nothing")
  void aLayoutThatNoOriginsCanHoldRefusesWrites() throws Exception {
    node.rest().put("/api/v1/buckets/too-wide", "{\"layout\":{\"k\":16,\"m\":8}}");
    var before = rows();
    try (var store = new Store(node.s3Url())) {
      for (int size : new int[] {0, 100, 1_000_000}) {
        assertThatThrownBy(() -> store.put("too-wide", "x", Store.bytes(1, size)))
            .isInstanceOfSatisfying(
                S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
      }
      assertThat(store.find("too-wide", "x")).isNull();
    }
    assertThat(rows()).isEqualTo(before);
    node.rest().put("/api/v1/buckets/too-wide", "{\"layout\":{\"k\":2,\"m\":2}}");
  }
}
