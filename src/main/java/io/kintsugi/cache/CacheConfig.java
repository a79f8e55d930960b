package io.kintsugi.cache;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;

/// What this node's cache is told.
///
/// @param mode which objects are kept
/// @param limitBytes of all copies together
record CacheConfig(Path folder, Mode mode, long limitBytes) {
  private static final long USUAL_BYTES = 10_000_000_000L;

  /// Which objects are kept.
  enum Mode {
    OFF("off"),
    /// Those with shards on origins that are not local.
    REMOTE("remote"),
    ALL("all");

    private final String word;

    Mode(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  static CacheConfig parse(JsonObject config) {
    var folder = config.getString("folder");
    if (folder == null) {
      throw new IllegalArgumentException("cache: folder is missing");
    }
    long limitBytes = config.getLong("limitBytes", USUAL_BYTES);
    if (limitBytes < 0) {
      throw new IllegalArgumentException("cache: limitBytes must not be negative");
    }
    return new CacheConfig(Path.of(folder), mode(config.getString("mode", "remote")), limitBytes);
  }

  private static Mode mode(String word) {
    for (var mode : Mode.values()) {
      if (mode.word().equals(word)) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "cache: mode must be one of " + List.of("off", "remote", "all") + ", not " + word);
  }
}
