package io.kintsugi.web;

import io.kintsugi.kernel.Failure;
import io.vertx.core.MultiMap;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The query of a request, read parameter by parameter, as strictly as [Fields] reads a body.
public final class Query {
  private final MultiMap parameters;
  private final Objections objections = new Objections();
  private final Set<String> known = new LinkedHashSet<>();

  private Query(MultiMap parameters) {
    this.parameters = parameters;
  }

  public static <T extends @Nullable Object> T read(MultiMap parameters, Function<Query, T> reader)
      throws Failure {
    var query = new Query(parameters);
    var result = reader.apply(query);
    for (var name : parameters.names()) {
      if (!query.known.contains(name)) {
        query.objections.add(
            name,
            query.known.isEmpty()
                ? "is not known: nothing is expected here"
                : "is not known; known here: " + String.join(", ", query.known));
      }
    }
    if (query.objections.none()) {
      return result;
    }
    throw query.objections.ofQuery();
  }

  /// Reads a query in which nothing may be.
  public static void none(MultiMap parameters) throws Failure {
    read(parameters, _ -> true);
  }

  public @Nullable String text(String name) {
    known.add(name);
    var values = parameters.getAll(name);
    if (values.size() > 1) {
      objections.add(name, "is given " + values.size() + " times");
    }
    return values.isEmpty() || values.getFirst().isEmpty() ? null : values.getFirst();
  }

  public @Nullable String choice(String name, List<String> words) {
    var text = text(name);
    if (text == null) {
      return null;
    }
    for (var word : words) {
      if (word.toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT))) {
        return word;
      }
    }
    objections.add(name, "must be one of " + String.join(", ", words) + ", not '" + text + "'");
    return null;
  }

  public long whole(String name, long min, long max, long otherwise) {
    var text = text(name);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below, as for a number out of range.
    }
    objections.add(
        name, "must be a whole number from %d to %d, not '%s'".formatted(min, max, text));
    return otherwise;
  }

  public long durationMillis(String name, long otherwise) {
    var text = text(name);
    if (text == null) {
      return otherwise;
    }
    var millis = Durations.parseMillis(text);
    if (millis.isEmpty() || millis.getAsLong() == 0) {
      objections.add(name, Durations.HINT + ", not '" + text + "'");
      return otherwise;
    }
    return millis.getAsLong();
  }

  /// Names apart by commas.
  public List<String> list(String name) {
    var text = text(name);
    return text == null
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }
}
