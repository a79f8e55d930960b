package io.kintsugi.catalog;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/// Work done one after another. Commits and what waits for them (renewing or closing a session)
/// take turns here: in PostgreSQL a stream of overlapping share locks would starve the waiter.
final class Lane {
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean busy;

  <T> Future<T> run(Supplier<Future<T>> work) {
    Promise<T> promise = Promise.promise();
    waiting.add(() ->
        started(work)
            .onComplete(result -> {
              busy = false;
              next();
              promise.handle(result);
            }));
    next();
    return promise.future();
  }

  private static <T> Future<T> started(Supplier<Future<T>> work) {
    try {
      return work.get();
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  private void next() {
    if (busy) {
      return;
    }
    var turn = waiting.poll();
    if (turn != null) {
      busy = true;
      turn.run();
    }
  }
}
