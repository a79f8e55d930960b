package io.kintsugi.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that is run to its end within a bounded time.
final class Command {
  private static final int OUTPUT_BYTES_MAX = 16 * 1024;

  /// How it ended, and what it said.
  record Outcome(int exitCode, String output) {
    boolean succeeded() {
      return exitCode == 0;
    }
  }

  private Command() {}

  /// The output goes through a file: a pipe would stay open as long as any child that inherited it.
  static Outcome run(List<String> words, Path workDir, int limitSeconds) throws IOException {
    var output = Files.createTempFile(workDir, "command-", ".out");
    try {
      var builder =
          new ProcessBuilder(words)
              .directory(workDir.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      // PGPORT, PGOPTIONS and the like of whoever started the node must not reach our server, and
      // its messages are read, so they must be in English.
      builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
      builder.environment().put("LC_ALL", "C");
      builder.environment().put("TZ", "UTC");
      var ended = ended(builder.start(), limitSeconds);
      return new Outcome(ended, text(output));
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static int ended(Process process, int limitSeconds) throws IOException {
    try {
      if (process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      process.destroyForcibly();
      throw new IOException("no end after " + limitSeconds + " s");
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    }
  }

  private static String text(Path output) throws IOException {
    try (var bytes = Files.newInputStream(output)) {
      return new String(bytes.readNBytes(OUTPUT_BYTES_MAX), UTF_8).strip();
    }
  }
}
