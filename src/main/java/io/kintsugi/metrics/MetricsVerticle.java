package io.kintsugi.metrics;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.MetricValues;
import io.kintsugi.contract.MetricsContract.QueryMetrics;
import io.kintsugi.contract.MetricsContract.Scraped;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Wires the figures to a running node.
public final class MetricsVerticle extends VerticleBase {
  private static final long POLL_MILLIS = 5_000;
  private static final long SAMPLE_MILLIS = 10_000;

  private @Nullable ProcessFigures process;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var poll = Duration.ofMillis(config().getLong("pollMillis", POLL_MILLIS));
    var pause = Duration.ofMillis(config().getLong("sampleMillis", SAMPLE_MILLIS));
    var figures = new ProcessFigures();
    process = figures;
    var history =
        new History(Math.toIntExact(History.KEPT.dividedBy(Duration.ofMillis(SAMPLE_MILLIS))));
    var collector = new Collector(world, poll);
    var bus = world.bus();
    bus.answer(
        MetricsContract.SCRAPE,
        _ -> Future.succeededFuture(new Scraped(collector.write().with(figures.text()))));
    bus.answer(MetricsContract.QUERY_METRICS, query -> query(world, collector, history, query));
    bus.answer(MetricsContract.STATUS, _ -> Future.succeededFuture(status(world, collector)));
    collector.start();
    world.every(pause, () -> history.add(world.clock().instant(), collector.sample()));
    return bus.registered();
  }

  private static Future<MetricValues> query(
      World world, Collector collector, History history, QueryMetrics query) {
    return Future.succeededFuture(
        Answers.to(query, collector.sample(), history, world.clock().instant()));
  }

  private static Subsystem status(World world, Collector collector) {
    var silent = collector.silent();
    return new Subsystem(
        "metrics",
        "Running",
        world.clock().instant(),
        silent.isEmpty() ? null : "no figures of " + String.join(", ", silent));
  }

  @Override
  public Future<?> stop() {
    if (process != null) {
      process.close();
    }
    return Future.succeededFuture();
  }
}
