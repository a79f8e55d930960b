package io.kintsugi;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.web.Durations;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The flags of `kintsugi dev`; each is also an environment variable.
@Command(
    name = "kintsugi dev",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    version = "kintsugi " + Version.TEXT,
    description = "Starts a development node with everything embedded and stays.")
final class NodeFlags {
  private static final long BYTES_PER_GB = 1_000_000_000;
  private static final int CACHE_GB = 10;

  @Option(names = "--data", description = "Data directory (KINTSUGI_DATA), default ./data.")
  private @Nullable String data;

  @Option(names = "--http-port", description = "REST port (KINTSUGI_HTTP_PORT), default 9000.")
  private @Nullable String httpPort;

  @Option(names = "--s3-port", description = "S3 port (KINTSUGI_S3_PORT), default 9001.")
  private @Nullable String s3Port;

  @Option(
      names = "--postgres",
      description =
          "URI of a PostgreSQL instead of the embedded one (KINTSUGI_POSTGRES; better there, where"
              + " a password is not seen by others).")
  private @Nullable String postgres;

  @Option(
      names = "--origins",
      description =
          "Number of local origins below the data directory (KINTSUGI_ORIGINS), default 8.")
  private @Nullable String origins;

  @Option(
      names = "--config",
      description = "Configuration file (KINTSUGI_CONFIG), default ./kintsugi.toml if it exists.")
  private @Nullable String config;

  @Option(
      names = "--verticles",
      description = "What to deploy (KINTSUGI_VERTICLES), default verticles.json.")
  private @Nullable String verticles;

  @Option(
      names = "--cache",
      description =
          "Of which objects that were read a copy is kept for the time when no origin answers:"
              + " off, remote (those on origins that are not local) or all (KINTSUGI_CACHE),"
              + " default remote.")
  private @Nullable String cache;

  @Option(
      names = "--cache-gb",
      description = "What all copies may take, in GB (KINTSUGI_CACHE_GB), default 10.")
  private @Nullable String cacheGb;

  @Option(names = "--log-format", description = "text or json (KINTSUGI_LOG_FORMAT).")
  private @Nullable String logFormat;

  @Option(
      names = "--log-levels",
      description = "For instance scan=debug,root=info (KINTSUGI_LOG_LEVELS).")
  private @Nullable String logLevels;

  NodeConfig resolve(Map<String, String> env) {
    var file = TomlFile.find(config, env);
    var server = Optional.ofNullable(file.server());
    var s3 = Optional.ofNullable(file.s3());
    var root = Path.of(text(data, env, "DATA", file.data(), "./data")).toAbsolutePath().normalize();
    var hosts = server.map(TomlFile.Server::hosts).orElse(List.of("127.0.0.1", "::1"));
    return new NodeConfig(
        text(null, env, "NODE", file.node(), "node-1"),
        root,
        hosts,
        number(
            "--http-port", httpPort, env, "HTTP_PORT", of(server, TomlFile.Server::httpPort), 9000),
        number("--s3-port", s3Port, env, "S3_PORT", of(server, TomlFile.Server::s3Port), 9001),
        s3.map(TomlFile.S3::accessKey).orElse(NodeConfig.DEV_ACCESS_KEY),
        s3.map(TomlFile.S3::secretFile).map(Path::of).orElse(null),
        postgres(env, file),
        origins(env, file, root),
        OriginTables.pool(file),
        OriginTables.checkTimeoutMillis(file),
        graceMillis(env, file),
        compactPercent(env, file),
        text(
            cache,
            env,
            "CACHE",
            of(Optional.ofNullable(file.cache()), TomlFile.Cache::content),
            "remote"),
        BYTES_PER_GB
            * number(
                "--cache-gb",
                cacheGb,
                env,
                "CACHE_GB",
                of(Optional.ofNullable(file.cache()), TomlFile.Cache::contentCacheGb),
                CACHE_GB),
        text(
            logFormat,
            env,
            "LOG_FORMAT",
            of(Optional.ofNullable(file.log()), TomlFile.Log::format),
            "text"),
        levels(env, file),
        Path.of(text(verticles, env, "VERTICLES", null, "verticles.json")));
  }

