package io.kintsugi.heal;

import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One token bucket for each origin, all filled at the same rate. Whoever comes first goes first;
/// nobody waits whose bytes are more than a bucket holds, but those behind pay for it.
///
/// As many wait as heals run, times the shards of each.
final class Throttle implements Turns {
  /// What one access costs at least, whatever it moves.
  static final long ACCESS_BYTES = 65_536;

  private static final double NANOS_PER_SECOND = 1e9;

  /// What a bucket holds, in seconds of its rate and at most: all origins' bursts may come at once,
  /// and a client waits behind them.
  private static final double BURST_SECONDS = 0.05;

  private static final double BURST_BYTES_MAX = 512 << 10;

  /// No single piece keeps the others waiting longer.
  private static final double DEBT_SECONDS = 5;

  private final World world;
  private final Map<String, Bucket> buckets = new HashMap<>();
  private long bytesPerSecond = Pace.UNBOUNDED;

  private record Waiter(long bytes, Promise<Void> turn) {}

  private static final class Bucket {
    final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    double bytes;
    long filledNanos;
    World.@Nullable Timer timer;
  }

  Throttle(World world) {
    this.world = world;
  }

  /// From now on at this rate; those who wait are reckoned anew.
  void setRate(long perSecond) {
    if (perSecond != bytesPerSecond) {
      buckets.values().forEach(this::fill);
      bytesPerSecond = perSecond;
      buckets.values().forEach(this::serve);
    }
  }

  @Override
  public long bytesPerSecond() {
    return bytesPerSecond == Pace.UNBOUNDED ? 0 : bytesPerSecond;
  }

  @Override
  public Future<Void> take(String originId, long bytes) {
    if (bytesPerSecond == Pace.UNBOUNDED) {
      return Future.succeededFuture();
    }
    var bucket = buckets.computeIfAbsent(originId, _ -> full());
    var turn = Promise.<Void>promise();
    bucket.waiting.add(new Waiter(Math.max(bytes, ACCESS_BYTES), turn));
    serve(bucket);
    return turn.future();
  }

  private Bucket full() {
    var bucket = new Bucket();
    bucket.bytes = capacity();
    bucket.filledNanos = world.nanos();
    return bucket;
  }

  private double capacity() {
    return Math.min(BURST_BYTES_MAX, BURST_SECONDS * bytesPerSecond);
  }

  private void fill(Bucket bucket) {
    long now = world.nanos();
    double came = (now - bucket.filledNanos) / NANOS_PER_SECOND * bytesPerSecond;
    bucket.bytes = Math.min(capacity(), bucket.bytes + came);
    bucket.filledNanos = now;
  }

  private void serve(Bucket bucket) {
    fill(bucket);
    while (!bucket.waiting.isEmpty() && (bucket.bytes > 0 || bytesPerSecond == Pace.UNBOUNDED)) {
      var next = bucket.waiting.remove();
      bucket.bytes = Math.max(-DEBT_SECONDS * bytesPerSecond, bucket.bytes - next.bytes());
      next.turn().complete();
    }
    var timer = bucket.timer;
    if (timer != null) {
      timer.cancel();
      bucket.timer = null;
    }
    if (!bucket.waiting.isEmpty()) {
      long nanos = (long) (-bucket.bytes / bytesPerSecond * NANOS_PER_SECOND);
      bucket.timer =
          world.after(
              Duration.ofNanos(nanos).plusMillis(1),
              () -> {
                bucket.timer = null;
                serve(bucket);
              });
    }
  }
}
