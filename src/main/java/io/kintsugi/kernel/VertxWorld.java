package io.kintsugi.kernel;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The production [World] of one verticle instance; made in its `start`, on its context.
public final class VertxWorld implements World {
  private record Result<T>(T value) {}

  private final Vertx vertx;
  private final Bus bus;
  private final Blobs blobs;
  private final String node;
  private final @Nullable String life;
  private final WorkerExecutor compute;
  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");

  private VertxWorld(Vertx vertx, String node, @Nullable String life) {
    this.vertx = vertx;
    this.node = node;
    this.life = life;
    var events = new EventBusBus(vertx);
    var hub = new Hub(vertx, node);
    events.awaitAlso(hub.registered());
    bus = events;
    blobs = hub;
    compute =
        vertx.createSharedWorkerExecutor(
            "compute", Runtime.getRuntime().availableProcessors(), 1, TimeUnit.HOURS);
  }

  /// The world of the verticle whose context this is called on.
  ///
  /// @param config of the verticle; `node` in it names the node, `life` this life of its process
  public static VertxWorld of(Vertx vertx, JsonObject config) {
    return new VertxWorld(vertx, config.getString("node", "node-1"), config.getString("life"));
  }

  @Override
  public Bus bus() {
    return bus;
  }

  @Override
  public Blobs blobs() {
    return blobs;
  }

  @Override
  public InstantSource clock() {
    return InstantSource.system();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public String node() {
    return node;
  }

  @Override
  public @Nullable String life() {
    return life;
  }

  @Override
  public Timer after(Duration delay, Runnable task) {
    long id = vertx.setTimer(Math.max(1, delay.toMillis()), _ -> task.run());
    return () -> vertx.cancelTimer(id);
  }

  @Override
  public Timer every(Duration period, Runnable task) {
    long id = vertx.setPeriodic(Math.max(1, period.toMillis()), _ -> task.run());
    return () -> vertx.cancelTimer(id);
  }

  @Override
  public <T> Future<T> compute(Callable<T> work) {
    return compute
        .executeBlocking(() -> new Result<>(work.call()), false)
        .map(result -> requireNonNull(result).value());
  }
}
