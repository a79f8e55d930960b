package io.kintsugi.catalog;

import io.kintsugi.contract.Priority;
import io.kintsugi.contract.Severity;
import io.kintsugi.kernel.Pure;
import java.util.List;

/// Priorities and severities as the numbers they are kept as.
@Pure
final class Priorities {
  private static final List<Priority> ALL = List.of(Priority.values());
  private static final List<Severity> SEVERITIES = List.of(Severity.values());

  private Priorities() {}

  static int number(Priority priority) {
    return ALL.indexOf(priority);
  }

  static Priority of(int number) {
    return ALL.get(number);
  }

  static int number(Severity severity) {
    return SEVERITIES.indexOf(severity);
  }

  static Severity severity(int number) {
    return SEVERITIES.get(number);
  }
}
