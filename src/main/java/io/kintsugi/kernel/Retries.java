package io.kintsugi.kernel;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/// Trying again what failed: after exactly these pauses, so that what clients wait for can be told.
/// Whoever uses it owns the retries of that operation: none above and none below does the same.
public final class Retries {
  /// One try and three retries.
  public static final List<Duration> DELAYS =
      List.of(Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofMillis(2_000));

  private Retries() {}

  /// Whether the same question may be answered a moment later: nobody answered, or not in time.
  /// What does not exist, is refused, damaged or full stays so.
  public static boolean isWorthwhile(Failure failure) {
    return failure.is(FailureCode.UNAVAILABLE) || failure.is(FailureCode.TIMEOUT);
  }

  /// Does it, and again while that may help.
  ///
  /// @param delays one for each retry
  public static <T> Future<T> run(World world, List<Duration> delays, Supplier<Future<T>> work) {
    return attempt(work)
        .recover(cause -> {
          if (delays.isEmpty() || !isWorthwhile(Failure.from(cause))) {
            return Future.failedFuture(cause);
          }
          Promise<T> later = Promise.promise();
          var rest = delays.subList(1, delays.size());
          world.after(delays.getFirst(), () -> run(world, rest, work).onComplete(later));
          return later.future();
        });
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> work) {
    try {
      return work.get();
    } catch (Failure e) {
      return Future.failedFuture(e);
    }
  }
}
