package io.kintsugi.collect;

import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Wires the collector to a running node.
///
/// Configuration: `periodMillis` between passes (ten minutes), `firstMillis` to the first one (a
/// minute), `namesPerSecond` on each origin (100). The grace is the catalog's.
public final class CollectVerticle extends VerticleBase {
  private static final long PERIOD_MILLIS = 600_000;
  private static final long FIRST_MILLIS = 60_000;
  private static final int NAMES_PER_SECOND = 100;

  private @Nullable Collector collector;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    long periodMillis = config().getLong("periodMillis", PERIOD_MILLIS);
    long firstMillis = config().getLong("firstMillis", Math.min(FIRST_MILLIS, periodMillis));
    int namesPerSecond = config().getInteger("namesPerSecond", NAMES_PER_SECOND);
    if (periodMillis < 1 || firstMillis < 0 || namesPerSecond < 1) {
      return Future.failedFuture("collect: periods and paces must be positive");
    }
    var collecting =
        new Collector(world, new Pace(namesPerSecond), Duration.ofMillis(periodMillis));
    collector = collecting;
    new CollectDesk(world, collecting).open();
    return world
        .bus()
        .registered()
        .compose(_ -> collecting.start(Duration.ofMillis(Math.max(1, firstMillis))));
  }

  @Override
  public Future<?> stop() {
    if (collector != null) {
      collector.stop();
    }
    return Future.succeededFuture();
  }
}
