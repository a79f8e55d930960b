package io.kintsugi;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.Deployable;
import io.vertx.core.ThreadingModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `verticles.json`: which verticles this node deploys, in order. An unknown key or a missing class
/// stops the start.
record Placement(List<Entry> entries) {
  /// One verticle.
  ///
  /// @param required if it does not start, the node does not
  record Entry(
      String name,
      Class<? extends Deployable> type,
      boolean required,
      int instances,
      ThreadingModel threading,
      Map<String, Object> config) {}

  private record Document(@Nullable LinkedHashMap<String, Verticle> verticles) {}

  private record Verticle(
      @JsonProperty("class") @Nullable String type,
      @Nullable Boolean required,
      @Nullable Integer instances,
      @JsonProperty("threadingModel") @Nullable String threading,
      @Nullable Map<String, Object> config) {}

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  Placement {
    entries = List.copyOf(entries);
  }

  static Placement read(Path file) {
    try {
      return of(file, MAPPER.readValue(Files.readString(file), Document.class));
    } catch (UnrecognizedPropertyException e) {
      throw new StartRefused(
          "%s: unknown key '%s'; known here: %s"
              .formatted(file, e.getPropertyName(), e.getKnownPropertyIds()),
          e);
    } catch (JsonProcessingException e) {
      throw new StartRefused(file + " cannot be read: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new StartRefused("cannot read " + file.toAbsolutePath() + ": " + e.getMessage(), e);
    }
  }

  private static Placement of(Path file, @Nullable Document document) {
    var verticles = document == null ? null : document.verticles();
    if (verticles == null || verticles.isEmpty()) {
      throw new StartRefused(file + ": 'verticles' is missing or empty");
    }
    var entries = new ArrayList<Entry>();
    verticles.forEach((name, verticle) -> entries.add(entry(file + ": " + name, name, verticle)));
    return new Placement(entries);
  }

  private static Entry entry(String where, String name, @Nullable Verticle verticle) {
    if (verticle == null) {
      throw new StartRefused(where + ": an object is missing");
    }
    int instances = verticle.instances() == null ? 1 : verticle.instances();
    if (instances < 1 || instances > 64) {
      throw new StartRefused(where + ": instances must be 1 to 64, not " + instances);
    }
    return new Entry(
        name,
        type(where, verticle.type()),
        verticle.required() == null || verticle.required(),
        instances,
        threading(where, verticle.threading()),
        verticle.config() == null ? Map.of() : Map.copyOf(verticle.config()));
  }

  private static Class<? extends Deployable> type(String where, @Nullable String name) {
    if (name == null) {
      throw new StartRefused(where + ": 'class' is missing");
    }
    try {
      return Class.forName(name).asSubclass(Deployable.class);
    } catch (ClassNotFoundException e) {
      throw new StartRefused(where + ": there is no class " + name, e);
    } catch (ClassCastException e) {
      throw new StartRefused(where + ": " + name + " is not a verticle", e);
    }
  }

  private static ThreadingModel threading(String where, @Nullable String name) {
    if (name == null) {
      return ThreadingModel.EVENT_LOOP;
    }
    try {
      return ThreadingModel.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new StartRefused(
          where + ": threadingModel must be EVENT_LOOP, WORKER or VIRTUAL_THREAD, not " + name, e);
    }
  }
}
