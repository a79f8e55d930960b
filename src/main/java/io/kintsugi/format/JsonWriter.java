package io.kintsugi.format;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// Writes one canonical JSON object: the order of the calls, no spaces, raw UTF-8, minimal escapes.
///
/// Values of bounded width count as if they were as wide as they can be: what they lack goes to the
/// end as spaces. So the length of the whole is known before the values are.
final class JsonWriter {
  private static final String NULL = "null";

  private final StringBuilder out = new StringBuilder(1024).append('{');
  private int slack;

  JsonWriter text(String name, String value) {
    name(name);
    quote(value);
    return this;
  }

  JsonWriter nullableText(String name, @Nullable String value) {
    return value == null ? literal(name, NULL) : text(name, value);
  }

  /// A text of at most so many ASCII characters without escapes, or null, at full width.
  JsonWriter wideText(String name, @Nullable String value, int maxChars) {
    String literal = value == null ? NULL : '"' + value + '"';
    slack += maxChars + 2 - literal.length();
    return literal(name, literal);
  }

  /// A number of at most so many digits, or null, at full width.
  JsonWriter wideNumber(String name, @Nullable Long value, int maxDigits) {
    String literal = value == null ? NULL : Long.toString(value);
    slack += maxDigits - literal.length();
    return literal(name, literal);
  }

  JsonWriter wideFlag(String name, boolean value) {
    slack += value ? 1 : 0;
    return literal(name, Boolean.toString(value));
  }

  JsonWriter number(String name, long value) {
    return literal(name, Long.toString(value));
  }

  JsonWriter map(String name, SortedMap<String, String> entries) {
    name(name);
    char before = '{';
    for (var entry : entries.entrySet()) {
      out.append(before);
      quote(entry.getKey());
      out.append(':');
      quote(entry.getValue());
      before = ',';
    }
    out.append(entries.isEmpty() ? "{}" : "}");
    return this;
  }

  JsonWriter texts(String name, List<String> values) {
    name(name);
    char before = '[';
    for (var value : values) {
      out.append(before);
      quote(value);
      before = ',';
    }
    out.append(values.isEmpty() ? "[]" : "]");
    return this;
  }

  /// Closes the object and adds the padding.
  byte[] finish() {
    return out.append('}').repeat(' ', slack).toString().getBytes(StandardCharsets.UTF_8);
  }

  private JsonWriter literal(String name, String literal) {
    name(name);
    out.append(literal);
    return this;
  }

  private void name(String name) {
    if (out.length() > 1) {
      out.append(',');
    }
    out.append('"').append(name).append("\":");
  }

  private void quote(String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < ' ') {
            out.append("\\u").append(HexFormat.of().toHexDigits(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
