package io.kintsugi.tree;

import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Work that is done one after the other on each origin, and side by side on different ones.
final class Lanes {
  private final Map<String, Future<?>> last = new HashMap<>();

  /// Work of a lane may not wait for other work of the same one.
  <T> Future<T> run(String originId, Supplier<Future<T>> work) {
    var before = last.get(originId);
    Future<T> mine =
        before == null
            ? Future.<Void>succeededFuture().compose(_ -> work.get())
            : before.transform(_ -> work.get());
    last.put(originId, mine);
    return mine.onComplete(_ -> last.remove(originId, mine));
  }
}
