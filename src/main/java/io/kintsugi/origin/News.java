package io.kintsugi.origin;

import io.kintsugi.kernel.World;
import java.time.Duration;

/// Tells how an origin is: at once where it matters, else a moment later and together.
final class News {
  /// Changes of latency and room are told this much later.
  private static final Duration DELAY = Duration.ofSeconds(1);

  private final World world;
  private final Runnable listener;
  private boolean due;

  News(World world, Runnable listener) {
    this.world = world;
    this.listener = listener;
  }

  void tellSoon() {
    if (!due) {
      due = true;
      world.after(DELAY, this::tell);
    }
  }

  void tell() {
    due = false;
    listener.run();
  }
}
