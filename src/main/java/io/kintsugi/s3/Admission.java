package io.kintsugi.s3;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A request whose signature holds.
///
/// @param head with the headers that a presigned URL carried in its query
/// @param signer of the chunks of its body, if they are signed
record Admission(RequestHead head, Payload payload, @Nullable ChunkSigner signer) {
  /// Lets a request in, or says why not. Nothing of its body has been read by then.
  static Admission of(RequestHead head, Credentials credentials, String region, Instant now) {
    var signature = Signature.parse(head);
    if (!Digests.same(credentials.accessKey(), signature.accessKey())) {
      throw S3Error.of(
          ErrorCode.INVALID_ACCESS_KEY_ID,
          ErrorCode.INVALID_ACCESS_KEY_ID.sentence(),
          "AWSAccessKeyId",
          signature.accessKey());
    }
    signature.checkRegion(region);
    signature.checkTime(now);
    var payload = Payload.of(head, signature.presigned());
    var key = credentials.signingKey(signature.date(), signature.region());
    signature.checkSignature(head, payload.text(), key);
    return new Admission(
        signature.presigned() ? head.withHoistedHeaders() : head,
        payload,
        payload instanceof Payload.Streaming(var signed, _) && signed
            ? new ChunkSigner(key, signature.stamp(), signature.scope(), signature.signature())
            : null);
  }
}
