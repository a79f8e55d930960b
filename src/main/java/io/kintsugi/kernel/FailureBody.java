package io.kintsugi.kernel;

import java.util.Map;

/// A [Failure] as it crosses the bus.
record FailureBody(String code, String message, Map<String, String> details) {
  static FailureBody of(Failure failure) {
    return new FailureBody(failure.code().name(), failure.text(), failure.details());
  }

  static Failure parse(String json) {
    var body = Json.decode(json, FailureBody.class);
    return new Failure(FailureCode.valueOf(body.code()), body.message(), body.details());
  }

  static Failure parse(byte[] json) {
    var body = Json.decode(json, FailureBody.class);
    return new Failure(FailureCode.valueOf(body.code()), body.message(), body.details());
  }
}
