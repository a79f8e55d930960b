package io.kintsugi;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginKind;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.web.Durations;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// `[[origins]]`, `[pool]` and `[health]` of a configuration file, as the origins are told.
final class OriginTables {
  private static final long MILLIS_PER_SECOND = 1_000;

  private OriginTables() {}

  static List<OriginDefinition> origins(List<TomlFile.OriginTable> tables) {
    var named = tables.stream().map(OriginTables::origin).toList();
    requireDistinct("id", named.stream().map(OriginDefinition::id).toList());
    requireDistinct(
        "path",
        named.stream()
            .filter(origin -> origin.kind().equals("local") || origin.kind().equals("nfs"))
            .map(origin -> origin.settings().getOrDefault("path", ""))
            .toList());
    return named;
  }

  private static void requireDistinct(String what, List<?> values) {
    var seen = new HashSet<>();
    for (var value : values) {
      if (!seen.add(value)) {
        throw new StartRefused("[[origins]]: " + what + " " + value + " stands there twice");
      }
    }
  }

  private static OriginDefinition origin(TomlFile.OriginTable table) {
    var id = table.id;
    if (id == null || !id.matches("[a-z0-9][a-z0-9-]{0,62}")) {
      throw new StartRefused("[[origins]]: id must be 1 to 63 of a-z, 0-9 and -, not " + id);
    }
    var where = "[[origins]] " + id + ": ";
    var word = Objects.requireNonNullElse(table.kind, "local");
    var kind =
        OriginKind.of(word)
            .orElseThrow(() ->
                new StartRefused(
                    where + "kind '" + word + "' is not known; known: " + OriginKind.words()));
    var settings = settings(where, kind, table.settings());
    kind.objection(settings)
        .ifPresent(what -> {
          throw new StartRefused(where + what);
        });
    requireWhole(where, "reserve_bytes", table.reserveBytes);
    requireWhole(where, "capacity", table.capacity);
    requireWhole(where, "size_threshold", table.sizeThreshold);
    double cost = Objects.requireNonNullElse(table.costPerGb, 0.0);
    double weight = Objects.requireNonNullElse(table.weight, 1.0);
    if (cost < 0 || weight <= 0) {
      throw new StartRefused(
          where + (cost < 0 ? "cost_per_gb must not be negative" : "weight must be more than 0"));
    }
    return OriginDefinition.of(id, kind.word(), settings)
        .draft()
        .priority(table.priority)
        .domain(table.domain)
        .enabled(table.enabled)
        .readEnabled(table.readEnabled)
        .writeEnabled(table.writeEnabled)
        .reserveBytes(table.reserveBytes)
        .capacityBytes(table.capacity)
        .costPerGb(cost)
        .sizeThresholdBytes(table.sizeThreshold)
        .weight(weight)
        .done();
  }

  private static void requireWhole(String where, String name, @Nullable Long value) {
    if (value != null && value < 0) {
      throw new StartRefused(where + name + " must not be negative: " + value);
    }
  }

  private static Map<String, String> settings(
      String where, OriginKind kind, Map<String, String> given) {
    var settings = new HashMap<>(given);
    if (kind == OriginKind.LOCAL || kind == OriginKind.NFS) {
      try {
        settings.computeIfPresent(
            "path", (_, path) -> Path.of(path).toAbsolutePath().normalize().toString());
      } catch (InvalidPathException e) {
        throw new StartRefused(where + "path is not a path: " + e.getReason(), e);
      }
    }
    return settings;
  }

  static PoolConfig pool(TomlFile file) {
    var usual = PoolConfig.DEFAULT;
    var pool = file.pool();
    long interval = usual.healthCheckIntervalMillis();
    var health = file.health();
    if (health != null && health.checkIntervalSecs() != null) {
      interval =
          positive("[health] check_interval_secs", health.checkIntervalSecs()) * MILLIS_PER_SECOND;
    }
    if (pool == null) {
      return new PoolConfig(
          usual.strategy(),
          usual.replicationFactor(),
          interval,
          usual.autoFailover(),
          usual.minHealthyBackends());
    }
    if (pool.healthCheckInterval() != null) {
      interval =
          Durations.parseMillis(pool.healthCheckInterval())
              .orElseThrow(
                  () -> new StartRefused("[pool] health_check_interval " + Durations.HINT));
    }
    return new PoolConfig(
        Objects.requireNonNullElse(pool.strategy(), usual.strategy()),
        positive(
            "[pool] replication_factor",
            Objects.requireNonNullElse(pool.replicationFactor(), usual.replicationFactor())),
        interval,
        Objects.requireNonNullElse(pool.autoFailover(), usual.autoFailover()),
        positive(
            "[pool] min_healthy_backends",
            Objects.requireNonNullElse(pool.minHealthyBackends(), usual.minHealthyBackends())));
  }

  static @Nullable Long checkTimeoutMillis(TomlFile file) {
    var health = file.health();
    return health == null || health.timeoutMs() == null
        ? null
        : Long.valueOf(positive("[health] timeout_ms", health.timeoutMs()));
  }

  private static int positive(String what, int value) {
    if (value < 1) {
      throw new StartRefused(what + " must be positive: " + value);
    }
    return value;
  }
}
