package io.kintsugi.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// The same work for many, a few at a time.
final class Parallel {
  private static final int AT_ONCE = 8;

  private Parallel() {}

  /// Results in the order of `items`; the first failure ends it.
  static <T, R> List<R> map(List<T> items, Function<T, R> work) {
    var threads = Executors.newFixedThreadPool(AT_ONCE, Thread.ofPlatform().daemon().factory());
    try {
      var pending = new ArrayList<Future<R>>();
      for (var item : items) {
        pending.add(threads.submit(() -> work.apply(item)));
      }
      var results = new ArrayList<R>();
      for (var one : pending) {
        results.add(one.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ApiFailure failure) {
        throw failure;
      }
      throw new ApiFailure("AMISS", String.valueOf(e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiFailure("INTERRUPTED", "interrupted", e);
    } finally {
      threads.shutdownNow();
    }
  }
}
