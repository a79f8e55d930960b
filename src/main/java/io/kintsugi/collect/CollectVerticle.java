package io.kintsugi.collect;

import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Wires the collector to a running node.
///
/// Configuration: `periodMillis` between passes (ten minutes), `firstMillis` to the first one (a
/// minute), `namesPerSecond` on each origin (100); `compactPercent`, below which share of what
/// lives a pack is rewritten (50; 0: never), `compactPeriodMillis` between two looks for such packs
/// (an hour), `recordsPerSecond` that are copied on each origin (1000). The grace is the catalog's.
public final class CollectVerticle extends VerticleBase {
  private static final long PERIOD_MILLIS = 600_000;
  private static final long FIRST_MILLIS = 60_000;
  private static final int NAMES_PER_SECOND = 100;
  private static final int COMPACT_PERCENT = 50;
  private static final long COMPACT_PERIOD_MILLIS = 3_600_000;
  private static final int RECORDS_PER_SECOND = 1_000;

  private @Nullable Collector collector;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    long periodMillis = config().getLong("periodMillis", PERIOD_MILLIS);
    long firstMillis = config().getLong("firstMillis", Math.min(FIRST_MILLIS, periodMillis));
    int namesPerSecond = config().getInteger("namesPerSecond", NAMES_PER_SECOND);
    int compactPercent = config().getInteger("compactPercent", COMPACT_PERCENT);
    long compactMillis = config().getLong("compactPeriodMillis", COMPACT_PERIOD_MILLIS);
    int recordsPerSecond = config().getInteger("recordsPerSecond", RECORDS_PER_SECOND);
    if (periodMillis < 1
        || firstMillis < 0
        || namesPerSecond < 1
        || compactMillis < 1
        || recordsPerSecond < 1) {
      return Future.failedFuture("collect: periods and paces must be positive");
    }
    if (compactPercent < 0 || compactPercent > 90) {
      return Future.failedFuture("collect: compactPercent must be 0 to 90");
    }
    var compactors =
        new Compactors(
            world, new Pace(recordsPerSecond), compactPercent, Duration.ofMillis(compactMillis));
    var collecting =
        new Collector(world, new Pace(namesPerSecond), Duration.ofMillis(periodMillis), compactors);
    collector = collecting;
    new CollectDesk(world, collecting).open();
    return world
        .bus()
        .registered()
        .compose(_ -> collecting.start(Duration.ofMillis(Math.max(1, firstMillis))));
  }

  @Override
  public Future<?> stop() {
    return collector == null ? Future.succeededFuture() : collector.stop();
  }
}
