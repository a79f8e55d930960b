package io.kintsugi.origin;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.PoolConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What this node is told about its origins.
///
/// @param keyFile holds the cluster key, 64 hexadecimal digits
/// @param operationTimeout how long one operation on an origin may take before nobody waits any
///   more
/// @param threads that an origin has for itself
record OriginConfig(
    List<OriginDefinition> origins,
    PoolConfig pool,
    Path keyFile,
    Duration checkInterval,
    Duration checkTimeout,
    Duration operationTimeout,
    int threads) {
  private static final Set<String> MEMBER_KEYS =
      Set.of(
          "id",
          "kind",
          "path",
          "priority",
          "domain",
          "settings",
          "enabled",
          "reserveBytes",
          "readEnabled",
          "writeEnabled",
          "capacityBytes",
          "costPerGb",
          "sizeThresholdBytes",
          "weight");
  private static final Set<String> POOL_KEYS =
      Set.of(
          "strategy",
          "replicationFactor",
          "healthCheckIntervalMillis",
          "autoFailover",
          "minHealthyBackends");
  private static final int MAX_THREADS = 64;

  /// One origin as its host sees it: what may change while it is served changes on the host's
  /// context alone.
  static final class Member {
    private OriginDefinition definition;
    private @Nullable Duration interval;

    Member(OriginDefinition definition) {
      this.definition = definition;
    }

    void probeEvery(Duration said) {
      interval = said;
    }

    /// How often it is probed while it is well.
    ///
    /// @param usual unless something else was said
    Duration interval(Duration usual) {
      return interval == null ? usual : interval;
    }

    void become(OriginDefinition changed) {
      definition = changed;
    }

    String id() {
      return definition.id();
    }

    String kind() {
      return definition.kind();
    }

    /// Where it is, for a person.
    String path() {
      return Kinds.place(definition);
    }

    int priority() {
      return definition.priority();
    }

    String domain() {
      return definition.domain();
    }

    long reserveBytes() {
      return definition.reserveBytes();
    }

    Map<String, String> settings() {
      return definition.settings();
    }

    boolean readEnabled() {
      return definition.readEnabled();
    }

    boolean holdsFiles() {
      return definition.holdsFiles();
    }

    boolean writeEnabled() {
      return definition.writeEnabled();
    }
  }

  OriginConfig {
    origins = List.copyOf(origins);
  }

  /// Reads a verticle's configuration; what is wrong is said with the key's name.
  static OriginConfig parse(JsonObject config) {
    var members = new ArrayList<OriginDefinition>();
    var ids = new HashSet<String>();
    for (var entry : config.getJsonArray("origins", new JsonArray())) {
      require(entry instanceof JsonObject, "origins: each must be an object");
      var member = member((JsonObject) entry);
      require(ids.add(member.id()), "origins: two have the id " + member.id());
      members.add(member);
    }
    return new OriginConfig(
        members,
        pool(config.getJsonObject("pool", new JsonObject())),
        path("keyFile", text(config, "keyFile")),
        millis(
            config,
            "checkIntervalMillis",
            pool(config.getJsonObject("pool", new JsonObject())).healthCheckIntervalMillis()),
        millis(config, "checkTimeoutMillis", 5_000),
        millis(config, "operationTimeoutMillis", 30_000),
        threads(config));
  }

  private static OriginDefinition member(JsonObject entry) {
    var id = text(entry, "id");
    for (var key : entry.fieldNames()) {
      require(MEMBER_KEYS.contains(key), "origin " + id + ": unknown key " + key);
    }
    var settings = new HashMap<String, String>();
    entry
        .getJsonObject("settings", new JsonObject())
        .forEach(setting -> settings.put(setting.getKey(), String.valueOf(setting.getValue())));
    if (entry.containsKey("path")) {
      settings.put("path", path("path", text(entry, "path")).toString());
    }
    return Kinds.normal(
        OriginDefinition.of(id, entry.getString("kind", "local"), settings)
            .draft()
            .priority(entry.getInteger("priority"))
            .domain(entry.getString("domain"))
            .enabled(entry.getBoolean("enabled"))
            .readEnabled(entry.getBoolean("readEnabled"))
            .writeEnabled(entry.getBoolean("writeEnabled"))
            .reserveBytes(entry.getLong("reserveBytes"))
            .capacityBytes(entry.getLong("capacityBytes"))
            .costPerGb(entry.getDouble("costPerGb"))
            .sizeThresholdBytes(entry.getLong("sizeThresholdBytes"))
            .weight(entry.getDouble("weight"))
            .done());
  }

  private static PoolConfig pool(JsonObject entry) {
    var usual = PoolConfig.DEFAULT;
    for (var key : entry.fieldNames()) {
      require(POOL_KEYS.contains(key), "pool: unknown key " + key);
    }
    return PoolTerms.normal(
        new PoolConfig(
            entry.getString("strategy", usual.strategy()),
            entry.getInteger("replicationFactor", usual.replicationFactor()),
            entry.getLong("healthCheckIntervalMillis", usual.healthCheckIntervalMillis()),
            entry.getBoolean("autoFailover", usual.autoFailover()),
            entry.getInteger("minHealthyBackends", usual.minHealthyBackends())));
  }

  private static int threads(JsonObject config) {
    int threads = config.getInteger("threads", 4);
    require(threads >= 1 && threads <= MAX_THREADS, "threads must be 1 to " + MAX_THREADS);
    return threads;
  }

  private static Duration millis(JsonObject config, String key, long usual) {
    long millis = config.getLong(key, usual);
    require(millis > 0, key + " must be positive");
    return Duration.ofMillis(millis);
  }

  private static String text(JsonObject config, String key) {
    var text = config.getString(key);
    if (text == null || text.isBlank()) {
      throw new IllegalArgumentException(key + " is missing");
    }
    return text;
  }

  private static Path path(String key, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(key + " is not a path: " + text, e);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
