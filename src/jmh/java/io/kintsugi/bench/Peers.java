package io.kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Programs to compare with, and the state of the machine that both sides begin with.
final class Peers {
  private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

  private Peers() {}

  /// Runs a command to its end; its output.
  static String run(List<String> command) throws Exception {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + output);
    }
    return output;
  }

  static String run(String... command) throws Exception {
    return run(Arrays.asList(command));
  }

  /// How long it took, in seconds.
  static double seconds(List<String> command) throws Exception {
    long began = System.nanoTime();
    run(command);
    return (System.nanoTime() - began) / 1e9;
  }

  /// Writes out what waits, and forgets what was read; false if this user may not.
  static boolean dropCaches() throws Exception {
    run("sync");
    if (!Files.isWritable(DROP_CACHES)) {
      return false;
    }
    try {
      Files.writeString(DROP_CACHES, "3");
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
