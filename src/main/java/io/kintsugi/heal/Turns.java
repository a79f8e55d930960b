package io.kintsugi.heal;

import io.vertx.core.Future;

/// Whose turn it is to move bytes to or from an origin.
interface Turns {
  /// For what cannot wait.
  Turns AT_ONCE = (_, _) -> Future.succeededFuture();

  /// How fast bytes of one origin may be moved now; 0: there is no bound.
  default long bytesPerSecond() {
    return 0;
  }

  /// Done when so many bytes may be moved.
  Future<Void> take(String originId, long bytes);
}
