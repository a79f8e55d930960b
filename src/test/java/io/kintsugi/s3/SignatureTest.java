package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Signatures against the examples that AWS publishes for S3 and for Signature Version 4 (F6).
class SignatureTest {
  private static final String ACCESS = "AKIAIOSFODNN7EXAMPLE";
  private static final Credentials CREDENTIALS =
      new Credentials(ACCESS, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  private static final Instant THEN = Instant.parse("2013-05-24T00:00:00Z");
  private static final String REGION = "us-east-1";

  private static RequestHead head(
      String method, String target, String signed, String signature, Map<String, String> more) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Host", "examplebucket.s3.amazonaws.com");
    headers.put("x-amz-date", "20130524T000000Z");
    headers.put("x-amz-content-sha256", Digests.SHA256_OF_NOTHING);
    headers.putAll(more);
    headers.put(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential="
            + ACCESS
            + "/20130524/us-east-1/s3/aws4_request,SignedHeaders="
            + signed
            + ",Signature="
            + signature);
    return RequestHead.of(method, target, headers.entrySet());
  }

  private static void admit(RequestHead head) {
    assertThatCode(() -> Admission.of(head, CREDENTIALS, REGION, THEN)).doesNotThrowAnyException();
  }

  private static void refuse(RequestHead head, Instant now, ErrorCode code) {
    assertThatThrownBy(() -> Admission.of(head, CREDENTIALS, REGION, now))
        .isInstanceOfSatisfying(S3Error.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static RequestHead getObject() {
    return head(
        "GET",
        "/test.txt",
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        Map.of("Range", "bytes=0-9"));
  }

  @Test
  void theExampleOfGettingAnObjectIsAdmitted() {
    admit(getObject());
  }

  @Test
  void theExampleOfPuttingAnObjectIsAdmitted() {
    admit(
        head(
            "PUT",
            "/test$file.text",
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            Map.of(
                "Date",
                "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class",
                "REDUCED_REDUNDANCY",
                "x-amz-content-sha256",
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")));
  }

  @ParameterizedTest
  @CsvSource({
    "/?lifecycle, fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    "/?max-keys=2&prefix=J, 34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
  })
  void theExamplesOfQueriesAreAdmitted(String target, String signature) {
    admit(head("GET", target, "host;x-amz-content-sha256;x-amz-date", signature, Map.of()));
  }

  private static RequestHead presigned() {
    var target =
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            + ACCESS
            + "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
            + "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
            + "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    return RequestHead.of(
        "GET", target, Map.of("host", "examplebucket.s3.amazonaws.com").entrySet());
  }

  @Test
  void theExampleOfAPresignedUrlHoldsForItsTimeAndNoLonger() {
    admit(presigned());
    assertThatCode(() -> Admission.of(presigned(), CREDENTIALS, REGION, THEN.plusSeconds(86_400)))
        .doesNotThrowAnyException();
    refuse(presigned(), THEN.plusSeconds(86_401), ErrorCode.ACCESS_DENIED);
    refuse(presigned(), THEN.minusSeconds(901), ErrorCode.ACCESS_DENIED);
  }

  @ParameterizedTest
  @CsvSource({
    "/, bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
    "/?Param2=value2&Param1=value1,"
        + "816cd5b414d056048ba4f7c5386d6e0533120fb1fcfa93762cf0fc39e2cf19e0"
  })
  void theCanonicalRequestsOfTheTestSuiteHaveTheirDigests(String target, String sha256) {
    var head =
        RequestHead.of(
            "GET",
            target,
            Map.of("Host", "example.amazonaws.com", "X-Amz-Date", "20150830T123600Z").entrySet());
    var signature =
        new Signature(
            "AKIDEXAMPLE",
            "20150830",
            REGION,
            "20150830/us-east-1/service/aws4_request",
            "20150830T123600Z",
            THEN,
            List.of("host", "x-amz-date"),
            "",
            false,
            0);
    assertThat(Digests.sha256Hex(signature.canonicalRequest(head, Digests.SHA256_OF_NOTHING)))
        .isEqualTo(sha256);
  }

  @Test
  void fifteenMinutesOfSkewAreAllowed() {
    assertThatCode(() -> Admission.of(getObject(), CREDENTIALS, REGION, THEN.plusSeconds(900)))
        .doesNotThrowAnyException();
    refuse(getObject(), THEN.plusSeconds(901), ErrorCode.REQUEST_TIME_TOO_SKEWED);
    refuse(getObject(), THEN.minusSeconds(901), ErrorCode.REQUEST_TIME_TOO_SKEWED);
  }

  @Test
  void anyChangeBreaksTheSignature() {
    var signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    var signed = "host;range;x-amz-content-sha256;x-amz-date";
    var range = Map.of("Range", "bytes=0-9");
    refuse(head("PUT", "/test.txt", signed, signature, range), THEN, SIGNATURE);
    refuse(head("GET", "/test.txt2", signed, signature, range), THEN, SIGNATURE);
    refuse(head("GET", "/test.txt?acl", signed, signature, range), THEN, SIGNATURE);
    refuse(
        head("GET", "/test.txt", signed, signature, Map.of("Range", "bytes=0-8")), THEN, SIGNATURE);
  }

  private static final ErrorCode SIGNATURE = ErrorCode.SIGNATURE_DOES_NOT_MATCH;

  @Test
  void aHeaderOfAmazonsThatIsNotSignedIsRefused() {
    refuse(
        head(
            "GET",
            "/test.txt",
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            Map.of("Range", "bytes=0-9", "x-amz-copy-source", "/secret/plans")),
        THEN,
        ErrorCode.ACCESS_DENIED);
  }

  @Test
  void whoIsUnknownOrSaysNothingIsRefused() {
    var nobody = RequestHead.of("GET", "/", Map.of("host", "h").entrySet());
    refuse(nobody, THEN, ErrorCode.ACCESS_DENIED);
    var old =
        RequestHead.of("GET", "/", Map.of("host", "h", "authorization", "AWS a:b").entrySet());
    refuse(old, THEN, ErrorCode.INVALID_REQUEST);
    var other = new Credentials("OTHER", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    assertThatThrownBy(() -> Admission.of(getObject(), other, REGION, THEN))
        .hasMessage(ErrorCode.INVALID_ACCESS_KEY_ID.sentence());
    assertThatThrownBy(() -> Admission.of(getObject(), CREDENTIALS, "eu-west-1", THEN))
        .hasMessageContaining("expecting 'eu-west-1'");
  }

  @Test
  void neitherErrorsNorTextsHoldTheSecret() {
    var secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    var forged = head("GET", "/", "host;x-amz-content-sha256;x-amz-date", "0".repeat(64), Map.of());
    assertThatThrownBy(() -> Admission.of(forged, CREDENTIALS, REGION, THEN))
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.text() + e.elements()).doesNotContain(secret));
    assertThat(CREDENTIALS.toString()).doesNotContain(secret);
  }
}
