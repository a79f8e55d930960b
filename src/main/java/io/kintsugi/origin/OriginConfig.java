package io.kintsugi.origin;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What this node is told about its origins.
///
/// @param keyFile holds the cluster key, 64 hexadecimal digits
/// @param operationTimeout how long one operation on an origin may take before nobody waits any
///   more
/// @param threads that an origin has for itself
record OriginConfig(
    List<Member> members,
    Path keyFile,
    Duration checkInterval,
    Duration checkTimeout,
    Duration operationTimeout,
    int threads) {
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final Set<String> MEMBER_KEYS =
      Set.of(
          "id",
          "kind",
          "path",
          "priority",
          "domain",
          "reserveBytes",
          "readEnabled",
          "writeEnabled");
  private static final int DEFAULT_PRIORITY = 100;
  private static final int MAX_THREADS = 64;

  /// One origin.
  ///
  /// @param priority lower is preferred
  /// @param domain failure domain; its own id if nothing is said
  /// @param reserveBytes room that shards leave free
  record Member(
      String id,
      String kind,
      String path,
      int priority,
      String domain,
      long reserveBytes,
      boolean readEnabled,
      boolean writeEnabled) {}

  OriginConfig {
    members = List.copyOf(members);
  }

  /// Reads a verticle's configuration; what is wrong is said with the key's name.
  static OriginConfig parse(JsonObject config) {
    var members = new ArrayList<Member>();
    var ids = new HashSet<String>();
    for (var entry : config.getJsonArray("origins", new JsonArray())) {
      require(entry instanceof JsonObject, "origins: each must be an object");
      var member = member((JsonObject) entry);
      require(ids.add(member.id()), "origins: two have the id " + member.id());
      members.add(member);
    }
    return new OriginConfig(
        members,
        path("keyFile", text(config, "keyFile")),
        millis(config, "checkIntervalMillis", 30_000),
        millis(config, "checkTimeoutMillis", 5_000),
        millis(config, "operationTimeoutMillis", 30_000),
        threads(config));
  }

  private static Member member(JsonObject entry) {
    var id = text(entry, "id");
    require(ID.matcher(id).matches(), "origin id must be lower-case letters, digits, -: " + id);
    for (var key : entry.fieldNames()) {
      require(MEMBER_KEYS.contains(key), "origin " + id + ": unknown key " + key);
    }
    var kind = entry.getString("kind", "local");
    require(kind.equals("local"), "origin " + id + ": kind " + kind + " is not supported");
    long reserveBytes = entry.getLong("reserveBytes", Placing.RESERVE_BYTES);
    require(reserveBytes >= 0, "origin " + id + ": reserveBytes must not be negative");
    return new Member(
        id,
        kind,
        path("path", text(entry, "path")).toAbsolutePath().normalize().toString(),
        entry.getInteger("priority", DEFAULT_PRIORITY),
        entry.getString("domain", id),
        reserveBytes,
        entry.getBoolean("readEnabled", true),
        entry.getBoolean("writeEnabled", true));
  }

  /// What shards leave free on each origin, by its id.
  Map<String, Long> reserves() {
    return members.stream().collect(Collectors.toMap(Member::id, Member::reserveBytes));
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
