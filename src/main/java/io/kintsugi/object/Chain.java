package io.kintsugi.object;

import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.concurrent.Callable;

/// Work off the event loop, one piece after the other, in the order it was given.
final class Chain {
  /// Work on fewer bytes is done at once: going to another thread and back would take longer.
  static final int SMALL_BYTES = 16 * 1024;

  private final World world;
  private Future<?> tail = Future.succeededFuture();

  Chain(World world) {
    this.world = world;
  }

  <T> Future<T> then(int bytes, Callable<T> work) {
    Future<T> result =
        bytes <= SMALL_BYTES
            ? tail.compose(_ -> atOnce(work))
            : tail.compose(_ -> world.compute(work));
    tail = result;
    return result;
  }

  /// Runs one piece now or on another core, by its size.
  static <T> Future<T> run(World world, int bytes, Callable<T> work) {
    return bytes <= SMALL_BYTES ? atOnce(work) : world.compute(work);
  }

  private static <T> Future<T> atOnce(Callable<T> work) {
    try {
      return Future.succeededFuture(work.call());
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }
}
