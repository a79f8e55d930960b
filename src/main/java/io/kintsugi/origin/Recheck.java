package io.kintsugi.origin;

import io.kintsugi.kernel.World;
import java.time.Duration;

/// An origin that did not answer is asked again before its time, however often it was asked.
final class Recheck {
  private static final Duration DELAY = Duration.ofSeconds(2);

  private final World world;
  private final Runnable check;
  private boolean due;

  Recheck(World world, Runnable check) {
    this.world = world;
    this.check = check;
  }

  void soon() {
    if (!due) {
      due = true;
      world.after(
          DELAY,
          () -> {
            due = false;
            check.run();
          });
    }
  }
}
