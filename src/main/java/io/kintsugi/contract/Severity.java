package io.kintsugi.contract;

/// How bad an issue is: none to spare is critical, one is high, more is medium, orphans are low.
public enum Severity {
  LOW("Low"),
  MEDIUM("Medium"),
  HIGH("High"),
  CRITICAL("Critical");

  private final String label;

  Severity(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /// The severity of damage after which `spare` further losses can be survived; negative means the
  /// data cannot be rebuilt now.
  public static Severity ofSpare(int spare) {
    if (spare <= 0) {
      return CRITICAL;
    }
    return spare == 1 ? HIGH : MEDIUM;
  }
}
