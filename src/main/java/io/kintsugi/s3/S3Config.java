package io.kintsugi.s3;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The settings of this edge. A secret is in a file, or is the well-known one of development; it is
/// in no text made of this.
///
/// @param hosts addresses to listen on
/// @param port 0 for any free one
/// @param secretFile null: `secretKey` is given
/// @param idleMillis how long a client may owe a move
/// @param quietMillis how long a client waits for a slow answer without a sign of life
/// @param domain under which buckets are host names too, or null for path style alone
record S3Config(
    List<String> hosts,
    int port,
    String accessKey,
    @Nullable String secretFile,
    @Nullable String secretKey,
    String region,
    long idleMillis,
    long quietMillis,
    @Nullable String domain) {
  S3Config {
    hosts = List.copyOf(hosts);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
    }
    if (accessKey.isEmpty() || (secretFile == null) == (secretKey == null)) {
      throw new IllegalArgumentException(
          "an access key is needed, and either a file with its secret or the secret");
    }
    if (idleMillis < 1 || quietMillis < 1) {
      throw new IllegalArgumentException("idleMillis and quietMillis must be positive");
    }
  }

  static S3Config of(JsonObject json) {
    return new S3Config(
        hosts(json),
        json.getInteger("port", 9001),
        json.getString("accessKey", ""),
        json.getString("secretFile"),
        json.getString("secretKey"),
        json.getString("region", "us-east-1"),
        json.getLong("idleMillis", 60_000L),
        json.getLong("quietMillis", 10_000L),
        json.getString("domain"));
  }

  private static List<String> hosts(JsonObject json) {
    var host = json.getString("host");
    return host != null
        ? List.of(host)
        : json.getJsonArray("hosts", JsonArray.of("127.0.0.1")).stream()
            .map(String.class::cast)
            .toList();
  }

  @Override
  public String toString() {
    return "S3Config[" + hosts + ":" + port + ", " + accessKey + ", " + region + "]";
  }
}
