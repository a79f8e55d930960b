package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The framing `aws-chunked`, against the examples that AWS publishes (F6).
class ChunkedBodyTest {
  private static final byte[] KEY =
      Credentials.derive("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1");
  private static final int LENGTH = 66_560;
  private static final String PLAIN_SEED =
      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  private static final String TRAILER_SEED =
      "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

  private static ChunkSigner signer(String seed) {
    return new ChunkSigner(KEY, "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", seed);
  }

  private static byte[] letters(int count) {
    var letters = new byte[count];
    Arrays.fill(letters, (byte) 'a');
    return letters;
  }

  private static byte[] join(Object... pieces) {
    var all = new ByteArrayOutputStream();
    for (var piece : pieces) {
      all.writeBytes(
          piece instanceof byte[] bytes
              ? bytes
              : piece.toString().getBytes(StandardCharsets.US_ASCII));
    }
    return all.toByteArray();
  }

  private static byte[] signedExample() {
    return join(
        "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "\r\n",
        letters(65_536),
        "\r\n",
        "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "\r\n",
        letters(1024),
        "\r\n",
        "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        "\r\n\r\n");
  }

  private static byte[] trailerExample(String trailerSignature) {
    return join(
        "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "\r\n",
        letters(65_536),
        "\r\n",
        "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "\r\n",
        letters(1024),
        "\r\n",
        "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        "\r\n",
        "x-amz-checksum-crc32c:sOO8/Q==\r\n",
        "x-amz-trailer-signature:" + trailerSignature,
        "\r\n\r\n");
  }

  private static final String TRAILER_SIGNATURE =
      "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";

  /// Feeds the body in pieces and gives what came out.
  private static byte[] decode(ChunkedBody body, byte[] framed, int... cuts) {
    var out = new ByteArrayOutputStream();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i == cuts.length ? framed.length : cuts[i];
      var piece = Arrays.copyOfRange(framed, from, to);
      out.write(piece, 0, body.decode(piece, piece.length));
      from = to;
    }
    return out.toByteArray();
  }

  @Test
  void theSignedExampleDecodes() {
    var body = new ChunkedBody(signer(PLAIN_SEED), false, LENGTH);
    assertThat(decode(body, signedExample())).isEqualTo(letters(LENGTH));
    assertThat(body.finish()).isEmpty();
  }

  @Test
  void theExampleWithATrailerDecodes() {
    var body = new ChunkedBody(signer(TRAILER_SEED), true, LENGTH);
    assertThat(decode(body, trailerExample(TRAILER_SIGNATURE))).isEqualTo(letters(LENGTH));
    assertThat(body.finish()).isEqualTo(Map.of("x-amz-checksum-crc32c", "sOO8/Q=="));
  }

  @Test
  void itDecodesWhereverItIsCut() {
    var framed =
        join("5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n");
    for (int a = 0; a <= framed.length; a++) {
      for (int b = a; b <= framed.length; b++) {
        var body = new ChunkedBody(null, true, 11);
        assertThat(decode(body, framed, a, b)).asString().isEqualTo("hello world");
        assertThat(body.finish()).containsEntry("x-amz-checksum-crc32", "DUoRhQ==");
      }
    }
  }

  @Test
  void theSignedExampleDecodesWhereverItIsCut() {
    var framed = trailerExample(TRAILER_SIGNATURE);
    for (int cut = 0; cut < framed.length; cut += cut < 200 || cut > 65_600 ? 1 : 997) {
      var body = new ChunkedBody(signer(TRAILER_SEED), true, LENGTH);
      assertThat(decode(body, framed, cut)).hasSize(LENGTH);
      assertThat(body.finish()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 100, 60_000, 65_700, 66_700, 66_860})
  void aFlippedBitIsFound(int at) {
    var framed = trailerExample(TRAILER_SIGNATURE);
    framed[at] ^= 1;
    assertThatThrownBy(
            () -> {
              var body = new ChunkedBody(signer(TRAILER_SEED), true, LENGTH);
              decode(body, framed);
              body.finish();
            })
        .isInstanceOf(S3Error.class);
  }

  @Test
  void aTrailerWithAnotherSignatureIsRefused() {
    var body = new ChunkedBody(signer(TRAILER_SEED), true, LENGTH);
    decode(body, trailerExample("0".repeat(64)));
    assertThatThrownBy(body::finish)
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SIGNATURE_DOES_NOT_MATCH));
  }

  @Test
  void aBodyThatEndsTooEarlyIsRefused() {
    var framed = signedExample();
    for (int end : new int[] {0, 10, 100, 65_000, 65_700, 66_690, framed.length - 10}) {
      var body = new ChunkedBody(signer(PLAIN_SEED), false, LENGTH);
      decode(body, Arrays.copyOf(framed, end));
      assertThatThrownBy(body::finish)
          .as("cut at %s", end)
          .isInstanceOfSatisfying(
              S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INCOMPLETE_BODY));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b\r\nhello world\r\n0\r\n\r\n",
        "5\r\nhello\r\n5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\n",
        "-1\r\n",
        "zz\r\n",
        "\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "a\r\nhello hell\r\n0\r\nx:y\r\n\r\n",
        "a\r\nhello hell\r\n0\r\n\r\nmore"
      })
  void whatIsNotTheFramingOfTenBytesIsRefused(String framed) {
    assertThatThrownBy(
            () -> {
              var body = new ChunkedBody(null, false, 10);
              decode(body, join(framed));
              body.finish();
            })
        .isInstanceOf(S3Error.class);
  }

  @Test
  void aLineWithoutEndIsNotCollectedForEver() {
    var body = new ChunkedBody(null, false, 10);
    assertThatThrownBy(() -> decode(body, letters(5000))).isInstanceOf(S3Error.class);
  }

  @Test
  void anUnsignedChunkInASignedBodyIsRefused() {
    var body = new ChunkedBody(signer(PLAIN_SEED), false, 5);
    assertThatThrownBy(() -> decode(body, join("5\r\nhello\r\n0\r\n\r\n")))
        .isInstanceOfSatisfying(
            S3Error.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SIGNATURE_DOES_NOT_MATCH));
  }
}
