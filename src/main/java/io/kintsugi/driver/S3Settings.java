package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How a bucket, or what lies below a prefix of it, is reached. Begins with [#of] and is refined.
///
/// @param endpoint scheme, host and port of the server, without a path
/// @param region that requests are signed for, until the server names another
/// @param prefix ends in `/`, or is empty for the whole bucket
/// @param pathStyle the bucket stands in the path, not in the name of the host
/// @param certificates PEM file of the authorities to trust instead of the usual ones
/// @param payloads how long bodies are vouched for over plain HTTP
/// @param checksums whether bodies carry a SHA-256 that the server keeps
/// @param multipartBytes from which size on an object is written in parts
/// @param partBytes of a part that is kept in memory until it is sent
/// @param quotaBytes how much may lie below the prefix; 0 for as much as the server takes
/// @param readOnly nothing is ever written
/// @param timeout for each step of an operation to come about
/// @param connections to the server at a time
public record S3Settings(
    URI endpoint,
    String region,
    String bucket,
    String prefix,
    Secret accessKey,
    Secret secretKey,
    @Nullable Secret sessionToken,
    boolean pathStyle,
    @Nullable Path certificates,
    Payloads payloads,
    Checksums checksums,
    long multipartBytes,
    int partBytes,
    long quotaBytes,
    boolean readOnly,
    Duration timeout,
    int connections) {
  /// The least that S3 lets a part have, but for the last one.
  public static final int PART_BYTES_MIN = 5 << 20;

  /// How a body that is not kept in memory is vouched for where no TLS does it.
  public enum Payloads {
    /// Bodies beyond a mebibyte are not part of the signature.
    UNSIGNED,
    /// Every body is; long objects are therefore written in parts that are kept in memory.
    SIGNED
  }

  /// Servers that are not Amazon's refuse checksums that they do not know.
  public enum Checksums {
    WHEN_REQUIRED,
    ALWAYS
  }

  public S3Settings {
    var scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
    require(scheme.equals("http") || scheme.equals("https"), "endpoint must be http or https");
    require(endpoint.getHost() != null, "endpoint has no host");
    var path = endpoint.getRawPath();
    require(path == null || path.isEmpty() || path.equals("/"), "endpoint must have no path");
    require(endpoint.getRawUserInfo() == null, "endpoint must not hold credentials");
    require(!region.isBlank(), "region is missing");
    require(bucket.matches("[A-Za-z0-9._-]{1,255}"), "bucket is not a name of a bucket");
    require(prefix.isEmpty() || prefix.endsWith("/"), "prefix must end in /");
    require(!("/" + prefix).contains("//"), "prefix must not begin with / nor hold //");
    require(partBytes >= PART_BYTES_MIN, "partBytes must be at least " + PART_BYTES_MIN);
    require(multipartBytes >= partBytes, "multipartBytes must be at least partBytes");
    require(quotaBytes >= 0, "quotaBytes must not be negative");
    require(timeout.isPositive(), "timeout must be positive");
    require(connections >= 8, "connections must be at least 8");
  }

  /// Path style, as all servers but some of Amazon's want it; no quota; 30 s for each step.
  public static S3Settings of(
      URI endpoint, String bucket, String prefix, Secret accessKey, Secret secretKey) {
    return new S3Settings(
        endpoint,
        "us-east-1",
        bucket,
        prefix,
        accessKey,
        secretKey,
        null,
        true,
        null,
        Payloads.UNSIGNED,
        Checksums.WHEN_REQUIRED,
        64L << 20,
        8 << 20,
        0,
        false,
        Duration.ofSeconds(30),
        64);
  }

  public S3Settings withRegion(String other) {
    return new S3Settings(
        endpoint,
        other,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  public S3Settings withSessionToken(@Nullable Secret other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        other,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  public S3Settings withPathStyle(boolean other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        other,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  public S3Settings withCertificates(@Nullable Path other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        other,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  public S3Settings withPayloads(Payloads other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        other,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  public S3Settings withChecksums(Checksums other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        other,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  public S3Settings withQuotaBytes(long other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        other,
        readOnly,
        timeout,
        connections);
  }

  public S3Settings withReadOnly(boolean other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        other,
        timeout,
        connections);
  }

  public S3Settings withTimeout(Duration other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        other,
        connections);
  }

  public S3Settings withConnections(int other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        other);
  }

  public S3Settings withParts(long fromBytes, int eachBytes) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        fromBytes,
        eachBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  S3Settings withSecretKey(Secret other) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        accessKey,
        other,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  S3Settings withBucket(String other) {
    return new S3Settings(
        endpoint,
        region,
        other,
        prefix,
        accessKey,
        secretKey,
        sessionToken,
        pathStyle,
        certificates,
        payloads,
        checksums,
        multipartBytes,
        partBytes,
        quotaBytes,
        readOnly,
        timeout,
        connections);
  }

  boolean isTls() {
    return endpoint.getScheme().equalsIgnoreCase("https");
  }

  /// Bodies must be in memory before the first byte of them is sent.
  boolean keepsBodies() {
    return checksums == Checksums.ALWAYS || (payloads == Payloads.SIGNED && !isTls());
  }

  /// A text without what must not be told of these settings.
  String withoutSecrets(String text) {
    var clean = text;
    for (var secret : new Secret[] {accessKey, secretKey, sessionToken}) {
      if (secret != null && !secret.reveal().isEmpty()) {
        clean = clean.replace(secret.reveal(), "***");
      }
    }
    return clean;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