  private static <T, R> @Nullable R of(Optional<T> table, Function<T, @Nullable R> field) {
    return table.isEmpty() ? null : field.apply(table.get());
  }

  private @Nullable String postgres(Map<String, String> env, TomlFile file) {
    if (postgres != null) {
      return postgres;
    }
    var fromEnv = env.get("KINTSUGI_POSTGRES");
    if (fromEnv != null) {
      return fromEnv;
    }
    var uriFile = of(Optional.ofNullable(file.postgres()), TomlFile.Postgres::uriFile);
    return uriFile == null ? null : PrivateFile.read(Path.of(uriFile)).strip();
  }

  private static long graceMillis(Map<String, String> env, TomlFile file) {
    var fromFile = of(Optional.ofNullable(file.collect()), TomlFile.Collect::grace);
    var text = text(null, env, "COLLECT_GRACE", fromFile, "24h");
    var millis = Durations.parseMillis(text).orElse(0);
    if (millis < 1) {
      throw new StartRefused(
          "[collect] grace (KINTSUGI_COLLECT_GRACE) " + Durations.HINT + ", not '" + text + "'");
    }
    return millis;
  }

  private static int compactPercent(Map<String, String> env, TomlFile file) {
    var key = "[collect] compact_below_percent";
    int percent =
        number(
            key,
            null,
            env,
            "COMPACT_BELOW_PERCENT",
            of(Optional.ofNullable(file.collect()), TomlFile.Collect::compactBelowPercent),
            50);
    if (percent < 0 || percent > 90) {
      throw new StartRefused(key + " must be 0 (never) to 90, not " + percent);
    }
    return percent;
  }

  private List<OriginDefinition> origins(Map<String, String> env, TomlFile file, Path root) {
    var tables = file.origins();
    var named = tables == null ? List.<OriginDefinition>of() : OriginTables.origins(tables);
    if (named.stream().anyMatch(origin -> !origin.holdsFiles())) {
      if (origins != null) {
        throw new StartRefused(
            "--origins and [[origins]] of the configuration file exclude each other");
      }
      return named;
    }
    int count = number("--origins", origins, env, "ORIGINS", null, NodeConfig.DEV_ORIGINS);
    if (count < 1 || count > 24) {
      throw new StartRefused("--origins must be 1 to 24, not " + count);
    }
    // Those of plain files hold no shard: the node makes its own as if there were none.
    var made = new ArrayList<>(named);
    for (int i = 1; i <= count; i++) {
      var id = "disk-" + i;
      var path = root.resolve("origins").resolve(id);
      made.add(OriginDefinition.of(id, "local", Map.of("path", path.toString())));
    }
    return made;
  }

  private Map<String, String> levels(Map<String, String> env, TomlFile file) {
    var levels = new HashMap<String, String>();
    var fromFile = of(Optional.ofNullable(file.log()), TomlFile.Log::levels);
    if (fromFile != null) {
      levels.putAll(fromFile);
    }
    for (var pair : text(logLevels, env, "LOG_LEVELS", null, "").split(",", -1)) {
      if (!pair.isBlank()) {
        int equals = pair.indexOf('=');
        if (equals < 1) {
          throw new StartRefused("--log-levels is a list like scan=debug,root=info, not " + pair);
        }
        levels.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
      }
    }
    return levels;
  }

  private static String text(
      @Nullable String flag,
      Map<String, String> env,
      String name,
      @Nullable String fromFile,
      String otherwise) {
    if (flag != null) {
      return flag;
    }
    var value = env.get("KINTSUGI_" + name);
    if (value != null && !value.isEmpty()) {
      return value;
    }
    return fromFile != null ? fromFile : otherwise;
  }

  private static int number(
      String flagName,
      @Nullable String flag,
      Map<String, String> env,
      String name,
      @Nullable Integer fromFile,
      int otherwise) {
    var text = text(flag, env, name, fromFile == null ? null : fromFile.toString(), "" + otherwise);
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new StartRefused(
          flagName + " (KINTSUGI_" + name + ") must be a whole number, not '" + text + "'", e);
    }
  }
}
