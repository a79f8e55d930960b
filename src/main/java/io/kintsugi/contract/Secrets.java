package io.kintsugi.contract;

import java.util.Map;
import java.util.TreeSet;

/// Credentials on their way to where they are wrapped. What becomes text of them is their names.
public record Secrets(Map<String, String> values) {
  public static final Secrets NONE = new Secrets(Map.of());

  public Secrets {
    values = Map.copyOf(values);
  }

  @Override
  public String toString() {
    return "Secrets" + new TreeSet<>(values.keySet());
  }
}
