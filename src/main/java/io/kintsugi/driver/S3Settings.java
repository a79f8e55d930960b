package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
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

  /// The same settings while some of them change.
  private static final class Draft {
    private URI endpoint;
    private String region;
    private String bucket;
    private String prefix;
    private Secret accessKey;
    private Secret secretKey;
    private @Nullable Secret sessionToken;
    private boolean pathStyle;
    private @Nullable Path certificates;
    private Payloads payloads;
    private Checksums checksums;
    private long multipartBytes;
    private int partBytes;
    private long quotaBytes;
    private boolean readOnly;
    private Duration timeout;
    private int connections;

    private Draft(S3Settings from) {
      endpoint = from.endpoint;
      region = from.region;
      bucket = from.bucket;
      prefix = from.prefix;
      accessKey = from.accessKey;
      secretKey = from.secretKey;
      sessionToken = from.sessionToken;
      pathStyle = from.pathStyle;
      certificates = from.certificates;
      payloads = from.payloads;
      checksums = from.checksums;
      multipartBytes = from.multipartBytes;
      partBytes = from.partBytes;
      quotaBytes = from.quotaBytes;
      readOnly = from.readOnly;
      timeout = from.timeout;
      connections = from.connections;
    }
  }

  private S3Settings with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return new S3Settings(
        draft.endpoint,
        draft.region,
        draft.bucket,
        draft.prefix,
        draft.accessKey,
        draft.secretKey,
        draft.sessionToken,
        draft.pathStyle,
        draft.certificates,
        draft.payloads,
        draft.checksums,
        draft.multipartBytes,
        draft.partBytes,
        draft.quotaBytes,
        draft.readOnly,
        draft.timeout,
        draft.connections);
  }

  public S3Settings withRegion(String other) {
    return with(draft -> draft.region = other);
  }

  public S3Settings withSessionToken(@Nullable Secret other) {
    return with(draft -> draft.sessionToken = other);
  }

  public S3Settings withPathStyle(boolean other) {
    return with(draft -> draft.pathStyle = other);
  }

  public S3Settings withCertificates(@Nullable Path other) {
    return with(draft -> draft.certificates = other);
  }

  public S3Settings withPayloads(Payloads other) {
    return with(draft -> draft.payloads = other);
  }

  public S3Settings withChecksums(Checksums other) {
    return with(draft -> draft.checksums = other);
  }

  public S3Settings withQuotaBytes(long other) {
    return with(draft -> draft.quotaBytes = other);
  }

  public S3Settings withReadOnly(boolean other) {
    return with(draft -> draft.readOnly = other);
  }

  public S3Settings withTimeout(Duration other) {
    return with(draft -> draft.timeout = other);
  }

  public S3Settings withConnections(int other) {
    return with(draft -> draft.connections = other);
  }

  public S3Settings withParts(long fromBytes, int eachBytes) {
    return with(draft -> {
      draft.multipartBytes = fromBytes;
      draft.partBytes = eachBytes;
    });
  }

  S3Settings withSecretKey(Secret other) {
    return with(draft -> draft.secretKey = other);
  }

  S3Settings withBucket(String other) {
    return with(draft -> draft.bucket = other);
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
