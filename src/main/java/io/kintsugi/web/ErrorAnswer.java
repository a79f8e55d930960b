package io.kintsugi.web;

import io.kintsugi.kernel.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/// An error as a REST client is told it. Nothing of the inside shows: no stack, no bus address, no
/// text of an exception that has no code of its own.
///
/// @param headers to send besides the body
public record ErrorAnswer(
    int status, EdgeCode code, String message, JsonObject details, Map<String, String> headers) {
  private static final int PRECONDITION_FAILED = 412;
  private static final Map<String, String> RETRY_SOON = Map.of("Retry-After", "1");

  public ErrorAnswer {
    headers = Map.copyOf(headers);
  }

  /// An error of the edge itself.
  public static ErrorAnswer of(int status, EdgeCode code, String message) {
    return new ErrorAnswer(status, code, message, new JsonObject(), Map.of());
  }

  public ErrorAnswer with(String detail, String value) {
    return new ErrorAnswer(status, code, message, details.copy().put(detail, value), headers);
  }

  public ErrorAnswer header(String name, String value) {
    var more = new TreeMap<>(headers);
    more.put(name, value);
    return new ErrorAnswer(status, code, message, details, more);
  }

  /// What becomes of a failure at the edge.
  public static ErrorAnswer of(Failure failure) {
    return switch (failure.code()) {
      case INVALID_REQUEST -> said(EdgeCode.INVALID_REQUEST, failure, oneField(failure));
      case INVALID_RANGE -> said(EdgeCode.INVALID_REQUEST, failure, plain(failure));
      case VALIDATION_ERROR -> said(EdgeCode.VALIDATION_ERROR, failure, fields(failure));
      case AUTH_ERROR -> said(EdgeCode.AUTH_ERROR, failure, plain(failure));
      case FORBIDDEN -> said(EdgeCode.FORBIDDEN, failure, plain(failure));
      case NOT_FOUND -> said(EdgeCode.NOT_FOUND, failure, plain(failure));
      case CONFLICT -> said(EdgeCode.CONFLICT, failure, plain(failure));
      case PRECONDITION_FAILED ->
          new ErrorAnswer(
              PRECONDITION_FAILED, EdgeCode.CONFLICT, failure.text(), plain(failure), Map.of());
      case QUEUE_FULL -> later(EdgeCode.QUEUE_FULL, failure, failure.text());
      case RATE_LIMIT_EXCEEDED -> later(EdgeCode.RATE_LIMIT_EXCEEDED, failure, failure.text());
      case CORRUPT -> said(EdgeCode.CORRUPT, failure, plain(failure));
      case STORAGE_ERROR -> said(EdgeCode.STORAGE_ERROR, failure, plain(failure));
      case INTERNAL_ERROR ->
          of(
              EdgeCode.INTERNAL_ERROR.status(),
              EdgeCode.INTERNAL_ERROR,
              "something went wrong inside; the log has more under this request's X-Request-Id");
      case UNAVAILABLE -> later(unavailable(failure), failure, outside(failure));
      case TIMEOUT ->
          later(
              EdgeCode.UNAVAILABLE,
              failure,
              "no answer in time; whether it was done is not known, so look before asking again");
      case CANCELLED -> later(EdgeCode.UNAVAILABLE, failure, "it was called off before its end");
    };
  }

  private static ErrorAnswer said(EdgeCode code, Failure failure, JsonObject details) {
    return new ErrorAnswer(code.status(), code, failure.text(), details, Map.of());
  }

  private static ErrorAnswer later(EdgeCode code, Failure failure, String message) {
    return new ErrorAnswer(code.status(), code, message, plain(failure), RETRY_SOON);
  }

  private static EdgeCode unavailable(Failure failure) {
    return "raft".equals(failure.detail("what")) ? EdgeCode.RAFT_ERROR : EdgeCode.UNAVAILABLE;
  }

  /// A part that is not there is named by its bus address, which says nothing to a client.
  private static String outside(Failure failure) {
    return failure.text().contains(".call.")
        ? "a part of this node does not answer now; /status/health says which"
        : failure.text();
  }

  private static JsonObject plain(Failure failure) {
    var details = new JsonObject();
    new TreeMap<>(failure.details()).forEach(details::put);
    return details;
  }

  /// One bad field comes as its name and what is wrong with it, or as ready details.
  private static JsonObject oneField(Failure failure) {
    if (failure.details().size() == 1) {
      var only = failure.details().entrySet().iterator().next();
      if (failure.text().equals(only.getKey() + " " + only.getValue())) {
        return field(only.getKey(), only.getValue());
      }
    }
    return plain(failure);
  }

  private static JsonObject fields(Failure failure) {
    var fields = new JsonArray();
    new TreeMap<>(failure.details()).forEach((name, error) -> fields.add(field(name, error)));
    return new JsonObject().put("fields", fields);
  }

  private static JsonObject field(String name, String error) {
    return new JsonObject().put("field", name).put("error", error);
  }

  public JsonObject body(Instant now) {
    return new JsonObject()
        .put("success", false)
        .put("error", true)
        .put("code", code.name())
        .put("message", message)
        .put("details", details)
        .put("timestamp", Envelope.time(now));
  }

  /// The answer to anything that was thrown.
  public static ErrorAnswer of(Throwable cause) {
    return of(Failure.from(cause));
  }

  /// True if the reason is a fault of this program.
  public boolean isUnexpected() {
    return code == EdgeCode.INTERNAL_ERROR;
  }
}
