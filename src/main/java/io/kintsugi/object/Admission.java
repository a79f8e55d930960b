package io.kintsugi.object;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;

/// The memory that streams of this instance may hold together. Who finds no room waits a little,
/// first come first served, and is then sent away: a slow answer to all is worse than a late one to
/// some.
final class Admission {
  private static final Duration WAIT_MAX = Duration.ofSeconds(2);

  private final World world;
  private final long budgetBytes;
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private long takenBytes;

  private record Waiting(long costBytes, Promise<Permit> entered) {}

  Admission(World world, long budgetBytes) {
    this.world = world;
    this.budgetBytes = budgetBytes;
  }

  /// The right to hold so many bytes, until it is given back.
  final class Permit {
    private final long costBytes;
    private boolean released;

    private Permit(long costBytes) {
      this.costBytes = costBytes;
      takenBytes += costBytes;
    }

    void release() {
      if (!released) {
        released = true;
        takenBytes -= costBytes;
        admitWaiting();
      }
    }
  }

  Future<Permit> enter(long wantedBytes) {
    // What would never fit enters alone.
    long costBytes = Math.min(wantedBytes, budgetBytes);
    if (queue.isEmpty() && takenBytes + costBytes <= budgetBytes) {
      return Future.succeededFuture(new Permit(costBytes));
    }
    Promise<Permit> entered = Promise.promise();
    var waiting = new Waiting(costBytes, entered);
    queue.add(waiting);
    var timer =
        world.after(
            WAIT_MAX,
            () -> {
              queue.remove(waiting);
              entered.tryFail(slowDown());
              admitWaiting();
            });
    return entered.future().onSuccess(_ -> timer.cancel());
  }

  private static Failure slowDown() {
    return new Failure(
        FailureCode.UNAVAILABLE,
        "too many bytes are on their way; slow down",
        Map.of("what", "slow-down"));
  }

  private void admitWaiting() {
    while (!queue.isEmpty() && takenBytes + queue.element().costBytes() <= budgetBytes) {
      var waiting = queue.remove();
      waiting.entered().complete(new Permit(waiting.costBytes()));
    }
  }

  long takenBytes() {
    return takenBytes;
  }
}
