package io.kintsugi.origin;

import io.kintsugi.contract.Secrets;
import io.kintsugi.driver.S3Driver;
import io.kintsugi.driver.S3Settings;
import io.kintsugi.driver.S3Settings.Checksums;
import io.kintsugi.driver.S3Settings.Payloads;
import io.kintsugi.kernel.Secret;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/// Origins that are buckets, or what lies below a prefix of one.
final class Buckets {
  private static final String REGION = "us-east-1";

  private Buckets() {}

  /// No server tells how much room there is; what was configured as capacity counts.
  static Kinds.Maker maker(Vertx vertx) {
    return (definition, secrets) ->
        new S3Driver(
            vertx, read(definition.settings(), secrets).withQuotaBytes(definition.capacityBytes()));
  }

  /// Without an endpoint it is Amazon's of the region, which wants the bucket in the host's name.
  static S3Settings read(Map<String, String> given, Secrets secrets) {
    var region = given.getOrDefault("region", REGION);
    var endpoint = given.get("endpoint");
    var token = secrets.values().get("session_token");
    var certificates = given.get("ca_file");
    var at = endpoint == null ? "https://s3." + region + ".amazonaws.com" : endpoint;
    return S3Settings.of(
            URI.create(at),
            given.getOrDefault("bucket", ""),
            prefix(given.getOrDefault("prefix", "")),
            secret(secrets, "access_key"),
            secret(secrets, "secret_key"))
        .withRegion(region)
        .withSessionToken(token == null ? null : new Secret(token))
        .withPathStyle(isTrue(given, "path_style", endpoint != null))
        .withCertificates(certificates == null ? null : Path.of(certificates))
        .withChecksums(word(Checksums.class, given, "checksums", Checksums.WHEN_REQUIRED))
        .withPayloads(word(Payloads.class, given, "payloads", Payloads.UNSIGNED));
  }

  private static String prefix(String text) {
    return text.isEmpty() || text.endsWith("/") ? text : text + "/";
  }

  private static boolean isTrue(Map<String, String> given, String name, boolean usual) {
    return switch (given.getOrDefault(name, Boolean.toString(usual))) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(name + " must be true or false");
    };
  }

  private static <E extends Enum<E>> E word(
      Class<E> type, Map<String, String> given, String name, E usual) {
    var text = given.get(name);
    if (text == null) {
      return usual;
    }
    for (var value : type.getEnumConstants()) {
      if (value.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException(name + " is not known: " + text);
  }

  private static Secret secret(Secrets secrets, String name) {
    var value = secrets.values().get(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(name + " is missing: give " + name + "_file or _env");
    }
    return new Secret(value);
  }
}
