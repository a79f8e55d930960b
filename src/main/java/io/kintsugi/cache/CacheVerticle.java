package io.kintsugi.cache;

import io.kintsugi.contract.CacheContract;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import org.jspecify.annotations.Nullable;

/// Keeps copies of what was read on this node's disk, and gives them out when nothing else can.
public final class CacheVerticle extends VerticleBase {
  /// A disk that hangs stops no more threads than these.
  private static final int THREADS = 2;

  private @Nullable WorkerExecutor disk;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var settings = CacheConfig.parse(config());
    var threads = vertx.createSharedWorkerExecutor("cache-" + context.deploymentID(), THREADS);
    disk = threads;
    var cache = new Cache(world, settings, new Shelf(settings.folder()), threads);
    var bus = world.bus();
    return cache
        .start()
        .compose(_ -> {
          bus.answer(
              CacheContract.WANT_COPY, question -> Future.succeededFuture(cache.want(question)));
          bus.answer(CacheContract.STORE_COPY, cache::store);
          bus.answer(CacheContract.READ_COPY, cache::read);
          bus.answer(CacheContract.GET_CACHE, _ -> Future.succeededFuture(cache.view()));
          return bus.registered();
        });
  }

  @Override
  public Future<?> stop() {
    return disk == null ? Future.succeededFuture() : disk.close();
  }
}
