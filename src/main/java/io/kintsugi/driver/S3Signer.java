package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.kernel.Pure;
import io.kintsugi.kernel.Secret;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Signature Version 4 in the headers of a request.
@Pure
final class S3Signer {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final HexFormat HEX = HexFormat.of();
  private static final HexFormat PERCENT = HexFormat.of().withUpperCase();
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Secret accessKey;
  private final Secret secretKey;
  private final @Nullable Secret sessionToken;

  S3Signer(Secret accessKey, Secret secretKey, @Nullable Secret sessionToken) {
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.sessionToken = sessionToken;
  }

  /// All headers to send: those given, which must hold `host`, and those of the signature.
  ///
  /// @param path as it is sent
  /// @param query as [#query] makes it
  /// @param payload SHA-256 of the body in hexadecimal digits, or a word instead of it
  SortedMap<String, String> sign(
      String method,
      String path,
      String query,
      SortedMap<String, String> headers,
      String payload,
      String region,
      Instant at) {
    var stamp = STAMP.format(at);
    var signed = new TreeMap<>(headers);
    signed.put("x-amz-date", stamp);
    signed.put("x-amz-content-sha256", payload);
    if (sessionToken != null) {
      signed.put("x-amz-security-token", sessionToken.reveal());
    }
    var names = String.join(";", signed.keySet());
    var lines =
        signed.entrySet().stream()
            .map(header -> header.getKey() + ":" + collapsed(header.getValue()) + "\n")
            .collect(Collectors.joining());
    var canonical = String.join("\n", method, path, query, lines, names, payload);
    var date = stamp.substring(0, 8);
    var scope = date + "/" + region + "/s3/aws4_request";
    var toSign =
        String.join("\n", ALGORITHM, stamp, scope, S3Request.sha256Hex(canonical.getBytes(UTF_8)));
    var signature = HEX.formatHex(hmac(signingKey(date, region), toSign));
    signed.put(
        "authorization",
        ALGORITHM
            + " Credential="
            + accessKey.reveal()
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + signature);
    return signed;
  }

  private byte[] signingKey(String date, String region) {
    var key = ("AWS4" + secretKey.reveal()).getBytes(UTF_8);
    for (var part : new String[] {date, region, "s3", "aws4_request"}) {
      key = hmac(key, part);
    }
    return key;
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private static String collapsed(String value) {
    return value.strip().replaceAll(" {2,}", " ");
  }

  /// The query as it is sent and signed.
  static String query(Map<String, String> params) {
    return params.entrySet().stream()
        .map(param -> encode(param.getKey(), false) + "=" + encode(param.getValue(), false))
        .sorted()
        .collect(Collectors.joining("&"));
  }

  /// Everything but letters, digits and `-._~` as percent signs; a slash stays where it divides.
  static String encode(String text, boolean keepSlash) {
    var out = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0;
      if (plain || (keepSlash && c == '/')) {
        out.append(c);
      } else {
        out.append('%').append(PERCENT.toHighHexDigit(b)).append(PERCENT.toLowHexDigit(b));
      }
    }
    return out.toString();
  }
}
