package io.kintsugi.rest;

import io.kintsugi.web.JsonBody;
import io.vertx.core.Future;
import java.util.function.Function;

/// One call of the API.
///
/// @param path with parts as `{name}`
/// @param access who may call it
/// @param takes what its body is
record Route(
    String method, String path, Access access, Takes takes, Function<Asked, Future<Reply>> answer) {
  /// What the body of a request is.
  enum Takes {
    JSON(JsonBody.LIMIT_BYTES),
    /// Bytes of any kind, all in memory before the call is answered.
    BYTES(4L << 20),
    /// Bytes of any kind and number, as they come.
    STREAM(Long.MAX_VALUE);

    private final long limitBytes;

    Takes(long limitBytes) {
      this.limitBytes = limitBytes;
    }

    long limitBytes() {
      return limitBytes;
    }
  }

  /// Who may call while there are no tokens.
  enum Access {
    /// Anybody who reaches the port: it tells nothing but a status.
    ANYBODY,
    /// Programs on this machine and pages of this node.
    LOCAL
  }

  static Route get(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("GET", path, Access.LOCAL, Takes.JSON, answer);
  }

  static Route put(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("PUT", path, Access.LOCAL, Takes.JSON, answer);
  }

  static Route post(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("POST", path, Access.LOCAL, Takes.JSON, answer);
  }

  static Route patch(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("PATCH", path, Access.LOCAL, Takes.JSON, answer);
  }

  static Route delete(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("DELETE", path, Access.LOCAL, Takes.JSON, answer);
  }

  Route forAnybody() {
    return new Route(method, path, Access.ANYBODY, takes, answer);
  }

  /// All calls of one path take the same.
  Route takingBytes() {
    return new Route(method, path, access, Takes.BYTES, answer);
  }

  /// All calls of one path take the same.
  Route takingStream() {
    return new Route(method, path, access, Takes.STREAM, answer);
  }

  /// The path as the router wants it.
  String pattern() {
    return path.replaceAll("\\{(\\w+)}", ":$1");
  }
}
