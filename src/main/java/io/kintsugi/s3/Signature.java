package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a request says of its signature (AWS Signature Version 4), in its Authorization header or
/// in its query, and what it must be.
///
/// @param scope `<date>/<region>/s3/aws4_request`
/// @param stamp the time of signing as it stands in the string to sign
/// @param expiresSeconds how long a presigned URL holds; 0 for a header
@Pure
record Signature(
    String accessKey,
    String date,
    String region,
    String scope,
    String stamp,
    Instant at,
    List<String> signedHeaders,
    String signature,
    boolean presigned,
    long expiresSeconds) {
  static final String ALGORITHM = "AWS4-HMAC-SHA256";
  static final Duration SKEW_MAX = Duration.ofMinutes(15);
  private static final long EXPIRES_SECONDS_MAX = Duration.ofDays(7).toSeconds();
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);

  /// Headers that clients rightly leave unsigned although their name begins like the others: the
  /// digest is part of what is signed in any case, the agent means nothing.
  private static final Set<String> FREE_HEADERS =
      Set.of("x-amz-content-sha256", "x-amz-user-agent", "x-amz-date");

  private static final Set<String> OWN_PARAMS =
      Set.of(
          "x-amz-algorithm",
          "x-amz-credential",
          "x-amz-date",
          "x-amz-expires",
          "x-amz-signedheaders",
          "x-amz-signature",
          "x-amz-content-sha256");

  static boolean isOwnParam(String lowerCaseName) {
    return OWN_PARAMS.contains(lowerCaseName);
  }

  static Signature parse(RequestHead head) {
    var authorization = head.header("authorization");
    if (head.has("X-Amz-Signature") || head.has("X-Amz-Algorithm")) {
      if (authorization != null) {
        throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "Only one auth mechanism is allowed.");
      }
      return fromQuery(head);
    }
    if (authorization == null) {
      // Version 2, which some clients still take for presigned URLs unless they are told not to.
      throw head.has("AWSAccessKeyId") ? unsupported() : S3Error.of(ErrorCode.ACCESS_DENIED);
    }
    return fromHeader(head, authorization);
  }

  private static Signature fromHeader(RequestHead head, String authorization) {
    if (!authorization.startsWith(ALGORITHM + " ")) {
      throw unsupported();
    }
    String credential = null;
    String signedHeaders = null;
    String signature = null;
    for (var field : authorization.substring(ALGORITHM.length()).split(",", -1)) {
      var nameAndValue = field.strip().split("=", 2);
      if (nameAndValue.length == 2) {
        switch (nameAndValue[0]) {
          case "Credential" -> credential = nameAndValue[1];
          case "SignedHeaders" -> signedHeaders = nameAndValue[1];
          case "Signature" -> signature = nameAndValue[1];
          default -> throw malformed(false, "unknown field");
        }
      }
    }
    if (credential == null || signedHeaders == null || signature == null) {
      throw malformed(false, "it needs Credential, SignedHeaders and Signature");
    }
    return of(head, credential, signedHeaders, signature, stampOf(head), 0);
  }

  private static S3Error unsupported() {
    return S3Error.of(
        ErrorCode.INVALID_REQUEST,
        "The authorization mechanism that you have provided is not supported. Please use "
            + ALGORITHM
            + " (signature_version = s3v4).");
  }

  private static Signature fromQuery(RequestHead head) {
    var algorithm = head.param("X-Amz-Algorithm");
    if (algorithm == null || !algorithm.equals(ALGORITHM)) {
      throw malformed(true, "X-Amz-Algorithm only supports " + ALGORITHM);
    }
    var credential = head.param("X-Amz-Credential");
    var signedHeaders = head.param("X-Amz-SignedHeaders");
    var signature = head.param("X-Amz-Signature");
    var stamp = head.param("X-Amz-Date");
    var expires = head.param("X-Amz-Expires");
    if (credential == null
        || signedHeaders == null
        || signature == null
        || stamp == null
        || expires == null) {
      throw malformed(
          true,
          "it needs X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date,"
              + " X-Amz-SignedHeaders and X-Amz-Expires");
    }
    return of(head, credential, signedHeaders, signature, stamp, expiresSeconds(expires));
  }

  private static long expiresSeconds(String text) {
    try {
      long seconds = Long.parseLong(text);
      if (seconds >= 1 && seconds <= EXPIRES_SECONDS_MAX) {
        return seconds;
      }
      throw malformed(true, "X-Amz-Expires must be from 1 to " + EXPIRES_SECONDS_MAX + " seconds");
    } catch (NumberFormatException e) {
      throw malformed(true, "X-Amz-Expires must be a number");
    }
  }

  private static Signature of(
      RequestHead head,
      String credential,
      String signedHeaders,
      String signature,
      String stamp,
      long expiresSeconds) {
    boolean presigned = expiresSeconds > 0;
    var parts = credential.split("/", -1);
    int n = parts.length;
    if (n < 5 || !parts[n - 1].equals("aws4_request")) {
      throw malformed(presigned, "the credential must end in <date>/<region>/s3/aws4_request");
    }
    if (!parts[n - 2].equals("s3")) {
      throw malformed(presigned, "incorrect service in the credential; this is s3");
    }
    var names = new ArrayList<String>();
    for (var name : signedHeaders.split(";", -1)) {
      names.add(name.toLowerCase(Locale.ROOT));
    }
    var read =
        new Signature(
            String.join("/", Arrays.asList(parts).subList(0, n - 4)),
            parts[n - 4],
            parts[n - 3],
            String.join("/", Arrays.asList(parts).subList(n - 4, n)),
            stamp,
            instant(stamp, presigned),
            List.copyOf(names),
            signature,
            presigned,
            expiresSeconds);
    read.checkFields(head);
    return read;
  }

  private void checkFields(RequestHead head) {
    if (!stamp.startsWith(date)) {
      throw malformed(presigned, "the date of the credential is not that of the request");
    }
    if (!signedHeaders.contains("host")) {
      throw malformed(presigned, "the host header must be signed");
    }
    for (var name : head.headers().keySet()) {
      if (name.startsWith("x-amz-")
          && !FREE_HEADERS.contains(name)
          && !signedHeaders.contains(name)) {
        throw S3Error.of(
            ErrorCode.ACCESS_DENIED,
            "There were headers present in the request which were not signed.",
            "HeadersNotSigned",
            name);
      }
    }
  }

  private static S3Error malformed(boolean presigned, String why) {
    var code =
        presigned
            ? ErrorCode.AUTHORIZATION_QUERY_PARAMETERS
            : ErrorCode.AUTHORIZATION_HEADER_MALFORMED;
    return S3Error.of(code, code.sentence() + " Reason: " + why + ".");
  }

  /// The region that a client signed for must be ours; the answer tells it which one that is.
  void checkRegion(String ours) {
    if (!region.equals(ours)) {
      var code =
          presigned
              ? ErrorCode.AUTHORIZATION_QUERY_PARAMETERS
              : ErrorCode.AUTHORIZATION_HEADER_MALFORMED;
      throw S3Error.of(
          code,
          code.sentence() + " The region '" + region + "' is wrong; expecting '" + ours + "'.",
          "Region",
          ours);
    }
  }

  void checkTime(Instant now) {
    if (presigned) {
      if (now.isBefore(at.minus(SKEW_MAX))) {
        throw S3Error.of(ErrorCode.ACCESS_DENIED, "Request is not yet valid.");
      }
      var end = at.plusSeconds(expiresSeconds);
      if (now.isAfter(end)) {
        throw new S3Error(
            ErrorCode.ACCESS_DENIED,
            "Request has expired.",
            Map.of("Expires", end.toString(), "ServerTime", now.toString()));
      }
    } else if (Duration.between(at, now).abs().compareTo(SKEW_MAX) > 0) {
      throw new S3Error(
          ErrorCode.REQUEST_TIME_TOO_SKEWED,
          ErrorCode.REQUEST_TIME_TOO_SKEWED.sentence(),
          Map.of(
              "RequestTime", stamp,
              "ServerTime", now.toString(),
              "MaxAllowedSkewMilliseconds", Long.toString(SKEW_MAX.toMillis())));
    }
  }

  void checkSignature(RequestHead head, String payload, byte[] signingKey) {
    var request = canonicalRequest(head, payload);
    var expected = sign(signingKey, stringToSign(request));
    if (!Digests.same(expected, signature)) {
      // What S3 tells too: the caller can compare it with what it signed itself.
      throw new S3Error(
          ErrorCode.SIGNATURE_DOES_NOT_MATCH,
          ErrorCode.SIGNATURE_DOES_NOT_MATCH.sentence(),
          Map.of("AWSAccessKeyId", accessKey, "CanonicalRequest", request));
    }
  }

  static String sign(byte[] signingKey, String stringToSign) {
    return HexFormat.of().formatHex(Digests.hmacSha256(signingKey, stringToSign));
  }

  String stringToSign(String canonicalRequest) {
    return ALGORITHM + "\n" + stamp + "\n" + scope + "\n" + Digests.sha256Hex(canonicalRequest);
  }

  String canonicalRequest(RequestHead head, String payload) {
    var text = new StringBuilder(512);
    text.append(head.method()).append('\n');
    text.append(UriText.encode(head.path(), true)).append('\n');
    text.append(canonicalQuery(head)).append('\n');
    for (var name : signedHeaders) {
      var value = head.header(name);
      text.append(name).append(':').append(value == null ? "" : collapsed(value)).append('\n');
    }
    text.append('\n').append(String.join(";", signedHeaders)).append('\n').append(payload);
    return text.toString();
  }

  private static String canonicalQuery(RequestHead head) {
    var pairs = new ArrayList<String[]>();
    for (var param : head.params()) {
      if (!param.name().equals("X-Amz-Signature")) {
        pairs.add(
            new String[] {
              UriText.encode(param.name(), false), UriText.encode(param.value(), false)
            });
      }
    }
    pairs.sort((a, b) -> a[0].equals(b[0]) ? a[1].compareTo(b[1]) : a[0].compareTo(b[0]));
    var text = new StringBuilder();
    for (var pair : pairs) {
      text.append(text.isEmpty() ? "" : "&").append(pair[0]).append('=').append(pair[1]);
    }
    return text.toString();
  }

  private static String collapsed(String value) {
    return value.strip().replaceAll(" {2,}", " ");
  }

  private static String stampOf(RequestHead head) {
    var stamp = head.header("x-amz-date");
    if (stamp != null) {
      return stamp;
    }
    var date = httpDate(head.header("date"));
    if (date == null) {
      throw S3Error.of(
          ErrorCode.ACCESS_DENIED,
          "AWS authentication requires a valid Date or x-amz-date header.");
    }
    return STAMP.format(date.atOffset(ZoneOffset.UTC));
  }

  /// A date of an HTTP header, or null if there is none or it cannot be read.
  static @Nullable Instant httpDate(@Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static Instant instant(String stamp, boolean presigned) {
    try {
      return LocalDateTime.parse(stamp, STAMP).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw presigned
          ? malformed(true, "X-Amz-Date must look like 20260102T030405Z")
          : S3Error.of(
              ErrorCode.ACCESS_DENIED,
              "AWS authentication requires a valid Date or x-amz-date header.");
    }
  }
}
