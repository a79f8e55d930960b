package io.kintsugi.kernel;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Failure] as it crosses the bus.
record FailureBody(
    @Nullable String code, @Nullable String message, @Nullable Map<String, String> details) {
  private static final Logger LOG = LoggerFactory.getLogger(FailureBody.class);

  static FailureBody of(Failure failure) {
    return new FailureBody(failure.code().name(), failure.text(), failure.details());
  }

  /// What a peer said, whatever it was: a newer peer may know codes that this one does not.
  static Failure parse(String json) {
    try {
      var body = Json.decode(json, FailureBody.class);
      var details = body.details() == null ? Map.<String, String>of() : body.details();
      var message = body.message() == null ? "failed without a word" : body.message();
      return new Failure(code(body.code()), message, details);
    } catch (IllegalArgumentException e) {
      LOG.warn("unreadable failure text={}", json, e);
      return Failure.of(FailureCode.INTERNAL_ERROR, "failed in words that cannot be read");
    }
  }

  private static FailureCode code(@Nullable String name) {
    for (var code : FailureCode.values()) {
      if (code.name().equals(name)) {
        return code;
      }
    }
    return FailureCode.INTERNAL_ERROR;
  }
}
