package io.kintsugi.cli;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs S3 requests by AWS Signature Version 4, in their headers.
///
/// @param region any; a node takes what the client says
record SigV4(String accessKey, String secretKey, String region) {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DATE_CHARS = 8;

  /// The headers to add to a request: date, digest of the body and Authorization.
  Map<String, String> headers(String method, URI uri, String bodySha256, Instant now) {
    var stamp = STAMP.format(now);
    var signed =
        new TreeMap<>(
            Map.of(
                "host", uri.getRawAuthority(),
                "x-amz-content-sha256", bodySha256,
                "x-amz-date", stamp));
    var names = String.join(";", signed.keySet());
    var lines =
        signed.entrySet().stream()
            .map(header -> header.getKey() + ":" + header.getValue() + "\n")
            .collect(Collectors.joining());
    var query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    var request = String.join("\n", method, uri.getRawPath(), query, lines, names, bodySha256);
    var scope = stamp.substring(0, DATE_CHARS) + "/" + region + "/s3/aws4_request";
    var toSign = String.join("\n", ALGORITHM, stamp, scope, sha256(request));
    var key = key(stamp.substring(0, DATE_CHARS));
    var signature = HexFormat.of().formatHex(mac(key, toSign));
    return Map.of(
        "x-amz-content-sha256",
        bodySha256,
        "x-amz-date",
        stamp,
        "Authorization",
        "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s"
            .formatted(ALGORITHM, accessKey, scope, names, signature));
  }

  private byte[] key(String date) {
    var start = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
    return mac(mac(mac(mac(start, date), region), "s3"), "aws4_request");
  }

  private static byte[] mac(byte[] key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HmacSHA256", e);
    }
  }

  private static String sha256(String text) {
    return HexFormat.of().formatHex(newSha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "SigV4[" + accessKey + "]";
  }
}
