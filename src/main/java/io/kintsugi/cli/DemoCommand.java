package io.kintsugi.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The demonstration: stores a directory, breaks the storage with a hammer, and watches it mend.
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = "Stores a directory, breaks the storage with a hammer and watches it mend.")
final class DemoCommand implements Callable<Integer> {
  /// Shards take 8/6 of an object, copies three times its size, heals write some of it again.
  private static final double SPACE_FACTOR = 3;

  private static final long SPACE_BYTES = 500_000_000;
  private static final int BEYOND_OBJECTS = 10;

  /// Keeps a chosen seed short enough to type.
  private static final long SEED_MASK = 0xFFFF_FFFFL;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "What to store; default: the lib directory of this JDK.")
  private @Nullable Path source;

  @Option(names = "--beyond", description = "Breaks ten objects for good; ends with 3.")
  private boolean beyond;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data directory, which must not exist or be empty; default: a new one.")
  private @Nullable Path data;

  @Option(names = "--keep", description = "Leaves the data directory as it is at the end.")
  private boolean keep;

  @Option(names = "--seed", description = "Chooses what is broken; default: a new one.")
  private @Nullable Long seed;

  /// Then the node's log is kept.
  private boolean failed;

  @Override
  public Integer call() {
    var tree =
        source == null ? Path.of(System.getProperty("java.home"), "lib") : source.toAbsolutePath();
    var files = SourceFile.below(tree);
    var directory = directory();
    requireSpace(directory, files.stream().mapToLong(SourceFile::bytes).sum());
    var log = directory.resolveSibling(directory.getFileName() + ".log");
    try (var node = DemoNode.start(directory, log, () -> clean(directory, log))) {
      return run(node, directory, tree, files);
    }
  }

  private int run(DemoNode node, Path directory, Path tree, List<SourceFile> files) {
    var root = Kintsugi.of(Objects.requireNonNull(spec));
    long chosen = seed == null ? System.nanoTime() & SEED_MASK : seed;
    try {
      return new Demo(root.out(), node, directory, files)
          .run(tree, chosen, beyond ? BEYOND_OBJECTS : 0);
    } catch (ApiFailure e) {
      failed = true;
      root.err().println("kintsugi: " + e.getMessage());
      root.err().println("kintsugi: the seed was " + chosen + ", the log is " + node.log());
      return Kintsugi.FAILED;
    }
  }

  private Path directory() {
    try {
      if (data == null) {
        return Files.createTempDirectory("kintsugi-demo-");
      }
      var absolute = data.toAbsolutePath().normalize();
      Files.createDirectories(absolute);
      try (var content = Files.list(absolute)) {
        if (content.findAny().isPresent()) {
          throw new ApiFailure(
              "USAGE",
              absolute
                  + " is not empty; the demonstration breaks what is stored there, so it takes"
                  + " only a directory of its own");
        }
      }
      return absolute;
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot make a data directory: " + e.getMessage(), e);
    }
  }

  private static void requireSpace(Path directory, long bytes) {
    long need = (long) (bytes * SPACE_FACTOR) + SPACE_BYTES;
    long free = directory.toFile().getUsableSpace();
    if (free < need) {
      throw new ApiFailure(
          "AMISS",
          "%s has %s free, the demonstration needs about %s; choose another place with --data"
              .formatted(directory, Units.bytes(free), Units.bytes(need)));
    }
  }

  private void clean(Path directory, Path log) {
    if (keep || data != null) {
      return;
    }
    try (var paths = Files.walk(directory)) {
      if (!failed) {
        Files.deleteIfExists(log);
      }
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      Kintsugi.of(Objects.requireNonNull(spec))
          .err()
          .println("kintsugi: cannot remove " + directory + ": " + e.getMessage());
    }
  }
}
