package io.kintsugi.rest;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The memory that all blocks on their way through this edge may hold together, since each is kept
/// whole. Whoever finds no room waits a little before his body is read, first come first served,
/// and is then sent away.
final class BlockRoom {
  private static final Duration WAIT_MAX = Duration.ofSeconds(2);
  private static final int WAITING_MAX = 1_000;

  /// As it grows and once more as it is read back; and what the block held before.
  private static final int COPIES_PUT = 4;

  /// As it grows, and as it goes out.
  private static final int COPIES_GOT = 3;

  /// What is left of a request besides its block.
  private static final long LEAST_BYTES = 64 << 10;

  private static final long BUDGET_MIN = 64L << 20;
  private static final long BUDGET_MAX = 512L << 20;
  private static final int SHARE_OF_MEMORY = 8;

  private final World world;
  private final long budgetBytes;
  private final BiConsumer<RoutingContext, Failure> refusing;
  private final Deque<Wish> waiting = new ArrayDeque<>();
  private long takenBytes;

  /// A request, and what it costs.
  private final class Wish {
    private final RoutingContext context;
    private final long costBytes;
    private World.@Nullable Timer timer;
    private boolean held;
    private boolean gone;

    Wish(RoutingContext context, long costBytes) {
      this.context = context;
      this.costBytes = costBytes;
    }

    void end() {
      gone = true;
      if (timer != null) {
        timer.cancel();
      }
      if (held) {
        held = false;
        takenBytes -= costBytes;
      }
      waiting.remove(this);
      admitWaiting();
    }
  }

  /// @param refusing answers a request for which there is no room
  BlockRoom(World world, long budgetBytes, BiConsumer<RoutingContext, Failure> refusing) {
    this.world = world;
    this.budgetBytes = budgetBytes;
    this.refusing = refusing;
  }

  static long usualBytes() {
    return Math.clamp(Runtime.getRuntime().maxMemory() / SHARE_OF_MEMORY, BUDGET_MIN, BUDGET_MAX);
  }

  /// Lets a request on as soon as there is room for it.
  void admit(RoutingContext context) {
    long cost = costBytes(context);
    if (cost == 0) {
      context.next();
      return;
    }
    var wish = new Wish(context, Math.min(cost, budgetBytes));
    context.addEndHandler(_ -> wish.end());
    if (waiting.isEmpty() && fits(wish)) {
      take(wish);
      context.next();
    } else if (waiting.size() >= WAITING_MAX) {
      refuse(wish);
    } else {
      context.request().pause();
      waiting.add(wish);
      wish.timer = world.after(WAIT_MAX, () -> refuse(wish));
    }
  }

  private static long costBytes(RoutingContext context) {
    var request = context.request();
    var method = request.method();
    long limit = Route.Takes.BYTES.limitBytes();
    if (method.equals(HttpMethod.PUT) || method.equals(HttpMethod.POST)) {
      return LEAST_BYTES
          + COPIES_PUT
              * Math.min(limit, length(request.getHeader(HttpHeaders.CONTENT_LENGTH), limit));
    }
    boolean one = context.pathParam("cid") != null;
    return one && method.equals(HttpMethod.GET) ? COPIES_GOT * limit : 0;
  }

  private static long length(@Nullable String told, long limit) {
    return told != null && told.matches("[0-9]{1,15}") ? Long.parseLong(told) : limit;
  }

  private boolean fits(Wish wish) {
    return takenBytes + wish.costBytes <= budgetBytes;
  }

  private void take(Wish wish) {
    wish.held = true;
    takenBytes += wish.costBytes;
  }

  private void admitWaiting() {
    while (!waiting.isEmpty() && fits(waiting.element())) {
      var wish = waiting.remove();
      if (wish.timer != null) {
        wish.timer.cancel();
      }
      take(wish);
      wish.context.next();
      wish.context.request().resume();
    }
  }

  private void refuse(Wish wish) {
    waiting.remove(wish);
    if (wish.gone) {
      return;
    }
    wish.context.request().resume();
    refusing.accept(
        wish.context,
        new Failure(
            FailureCode.UNAVAILABLE,
            "too many blocks are on their way; slow down",
            Map.of(
                "what", "slow-down",
                "limit_bytes", Long.toString(budgetBytes),
                "hint", "send fewer blocks at a time, or objects by S3, which are streamed")));
  }
}
