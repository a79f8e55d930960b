package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// The S3 edge through the AWS SDK for Java (F6), its neighbours played over the bus.
class S3VerticleTest {
  private static S3Node node;
  private static S3Client s3;
  private static int buckets;
  private String bucket;

  @BeforeAll
  static void start() {
    node = new S3Node();
    s3 = node.client();
  }

  @AfterAll
  static void stop() {
    s3.close();
    node.close();
  }

  @BeforeEach
  void makeBucket() {
    bucket = "bucket-" + ++buckets;
    s3.createBucket(b -> b.bucket(bucket));
  }

  private static byte[] bytes(int length) {
    var bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private String put(String key, byte[] bytes) {
    return s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromBytes(bytes)).eTag();
  }

  private byte[] get(String key) {
    return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, 65_536, 131_072, 3_000_001})
  void whatIsPutIsGot(int length) {
    var bytes = bytes(length);
    var etag = put("a/b c+d&é/ü.bin", bytes);
    assertThat(etag).isEqualTo("\"" + TwinStorage.md5(bytes) + "\"");
    assertThat(get("a/b c+d&é/ü.bin")).isEqualTo(bytes);
  }

  @ParameterizedTest
  @EnumSource(
      value = ChecksumAlgorithm.class,
      names = {"CRC32", "SHA1", "SHA256"})
  void everyChecksumIsVerifiedAndTold(ChecksumAlgorithm algorithm) {
    var stored =
        s3.putObject(
            b -> b.bucket(bucket).key("k").checksumAlgorithm(algorithm),
            RequestBody.fromBytes(bytes(70_000)));
    assertThat(
            switch (algorithm) {
              case CRC32 -> stored.checksumCRC32();
              case SHA1 -> stored.checksumSHA1();
              default -> stored.checksumSHA256();
            })
        .isNotNull();
  }

  @Test
  void metadataAndHeadersComeBack() {
    s3.putObject(
        b ->
            b.bucket(bucket)
                .key("k")
                .contentType("text/plain")
                .cacheControl("no-cache")
                .contentDisposition("attachment")
                .metadata(Map.of("mtime", "12.5")),
        RequestBody.fromString("hello"));
    var head = s3.headObject(b -> b.bucket(bucket).key("k"));
    assertThat(head.contentType()).isEqualTo("text/plain");
    assertThat(head.cacheControl()).isEqualTo("no-cache");
    assertThat(head.contentDisposition()).isEqualTo("attachment");
    assertThat(head.metadata()).containsEntry("mtime", "12.5");
    assertThat(head.contentLength()).isEqualTo(5);
    assertThat(head.contentEncoding()).as("the framing is no property").isNull();
    var other =
        s3.getObject(
            b -> b.bucket(bucket).key("k").responseContentType("text/html").range("bytes=1-3"));
    assertThat(other.response().contentType()).isEqualTo("text/html");
  }

  @Test
  void rangesAreSlices() {
    var bytes = bytes(300_000);
    put("k", bytes);
    var middle = s3.getObjectAsBytes(b -> b.bucket(bucket).key("k").range("bytes=100-200099"));
    assertThat(middle.asByteArray()).isEqualTo(java.util.Arrays.copyOfRange(bytes, 100, 200_100));
    assertThat(middle.response().contentRange()).isEqualTo("bytes 100-200099/300000");
    var tail = s3.getObjectAsBytes(b -> b.bucket(bucket).key("k").range("bytes=-7"));
    assertThat(tail.asByteArray()).isEqualTo(java.util.Arrays.copyOfRange(bytes, 299_993, 300_000));
    assertThatThrownBy(() -> s3.getObject(b -> b.bucket(bucket).key("k").range("bytes=300000-")))
        .satisfies(e -> assertError(e, 416, "InvalidRange"));
    assertThat(s3.headObject(b -> b.bucket(bucket).key("k").range("bytes=5-9")).contentLength())
        .isEqualTo(5);
  }

  private static void assertError(Throwable thrown, int status, String code) {
    assertThat(thrown).isInstanceOf(S3Exception.class);
    var error = (S3Exception) thrown;
    assertThat(error.statusCode()).isEqualTo(status);
    assertThat(error.awsErrorDetails().errorCode()).isEqualTo(code);
    assertThat(error.requestId()).isNotEmpty();
  }

  @Test
  void conditionsHoldOnReadAndWrite() {
    var etag = put("k", bytes(10));
    assertThatThrownBy(() -> s3.getObject(b -> b.bucket(bucket).key("k").ifNoneMatch(etag)))
        .satisfies(e -> assertThat(((S3Exception) e).statusCode()).isEqualTo(304));
    assertThatThrownBy(() -> s3.getObject(b -> b.bucket(bucket).key("k").ifMatch("\"other\"")))
        .satisfies(e -> assertError(e, 412, "PreconditionFailed"));
    var later = Instant.now().plusSeconds(60);
    assertThatThrownBy(() -> s3.headObject(b -> b.bucket(bucket).key("k").ifModifiedSince(later)))
        .satisfies(e -> assertThat(((S3Exception) e).statusCode()).isEqualTo(304));
    assertThatThrownBy(() ->
            s3.putObject(
                b -> b.bucket(bucket).key("k").ifNoneMatch("*"), RequestBody.fromString("x")))
        .satisfies(e -> assertError(e, 412, "PreconditionFailed"));
    s3.putObject(b -> b.bucket(bucket).key("k").ifMatch(etag), RequestBody.fromString("new"));
    assertThat(get("k")).asString().isEqualTo("new");
  }

  @Test
  void multipartUploadsBecomeOneObject() {
    var first = bytes(5 * 1024 * 1024);
    var second = bytes(1000);
    var id =
        s3.createMultipartUpload(b -> b.bucket(bucket).key("big").contentType("a/b")).uploadId();
    var parts =
        List.of(
            CompletedPart.builder().partNumber(1).eTag(part(id, 1, first)).build(),
            CompletedPart.builder().partNumber(2).eTag(part(id, 2, second)).build());
    assertThat(s3.listParts(b -> b.bucket(bucket).key("big").uploadId(id)).parts()).hasSize(2);
    assertThat(s3.listMultipartUploads(b -> b.bucket(bucket)).uploads()).hasSize(1);
    var done =
        s3.completeMultipartUpload(
            b -> b.bucket(bucket).key("big").uploadId(id).multipartUpload(m -> m.parts(parts)));
    assertThat(done.eTag()).endsWith("-2\"");
    assertThat(get("big")).hasSize(first.length + second.length).endsWith(second);
    var part = s3.getObjectAsBytes(b -> b.bucket(bucket).key("big").partNumber(2));
    assertThat(part.asByteArray()).isEqualTo(second);
    assertThat(part.response().partsCount()).isEqualTo(2);
    assertThatThrownBy(() -> s3.getObject(b -> b.bucket(bucket).key("big").partNumber(3)))
        .satisfies(e -> assertError(e, 416, "InvalidPartNumber"));
    assertThatThrownBy(() ->
            s3.completeMultipartUpload(
                b -> b.bucket(bucket).key("big").uploadId(id).multipartUpload(m -> m.parts(parts))))
        .satisfies(e -> assertError(e, 404, "NoSuchUpload"));
  }

  private String part(String id, int number, byte[] bytes) {
    return s3.uploadPart(
            b -> b.bucket(bucket).key("big").uploadId(id).partNumber(number),
            RequestBody.fromBytes(bytes))
        .eTag();
  }

  @Test
  void partsCanBeCopied() {
    put("source", bytes(5000));
    var id = s3.createMultipartUpload(b -> b.bucket(bucket).key("big")).uploadId();
    var copied =
        s3.uploadPartCopy(b ->
            b.sourceBucket(bucket)
                .sourceKey("source")
                .copySourceRange("bytes=10-19")
                .destinationBucket(bucket)
                .destinationKey("big")
                .uploadId(id)
                .partNumber(1));
    var slice = java.util.Arrays.copyOfRange(bytes(5000), 10, 20);
    assertThat(copied.copyPartResult().eTag()).isEqualTo("\"" + TwinStorage.md5(slice) + "\"");
    s3.abortMultipartUpload(b -> b.bucket(bucket).key("big").uploadId(id));
    assertThat(s3.listMultipartUploads(b -> b.bucket(bucket)).uploads()).isEmpty();
  }

  @Test
  void copiesKeepOrReplaceTheirDescription() {
    s3.putObject(
        b -> b.bucket(bucket).key("a b+c").metadata(Map.of("x", "1")),
        RequestBody.fromString("hello"));
    s3.copyObject(b ->
        b.sourceBucket(bucket).sourceKey("a b+c").destinationBucket(bucket).destinationKey("copy"));
    assertThat(s3.headObject(b -> b.bucket(bucket).key("copy")).metadata()).containsEntry("x", "1");
    s3.copyObject(b ->
        b.sourceBucket(bucket)
            .sourceKey("copy")
            .destinationBucket(bucket)
            .destinationKey("copy")
            .metadataDirective(MetadataDirective.REPLACE)
            .metadata(Map.of("x", "2")));
    assertThat(s3.headObject(b -> b.bucket(bucket).key("copy")).metadata()).containsEntry("x", "2");
    assertThatThrownBy(() ->
            s3.copyObject(b ->
                b.sourceBucket(bucket)
                    .sourceKey("copy")
                    .destinationBucket(bucket)
                    .destinationKey("copy")))
        .satisfies(e -> assertError(e, 400, "InvalidRequest"));
    assertThatThrownBy(() ->
            s3.copyObject(b ->
                b.sourceBucket(bucket)
                    .sourceKey("copy")
                    .copySourceIfUnmodifiedSince(Instant.EPOCH)
                    .destinationBucket(bucket)
                    .destinationKey("other")))
        .satisfies(e -> assertError(e, 412, "PreconditionFailed"));
  }

  @Test
  void listingsPageGroupAndEncode() {
    for (var key : List.of("a", "b/1", "b/2 +%", "c/x/1", "z&<>\"'\r\n\t")) {
      put(key, bytes(3));
    }
    var keys =
        s3.listObjectsV2Paginator(b -> b.bucket(bucket).maxKeys(2)).contents().stream()
            .map(o -> o.key())
            .toList();
    assertThat(keys).containsExactly("a", "b/1", "b/2 +%", "c/x/1", "z&<>\"'\r\n\t");
    var grouped = s3.listObjectsV2(b -> b.bucket(bucket).delimiter("/"));
    assertThat(grouped.commonPrefixes()).extracting(p -> p.prefix()).containsExactly("b/", "c/");
    assertThat(grouped.contents()).hasSize(2);
    assertThat(grouped.keyCount()).isEqualTo(4);
    var under = s3.listObjects(b -> b.bucket(bucket).prefix("b/").delimiter("/"));
    assertThat(under.contents()).extracting(o -> o.key()).containsExactly("b/1", "b/2 +%");
    var versions = s3.listObjectVersions(b -> b.bucket(bucket).prefix("b/"));
    assertThat(versions.versions()).extracting(v -> v.versionId()).containsOnly("null");
    assertThat(s3.listObjectsV2(b -> b.bucket(bucket).startAfter("b/2 +%")).contents()).hasSize(2);
    assertThat(s3.listObjectsV2(b -> b.bucket(bucket).maxKeys(0)).contents()).isEmpty();
    put("z\u0001", bytes(1));
    var encoded = s3.listObjectsV2(b -> b.bucket(bucket).prefix("z\u0001").encodingType("url"));
    assertThat(encoded.contents()).extracting(o -> o.key()).containsExactly("z\u0001");
  }

  @Test
  void manyKeysAreDeletedAtOnce() {
    put("a&b", bytes(1));
    put("c", bytes(1));
    var keys =
        List.of(
            ObjectIdentifier.builder().key("a&b").build(),
            ObjectIdentifier.builder().key("c").versionId("null").build(),
            ObjectIdentifier.builder().key("never").build());
    var deleted =
        s3.deleteObjects(b -> b.bucket(bucket).delete(Delete.builder().objects(keys).build()));
    assertThat(deleted.deleted()).hasSize(3);
    assertThat(s3.listObjectsV2(b -> b.bucket(bucket)).contents()).isEmpty();
    s3.deleteObject(b -> b.bucket(bucket).key("never"));
    s3.deleteBucket(b -> b.bucket(bucket));
    assertThatThrownBy(() -> s3.headBucket(b -> b.bucket(bucket)))
        .satisfies(e -> assertThat(((S3Exception) e).statusCode()).isEqualTo(404));
  }

  @Test
  void bucketsAnswerWhatClientsAsk() {
    put("k", bytes(1));
    assertThat(s3.listBuckets().buckets()).extracting(b -> b.name()).contains(bucket);
    assertThat(s3.getBucketLocation(b -> b.bucket(bucket)).locationConstraintAsString())
        .isNullOrEmpty();
    assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status()).isNull();
    assertThat(s3.getBucketAcl(b -> b.bucket(bucket)).grants()).hasSize(1);
    assertThat(s3.getObjectTagging(b -> b.bucket(bucket).key("k")).tagSet()).isEmpty();
    assertThatThrownBy(() -> s3.createBucket(b -> b.bucket(bucket)))
        .satisfies(e -> assertError(e, 409, "BucketAlreadyOwnedByYou"));
    assertThatThrownBy(() -> s3.deleteBucket(b -> b.bucket(bucket)))
        .satisfies(e -> assertError(e, 409, "BucketNotEmpty"));
    assertThatThrownBy(() -> s3.getBucketCors(b -> b.bucket(bucket)))
        .satisfies(e -> assertError(e, 404, "NoSuchCORSConfiguration"));
    assertThatThrownBy(() -> s3.getBucketAnalyticsConfiguration(b -> b.bucket(bucket).id("1")))
        .satisfies(e -> assertError(e, 501, "NotImplemented"));
  }

  @Test
  void failuresKeepTheirMeaning() {
    assertThatThrownBy(() -> get("nothing")).satisfies(e -> assertError(e, 404, "NoSuchKey"));
    assertThatThrownBy(() -> s3.listObjectsV2(b -> b.bucket("no-such-bucket")))
        .satisfies(e -> assertError(e, 404, "NoSuchBucket"));
    assertThatThrownBy(() -> put("fault/UNAVAILABLE", bytes(200_000)))
        .satisfies(e -> assertError(e, 503, "SlowDown"));
    assertThatThrownBy(() -> put("fault/STORAGE_ERROR", bytes(10)))
        .satisfies(e -> assertError(e, 507, "InsufficientStorage"));
    put("fault/at-once", bytes(10));
    assertThatThrownBy(() -> get("fault/at-once"))
        .satisfies(e -> assertError(e, 500, "InternalError"));
    assertThatThrownBy(() -> put("x".repeat(1025), bytes(10)))
        .satisfies(e -> assertError(e, 400, "KeyTooLongError"));
  }

  @Test
  void aReadThatFailsMidwayIsNeverTakenForWhole() {
    put("fault/midway", bytes(20_000_000));
    assertThatThrownBy(() -> get("fault/midway")).isInstanceOf(SdkClientException.class);
  }

  @Test
  void aSlowCopyKeepsItsClientWaitingAndStillTellsOfFailure() throws Exception {
    put("source", bytes(10));
    var copied =
        s3.copyObject(b ->
            b.sourceBucket(bucket)
                .sourceKey("source")
                .destinationBucket(bucket)
                .destinationKey("fault/slow"));
    assertThat(copied.copyObjectResult().eTag())
        .isEqualTo("\"" + TwinStorage.md5(bytes(10)) + "\"");
    assertThatThrownBy(() ->
            s3.copyObject(b ->
                b.sourceBucket(bucket)
                    .sourceKey("source")
                    .destinationBucket(bucket)
                    .destinationKey("fault/slow-not")))
        .isInstanceOfSatisfying(
            S3Exception.class,
            e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("SlowDown"));
    try (var client = new RawClient(node.port)) {
      var headers = Map.of("Content-Length", "0", "x-amz-copy-source", "/" + bucket + "/source");
      client.send(
          client.head("PUT", "/" + bucket + "/fault/slow", Digests.SHA256_OF_NOTHING, headers));
      assertThat(client.receive().headers())
          .as("the head goes out before the outcome is known")
          .containsEntry("transfer-encoding", "chunked");
    }
  }

  @Test
  void presignedRequestsWork() throws Exception {
    try (var presigner = node.presigner();
        var http = HttpClient.newHttpClient()) {
      var put =
          presigner.presignPutObject(p ->
              p.signatureDuration(Duration.ofMinutes(5))
                  .putObjectRequest(r -> r.bucket(bucket).key("pre signed")));
      var stored =
          http.send(
              HttpRequest.newBuilder(put.url().toURI())
                  .PUT(HttpRequest.BodyPublishers.ofString("by url"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(stored.statusCode()).as(stored.body()).isEqualTo(200);
      var get =
          presigner.presignGetObject(p ->
              p.signatureDuration(Duration.ofMinutes(5))
                  .getObjectRequest(r -> r.bucket(bucket).key("pre signed")));
      var got =
          http.send(
              HttpRequest.newBuilder(get.url().toURI()).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(got.body()).isEqualTo("by url");
      var forged =
          http.send(
              HttpRequest.newBuilder(
                      java.net.URI.create(get.url().toString().replace("pre%20signed", "other")))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(forged.statusCode()).isEqualTo(403);
      assertThat(forged.body())
          .contains("<Code>SignatureDoesNotMatch</Code>")
          .doesNotContain(S3Node.SECRET_KEY);
    }
  }
}
