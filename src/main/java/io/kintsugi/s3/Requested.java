package io.kintsugi.s3;

import org.jspecify.annotations.Nullable;

/// One admitted request on its way through the handlers: who answers, and what was admitted.
record Requested(Exchange exchange, Admission admission) {
  private static final long PUT_BYTES_MAX = 5L * 1024 * 1024 * 1024;

  RequestHead head() {
    return admission.head();
  }

  /// How long the payload is; a request that does not say so is refused.
  long payloadBytes() {
    var length = Payload.lengthBytes(head(), admission.payload());
    if (length == null) {
      throw S3Error.of(ErrorCode.MISSING_CONTENT_LENGTH);
    }
    if (length > PUT_BYTES_MAX) {
      throw new S3Error(
          ErrorCode.ENTITY_TOO_LARGE,
          ErrorCode.ENTITY_TOO_LARGE.sentence(),
          java.util.Map.of(
              "ProposedSize", Long.toString(length),
              "MaxSizeAllowed", Long.toString(PUT_BYTES_MAX)));
    }
    return length;
  }

  BodyChecks checks(long lengthBytes, boolean checksumIsOfBody) {
    return BodyChecks.of(
        head(), admission.payload(), admission.signer(), lengthBytes, checksumIsOfBody);
  }

  /// True if something protects the body against damage on its way.
  boolean isProtected() {
    return !(admission.payload() instanceof Payload.Unsigned)
        || head().header("content-md5") != null
        || hasChecksum() != null;
  }

  private @Nullable String hasChecksum() {
    for (var kind : Sum.Kind.values()) {
      if (head().header(kind.header()) != null) {
        return kind.header();
      }
    }
    return null;
  }
}
