package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a client declares of a body is held against its bytes (F6).
class BodyChecksTest {
  private static final byte[] BODY = "123456789".getBytes(StandardCharsets.US_ASCII);
  private static final Payload UNSIGNED = new Payload.Unsigned();

  private static Map<String, String> check(
      Payload payload, Map<String, String> headers, int length) {
    var head = RequestHead.of("PUT", "/b-1/k", headers.entrySet());
    var checks = BodyChecks.of(head, payload, null, length, true);
    var first = BODY.clone();
    checks.feed(first, 4);
    var rest = java.util.Arrays.copyOfRange(BODY, 4, 9);
    checks.feed(rest, rest.length);
    return checks.finish();
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-checksum-crc32, y/Q5Jg==",
    "x-amz-checksum-crc32c, 4waSgw==",
    "x-amz-checksum-crc64nvme, rosUhgp5mIg=",
    "x-amz-checksum-sha1, 98O8HYCOBHMq32eZZczDTKeuNEE=",
    "x-amz-checksum-sha256, FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
  })
  void theCheckValueOfEachChecksumHolds(String header, String value) {
    assertThat(check(UNSIGNED, Map.of(header, value), 9)).isEqualTo(Map.of(header, value));
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-checksum-crc32, AAAAAA==, BAD_DIGEST",
    "x-amz-checksum-crc64nvme, AAAAAAAAAAA=, BAD_DIGEST",
    "x-amz-checksum-crc32, AAAA, INVALID_REQUEST",
    "x-amz-checksum-crc32, ?, INVALID_REQUEST",
    "content-md5, AAAAAAAAAAAAAAAAAAAAAA==, BAD_DIGEST",
    "content-md5, nonsense, INVALID_DIGEST"
  })
  void whatDoesNotMatchIsRefused(String header, String value, ErrorCode code) {
    assertThatThrownBy(() -> check(UNSIGNED, Map.of(header, value), 9))
        .isInstanceOfSatisfying(S3Error.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void theMd5Holds() {
    assertThat(check(UNSIGNED, Map.of("content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="), 9)).isEmpty();
  }

  @Test
  void theSha256OfTheSignatureHolds() {
    var sha256 = Digests.sha256Hex("123456789");
    assertThat(check(new Payload.Hashed(sha256), Map.of(), 9)).isEmpty();
    assertThatThrownBy(() -> check(new Payload.Hashed("0".repeat(64)), Map.of(), 9))
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SHA256_MISMATCH));
  }

  @ParameterizedTest
  @CsvSource({"8", "10"})
  void anotherLengthIsRefused(int length) {
    assertThatThrownBy(() -> check(UNSIGNED, Map.of(), length))
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INCOMPLETE_BODY));
  }

  @Test
  void twoChecksumsAtOnceAreRefused() {
    var both = Map.of("x-amz-checksum-crc32", "y/Q5Jg==", "x-amz-checksum-crc32c", "4waSgw==");
    assertThatThrownBy(() -> check(UNSIGNED, both, 9)).isInstanceOf(S3Error.class);
  }

  @Test
  void framingThatIsNotSignedAsSuchIsNeverStoredAsBytes() {
    assertThatThrownBy(() -> check(UNSIGNED, Map.of("content-encoding", "gzip,aws-chunked"), 9))
        .isInstanceOf(S3Error.class);
  }

  @Test
  void theTrailerMustComeAndHold() {
    var streaming = new Payload.Streaming(false, true);
    var headers = Map.of("x-amz-trailer", "x-amz-checksum-crc32");
    assertThat(trailer(streaming, headers, "x-amz-checksum-crc32:y/Q5Jg==\r\n")).hasSize(1);
    assertThatThrownBy(() -> trailer(streaming, headers, ""))
        .hasMessage(ErrorCode.MALFORMED_TRAILER.sentence());
    assertThatThrownBy(() -> trailer(streaming, headers, "x-amz-checksum-crc32:AAAAAA==\r\n"))
        .hasMessageContaining("CRC32");
    assertThatThrownBy(() -> trailer(streaming, Map.of("x-amz-trailer", "x-other"), ""))
        .isInstanceOf(S3Error.class);
  }

  private static Map<String, String> trailer(
      Payload payload, Map<String, String> headers, String trailer) {
    var head = RequestHead.of("PUT", "/b-1/k", headers.entrySet());
    var checks = BodyChecks.of(head, payload, null, 9, true);
    var framed = ("9\r\n123456789\r\n0\r\n" + trailer + "\r\n").getBytes(StandardCharsets.US_ASCII);
    checks.feed(framed, framed.length);
    return checks.finish();
  }

  @Test
  void theCrc64IsTheSameHoweverItIsFed() {
    var bytes = new byte[1000];
    new Random(7).nextBytes(bytes);
    var whole = new Crc64Nvme();
    whole.update(bytes, 0, bytes.length);
    var single = new Crc64Nvme();
    for (byte b : bytes) {
      single.update(b);
    }
    assertThat(whole.getValue()).isEqualTo(single.getValue());
    whole.reset();
    assertThat(whole.getValue()).isZero();
  }
}
