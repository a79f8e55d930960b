package io.kintsugi.kernel;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The answer to a question that could not be answered: a stable code, a sentence for a person, and
/// details for a program. It crosses the bus whole; it carries no stack trace, because the place
/// where it was made says nothing to the one who reads it.
public final class Failure extends RuntimeException {
  private final FailureCode code;
  private final transient Map<String, String> details;

  public Failure(FailureCode code, String message, Map<String, String> details) {
    super(message, null, false, false);
    this.code = code;
    this.details = Map.copyOf(details);
  }

  public static Failure of(FailureCode code, String message) {
    return new Failure(code, message, Map.of());
  }

  /// A failure with one detail, such as `what=bucket`.
  public static Failure of(FailureCode code, String message, String name, String value) {
    return new Failure(code, message, Map.of(name, value));
  }

  /// The failure inside any throwable; whatever has no code of its own is an internal error whose
  /// text stays in the log.
  public static Failure from(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof Failure failure) {
        return failure;
      }
    }
    return of(FailureCode.INTERNAL_ERROR, "internal error: " + cause.getClass().getSimpleName());
  }

  public FailureCode code() {
    return code;
  }

  public String text() {
    var message = getMessage();
    return message == null ? code.name() : message;
  }

  public Map<String, String> details() {
    return details;
  }

  public @Nullable String detail(String name) {
    return details.get(name);
  }

  public boolean is(FailureCode other) {
    return code == other;
  }
}
