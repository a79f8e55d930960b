package io.kintsugi.kernel;

/// Why something could not be done, in words that stay the same for ever. The number is the HTTP
/// status that a REST edge answers with.
public enum FailureCode {
  /// Unreadable input, or one bad field.
  INVALID_REQUEST(400),
  /// Several bad fields, or bad query parameters; `fields` in the details names them.
  VALIDATION_ERROR(400),
  AUTH_ERROR(401),
  FORBIDDEN(403),
  /// The thing does not exist. The detail `what` says which: bucket, key, upload, part, origin, ...
  NOT_FOUND(404),
  CONFLICT(409),
  /// A condition of the caller (If-Match and its kin) does not hold.
  PRECONDITION_FAILED(412),
  INVALID_RANGE(416),
  QUEUE_FULL(429),
  RATE_LIMIT_EXCEEDED(429),
  /// Verified and found damaged beyond repair; never served.
  CORRUPT(500),
  INTERNAL_ERROR(500),
  /// Cannot be done now: nobody answers, too few origins, too much load. Try again.
  UNAVAILABLE(503),
  /// No answer in time. The outcome is unknown: ask again with the same id.
  TIMEOUT(503),
  /// The caller went away or called it off.
  CANCELLED(499),
  /// No space where the bytes should go.
  STORAGE_ERROR(507);

  private final int status;

  FailureCode(int status) {
    this.status = status;
  }

  public int status() {
    return status;
  }
}
