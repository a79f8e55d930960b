package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What each request asks for (F6).
class OperationsTest {
  private static final String ID = "0123456789abcdef0123456789abcdef";

  private static Operation parse(String method, String target) {
    return Operations.parse(
        RequestHead.of(method, target, Map.<String, String>of().entrySet()), null);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, ListBuckets",
    "PUT, /b-1, CreateBucket",
    "PUT, /b-1/, CreateBucket",
    "HEAD, /b-1, HeadBucket",
    "DELETE, /b-1, DeleteBucket",
    "GET, /b-1?location, GetBucketLocation",
    "GET, /b-1?versioning, GetBucketVersioning",
    "PUT, /b-1?versioning, PutBucketVersioning",
    "GET, /b-1?object-lock=, GetBucketSetting",
    "GET, /b-1, ListObjectsV1",
    "GET, /b-1?list-type=2&prefix=x, ListObjectsV2",
    "GET, /b-1?versions, ListObjectVersions",
    "GET, /b-1?uploads, ListUploads",
    "POST, /b-1?delete, DeleteObjects",
    "GET, /b-1/k, GetObject",
    "GET, /b-1/k?x-id=GetObject&partNumber=3, GetObject",
    "HEAD, /b-1/k/, GetObject",
    "GET, /b-1/k?tagging, GetObjectSetting",
    "GET, /b-1/k?attributes, GetObjectAttributes",
    "PUT, /b-1/k?x-id=PutObject, PutObject",
    "DELETE, /b-1/k?versionId=null, DeleteObject",
    "DELETE, /b-1/k?tagging, DeleteObjectTagging",
    "POST, /b-1/k?uploads=, CreateUpload",
    "PUT, /b-1/k?partNumber=7&uploadId=0123456789abcdef0123456789abcdef, UploadPart",
    "POST, /b-1/k?uploadId=0123456789abcdef0123456789abcdef, CompleteUpload",
    "DELETE, /b-1/k?uploadId=0123456789abcdef0123456789abcdef, AbortUpload",
    "GET, /b-1/k?uploadId=0123456789abcdef0123456789abcdef&max-parts=5, ListParts"
  })
  void methodPathAndQueryNameTheOperation(String method, String target, String operation) {
    assertThat(parse(method, target).getClass().getSimpleName()).isEqualTo(operation);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /B, INVALID_BUCKET_NAME",
    "GET, /ab, INVALID_BUCKET_NAME",
    "GET, /a..b, INVALID_BUCKET_NAME",
    "GET, /192.168.0.1, INVALID_BUCKET_NAME",
    "GET, /b_1/k, INVALID_BUCKET_NAME",
    "GET, /b-1/a%00b, INVALID_ARGUMENT",
    "GET, /b-1?prefix=%00, INVALID_ARGUMENT",
    "GET, /b-1/%ff, INVALID_URI",
    "GET, /b-1/%zz, INVALID_URI",
    "GET, /b-1?max-keys=-1, INVALID_ARGUMENT",
    "GET, /b-1?max-keys=x, INVALID_ARGUMENT",
    "GET, /b-1?encoding-type=base64, INVALID_ARGUMENT",
    "GET, /b-1/k?versionId=7, INVALID_ARGUMENT",
    "GET, /b-1/k?partNumber=0, INVALID_ARGUMENT",
    "PUT, /b-1/k?partNumber=10001&uploadId=0123456789abcdef0123456789abcdef, INVALID_ARGUMENT",
    "GET, /b-1/k?uploadId=other, NO_SUCH_UPLOAD",
    "PUT, /b-1/k?tagging, NOT_IMPLEMENTED",
    "PUT, /b-1/k?acl, NOT_IMPLEMENTED",
    "POST, /b-1?versioning, NOT_IMPLEMENTED",
    "DELETE, /b-1/k?versionId=, INVALID_ARGUMENT",
    "GET, /b-1?versions&version-id-marker=null, INVALID_ARGUMENT",
    "GET, /b-1?versions&key-marker=k&version-id-marker=7, INVALID_ARGUMENT",
    "DELETE, /b-1?lifecycle, NOT_IMPLEMENTED",
    "GET, /b-1?analytics, NOT_IMPLEMENTED",
    "GET, /b-1/k?torrent, NOT_IMPLEMENTED",
    "POST, /b-1/k?select&select-type=2, NOT_IMPLEMENTED",
    "POST, /b-1, NOT_IMPLEMENTED",
    "PATCH, /b-1/k, METHOD_NOT_ALLOWED",
    "PUT, /, METHOD_NOT_ALLOWED"
  })
  void whatCannotBeDoneIsRefused(String method, String target, ErrorCode code) {
    assertThatThrownBy(() -> parse(method, target))
        .isInstanceOfSatisfying(S3Error.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void keysAreDecodedOnceAndOtherwiseKept() {
    assertThat(parse("GET", "/b-1/a%2Bb+c%20d%252F//../%C3%A9"))
        .isEqualTo(new Operation.GetObject("b-1", "a+b+c d%2F//../é", null, null, false));
    assertThat(parse("GET", "http://host:1/b-1/k"))
        .isEqualTo(new Operation.GetObject("b-1", "k", null, null, false));
  }

  @Test
  void keysHaveAtMost1024Bytes() {
    assertThat(parse("GET", "/b-1/" + "%C3%A9".repeat(512))).isNotNull();
    assertThatThrownBy(() -> parse("GET", "/b-1/" + "%C3%A9".repeat(512) + "a"))
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.KEY_TOO_LONG));
  }

  @Test
  void aHostNameCanStandForTheBucket() {
    var head = RequestHead.of("GET", "/b/c", Map.<String, String>of().entrySet());
    assertThat(Operations.parse(head, "b-1"))
        .isEqualTo(new Operation.GetObject("b-1", "b/c", null, null, false));
  }

  @Test
  void aCopyNamesItsSource() {
    var head =
        RequestHead.of(
            "PUT",
            "/b-1/k",
            Map.of("X-Amz-Copy-Source", "/b-2/a%20b+c?versionId=" + ID).entrySet());
    assertThat(Operations.parse(head, null))
        .isEqualTo(new Operation.CopyObject("b-1", "k", new CopySource("b-2", "a b+c", ID)));
    assertThatThrownBy(() -> CopySource.parse("nothing")).isInstanceOf(S3Error.class);
    assertThatThrownBy(() -> CopySource.parse("/b-2/")).isInstanceOf(S3Error.class);
  }

  @Test
  void aVersionThatIsNamedIsNeverTakenForTheCurrentOne() {
    assertThat(parse("GET", "/b-1/k?versionId=null"))
        .isEqualTo(new Operation.GetObject("b-1", "k", "null", null, false));
    assertThat(parse("DELETE", "/b-1/k?versionId=" + ID))
        .isEqualTo(new Operation.DeleteObject("b-1", "k", ID));
    assertThat(parse("GET", "/b-1/k?acl&versionId=" + ID))
        .isEqualTo(new Operation.GetObjectSetting("b-1", "k", ID, Operation.Setting.ACL));
  }

  @Test
  void pagesHaveAtMostAThousandEntries() {
    var list = (Operation.ListObjectsV2) parse("GET", "/b-1?list-type=2&max-keys=5000");
    assertThat(list.window().max()).isEqualTo(1000);
  }
}
