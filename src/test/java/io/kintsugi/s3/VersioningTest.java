package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.MFADelete;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Bucket versioning through the AWS SDK for Java (F6), the catalog played over the bus.
class VersioningTest {
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
    bucket = "versions-" + ++buckets;
    s3.createBucket(b -> b.bucket(bucket));
  }

  private void set(BucketVersioningStatus status) {
    s3.putBucketVersioning(b -> b.bucket(bucket).versioningConfiguration(v -> v.status(status)));
  }

  private String put(String key, String text) {
    return s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(text)).versionId();
  }

  private String get(String key, String version) {
    return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key).versionId(version)).asUtf8String();
  }

  private static Consumer<Throwable> error(int status, String code) {
    return thrown -> {
      assertThat(thrown).isInstanceOf(S3Exception.class);
      var error = (S3Exception) thrown;
      assertThat(error.statusCode()).isEqualTo(status);
      assertThat(error.awsErrorDetails().errorCode()).isEqualTo(code);
    };
  }

  private static String header(Throwable thrown, String name) {
    return ((S3Exception) thrown)
        .awsErrorDetails()
        .sdkHttpResponse()
        .firstMatchingHeader(name)
        .orElse("none");
  }

  @Test
  void theStateIsSetAndAsked() {
    assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status()).isNull();
    set(BucketVersioningStatus.ENABLED);
    assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status())
        .isEqualTo(BucketVersioningStatus.ENABLED);
    set(BucketVersioningStatus.SUSPENDED);
    assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status())
        .isEqualTo(BucketVersioningStatus.SUSPENDED);
    assertThatThrownBy(() -> s3.getBucketVersioning(b -> b.bucket("no-such-bucket")))
        .satisfies(error(404, "NoSuchBucket"));
  }

  @Test
  void whatCannotBeKeptIsRefusedInWords() {
    assertThatThrownBy(() ->
            s3.putBucketVersioning(b ->
                b.bucket(bucket)
                    .versioningConfiguration(v ->
                        v.status(BucketVersioningStatus.ENABLED).mfaDelete(MFADelete.ENABLED))))
        .satisfies(error(501, "NotImplemented"))
        .hasMessageContaining("MFA delete");
    assertThatThrownBy(() ->
            s3.putBucketVersioning(b ->
                b.bucket(bucket)
                    .mfa("123 456")
                    .versioningConfiguration(v -> v.status(BucketVersioningStatus.ENABLED))))
        .satisfies(error(501, "NotImplemented"));
    assertThatThrownBy(
            () -> s3.putBucketVersioning(b -> b.bucket(bucket).versioningConfiguration(v -> {})))
        .satisfies(error(400, "IllegalVersioningConfigurationException"));
    assertThatThrownBy(() ->
            s3.putBucketVersioning(
                b -> b.bucket(bucket).versioningConfiguration(v -> v.status("Off"))))
        .satisfies(error(400, "MalformedXML"));
    assertThat(s3.getBucketVersioning(b -> b.bucket(bucket)).status()).isNull();
  }

  @Test
  void everyAnswerNamesItsVersion() {
    assertThat(put("k", "zero")).as("nobody keeps versions yet").isNull();
    assertThat(s3.headObject(b -> b.bucket(bucket).key("k")).versionId()).isNull();
    set(BucketVersioningStatus.ENABLED);
    var one = put("k", "one");
    var two = put("k", "two");
    assertThat(one).matches("[0-9a-f]{32}").isNotEqualTo(two);
    assertThat(get("k", one)).isEqualTo("one");
    assertThat(get("k", "null")).isEqualTo("zero");
    assertThat(s3.headObject(b -> b.bucket(bucket).key("k")).versionId()).isEqualTo(two);
    assertThat(s3.headObject(b -> b.bucket(bucket).key("k").versionId("null")).versionId())
        .isEqualTo("null");
    var part =
        s3.getObject(b -> b.bucket(bucket).key("k").versionId(one).range("bytes=0-0")).response();
    assertThat(part.versionId()).isEqualTo(one);
    assertThatThrownBy(() -> get("k", "ab".repeat(16))).satisfies(error(404, "NoSuchVersion"));
    assertThatThrownBy(() -> get("k", "nonsense")).satisfies(error(400, "InvalidArgument"));

    var copied =
        s3.copyObject(b ->
            b.sourceBucket(bucket)
                .sourceKey("k")
                .sourceVersionId(one)
                .destinationBucket(bucket)
                .destinationKey("k"));
    assertThat(copied.copySourceVersionId()).isEqualTo(one);
    assertThat(get("k", copied.versionId())).as("an old version is current again").isEqualTo("one");

    set(BucketVersioningStatus.SUSPENDED);
    assertThat(put("k", "three")).isEqualTo("null");
    assertThat(get("k", "null")).isEqualTo("three");
  }

  @Test
  void aCompletedUploadNamesItsVersion() {
    set(BucketVersioningStatus.ENABLED);
    var id = s3.createMultipartUpload(b -> b.bucket(bucket).key("k")).uploadId();
    var old = put("source", "part");
    put("source", "other");
    var copied =
        s3.uploadPartCopy(b ->
            b.sourceBucket(bucket)
                .sourceKey("source")
                .sourceVersionId(old)
                .destinationBucket(bucket)
                .destinationKey("k")
                .uploadId(id)
                .partNumber(1));
    assertThat(copied.copySourceVersionId()).isEqualTo(old);
    var part = CompletedPart.builder().partNumber(1).eTag(copied.copyPartResult().eTag()).build();
    var done =
        s3.completeMultipartUpload(
            b -> b.bucket(bucket).key("k").uploadId(id).multipartUpload(m -> m.parts(part)));
    assertThat(get("k", done.versionId())).isEqualTo("part");
  }

  @Test
  void aDeleteMarkerHidesAndIsHiddenItself() {
    set(BucketVersioningStatus.ENABLED);
    var one = put("k", "one");
    var deleted = s3.deleteObject(b -> b.bucket(bucket).key("k"));
    var marker = deleted.versionId();
    assertThat(deleted.deleteMarker()).isTrue();
    assertThat(s3.listObjectsV2(b -> b.bucket(bucket)).contents()).isEmpty();
    assertThatThrownBy(() -> s3.getObject(b -> b.bucket(bucket).key("k")))
        .satisfies(error(404, "NoSuchKey"))
        .satisfies(e -> assertThat(header(e, "x-amz-delete-marker")).isEqualTo("true"))
        .satisfies(e -> assertThat(header(e, "x-amz-version-id")).isEqualTo(marker));
    assertThatThrownBy(() -> s3.getObject(b -> b.bucket(bucket).key("k").versionId(marker)))
        .satisfies(error(405, "MethodNotAllowed"))
        .satisfies(e -> assertThat(header(e, "Allow")).isEqualTo("DELETE"))
        .satisfies(e -> assertThat(header(e, "x-amz-delete-marker")).isEqualTo("true"));
    assertThatThrownBy(() -> s3.headObject(b -> b.bucket(bucket).key("k").versionId(marker)))
        .satisfies(e -> assertThat(((S3Exception) e).statusCode()).isEqualTo(405));
    assertThatThrownBy(() -> copyOf(marker)).satisfies(error(400, "InvalidRequest"));
    assertThatThrownBy(() -> copyOf(null)).satisfies(error(404, "NoSuchKey"));

    var again = s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(marker));
    assertThat(again.deleteMarker()).isTrue();
    assertThat(again.versionId()).isEqualTo(marker);
    assertThat(get("k", one)).isEqualTo("one");
    var gone = s3.deleteObject(b -> b.bucket(bucket).key("k").versionId(one));
    assertThat(gone.deleteMarker()).isNull();
    assertThat(gone.versionId()).isEqualTo(one);
    assertThatThrownBy(() -> s3.getObject(b -> b.bucket(bucket).key("k")))
        .satisfies(e -> assertThat(header(e, "x-amz-delete-marker")).isEqualTo("none"));
  }

  private void copyOf(@Nullable String version) {
    s3.copyObject(b ->
        b.sourceBucket(bucket)
            .sourceKey("k")
            .sourceVersionId(version)
            .destinationBucket(bucket)
            .destinationKey("to"));
  }

  @Test
  void manyVersionsAreDeletedAtOnceAndEachIsTold() {
    set(BucketVersioningStatus.ENABLED);
    var one = put("k", "one");
    var two = put("k", "two");
    var marker = s3.deleteObject(b -> b.bucket(bucket).key("gone")).versionId();
    var wishes =
        List.of(
            ObjectIdentifier.builder().key("k").versionId(one).build(),
            ObjectIdentifier.builder().key("k").build(),
            ObjectIdentifier.builder().key("gone").versionId(marker).build());
    var answers = s3.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(wishes))).deleted();
    assertThat(answers).hasSize(3);
    assertThat(answers.get(0).versionId()).isEqualTo(one);
    assertThat(answers.get(0).deleteMarker()).isNull();
    assertThat(answers.get(1).versionId()).isNull();
    assertThat(answers.get(1).deleteMarker()).isTrue();
    assertThat(answers.get(1).deleteMarkerVersionId()).matches("[0-9a-f]{32}");
    assertThat(answers.get(2).versionId()).isEqualTo(marker);
    assertThat(answers.get(2).deleteMarkerVersionId()).isEqualTo(marker);
    assertThat(get("k", two)).isEqualTo("two");
  }

  @Test
  void versionsAndMarkersAreListedKeyByKey() {
    set(BucketVersioningStatus.ENABLED);
    var one = put("a b", "one");
    var two = put("a b", "three");
    put("dir/x", "x");
    var marker = s3.deleteObject(b -> b.bucket(bucket).key("z")).versionId();
    var all = s3.listObjectVersions(b -> b.bucket(bucket).delimiter("/").encodingType("url"));
    assertThat(all.versions()).extracting(v -> v.key()).containsExactly("a b", "a b");
    assertThat(all.versions()).extracting(v -> v.versionId()).containsExactly(two, one);
    assertThat(all.versions()).extracting(v -> v.isLatest()).containsExactly(true, false);
    assertThat(all.versions()).extracting(v -> v.size()).containsExactly(5L, 3L);
    assertThat(all.deleteMarkers()).extracting(m -> m.versionId()).containsExactly(marker);
    assertThat(all.deleteMarkers()).extracting(m -> m.isLatest()).containsExactly(true);
    assertThat(all.commonPrefixes()).extracting(p -> p.prefix()).containsExactly("dir/");
    assertThat(all.isTruncated()).isFalse();
    var pages = s3.listObjectVersionsPaginator(b -> b.bucket(bucket).maxKeys(2));
    assertThat(pages.versions().stream().map(v -> v.key())).containsExactly("a b", "a b", "dir/x");
  }
}
