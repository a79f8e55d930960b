package io.kintsugi.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A gibibyte past a slow reader in a heap of a quarter of it (F2): within one node, and between
/// two over a socket.
class BlobMemoryIT {
  private static final int CHUNK_BYTES = 256 * 1024;
  private static final long LIMIT_SECONDS = 120;

  @ParameterizedTest
  @CsvSource({"1073741824, one", "1073741824, two"})
  void aSlowReaderNeverFillsMemory(long sizeBytes, String nodes)
      throws IOException, InterruptedException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java");
    var process =
        new ProcessBuilder(
                java.toString(),
                "-Xmx256m",
                "-XX:MaxDirectMemorySize=64m",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                SlowReader.class.getName(),
                Long.toString(sizeBytes),
                nodes)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("ended in time").isTrue();
      assertThat(process.exitValue()).isZero();
      var said = new String(process.getInputStream().readAllBytes(), UTF_8).strip().split(" ", -1);
      assertThat(Long.parseLong(said[0])).isEqualTo(sizeBytes);
      assertThat(Long.parseLong(said[1]))
          .as("bytes that waited at the reader")
          .isPositive()
          .isLessThanOrEqualTo(Blobs.OBJECT_WINDOW_BYTES + CHUNK_BYTES);
    } finally {
      process.destroyForcibly();
    }
  }
}
