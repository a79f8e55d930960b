package io.kintsugi.journal;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/// One thing after the other.
final class Steps {
  /// What is done to each.
  interface Deed<T> {
    Future<?> on(T item);
  }

  private Steps() {}

  /// Stops at the first failure. A long run of deeds that are done at once takes no stack.
  static <T> Future<Void> each(List<T> items, Deed<T> deed) {
    Promise<Void> promise = Promise.promise();
    next(items, 0, deed, promise);
    return promise.future();
  }

  private static <T> void next(List<T> items, int from, Deed<T> deed, Promise<Void> promise) {
    int at = from;
    while (at < items.size()) {
      var done = deed.on(items.get(at++));
      if (done.failed()) {
        promise.fail(done.cause());
        return;
      }
      if (!done.isComplete()) {
        int after = at;
        done.onSuccess(_ -> next(items, after, deed, promise)).onFailure(promise::fail);
        return;
      }
    }
    promise.complete();
  }

  static <T> List<List<T>> pages(List<T> items, int size) {
    var pages = new ArrayList<List<T>>();
    for (int at = 0; at < items.size(); at += size) {
      pages.add(items.subList(at, Math.min(items.size(), at + size)));
    }
    return pages;
  }
}
