package io.kintsugi.contract;

import java.util.Locale;
import java.util.Optional;

/// How urgent a scan or heal is; later means more urgent, and the ordinal is the seed's number.
public enum Priority {
  LOW("Low"),
  NORMAL("Normal"),
  HIGH("High"),
  CRITICAL("Critical"),
  EMERGENCY("Emergency");

  private final String label;

  Priority(String label) {
    this.label = label;
  }

  /// The word used in REST bodies.
  public String label() {
    return label;
  }

  /// Reads the word in any case.
  public static Optional<Priority> parse(String word) {
    for (var p : values()) {
      if (p.label.toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT))) {
        return Optional.of(p);
      }
    }
    return Optional.empty();
  }
}
