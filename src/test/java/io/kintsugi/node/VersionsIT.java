package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// F6: old versions are kept, found, and looked after like everything else.
@ExtendWith(NodeLogs.class)
class VersionsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LARGE_BYTES = 1_000_000;

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

  private static void createBucket(Store store, String bucket) throws Exception {
    store.createBucket(bucket);
    var told = node.rest().put("/api/v1/buckets/" + bucket, "{\"versioning\":\"Enabled\"}");
    assertThat(told.path("versioning").asText()).isEqualTo("Enabled");
  }

  private static String put(Store store, String bucket, byte[] body) {
    return store
        .client()
        .putObject(b -> b.bucket(bucket).key("k"), RequestBody.fromBytes(body))
        .versionId();
  }

  private static byte[] get(Store store, String bucket, String version) {
    return store
        .client()
        .getObjectAsBytes(b -> b.bucket(bucket).key("k").versionId(version))
        .asByteArray();
  }

  @Test
  void aBrokenShardOfAnOldVersionIsFoundAndMendedLikeAnyOther() throws Exception {
    try (var store = new Store(node.s3Url())) {
      createBucket(store, "old-ones");
      var bodies = new ArrayList<byte[]>();
      var ids = new ArrayList<String>();
      for (int i = 0; i < 3; i++) {
        bodies.add(Store.bytes(40 + i, LARGE_BYTES));
        ids.add(put(store, "old-ones", bodies.get(i)));
      }
      store.client().deleteObject(b -> b.bucket("old-ones").key("k"));
      node.rest().awaitWhole();
      assertThat(standing("old-ones").path("objects").asInt()).isEqualTo(3);
      assertThat(standing("old-ones").path("bytes").asInt()).isEqualTo(3 * LARGE_BYTES);

      for (int i : new int[] {0, 1}) {
        breakTwoShards(ids.get(i));
      }
      var scan = node.rest().awaitScan(node.rest().startScan("Deep"));
      assertThat(scan.path("issues"))
          .extracting(issue -> issue.path("version_id").asText())
          .contains(ids.get(0), ids.get(1))
          .doesNotContain(ids.get(2));
      assertThat(node.rest().wrong()).isEmpty();
      for (int i = 0; i < 3; i++) {
        assertThat(get(store, "old-ones", ids.get(i))).isEqualTo(bodies.get(i));
        assertThat(shards(ids.get(i))).as("version %s", i).hasSize(8);
      }
      assertThatThrownBy(() -> store.get("old-ones", "k")).isInstanceOf(NoSuchKeyException.class);
    }
  }

  private static JsonNode standing(String bucket) throws Exception {
    for (var standing : node.rest().get("/api/v1/standing").path("buckets")) {
      if (standing.path("bucket").asText().equals(bucket)) {
        return standing;
      }
    }
    throw new AssertionError("no standing of " + bucket);
  }

  /// The shards that the catalog counts on; a version's only segment bears its id.
  private static List<Path> shards(String version) throws Exception {
    return new Disk(data)
        .shards("old-ones", "k").stream()
            .filter(path -> path.getFileName().toString().startsWith(version + "."))
            .toList();
  }

  /// One is lost, and of another the bytes are not what they were.
  private static void breakTwoShards(String version) throws Exception {
    var shards = shards(version);
    assertThat(shards).hasSize(8);
    Files.delete(shards.get(1));
    var bytes = Files.readAllBytes(shards.get(6));
    bytes[bytes.length / 2] ^= 0x20;
    Files.write(shards.get(6), bytes);
  }

  @Test
  void theAwsSdkDeletesForGoodOnlyWhatItNames() throws Exception {
    try (var store = new Store(node.s3Url())) {
      var s3 = store.client();
      createBucket(store, "sdk-versions");
      var first = put(store, "sdk-versions", Store.bytes(1, 1_000));
      var second = put(store, "sdk-versions", Store.bytes(2, 300_000));
      var marker = s3.deleteObject(b -> b.bucket("sdk-versions").key("k")).versionId();
      assertThatThrownBy(
              () -> s3.headObject(b -> b.bucket("sdk-versions").key("k").versionId(marker)))
          .isInstanceOfSatisfying(
              S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(405));
      s3.copyObject(b ->
          b.sourceBucket("sdk-versions")
              .sourceKey("k")
              .sourceVersionId(first)
              .destinationBucket("sdk-versions")
              .destinationKey("k"));
      assertThat(store.get("sdk-versions", "k")).isEqualTo(Store.bytes(1, 1_000));
      assertThatThrownBy(() -> s3.deleteBucket(b -> b.bucket("sdk-versions")))
          .isInstanceOfSatisfying(
              S3Exception.class,
              e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("BucketNotEmpty"));

      s3.deleteObject(b -> b.bucket("sdk-versions").key("k").versionId(first));
      assertThatThrownBy(() -> get(store, "sdk-versions", first))
          .isInstanceOfSatisfying(
              S3Exception.class,
              e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("NoSuchVersion"));
      assertThat(get(store, "sdk-versions", second)).isEqualTo(Store.bytes(2, 300_000));
      var listed = s3.listObjectVersionsPaginator(b -> b.bucket("sdk-versions").maxKeys(1));
      listed.stream()
          .forEach(page -> {
            page.versions()
                .forEach(v ->
                    s3.deleteObject(
                        b -> b.bucket("sdk-versions").key("k").versionId(v.versionId())));
            page.deleteMarkers()
                .forEach(m ->
                    s3.deleteObject(
                        b -> b.bucket("sdk-versions").key("k").versionId(m.versionId())));
          });
      s3.deleteBucket(b -> b.bucket("sdk-versions"));
    }
  }

  @Test
  void theAwsCliSeesWhatItOverwroteAndDeleted() throws Exception {
    var clients = new Clients(node, work);
    var there = List.of("--bucket", "cli-versions", "--key", "a b");
    try (var store = new Store(node.s3Url())) {
      store.createBucket("cli-versions");
      clients.aws(
          "s3api",
          "put-bucket-versioning",
          "--bucket=cli-versions",
          "--versioning-configuration",
          "Status=Enabled");
      store.put("cli-versions", "a b", "one".getBytes(StandardCharsets.UTF_8));
      store.put("cli-versions", "a b", "two".getBytes(StandardCharsets.UTF_8));
      var deleted = JSON.readTree(clients.aws(api("delete-object", there)));
      assertThat(deleted.path("DeleteMarker").asBoolean()).isTrue();
      var listed =
          JSON.readTree(clients.aws("s3api", "list-object-versions", "--bucket=cli-versions"));
      assertThat(listed.path("Versions")).hasSize(2);
      assertThat(listed.at("/DeleteMarkers/0/VersionId")).isEqualTo(deleted.path("VersionId"));
      var first = listed.at("/Versions/1/VersionId").asText();
      var file = work.resolve("one");
      clients.aws(api("get-object", there, "--version-id", first, file.toString()));
      assertThat(file).hasContent("one");
      clients.aws(api("delete-object", there, "--version-id", deleted.path("VersionId").asText()));
      assertThat(store.get("cli-versions", "a b")).asString().isEqualTo("two");
    }
  }

  private static String[] api(String call, List<String> object, String... more) {
    var words = new ArrayList<>(List.of("s3api", call));
    words.addAll(object);
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void rcloneSetsItListsOldVersionsAndCleansThemUp() throws Exception {
    var clients = new Clients(node, work);
    try (var store = new Store(node.s3Url())) {
      store.createBucket("rclone-versions");
      var there = "kintsugi:rclone-versions";
      assertThat(clients.rclone("backend", "versioning", there)).contains("Unversioned");
      assertThat(clients.rclone("backend", "versioning", there, "Enabled")).contains("Enabled");
      store.put("rclone-versions", "file.txt", "one".getBytes(StandardCharsets.UTF_8));
      store.put("rclone-versions", "file.txt", "second".getBytes(StandardCharsets.UTF_8));
      assertThat(clients.rclone("lsf", there).lines()).containsExactly("file.txt");
      var versions = clients.rclone("lsf", "--s3-versions", there).lines().toList();
      assertThat(versions).hasSize(2).contains("file.txt");
      var old = versions.stream().filter(name -> name.contains("-v")).findFirst().orElseThrow();
      assertThat(clients.rclone("cat", "--s3-versions", there + "/" + old)).isEqualTo("one");
      clients.rclone("backend", "cleanup-hidden", there);
      assertThat(clients.rclone("lsf", "--s3-versions", there).lines()).containsExactly("file.txt");
      assertThat(store.get("rclone-versions", "file.txt")).asString().isEqualTo("second");
    }
  }
}
