package io.kintsugi;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `kintsugi.toml` as it was read: every key may be absent, no key may be unknown.
record TomlFile(
    @Nullable String node,
    @Nullable String data,
    @Nullable Server server,
    @Nullable S3 s3,
    @Nullable Postgres postgres,
    @Nullable Log log,
    @Nullable List<OriginTable> origins) {
  static final TomlFile EMPTY = new TomlFile(null, null, null, null, null, null, null);

  record Server(
      @Nullable List<String> hosts,
      @JsonProperty("http_port") @Nullable Integer httpPort,
      @JsonProperty("s3_port") @Nullable Integer s3Port) {}

  record S3(
      @JsonProperty("access_key") @Nullable String accessKey,
      @JsonProperty("secret_file") @Nullable String secretFile) {}

  record Postgres(@JsonProperty("uri_file") @Nullable String uriFile) {}

  record Log(@Nullable String format, @Nullable Map<String, String> levels) {}

  record OriginTable(
      @Nullable String id,
      @Nullable String kind,
      @Nullable String path,
      @Nullable Integer priority,
      @Nullable String domain) {}

  private static final TomlMapper MAPPER =
      TomlMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  static TomlFile read(Path file) {
    try {
      return MAPPER.readValue(Files.readString(file), TomlFile.class);
    } catch (NoSuchFileException e) {
      throw new StartRefused("no configuration file " + file, e);
    } catch (UnrecognizedPropertyException e) {
      throw new StartRefused(
          "%s: unknown key '%s'; known here: %s"
              .formatted(place(file, e), e.getPropertyName(), e.getKnownPropertyIds()),
          e);
    } catch (JsonProcessingException e) {
      throw new StartRefused(place(file, e) + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new StartRefused("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String place(Path file, JsonProcessingException e) {
    var at = e.getLocation();
    return at == null || at.getLineNr() < 0
        ? file.toString()
        : "%s line %d column %d".formatted(file, at.getLineNr(), at.getColumnNr());
  }
}
