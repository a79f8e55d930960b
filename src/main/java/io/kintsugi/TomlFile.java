package io.kintsugi;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.kintsugi.contract.OriginKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `kintsugi.toml` as it was read: every key may be absent, no key may be unknown.
record TomlFile(
    @Nullable String node,
    @Nullable String data,
    @Nullable Server server,
    @Nullable S3 s3,
    @Nullable Postgres postgres,
    @Nullable Log log,
    @Nullable Collect collect,
    @Nullable Pool pool,
    @Nullable Health health,
    @Nullable Cache cache,
    @JsonProperty("mount_point") @Nullable String mountPoint,
    @JsonProperty("cache_dir") @Nullable String cacheDir,
    @Nullable List<OriginTable> origins) {
  static final TomlFile EMPTY =
      new TomlFile(null, null, null, null, null, null, null, null, null, null, null, null, null);

  record Server(
      @Nullable List<String> hosts,
      @JsonProperty("http_port") @Nullable Integer httpPort,
      @JsonProperty("s3_port") @Nullable Integer s3Port) {}

  record S3(
      @JsonProperty("access_key") @Nullable String accessKey,
      @JsonProperty("secret_file") @Nullable String secretFile) {}

  record Postgres(@JsonProperty("uri_file") @Nullable String uriFile) {}

  record Log(@Nullable String format, @Nullable Map<String, String> levels) {}

  record Collect(
      @Nullable String grace,
      @JsonProperty("compact_below_percent") @Nullable Integer compactBelowPercent) {}

  /// How all origins together are used.
  record Pool(
      @Nullable String strategy,
      @JsonProperty("replication_factor") @Nullable Integer replicationFactor,
      @JsonProperty("health_check_interval") @Nullable String healthCheckInterval,
      @JsonProperty("auto_failover") @Nullable Boolean autoFailover,
      @JsonProperty("min_healthy_backends") @Nullable Integer minHealthyBackends) {}

  record Health(
      @JsonProperty("check_interval_secs") @Nullable Integer checkIntervalSecs,
      @JsonProperty("timeout_ms") @Nullable Integer timeoutMs,
      @JsonProperty("unhealthy_threshold") @Nullable Integer unhealthyThreshold,
      @JsonProperty("per_origin_thresholds") @Nullable Map<String, Integer> perOriginThresholds) {}

  /// @param content off, remote or all
  /// @param metadataCacheMb read for those who bring such a file along; metadata come from the
  ///   catalog
  record Cache(
      @Nullable String content,
      @JsonProperty("metadata_cache_mb") @Nullable Integer metadataCacheMb,
      @JsonProperty("content_cache_gb") @Nullable Integer contentCacheGb) {}

  /// One origin. What is not named here is a setting of its kind.
  static final class OriginTable {
    @JsonProperty @Nullable String id;

    @JsonProperty
    @JsonAlias("origin_type")
    @Nullable String kind;

    @JsonProperty @Nullable Integer priority;
    @JsonProperty @Nullable String domain;
    @JsonProperty @Nullable Boolean enabled;

    @JsonProperty("read_enabled")
    @Nullable Boolean readEnabled;

    @JsonProperty("write_enabled")
    @Nullable Boolean writeEnabled;

    @JsonProperty("reserve_bytes")
    @Nullable Long reserveBytes;

    @JsonProperty @Nullable Long capacity;

    @JsonProperty("cost_per_gb")
    @Nullable Double costPerGb;

    @JsonProperty("size_threshold")
    @Nullable Long sizeThreshold;

    @JsonProperty @Nullable Double weight;

    /// `shards`, or `files` for one that holds plain files of others.
    @JsonProperty @Nullable String role;

    private final Map<String, String> settings = new TreeMap<>();

    /// What a kind of origin has to be told; which kind knows which is checked with all of it.
    @JsonAnySetter
    void set(String name, Object value) {
      if (!OriginKind.allSettings().contains(name) && !isSecret(name)) {
        throw new IllegalArgumentException("unknown key '" + name + "' of an origin");
      }
      settings.put(name, String.valueOf(value));
    }

    private static boolean isSecret(String name) {
      return Arrays.stream(OriginKind.values()).anyMatch(kind -> kind.secrets().contains(name));
    }

    Map<String, String> settings() {
      return Map.copyOf(settings);
    }
  }

  private static final TomlMapper MAPPER =
      TomlMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /// The file that is named, by a flag or else by KINTSUGI_CONFIG, or the one in the working
  /// directory, if there is one.
  static TomlFile find(@Nullable String flag, Map<String, String> env) {
    var named = flag != null ? flag : env.get("KINTSUGI_CONFIG");
    if (named != null) {
      return read(Path.of(named));
    }
    var usual = Path.of("kintsugi.toml");
    return Files.exists(usual) ? read(usual) : EMPTY;
  }

  static TomlFile read(Path file) {
    var text = text(file);
    try {
      return MAPPER.readValue(text, TomlFile.class);
    } catch (UnrecognizedPropertyException e) {
      throw new StartRefused(
          "%s: unknown key '%s'; known here: %s"
              .formatted(place(file, text, e), e.getPropertyName(), e.getKnownPropertyIds()),
          e);
    } catch (JsonMappingException e) {
      var why = e.getCause() instanceof IllegalArgumentException cause ? cause.getMessage() : null;
      throw new StartRefused(
          place(file, text, e) + ": " + (why == null ? e.getOriginalMessage() : why), e);
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      throw new StartRefused(
          "%s line %d column %d: %s"
              .formatted(file, at.getLineNr(), at.getColumnNr(), e.getOriginalMessage()),
          e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new StartRefused("no configuration file " + file, e);
    } catch (IOException e) {
      throw new StartRefused("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /// The parser knows no lines once the text is a tree; the keys on the way to the fault do.
  private static String place(Path file, String text, JsonMappingException e) {
    int line = line(text.lines().toList(), e.getPath());
    return line == 0 ? file.toString() : file + " line " + line;
  }

  private static int line(List<String> lines, List<JsonMappingException.Reference> path) {
    int at = 0;
    for (var step : path) {
      int wanted = step.getFieldName() == null ? step.getIndex() : 1;
      for (int i = at; i < lines.size() && wanted > 0; i++) {
        if (names(lines.get(i), step, path)) {
          at = i + 1;
          wanted--;
        }
      }
    }
    return at;
  }

  /// Whether a line bears the key, or begins the next element of the list above.
  private static boolean names(
      String line, JsonMappingException.Reference step, List<JsonMappingException.Reference> path) {
    var key = step.getFieldName() == null ? path.getFirst().getFieldName() : step.getFieldName();
    return key != null
        && line.matches("\\s*(\\[.*\\b|[\\w.\"]*\\b|)" + Pattern.quote(key) + "\\b.*");
  }
}
