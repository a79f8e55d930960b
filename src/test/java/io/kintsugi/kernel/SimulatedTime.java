package io.kintsugi.kernel;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A world whose time passes when it is told to; all else is that of a real one, if there is one.
public final class SimulatedTime implements World {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  private final @Nullable World real;
  private final RandomGenerator random = new Random(1);
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(
          Comparator.comparingLong((Alarm alarm) -> alarm.atNanos)
              .thenComparingLong(alarm -> alarm.number));
  private long nowNanos;
  private long numbers;

  private static final class Alarm {
    final long atNanos;
    final long number;
    final Runnable task;

    Alarm(long atNanos, long number, Runnable task) {
      this.atNanos = atNanos;
      this.number = number;
      this.task = task;
    }
  }

  public SimulatedTime(@Nullable World real) {
    this.real = real;
  }

  /// Lets time pass, and what falls due in it happen.
  public void pass(Duration time) {
    long until = nowNanos + time.toNanos();
    for (var next = alarms.peek(); next != null && next.atNanos <= until; next = alarms.peek()) {
      alarms.remove();
      nowNanos = next.atNanos;
      next.task.run();
    }
    nowNanos = until;
  }

  private World real() {
    if (real == null) {
      throw new AssertionError("there is nothing but time here");
    }
    return real;
  }

  @Override
  public Bus bus() {
    return real().bus();
  }

  @Override
  public Blobs blobs() {
    return real().blobs();
  }

  @Override
  public InstantSource clock() {
    return () -> BEGIN.plusNanos(nowNanos);
  }

  @Override
  public long nanos() {
    return nowNanos;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public String node() {
    return "node-1";
  }

  @Override
  public @Nullable String life() {
    return null;
  }

  @Override
  public Timer after(Duration delay, Runnable task) {
    var alarm = new Alarm(nowNanos + delay.toNanos(), numbers++, task);
    alarms.add(alarm);
    return () -> alarms.remove(alarm);
  }

  @Override
  public Timer every(Duration period, Runnable task) {
    var latest = new Timer[1];
    latest[0] = after(period, () -> again(period, task, latest));
    return () -> latest[0].cancel();
  }

  private void again(Duration period, Runnable task, Timer[] latest) {
    latest[0] = after(period, () -> again(period, task, latest));
    task.run();
  }

  @Override
  public <T> Future<T> compute(Callable<T> work) {
    return real().compute(work);
  }
}
