package io.kintsugi.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kintsugi.kernel.Failure;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A JSON object of a request, read field by field. Whatever is wrong is noted and reading goes on;
/// a field that nobody asked for is unknown. `null` counts as absent.
public final class Fields {
  private static final int TEXT_MAX = 2_048;
  private static final int LIST_MAX = 10_000;

  private final ObjectNode node;
  private final String path;
  private final Objections objections;
  private final Set<String> known = new LinkedHashSet<>();
  private final List<Fields> inner = new ArrayList<>();
  private boolean open;

  private Fields(ObjectNode node, String path, Objections objections) {
    this.node = node;
    this.path = path;
    this.objections = objections;
  }

  /// What `reader` makes of the object; fails with everything that is wrong with it.
  public static <T extends @Nullable Object> T read(ObjectNode node, Function<Fields, T> reader)
      throws Failure {
    var objections = new Objections();
    var fields = new Fields(node, "", objections);
    var result = reader.apply(fields);
    fields.refuseUnknown();
    if (objections.none()) {
      return result;
    }
    throw objections.ofBody();
  }

  private void refuseUnknown() {
    inner.forEach(Fields::refuseUnknown);
    if (open) {
      return;
    }
    node.fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            objections.add(
                path + name,
                known.isEmpty()
                    ? "is not known: nothing is expected here"
                    : "is not known; known here: " + String.join(", ", known));
          }
        });
  }

  /// Stops asking which fields are known.
  public void ignoreRest() {
    open = true;
  }

  public void refuse(String name, String message) {
    objections.add(path + name, message);
  }

  private @Nullable JsonNode value(String name) {
    known.add(name);
    var value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private void wrong(String name, String wanted, JsonNode value) {
    refuse(name, "must be " + wanted + ", not " + kind(value));
  }

  public boolean has(String name) {
    return value(name) != null;
  }

  public @Nullable String text(String name) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isTextual()) {
      wrong(name, "text", value);
      return null;
    }
    var text = value.textValue();
    if (text.length() > TEXT_MAX) {
      refuse(name, "must not be longer than " + TEXT_MAX + " characters");
      return null;
    }
    return text;
  }

  /// Text that must be there; empty text if it is not, which is noted.
  public String requiredText(String name) {
    boolean there = has(name);
    var text = text(name);
    if (!there || (text != null && text.isEmpty())) {
      refuse(name, there ? "must not be empty" : "is missing");
    }
    return text == null ? "" : text;
  }

  /// One of some words, in any case; the answer is the word as it stands in `words`.
  public @Nullable String choice(String name, List<String> words) {
    var text = text(name);
    return text == null ? null : choice(name, words, text);
  }

  private @Nullable String choice(String name, List<String> words, String text) {
    for (var word : words) {
      if (word.toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT))) {
        return word;
      }
    }
    refuse(name, "must be one of " + String.join(", ", words) + ", not '" + text + "'");
    return null;
  }

  public @Nullable Long whole(String name, long min, long max) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()) {
      wrong(name, "a whole number", value);
      return null;
    }
    if (!value.canConvertToLong() || value.longValue() < min || value.longValue() > max) {
      refuse(name, "must be from %d to %d, not %s".formatted(min, max, value.asText()));
      return null;
    }
    return value.longValue();
  }

  public @Nullable Integer wholeInt(String name, int min, int max) {
    var whole = whole(name, min, max);
    return whole == null ? null : Math.toIntExact(whole);
  }

  public @Nullable Double number(String name, double min, double max) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      wrong(name, "a number", value);
      return null;
    }
    double number = value.doubleValue();
    if (!(number >= min && number <= max)) {
      refuse(name, "must be from %s to %s, not %s".formatted(min, max, value.asText()));
      return null;
    }
    return number;
  }

  public @Nullable Boolean flag(String name) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isBoolean()) {
      wrong(name, "true or false", value);
      return null;
    }
    return value.booleanValue();
  }

  public @Nullable Long durationMillis(String name) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    var millis = value.isTextual() ? Durations.parseMillis(value.textValue()) : null;
    if (millis == null || millis.isEmpty()) {
      refuse(name, Durations.HINT + ", not " + value);
      return null;
    }
    return millis.getAsLong();
  }

  /// A duration, or a word that stands for one.
  public @Nullable Long durationMillis(String name, String word, long meantMillis) {
    var value = value(name);
    return value != null && value.isTextual() && value.textValue().equalsIgnoreCase(word)
        ? Long.valueOf(meantMillis)
        : durationMillis(name);
  }

  public @Nullable List<String> texts(String name) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isArray()) {
      wrong(name, "a list of texts", value);
      return null;
    }
    if (value.size() > LIST_MAX) {
      refuse(name, "must not have more than " + LIST_MAX + " entries");
      return null;
    }
    var texts = new ArrayList<String>();
    for (int i = 0; i < value.size(); i++) {
      var entry = value.get(i);
      if (entry.isTextual()) {
        texts.add(entry.textValue());
      } else {
        wrong(name + "[" + i + "]", "text", entry);
      }
    }
    return texts;
  }

  public @Nullable Fields object(String name) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof ObjectNode object)) {
      wrong(name, "an object in { }", value);
      return null;
    }
    var fields = new Fields(object, path + name + ".", objections);
    inner.add(fields);
    return fields;
  }

  /// A list of objects; empty if it is not there.
  public List<Fields> objects(String name) {
    var value = value(name);
    var objects = new ArrayList<Fields>();
    if (value == null) {
      return objects;
    }
    if (!value.isArray() || value.size() > LIST_MAX) {
      wrong(name, "a list of at most " + LIST_MAX + " objects", value);
      return objects;
    }
    for (int i = 0; i < value.size(); i++) {
      var at = name + "[" + i + "]";
      if (value.get(i) instanceof ObjectNode object) {
        var fields = new Fields(object, path + at + ".", objections);
        inner.add(fields);
        objects.add(fields);
      } else {
        wrong(at, "an object in { }", value.get(i));
      }
    }
    return objects;
  }

  /// Every field of this object, each one of some words.
  public Map<String, String> choices(List<String> words) {
    var all = new TreeMap<String, String>();
    var names = new ArrayList<String>();
    node.fieldNames().forEachRemaining(names::add);
    for (var name : names) {
      var word = choice(name, words);
      if (word != null) {
        all.put(name, word);
      }
    }
    return all;
  }

  static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "the text '" + shortened(value.textValue()) + "'";
      case NUMBER -> value.asText();
      case BOOLEAN -> value.asText();
      case ARRAY -> "a list";
      case OBJECT, POJO -> "an object";
      case NULL -> "null";
      case BINARY, MISSING -> "nothing";
    };
  }

  private static String shortened(String text) {
    return text.length() <= 64 ? text : text.substring(0, 61) + "...";
  }
}
