package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/// The S3 edge over bare sockets: what odd, slow, broken and hostile clients send (F2, F6).
class S3WireTest {
  private static final String UNSIGNED = "UNSIGNED-PAYLOAD";
  private static final String TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  private static S3Node node;
  private static S3Client s3;

  @BeforeAll
  static void start() {
    node = new S3Node();
    s3 = node.client();
    s3.createBucket(b -> b.bucket("b-1"));
  }

  @AfterAll
  static void stop() {
    s3.close();
    node.close();
  }

  private static RawClient connect() throws IOException {
    return new RawClient(node.port);
  }

  /// Waits until the storage was told that a stream broke; those of other tests do not count.
  private static void awaitBroken(String what) throws InterruptedException {
    for (var told = poll(); !what.equals(told); told = poll()) {
      assertThat(told).as("nothing was told").isNotNull();
    }
  }

  private static @Nullable String poll() throws InterruptedException {
    return node.storage.broken.poll(8, TimeUnit.SECONDS);
  }

  private static boolean exists(String key) {
    return !s3.listObjectsV2(b -> b.bucket("b-1").prefix(key)).contents().isEmpty();
  }

  private static String get(String key) {
    return s3.getObjectAsBytes(b -> b.bucket("b-1").key(key)).asUtf8String();
  }

  private static String putNow(String key, String payload, Map<String, String> more, String body)
      throws IOException {
    try (var client = connect()) {
      client.send(client.head("PUT", "/b-1/" + key, payload, more) + body);
      var answer = client.receive();
      return answer.status() + " " + answer.body().replaceAll("(?s).*<Code>(.*)</Code>.*", "$1");
    }
  }

  @Test
  void aChunkedTransferWithoutContentLengthIsTakenIfTheDecodedLengthIsSaid() throws IOException {
    var headers =
        Map.of(
            "Transfer-Encoding", "chunked",
            "x-amz-decoded-content-length", "9",
            "x-amz-trailer", "x-amz-checksum-crc32",
            "Content-Encoding", "aws-chunked");
    var inner = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
    var outer = Integer.toHexString(inner.length()) + "\r\n" + inner + "\r\n0\r\n\r\n";
    assertThat(putNow("js", TRAILER, headers, outer)).startsWith("200");
    assertThat(get("js")).isEqualTo("123456789");
  }

  @Test
  void aBodyOfUnknownLengthIsRefused() throws IOException {
    assertThat(
            putNow(
                "unknown", UNSIGNED, Map.of("Transfer-Encoding", "chunked"), "1\r\na\r\n0\r\n\r\n"))
        .isEqualTo("411 MissingContentLength");
    assertThat(putNow("unknown", UNSIGNED, Map.of(), "")).isEqualTo("411 MissingContentLength");
  }

  @Test
  void whatDoesNotMatchItsDeclarationIsNotStored() throws IOException {
    var length = Map.of("Content-Length", "9");
    assertThat(putNow("bad", "0".repeat(64), length, "123456789"))
        .isEqualTo("400 XAmzContentSHA256Mismatch");
    assertThat(
            putNow(
                "bad",
                UNSIGNED,
                Map.of("Content-Length", "9", "Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="),
                "123456789"))
        .isEqualTo("400 BadDigest");
    assertThat(
            putNow(
                "bad",
                UNSIGNED,
                Map.of("Content-Length", "9", "x-amz-checksum-crc32", "AAAAAA=="),
                "123456789"))
        .isEqualTo("400 BadDigest");
    assertThat(
            putNow(
                "bad",
                TRAILER,
                Map.of("Content-Length", "18", "x-amz-decoded-content-length", "9"),
                "9\r\n12345678\r\n0\r\n\r\n"))
        .isEqualTo("400 IncompleteBody");
    assertThat(putNow("bad", UNSIGNED, Map.of("Content-Length", "6000000000"), ""))
        .isEqualTo("400 EntityTooLarge");
    assertThat(exists("bad")).isFalse();
  }

  @Test
  void theClientIsToldToGoOnInAnyLetterCase() throws IOException {
    try (var client = connect()) {
      client.send(
          client.head(
              "PUT",
              "/b-1/expect",
              UNSIGNED,
              Map.of("Content-Length", "5", "Expect", "100-Continue")));
      assertThat(client.receive().status()).isEqualTo(100);
      client.send("hello");
      assertThat(client.receive().status()).isEqualTo(200);
    }
    assertThat(get("expect")).isEqualTo("hello");
  }

