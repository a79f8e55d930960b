package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// How a request says its body is protected: the forms of `x-amz-content-sha256`.
@Pure
sealed interface Payload {
  /// The text as it stands in the canonical request.
  String text();

  record Hashed(String sha256Hex) implements Payload {
    @Override
    public String text() {
      return sha256Hex;
    }
  }

  record Unsigned() implements Payload {
    @Override
    public String text() {
      return "UNSIGNED-PAYLOAD";
    }
  }

  record Streaming(boolean signed, boolean trailer) implements Payload {
    @Override
    public String text() {
      return (signed ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" : "STREAMING-UNSIGNED-PAYLOAD")
          + (trailer ? "-TRAILER" : "");
    }
  }

  static Payload of(RequestHead head, boolean presigned) {
    var text = head.header("x-amz-content-sha256");
    if (text == null && presigned) {
      text = head.param("X-Amz-Content-Sha256");
    }
    return text == null ? unsaid(presigned) : parse(text);
  }

  private static Payload unsaid(boolean presigned) {
    if (presigned) {
      return new Unsigned();
    }
    throw S3Error.of(
        ErrorCode.INVALID_REQUEST,
        "Missing required header for this request: x-amz-content-sha256");
  }

  private static Payload parse(String text) {
    return switch (text) {
      case "UNSIGNED-PAYLOAD" -> new Unsigned();
      case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" -> new Streaming(true, false);
      case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" -> new Streaming(true, true);
      case "STREAMING-UNSIGNED-PAYLOAD-TRAILER" -> new Streaming(false, true);
      default -> {
        if (text.matches("[0-9a-f]{64}")) {
          yield new Hashed(text);
        }
        throw text.startsWith("STREAMING-")
            ? S3Error.of(ErrorCode.NOT_IMPLEMENTED, "This form of body is not implemented.")
            : S3Error.of(
                ErrorCode.INVALID_ARGUMENT,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- form, or a valid"
                    + " sha256 value.");
      }
    };
  }

  /// How many bytes of payload a request announces, or null if it does not say.
  static @Nullable Long lengthBytes(RequestHead head, Payload payload) {
    var decoded = head.header("x-amz-decoded-content-length");
    if (payload instanceof Streaming || head.header("content-length") == null) {
      return length(decoded);
    }
    return length(head.header("content-length"));
  }

  private static @Nullable Long length(@Nullable String text) {
    if (text == null) {
      return null;
    }
    if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(Character::isDigit)) {
      throw S3Error.of(
          ErrorCode.INVALID_ARGUMENT, "A length must be a number that is not negative.");
    }
    return Long.parseLong(text);
  }
}
