package io.kintsugi;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    @Nullable Cache cache,
    @Nullable List<OriginTable> origins) {
  static final TomlFile EMPTY = new TomlFile(null, null, null, null, null, null, null, null, null);

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

  /// @param content off, remote or all
  record Cache(
      @Nullable String content,
      @JsonProperty("content_cache_gb") @Nullable Integer contentCacheGb) {}

  record OriginTable(
      @Nullable String id,
      @Nullable String kind,
      @Nullable String path,
      @Nullable Integer priority,
      @Nullable String domain,
      @JsonProperty("reserve_bytes") @Nullable Long reserveBytes) {}

  private static final TomlMapper MAPPER =
      TomlMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

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
      throw new StartRefused(place(file, text, e) + ": " + e.getOriginalMessage(), e);
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
