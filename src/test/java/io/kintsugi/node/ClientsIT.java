package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// F6: the clients people already have put, get, list, copy and delete objects.
@ExtendWith(NodeLogs.class)
class ClientsIT {
  private static final int LARGE_BYTES = 20_000_000;
  private static final int PART_BYTES = 5 * 1024 * 1024;

  @TempDir private static Path data;
  private static RunningNode node;

  @TempDir private Path work;

  @BeforeAll
  static void startNode() {
    node = RunningNode.start(data);
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private Path tree() throws Exception {
    var tree = Files.createDirectories(work.resolve("tree"));
    Files.createDirectories(tree.resolve("deep/er/still"));
    Files.write(tree.resolve("large.bin"), Store.bytes(1, LARGE_BYTES));
    Files.write(tree.resolve("deep/er/still/small.bin"), Store.bytes(2, 70_000));
    Files.write(tree.resolve("deep/empty"), new byte[0]);
    Files.write(tree.resolve("deep/Grüße 金継ぎ +&.txt"), Store.bytes(3, 1_234));
    return tree;
  }

  private static void assertSameTree(Path left, Path right) throws Exception {
    try (var paths = Files.walk(left)) {
      for (var path : paths.filter(Files::isRegularFile).toList()) {
        var other = right.resolve(left.relativize(path).toString());
        assertThat(other).as("copy of %s", path).exists();
        assertThat(Files.mismatch(path, other)).as("bytes of %s", path).isEqualTo(-1);
      }
    }
  }

  private Clients clients() {
    return new Clients(node, work);
  }

  private String aws(String... words) throws Exception {
    var all = new ArrayList<>(java.util.List.of("s3"));
    all.addAll(Arrays.asList(words));
    return clients().aws(all.toArray(String[]::new));
  }

  @Test
  void awsCopiesListsSyncsAndRemoves() throws Exception {
    var tree = tree();
    aws("mb", "s3://aws-round");
    aws("sync", tree.toString(), "s3://aws-round/t");

    var listing = aws("ls", "--recursive", "s3://aws-round/");
    assertThat(listing)
        .contains("t/large.bin", "t/deep/er/still/small.bin", "t/deep/empty", "Grüße 金継ぎ +&.txt")
        .contains(Integer.toString(LARGE_BYTES));
    assertThat(aws("ls", "s3://aws-round/t/")).contains("PRE deep/").contains("large.bin");

    var back = work.resolve("back");
    aws("cp", "--recursive", "s3://aws-round/t", back.toString());
    assertSameTree(tree, back);

    assertThat(aws("sync", tree.toString(), "s3://aws-round/t")).doesNotContain("upload:");

    aws("cp", "s3://aws-round/t/large.bin", "s3://aws-round/copy/large.bin");
    var copy = work.resolve("copy.bin");
    aws("cp", "s3://aws-round/copy/large.bin", copy.toString());
    assertThat(Files.mismatch(tree.resolve("large.bin"), copy)).isEqualTo(-1);

    aws("rm", "--recursive", "s3://aws-round/");
    assertThat(aws("ls", "--recursive", "s3://aws-round/").strip()).isEmpty();
    aws("rb", "s3://aws-round");
  }

  @Test
  void awsSaysWhichKeyIsMissing() throws Exception {
    aws("mb", "s3://aws-none");
    var ended =
        clients()
            .tryAws(
                "s3api",
                "get-object",
                "--bucket",
                "aws-none",
                "--key",
                "nothing",
                work.resolve("x").toString());
    assertThat(ended.code()).isNotZero();
    assertThat(ended.output()).contains("NoSuchKey");
  }

  private String rclone(String... words) throws Exception {
    return clients().rclone(words);
  }

  @Test
  void rcloneCopiesChecksAndLists() throws Exception {
    var tree = tree();
    var there = "kintsugi:rclone-round/t";
    rclone("mkdir", "kintsugi:rclone-round");
    // Multipart from 5 MiB on, so that the large file goes in parts.
    rclone("copy", "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi", tree.toString(), there);
    assertThat(rclone("check", "--download", tree.toString(), there)).contains("0 differences");
    assertThat(rclone("check", tree.toString(), there)).contains("0 differences");
    assertThat(rclone("ls", there))
        .contains(LARGE_BYTES + " large.bin")
        .contains("Grüße 金継ぎ +&.txt");
    var back = work.resolve("back");
    rclone("copy", there, back.toString());
    assertSameTree(tree, back);
    rclone("purge", "kintsugi:rclone-round");
    assertThat(rclone("lsd", "kintsugi:")).doesNotContain("rclone-round");
  }

  @Test
  void theAwsSdkPutsGetsRangesListsCopiesAndDeletes() {
    try (var store = new Store(node.s3Url())) {
      var s3 = store.client();
      store.createBucket("sdk-round");
      var body = Store.bytes(7, 3_000_000);
      s3.putObject(
          b ->
              b.bucket("sdk-round")
                  .key("a/b c+ü")
                  .contentType("image/x-test")
                  .metadata(java.util.Map.of("mine", "yes")),
          RequestBody.fromBytes(body));
      assertThat(store.get("sdk-round", "a/b c+ü")).isEqualTo(body);
      var head = s3.headObject(b -> b.bucket("sdk-round").key("a/b c+ü"));
      assertThat(head.contentLength()).isEqualTo(body.length);
      assertThat(head.contentType()).isEqualTo("image/x-test");
      assertThat(head.metadata()).containsEntry("mine", "yes");

      var range =
          s3.getObjectAsBytes(
              b -> b.bucket("sdk-round").key("a/b c+ü").range("bytes=1500000-1600000"));
      assertThat(range.asByteArray()).isEqualTo(Arrays.copyOfRange(body, 1_500_000, 1_600_001));

      s3.copyObject(b ->
          b.sourceBucket("sdk-round")
              .sourceKey("a/b c+ü")
              .destinationBucket("sdk-round")
              .destinationKey("z"));
      assertThat(store.get("sdk-round", "z")).isEqualTo(body);
      for (int i = 0; i < 7; i++) {
        store.put("sdk-round", "many/" + i, Store.bytes(i, 10));
      }
      var keys =
          s3
              .listObjectsV2Paginator(b -> b.bucket("sdk-round").prefix("many/").maxKeys(3))
              .contents()
              .stream()
              .map(object -> object.key())
              .toList();
      assertThat(keys)
          .containsExactly("many/0", "many/1", "many/2", "many/3", "many/4", "many/5", "many/6");
      s3.deleteObject(b -> b.bucket("sdk-round").key("z"));
      assertThatThrownBy(() -> store.get("sdk-round", "z")).isInstanceOf(NoSuchKeyException.class);
      assertThatThrownBy(() -> s3.deleteBucket(b -> b.bucket("sdk-round")))
          .isInstanceOfSatisfying(
              S3Exception.class,
              e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("BucketNotEmpty"));
    }
  }

  @Test
  void theAwsSdkUploadsInParts() {
    try (var store = new Store(node.s3Url())) {
      var s3 = store.client();
      store.createBucket("sdk-parts");
      var body = Store.bytes(8, 2 * PART_BYTES + 123);
      var upload = s3.createMultipartUpload(b -> b.bucket("sdk-parts").key("parts")).uploadId();
      var parts = new ArrayList<CompletedPart>();
      for (int at = 0; at < body.length; at += PART_BYTES) {
        int number = parts.size() + 1;
        var bytes = Arrays.copyOfRange(body, at, Math.min(body.length, at + PART_BYTES));
        var etag =
            s3.uploadPart(
                    b -> b.bucket("sdk-parts").key("parts").uploadId(upload).partNumber(number),
                    RequestBody.fromBytes(bytes))
                .eTag();
        parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
      }
      var done =
          s3.completeMultipartUpload(b ->
              b.bucket("sdk-parts")
                  .key("parts")
                  .uploadId(upload)
                  .multipartUpload(u -> u.parts(parts)));
      assertThat(done.eTag()).endsWith("-3\"");
      assertThat(store.get("sdk-parts", "parts")).isEqualTo(body);
    }
  }

  private String presign(String key, int seconds) throws Exception {
    return aws("presign", "s3://aws-presigned/" + key, "--expires-in", "" + seconds).strip();
  }

  /// What curl got, and behind it the status.
  private String curl(String... words) throws Exception {
    var all = new ArrayList<>(java.util.List.of("curl", "-sS", "-w", " %{http_code}"));
    all.addAll(Arrays.asList(words));
    return new Command(work).succeed(all.toArray(String[]::new));
  }

  @Test
  void aUrlThatAwsPresignedIsGoodForItsMethodItsObjectAndItsTime() throws Exception {
    var file = Files.writeString(work.resolve("hello"), "hello");
    aws("mb", "s3://aws-presigned");
    aws("cp", file.toString(), "s3://aws-presigned/a b");
    aws("cp", file.toString(), "s3://aws-presigned/other");
    var url = presign("a b", 600);
    assertThat(curl(url)).isEqualTo("hello 200");
    assertThat(curl("-r", "1-3", url)).isEqualTo("ell 206");

    assertThat(curl("-X", "PUT", "--data-binary", "x", url))
        .contains("SignatureDoesNotMatch")
        .endsWith(" 403");
    assertThat(curl("-X", "DELETE", url)).contains("SignatureDoesNotMatch").endsWith(" 403");
    assertThat(curl(url.replace("/a%20b", "/other")))
        .contains("SignatureDoesNotMatch")
        .endsWith(" 403");
    assertThat(curl(url.replace("Expires=600", "Expires=6000")))
        .contains("SignatureDoesNotMatch")
        .endsWith(" 403");
    assertThat(curl(url)).as("nothing was changed").isEqualTo("hello 200");

    assertThat(curl(url.replaceAll("\\?.*", "?AWSAccessKeyId=kintsugi&Expires=1&Signature=x")))
        .as("version 2, as older clients sign unless they are told not to")
        .contains("InvalidRequest", "AWS4-HMAC-SHA256")
        .endsWith(" 400");
    var brief = presign("a b", 1);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(curl(brief)).contains("AccessDenied", "expired").endsWith(" 403"));
  }

