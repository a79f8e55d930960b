package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything that a client declared of a body, held against the bytes as they pass: length, chunk
/// signatures, SHA-256, MD5 and checksum. Used by one thread at a time.
@Pure
final class BodyChecks {
  /// One checksum that the client declared.
  ///
  /// @param expected in Base64; null: it comes in the trailer
  private record Declared(Sum.Kind kind, Sum sum, @Nullable String expected) {}

  private final long lengthBytes;
  private final Payload payload;
  private final @Nullable ChunkedBody chunked;
  private final @Nullable MessageDigest sha256;
  private final @Nullable MessageDigest md5;
  private final byte @Nullable [] expectedMd5;
  private final @Nullable Declared declared;
  private long passedBytes;

  private BodyChecks(
      RequestHead head,
      Payload payload,
      @Nullable ChunkSigner signer,
      long lengthBytes,
      boolean checksumIsOfBody) {
    this.lengthBytes = lengthBytes;
    this.payload = payload;
    chunked =
        payload instanceof Payload.Streaming(var signed, var trailer)
            ? new ChunkedBody(signed ? signer : null, trailer, lengthBytes)
            : null;
    sha256 = payload instanceof Payload.Hashed ? Digests.of("SHA-256") : null;
    expectedMd5 = md5(head);
    md5 = expectedMd5 == null ? null : Digests.of("MD5");
    declared = checksumIsOfBody ? declared(head, payload) : null;
  }

  /// The checks for one body.
  ///
  /// @param checksumIsOfBody false where x-amz-checksum-* speaks of something else than the body
  static BodyChecks of(
      RequestHead head,
      Payload payload,
      @Nullable ChunkSigner signer,
      long lengthBytes,
      boolean checksumIsOfBody) {
    var encoding = head.header("content-encoding");
    if (encoding != null
        && encoding.toLowerCase(Locale.ROOT).contains("aws-chunked")
        && !(payload instanceof Payload.Streaming)) {
      throw S3Error.of(
          ErrorCode.INVALID_REQUEST,
          "Content-Encoding aws-chunked needs a STREAMING- form of x-amz-content-sha256.");
    }
    return new BodyChecks(head, payload, signer, lengthBytes, checksumIsOfBody);
  }

  /// Moves the payload within the first `length` bytes to their front and tells how much it is.
  int feed(byte[] bytes, int length) {
    int kept = chunked == null ? length : chunked.decode(bytes, length);
    passedBytes += kept;
    if (passedBytes > lengthBytes) {
      throw S3Error.of(ErrorCode.INCOMPLETE_BODY);
    }
    if (sha256 != null) {
      sha256.update(bytes, 0, kept);
    }
    if (md5 != null) {
      md5.update(bytes, 0, kept);
    }
    if (declared != null) {
      declared.sum().update(bytes, 0, kept);
    }
    return kept;
  }

  /// Fails unless everything that was declared holds.
  ///
  /// @return the headers with which the answer says what was verified
  Map<String, String> finish() {
    var trailer = chunked == null ? Map.<String, String>of() : chunked.finish();
    if (passedBytes != lengthBytes) {
      throw S3Error.of(ErrorCode.INCOMPLETE_BODY);
    }
    if (sha256 != null && payload instanceof Payload.Hashed(var expected)) {
      var actual = HexFormat.of().formatHex(sha256.digest());
      if (!Digests.same(actual, expected)) {
        throw new S3Error(
            ErrorCode.SHA256_MISMATCH,
            ErrorCode.SHA256_MISMATCH.sentence(),
            Map.of("ClientComputedContentSHA256", expected, "S3ComputedContentSHA256", actual));
      }
    }
    if (md5 != null && !Arrays.equals(md5.digest(), expectedMd5)) {
      throw S3Error.of(
          ErrorCode.BAD_DIGEST, "The Content-MD5 you specified did not match what was received.");
    }
    return declared == null ? Map.of() : checksum(declared, trailer);
  }

  private static Map<String, String> checksum(Declared declared, Map<String, String> trailer) {
    var header = declared.kind().header();
    var expected = declared.expected();
    if (expected == null) {
      var value = trailer.get(header);
      if (value == null) {
        throw S3Error.of(ErrorCode.MALFORMED_TRAILER);
      }
      expected = base64(value, header, declared.kind().widthBytes());
    }
    var actual = Base64.getEncoder().encodeToString(declared.sum().value());
    if (!Digests.same(actual, expected)) {
      throw S3Error.of(
          ErrorCode.BAD_DIGEST,
          "The " + declared.kind() + " you specified did not match the calculated checksum.");
    }
    return Map.of(header, actual);
  }

  private static byte @Nullable [] md5(RequestHead head) {
    var text = head.header("content-md5");
    if (text == null) {
      return null;
    }
    var bytes = decoded(text);
    if (bytes == null || bytes.length != 16) {
      throw S3Error.of(ErrorCode.INVALID_DIGEST);
    }
    return bytes;
  }

  private static @Nullable Declared declared(RequestHead head, Payload payload) {
    var found = new EnumMap<Sum.Kind, Declared>(Sum.Kind.class);
    for (var kind : Sum.Kind.values()) {
      var value = head.header(kind.header());
      if (value != null) {
        found.put(
            kind,
            new Declared(kind, kind.start(), base64(value, kind.header(), kind.widthBytes())));
      }
    }
    var trailer = head.header("x-amz-trailer");
    if (trailer != null && payload instanceof Payload.Streaming(_, var announced) && announced) {
      var kind = kind(trailer.strip());
      found.put(kind, new Declared(kind, kind.start(), null));
    }
    if (found.size() > 1) {
      throw S3Error.of(
          ErrorCode.INVALID_REQUEST,
          "Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.");
    }
    return found.isEmpty() ? null : found.values().iterator().next();
  }

  private static Sum.Kind kind(String header) {
    for (var kind : Sum.Kind.values()) {
      if (kind.header().equalsIgnoreCase(header)) {
        return kind;
      }
    }
    throw S3Error.of(
        ErrorCode.INVALID_REQUEST,
        "The value specified in the x-amz-trailer header is not supported.");
  }

  /// The same value in its one spelling.
  private static String base64(String text, String header, int widthBytes) {
    var bytes = decoded(text);
    if (bytes == null || bytes.length != widthBytes) {
      throw S3Error.of(ErrorCode.INVALID_REQUEST, "Value for " + header + " header is invalid.");
    }
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte @Nullable [] decoded(String text) {
    try {
      return Base64.getDecoder().decode(text.strip());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
