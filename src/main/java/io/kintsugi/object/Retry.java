package io.kintsugi.object;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.function.Supplier;

/// Asks the same question again while its outcome is unknown.
final class Retry {
  private static final Duration PAUSE_FIRST = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  private Retry() {}

  /// True if the answerer may or may not have done what it was asked for.
  static boolean isUnknown(Failure failure) {
    return failure.is(FailureCode.TIMEOUT) || failure.is(FailureCode.UNAVAILABLE);
  }

  static <A> Future<A> whileUnknown(World world, long totalMillis, Supplier<Future<A>> question) {
    return again(world, world.nanos() + totalMillis * 1_000_000, PAUSE_FIRST, question);
  }

  private static <A> Future<A> again(
      World world, long deadlineNanos, Duration pause, Supplier<Future<A>> question) {
    return question
        .get()
        .recover(cause -> {
          boolean late = world.nanos() + pause.toNanos() - deadlineNanos > 0;
          if (late || !isUnknown(Failure.from(cause))) {
            return Future.failedFuture(cause);
          }
          Promise<A> later = Promise.promise();
          var longer = pause.compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
          world.after(pause, () -> again(world, deadlineNanos, longer, question).onComplete(later));
          return later.future();
        });
  }
}
