package io.kintsugi.s3;

import java.util.LinkedHashMap;
import java.util.Map;

/// The key pair that callers sign with. It never shows its secret.
final class Credentials {
  /// Far more than the days and regions of honest callers.
  private static final int CACHE_MAX = 64;

  private final String accessKey;
  private final String secret;
  private final Map<String, byte[]> signingKeys =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, byte[]> eldest) {
          return size() > CACHE_MAX;
        }
      };

  Credentials(String accessKey, String secret) {
    this.accessKey = accessKey;
    this.secret = secret;
  }

  String accessKey() {
    return accessKey;
  }

  /// The key that signs requests of one day for one region.
  byte[] signingKey(String date, String region) {
    return signingKeys.computeIfAbsent(date + "/" + region, _ -> derive(secret, date, region));
  }

  static byte[] derive(String secret, String date, String region) {
    var ofDate =
        Digests.hmacSha256(
            ("AWS4" + secret).getBytes(java.nio.charset.StandardCharsets.UTF_8), date);
    var ofRegion = Digests.hmacSha256(ofDate, region);
    return Digests.hmacSha256(Digests.hmacSha256(ofRegion, "s3"), "aws4_request");
  }

  @Override
  public String toString() {
    return "Credentials[" + accessKey + "]";
  }
}
