package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;

/// What signs the chunks of one body: each signature is chained to the one before, the first to the
/// signature of the request.
@Pure
final class ChunkSigner {
  private final byte[] signingKey;
  private final String stamp;
  private final String scope;
  private final String seed;

  ChunkSigner(byte[] signingKey, String stamp, String scope, String seed) {
    this.signingKey = signingKey.clone();
    this.stamp = stamp;
    this.scope = scope;
    this.seed = seed;
  }

  /// The signature of the request.
  String seed() {
    return seed;
  }

  String chunk(String previous, String sha256Hex) {
    return Signature.sign(
        signingKey,
        "AWS4-HMAC-SHA256-PAYLOAD\n"
            + stamp
            + "\n"
            + scope
            + "\n"
            + previous
            + "\n"
            + Digests.SHA256_OF_NOTHING
            + "\n"
            + sha256Hex);
  }

  String trailer(String previous, String sha256Hex) {
    return Signature.sign(
        signingKey,
        "AWS4-HMAC-SHA256-TRAILER\n" + stamp + "\n" + scope + "\n" + previous + "\n" + sha256Hex);
  }

  @Override
  public String toString() {
    return "ChunkSigner[" + scope + "]";
  }
}
