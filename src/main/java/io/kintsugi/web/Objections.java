package io.kintsugi.web;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import java.util.LinkedHashMap;
import java.util.Map;

/// What is wrong with a request, field by field, so that a client hears all of it at once.
final class Objections {
  private final Map<String, String> byField = new LinkedHashMap<>();

  void add(String field, String message) {
    byField.merge(field, message, (a, b) -> a + "; " + b);
  }

  boolean none() {
    return byField.isEmpty();
  }

  /// One bad field is an INVALID_REQUEST, several are a VALIDATION_ERROR.
  Failure ofBody() {
    return failure(
        byField.size() == 1 ? FailureCode.INVALID_REQUEST : FailureCode.VALIDATION_ERROR);
  }

  Failure ofQuery() {
    return failure(FailureCode.VALIDATION_ERROR);
  }

  private Failure failure(FailureCode code) {
    var first = byField.entrySet().iterator().next();
    var text = first.getKey() + " " + first.getValue();
    int more = byField.size() - 1;
    return new Failure(
        code, more == 0 ? text : text + " (and " + more + " more; see details)", byField);
  }
}
