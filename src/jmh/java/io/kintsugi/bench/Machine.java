package io.kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the whole machine did.
final class Machine {
  private static final int TICK_MICROS = 10_000;

  private Machine() {}

  /// What the processors spent on anything since the machine was started.
  static long busyMicros() throws IOException {
    var fields = Files.readString(Path.of("/proc/stat")).lines().findFirst().orElseThrow();
    var ticks = fields.strip().split(" +");
    long busy = 0;
    // user, nice, system, then idle and waiting, then interrupts
    for (int i : new int[] {1, 2, 3, 6, 7}) {
      busy += Long.parseLong(ticks[i]);
    }
    return busy * TICK_MICROS;
  }
}
