package io.kintsugi.metrics;

import io.kintsugi.kernel.Pure;
import java.util.Map;
import java.util.TreeMap;

/// Prometheus text, format 0.0.4: one HELP and TYPE line a family, a blank line behind it, whole
/// numbers without a point.
@Pure
final class Exposition {
  private final StringBuilder text = new StringBuilder();
  private String family = "";

  /// Begins a family, unless it is the one that goes on.
  Exposition family(String name, String type, String help) {
    if (family.equals(name)) {
      return this;
    }
    if (!family.isEmpty()) {
      text.append('\n');
    }
    family = name;
    text.append("# HELP ").append(name).append(' ').append(escapedHelp(help)).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  Exposition sample(Map<String, String> labels, double value) {
    var pairs = new StringBuilder();
    new TreeMap<>(labels)
        .forEach((name, label) ->
            pairs
                .append(pairs.isEmpty() ? "" : ",")
                .append(name)
                .append("=\"")
                .append(escaped(label))
                .append('"'));
    return sample(pairs.toString(), value);
  }

  /// @param labels as they stand between the braces
  Exposition sample(String labels, double value) {
    text.append(family);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(number(value)).append('\n');
    return this;
  }

  static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == Math.rint(value) && Math.abs(value) < Long.MAX_VALUE
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String escaped(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  private static String escapedHelp(String help) {
    return help.replace("\\", "\\\\").replace("\n", "\\n");
  }

  /// What was written so far, and behind it families that somebody else wrote.
  String with(String others) {
    return others.isEmpty() ? text.toString() : text + "\n" + others;
  }
}
