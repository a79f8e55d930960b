package io.kintsugi.kernel;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Everything a feature may touch that is not its own: the bus, byte streams, the clock, timers,
/// chance, and spare cores. Production has one World per verticle instance; a simulation has one
/// for the whole house.
public interface World {
  Bus bus();

  Blobs blobs();

  InstantSource clock();

  /// A clock for durations only; it never steps back.
  long nanos();

  RandomGenerator random();

  /// The name of this node, such as `node-1`.
  String node();

  /// Names this life of the process, and is drawn anew for each; null where lives are not told
  /// apart.
  @Nullable String life();

  /// Runs once, on this verticle's context.
  Timer after(Duration delay, Runnable task);

  /// Runs again and again, on this verticle's context, until cancelled.
  Timer every(Duration period, Runnable task);

  /// Runs work that holds a core for longer than about 100 microseconds (hashing, coding) off the
  /// event loop; the result comes back on this verticle's context. Must not block on I/O.
  <T> Future<T> compute(Callable<T> work);

  /// A timer that can be called off.
  interface Timer {
    /// True if the task will not run (again) and had not yet run.
    boolean cancel();
  }
}