  @Test
  void presignedUrlsNeedNoKeys() throws Exception {
    try (var store = new Store(node.s3Url());
        var presigner = Store.presigner(node.s3Url());
        var http = HttpClient.newHttpClient()) {
      store.createBucket("presigned");
      var body = Store.bytes(9, 200_000);
      var put =
          presigner.presignPutObject(p ->
              p.signatureDuration(Duration.ofMinutes(5))
                  .putObjectRequest(b -> b.bucket("presigned").key("p q")));
      var stored =
          http.send(
              HttpRequest.newBuilder(put.url().toURI())
                  .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              BodyHandlers.ofString());
      assertThat(stored.statusCode()).as(stored.body()).isEqualTo(200);
      var get =
          presigner.presignGetObject(p ->
              p.signatureDuration(Duration.ofMinutes(5))
                  .getObjectRequest(b -> b.bucket("presigned").key("p q")));
      var read =
          http.send(HttpRequest.newBuilder(get.url().toURI()).build(), BodyHandlers.ofByteArray());
      assertThat(read.body()).isEqualTo(body);
      var unsigned =
          http.send(
              HttpRequest.newBuilder(URI.create(node.s3Url() + "/presigned/p%20q")).build(),
              BodyHandlers.ofString());
      assertThat(unsigned.statusCode()).isEqualTo(403);
    }
  }
}
