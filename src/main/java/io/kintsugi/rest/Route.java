package io.kintsugi.rest;

import io.vertx.core.Future;
import java.util.function.Function;

/// One call of the API.
///
/// @param path with parts as `{name}`
/// @param access who may call it
record Route(String method, String path, Access access, Function<Asked, Future<Reply>> answer) {
  /// Who may call while there are no tokens.
  enum Access {
    /// Anybody who reaches the port: it tells nothing but a status.
    ANYBODY,
    /// Programs on this machine and pages of this node.
    LOCAL
  }

  static Route get(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("GET", path, Access.LOCAL, answer);
  }

  static Route put(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("PUT", path, Access.LOCAL, answer);
  }

  static Route post(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("POST", path, Access.LOCAL, answer);
  }

  static Route patch(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("PATCH", path, Access.LOCAL, answer);
  }

  static Route delete(String path, Function<Asked, Future<Reply>> answer) {
    return new Route("DELETE", path, Access.LOCAL, answer);
  }

  Route forAnybody() {
    return new Route(method, path, Access.ANYBODY, answer);
  }

  /// The path as the router wants it.
  String pattern() {
    return path.replaceAll("\\{(\\w+)}", ":$1");
  }
}
