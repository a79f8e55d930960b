package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.CatalogContract.GetBucket;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;

/// How each bucket wants its objects kept, as of a moment ago. A stale answer does no harm: the
/// commit looks at the bucket itself.
final class Buckets {
  private static final long FRESH_NANOS = 1_000_000_000;
  private static final int CACHED_MAX = 1_000;

  private final World world;
  private final Map<String, Cached> cached = new HashMap<>();

  private record Cached(Bucket bucket, long askedNanos) {}

  Buckets(World world) {
    this.world = world;
  }

  Future<Bucket> get(String name) {
    long nowNanos = world.nanos();
    var known = cached.get(name);
    if (known != null && nowNanos - known.askedNanos() < FRESH_NANOS) {
      return Future.succeededFuture(known.bucket());
    }
    return world
        .bus()
        .ask(CatalogContract.GET_BUCKET, new GetBucket(name))
        .onSuccess(bucket -> remember(new Cached(bucket, nowNanos)))
        .onFailure(_ -> cached.remove(name));
  }

  private void remember(Cached fresh) {
    if (cached.size() >= CACHED_MAX) {
      cached.clear();
    }
    cached.put(fresh.bucket().name(), fresh);
  }
}
