package io.kintsugi.s3;

import io.kintsugi.kernel.World;

/// Whose move it is on one connection, and since when. Only a client that owes a move can be idle.
final class Activity {
  private final World world;
  private final Runnable close;
  private Runnable onIdle;
  private boolean ours;
  private long touchedNanos;

  Activity(World world, Runnable close) {
    this.world = world;
    this.close = close;
    onIdle = close;
    touchedNanos = world.nanos();
  }

  /// The next move is this side's: time does not count.
  void ours() {
    ours = true;
  }

  /// The next move is the client's: time counts from now.
  void theirs() {
    ours = false;
    touchedNanos = world.nanos();
  }

  /// A sign of life of the client.
  void touch() {
    touchedNanos = world.nanos();
  }

  /// What to do, once, with a client that is idle in the midst of its request.
  void onIdle(Runnable task) {
    onIdle = task;
  }

  void look(long nowNanos, long idleNanos) {
    if (!ours && nowNanos - touchedNanos > idleNanos) {
      var task = onIdle;
      onIdle = close;
      touchedNanos = nowNanos;
      task.run();
    }
  }
}