  @Test
  void whoIsNotAdmittedIsNeverToldToSend() throws IOException {
    try (var client = connect()) {
      client.send(
          client.head(
              "PUT",
              "/b-1/expect",
              UNSIGNED,
              Map.of("Content-Length", "5", "Expect", "100-continue"),
              "wrong secret"));
      var answer = client.receive();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.body()).contains("<Code>SignatureDoesNotMatch</Code>", "<RequestId>");
      assertThat(client.isClosed()).isTrue();
    }
  }

  /// Some clients lose an answer that comes together with the invitation, and wait for it in vain.
  @Test
  void whoseObjectIsRefusedIsNeverToldToSend() throws IOException {
    for (var target : new String[] {"/b-1/fault/STORAGE_ERROR", "/no-such-bucket/k"}) {
      try (var client = connect()) {
        client.send(
            client.head(
                "PUT", target, UNSIGNED, Map.of("Content-Length", "5", "Expect", "100-continue")));
        assertThat(client.receive().status()).as(target).isIn(404, 507);
        assertThat(client.isClosed()).isTrue();
      }
    }
  }

  @Test
  void aRefusalReachesAClientThatSendsItsWholeBodyFirst() throws IOException {
    try (var client = connect()) {
      int length = 30_000_000;
      client.send(
          client.head("PUT", "/no-such-bucket/k", UNSIGNED, Map.of("Content-Length", "" + length)));
      client.send(new byte[length]);
      assertThat(client.receive().body()).contains("<Code>NoSuchBucket</Code>");
      client.send(client.head("GET", "/b-1?location", Digests.SHA256_OF_NOTHING, Map.of()));
      assertThat(client.receive().status()).as("the connection goes on").isEqualTo(200);
    }
  }

  @Test
  void aClientThatStallsIsGivenUpAndNothingIsStored() throws Exception {
    try (var client = connect()) {
      client.send(
          client.head("PUT", "/b-1/stalled", UNSIGNED, Map.of("Content-Length", "1000000")));
      client.send(new byte[500_000]);
      assertThat(client.receive().body()).contains("<Code>RequestTimeout</Code>");
    }
    awaitBroken("put stalled");
    assertThat(exists("stalled")).isFalse();
  }

  @Test
  void aClientThatVanishesLeavesNothing() throws Exception {
    try (var client = connect()) {
      client.send(
          client.head("PUT", "/b-1/vanished", UNSIGNED, Map.of("Content-Length", "1000000")));
      client.send(new byte[900_000]);
    }
    awaitBroken("put vanished");
    assertThat(exists("vanished")).isFalse();
  }

  @Test
  void aReaderThatStopsStopsTheStorageAndIsGivenUp() throws Exception {
    int length = 60_000_000;
    s3.putObject(b -> b.bucket("b-1").key("slow"), RequestBody.fromBytes(new byte[length]));
    long before = node.storage.sentBytes.get();
    try (var client = new RawClient(node.port, 32 * 1024)) {
      client.send(client.head("GET", "/b-1/slow", Digests.SHA256_OF_NOTHING, Map.of()));
      awaitBroken("get slow");
    }
    assertThat(node.storage.sentBytes.get() - before).isLessThan(20_000_000);
  }

  @Test
  void aConnectionOnWhichNobodyEverAsksIsClosed() throws IOException {
    try (var client = connect()) {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void requestsFollowEachOtherOnOneConnection() throws IOException {
    try (var client = connect()) {
      for (int i = 0; i < 50; i++) {
        var body = "body " + i;
        var length = Map.of("Content-Length", "" + body.length());
        var sha256 = Digests.sha256Hex(i % 3 == 0 ? "other" : body);
        client.send(client.head("PUT", "/b-1/loop", sha256, length) + body);
        assertThat(client.receive().status()).isEqualTo(i % 3 == 0 ? 400 : 200);
      }
      client.send(client.head("HEAD", "/b-1/loop", Digests.SHA256_OF_NOTHING, Map.of()));
      assertThat(client.receive(true).headers()).containsEntry("content-length", "7");
      client.send(client.head("HEAD", "/b-1/none", Digests.SHA256_OF_NOTHING, Map.of()));
      assertThat(client.receive(true).status()).isEqualTo(404);
    }
  }

  @Test
  void aCopyTakesUnquotedETagsAndABucketInTheHost() throws IOException {
    s3.putObject(b -> b.bucket("b-1").key("from"), RequestBody.fromString("x"));
    var etag = TwinStorage.md5(new byte[] {'x'});
    try (var client = connect()) {
      var headers =
          Map.of(
              "Host",
              "b-1.s3.test:" + node.port,
              "Content-Length",
              "0",
              "X-Amz-Copy-Source",
              "b-1/from",
              "X-Amz-Copy-Source-If-Match",
              etag);
      client.send(client.head("PUT", "/to", Digests.SHA256_OF_NOTHING, headers));
      assertThat(client.receive().body()).contains("<CopyObjectResult");
    }
    assertThat(get("to")).isEqualTo("x");
  }

  @Test
  void metadataBeyondAsciiComesBackByteForByte() throws IOException {
    try (var client = connect()) {
      var headers = Map.of("Content-Length", "0", "x-amz-meta-name", "Grüße 😀");
      client.send(client.head("PUT", "/b-1/meta", Digests.SHA256_OF_NOTHING, headers));
      assertThat(client.receive().status()).isEqualTo(200);
      client.send(client.head("HEAD", "/b-1/meta", Digests.SHA256_OF_NOTHING, Map.of()));
      assertThat(client.receive(true).headers()).containsEntry("x-amz-meta-name", "Grüße 😀");
    }
  }

  @Test
  void promisesThatAreNotKeptAreRefused() throws IOException {
    for (var header :
        new String[] {"x-amz-server-side-encryption", "x-amz-tagging", "x-amz-object-lock-mode"}) {
      assertThat(putNow("refused", UNSIGNED, Map.of("Content-Length", "1", header, "AES256"), "x"))
          .isEqualTo("501 NotImplemented");
    }
    assertThat(exists("refused")).isFalse();
  }

  @Test
  void signedChunksAreVerifiedWhateverTheirSize() throws IOException {
    var payload = new byte[200_000];
    Arrays.fill(payload, (byte) 'x');
    assertThat(putSigned("signed", payload, false).status()).isEqualTo(200);
    assertThat(get("signed")).hasSize(200_000);
    var refused = putSigned("forged", payload, true);
    assertThat(refused.body()).contains("<Code>SignatureDoesNotMatch</Code>");
    assertThat(exists("forged")).isFalse();
  }

  /// Sends the payload as one signed chunk, as clients without a Content-Encoding header do.
  private static RawClient.Answer putSigned(String key, byte[] payload, boolean forged)
      throws IOException {
    try (var client = connect()) {
      int signatureBytes = ";chunk-signature=".length() + 64;
      var size = Integer.toHexString(payload.length);
      int length = size.length() + payload.length + 1 + 2 * signatureBytes + 8;
      var head =
          client.head(
              "PUT",
              "/b-1/" + key,
              "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
              Map.of(
                  "Content-Length", "" + length,
                  "x-amz-decoded-content-length", "" + payload.length));
      var seed = head.replaceAll("(?s).*Signature=([0-9a-f]{64}).*", "$1");
      var stamp = head.replaceAll("(?s).*x-amz-date: (\\S+).*", "$1");
      var date = stamp.substring(0, 8);
      var signer =
          new ChunkSigner(
              Credentials.derive(S3Node.SECRET_KEY, date, "us-east-1"),
              stamp,
              date + "/us-east-1/s3/aws4_request",
              seed);
      var sha256 = HexFormat.of().formatHex(Digests.of("SHA-256").digest(payload));
      var first = signer.chunk(seed, sha256);
      var last = signer.chunk(first, Digests.SHA256_OF_NOTHING);
      client.send(head + size + ";chunk-signature=" + first + "\r\n");
      payload[100_000] ^= (byte) (forged ? 1 : 0);
      client.send(payload);
      client.send("\r\n0;chunk-signature=" + last + "\r\n\r\n");
      return client.receive();
    }
  }

  @Test
  void usageIsTold() throws Exception {
    var told = new CompletableFuture<Map<String, Long>>();
    node.vertx.runOnContext(_ ->
        VertxWorld.of(node.vertx, new JsonObject())
            .bus()
            .listen(
                MetricsContract.USAGE,
                usage -> {
                  if (usage
                      .counts()
                      .containsKey("requests_total{method=\"HEAD\",status=\"2xx\"}")) {
                    told.complete(usage.counts());
                  }
                }));
    for (int i = 0; i < 30 && !told.isDone(); i++) {
      s3.headBucket(b -> b.bucket("b-1"));
      try {
        told.get(100, TimeUnit.MILLISECONDS);
      } catch (java.util.concurrent.TimeoutException e) {
        assertThat(i).isLessThan(29);
      }
    }
    assertThat(told.get(1, TimeUnit.SECONDS)).containsKeys("sent_bytes_total");
  }
}
