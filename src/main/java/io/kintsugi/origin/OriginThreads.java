package io.kintsugi.origin;

import io.kintsugi.driver.DriverException;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The few platform threads that one origin has for itself, so that its hanging stops nobody else.
///
/// Work is asked for on the verticle's context and answered there, at the latest after its
/// deadline. A thread that hangs stays lost until the operating system lets it go; while all hang,
/// new work is refused at once.
final class OriginThreads {
  private static final Logger LOG = LoggerFactory.getLogger(OriginThreads.class);

  /// Work that waits for a thread; more is refused.
  private static final int MAX_WAITING = 4096;

  private static final long IDLE_SECONDS = 60;

  /// Blocking work.
  interface Work<T> {
    T call() throws DriverException;
  }

  private final World world;
  private final Context context;
  private final String originId;
  private final Duration deadline;
  private final int threads;
  private final ThreadPoolExecutor pool;
  private int stuck;
  private long stuckSinceNanos;
  private int waiting;
  private boolean closed;

  OriginThreads(World world, Context context, String originId, Duration deadline, int threads) {
    this.world = world;
    this.context = context;
    this.originId = originId;
    this.deadline = deadline;
    this.threads = threads;
    var number = new AtomicInteger();
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task ->
                Thread.ofPlatform()
                    .daemon()
                    .name("origin-" + originId + "-" + number.incrementAndGet())
                    .unstarted(task));
    pool.allowCoreThreadTimeOut(true);
  }

  /// Runs work within the usual time.
  <T> Future<T> run(Work<T> work) {
    return run(deadline, work, _ -> {});
  }

  /// Opens something within the usual time; `late` closes what came after nobody waited for it.
  <T> Future<T> open(Work<T> work, Consumer<T> late) {
    return run(deadline, work, late);
  }

  <T> Future<T> run(Duration limit, Work<T> work, Consumer<T> late) {
    if (closed) {
      return Future.failedFuture(unavailable("is being stopped"));
    }
    if (isStuck() || waiting >= MAX_WAITING) {
      return Future.failedFuture(unavailable(isStuck() ? "hangs" : "has too much to do"));
    }
    var job = new Job<>(work, late);
    waiting++;
    job.timer = world.after(limit, job::expire);
    pool.execute(job);
    return job.promise.future();
  }

  /// Runs work whose end nobody awaits, such as a close; it is never refused.
  void release(Work<?> work) {
    pool.execute(() -> {
      try {
        work.call();
      } catch (DriverException e) {
        LOG.debug("origin={} release failed: {}", originId, e.fault().text());
      }
    });
  }

  /// How many threads have been hanging past their deadline.
  int stuck() {
    return stuck;
  }

  boolean isStuck() {
    return stuck >= threads;
  }

  /// When the first of those that hang came to.
  long stuckSinceNanos() {
    return stuckSinceNanos;
  }

  int threads() {
    return threads;
  }

  long deadlineNanos() {
    return deadline.toNanos();
  }

  /// Takes no more work; files may still be closed, and threads end as soon as they have nothing to
  /// do.
  void close() {
    closed = true;
    pool.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
  }

  private Failure unavailable(String why) {
    return Failure.of(FailureCode.UNAVAILABLE, "origin " + originId + " " + why, "what", "origin");
  }

  /// One piece of work. `started` alone crosses threads; the rest is the context's.
  private final class Job<T> implements Runnable {
    private final Work<T> work;
    private final Consumer<T> late;
    private final Promise<T> promise = Promise.promise();
    private final AtomicInteger state = new AtomicInteger(WAITING);
    private World.Timer timer = () -> false;
    private boolean counted;

    private static final int WAITING = 0;
    private static final int STARTED = 1;
    private static final int EXPIRED = 2;

    Job(Work<T> work, Consumer<T> late) {
      this.work = work;
      this.late = late;
    }

    @Override
    public void run() {
      if (!state.compareAndSet(WAITING, STARTED)) {
        return;
      }
      try {
        T value = work.call();
        context.runOnContext(_ -> succeed(value));
      } catch (DriverException | RuntimeException | Error e) {
        context.runOnContext(_ -> fail(e));
      }
    }

    private void expire() {
      if (promise.future().isComplete()) {
        return;
      }
      if (state.compareAndSet(WAITING, EXPIRED)) {
        waiting--;
      } else {
        counted = true;
        if (stuck++ == 0) {
          stuckSinceNanos = world.nanos();
        }
      }
      promise.tryFail(
          Failure.of(FailureCode.TIMEOUT, "origin " + originId + " did not answer in time"));
    }

    private void succeed(T value) {
      end();
      if (!promise.tryComplete(value)) {
        release(() -> {
          late.accept(value);
          return value;
        });
      }
    }

    private void fail(Throwable cause) {
      end();
      promise.tryFail(cause);
    }

    private void end() {
      waiting--;
      timer.cancel();
      if (counted) {
        counted = false;
        stuck--;
      }
    }
  }
}
