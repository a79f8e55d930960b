package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program that people already have, run to its end.
final class Command {
  private static final long LIMIT_SECONDS = 120;

  /// How it ended, and all it said.
  record Ended(int code, String output) {}

  private final Path workDirectory;
  private final Map<String, String> environment = new HashMap<>();

  Command(Path workDirectory) {
    this.workDirectory = workDirectory;
  }

  Command with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Ended run(String... words) throws Exception {
    var output = Files.createTempFile(workDirectory, "output", ".txt");
    var builder =
        new ProcessBuilder(List.of(words))
            .directory(workDirectory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    // Whatever the one who runs the tests has set for clouds and nodes is not meant for these.
    builder
        .environment()
        .keySet()
        .removeIf(name ->
            name.startsWith("AWS_")
                || name.startsWith("RCLONE_")
                || name.startsWith("KINTSUGI_")
                || name.toLowerCase(java.util.Locale.ROOT).endsWith("_proxy"));
    builder.environment().putAll(environment);
    var process = builder.start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(
          String.join(" ", words) + " does not end:\n" + Files.readString(output));
    }
    return new Ended(
        process.exitValue(), new String(Files.readAllBytes(output), StandardCharsets.UTF_8));
  }

  /// What it said; it must end well.
  String succeed(String... words) throws Exception {
    var ended = run(words);
    assertThat(ended.code()).as("%s\n%s", String.join(" ", words), ended.output()).isZero();
    return ended.output();
  }
}
