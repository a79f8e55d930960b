package io.kintsugi;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.PoolConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything a node can be told before it starts: `kintsugi.toml`, over it the environment, over
/// it the flags. What changes at run time stands in the catalog and wins over this.
///
/// @param data the one directory everything embedded lives under
/// @param hosts addresses the servers listen on
/// @param httpPort of REST, 0 for any free one
/// @param s3Port of S3, 0 for any free one
/// @param postgres URI of a PostgreSQL, or null for the embedded one
/// @param origins at least one of them for shards
/// @param checkTimeoutMillis of a probe; null: the usual
/// @param graceMillis how long what is dead stays
/// @param compactPercent packs of which less lives are rewritten; 0: none is
/// @param cache of which objects that were read a copy is kept: off, remote or all
/// @param cacheBytes what all copies may take
/// @param logFormat text or json
/// @param logLevels by feature, or `root`
record NodeConfig(
    String node,
    Path data,
    List<String> hosts,
    int httpPort,
    int s3Port,
    String s3AccessKey,
    @Nullable Path s3SecretFile,
    @Nullable String postgres,
    List<OriginDefinition> origins,
    PoolConfig pool,
    @Nullable Long checkTimeoutMillis,
    long graceMillis,
    int compactPercent,
    String cache,
    long cacheBytes,
    String logFormat,
    Map<String, String> logLevels,
    Path verticles) {
  /// The S3 keys of development mode; anybody may know them.
  static final String DEV_ACCESS_KEY = "kintsugi";

  static final String DEV_SECRET_KEY = "kintsugi-secret";

  /// How many local origins a node makes for itself when it is told of none.
  static final int DEV_ORIGINS = 8;

  NodeConfig {
    hosts = List.copyOf(hosts);
    origins = List.copyOf(origins);
    logLevels = Map.copyOf(logLevels);
    requirePort("http port", httpPort);
    requirePort("s3 port", s3Port);
    if (httpPort != 0 && httpPort == s3Port) {
      throw new StartRefused("the http port and the s3 port are both " + httpPort);
    }
    requireCache(cache, cacheBytes);
    if (!logFormat.equals("text") && !logFormat.equals("json")) {
      throw new StartRefused("the log format is text or json, not " + logFormat);
    }
  }

  /// Those that hold shards, and no plain files.
  List<OriginDefinition> originsForShards() {
    return origins.stream().filter(origin -> !origin.holdsFiles()).toList();
  }

  private static void requireCache(String cache, long cacheBytes) {
    if (!List.of("off", "remote", "all").contains(cache)) {
      throw new StartRefused("the cache is off, remote or all, not " + cache);
    }
    if (cacheBytes < 0) {
      throw new StartRefused("the cache's size must not be negative: " + cacheBytes);
    }
  }

  private static void requirePort(String name, int port) {
    if (port < 0 || port > 65_535) {
      throw new StartRefused("the " + name + " must be 0 to 65535, not " + port);
    }
  }

  @Override
  public String toString() {
    return "NodeConfig[node=" + node + ", data=" + data + ", origins=" + origins.size() + "]";
  }
}
