package io.kintsugi.web;

/// The codes that leave the node in REST errors. There are no others.
public enum EdgeCode {
  INVALID_REQUEST(400),
  VALIDATION_ERROR(400),
  AUTH_ERROR(401),
  FORBIDDEN(403),
  NOT_FOUND(404),
  CONFLICT(409),
  QUEUE_FULL(429),
  RATE_LIMIT_EXCEEDED(429),
  CORRUPT(500),
  INTERNAL_ERROR(500),
  RAFT_ERROR(503),
  UNAVAILABLE(503),
  STORAGE_ERROR(507);

  private final int status;

  EdgeCode(int status) {
    this.status = status;
  }

  public int status() {
    return status;
  }
}
