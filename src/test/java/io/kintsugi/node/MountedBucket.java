package io.kintsugi.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `kintsugi mount` as a child process, and the directory that it gives.
///
/// The directory lies in a folder that nobody else goes through, and only other processes look into
/// it: whoever waits for a file system waits for ever if nothing answers.
final class MountedBucket implements AutoCloseable {
  private static final long LIMIT_SECONDS = 60;
  private static final int LOOK_MILLIS = 50;

  private final Path folder;
  private final Path directory;
  private final Process process;
  private List<ProcessHandle> children = List.of();

  private MountedBucket(RunningNode node, String bucket, String... more) throws Exception {
    folder = Files.createTempDirectory("kintsugi-mounted");
    directory = Files.createDirectory(folder.resolve("a bucket"));
    var words = new ArrayList<>(List.of("mount", bucket, directory.toString()));
    words.addAll(List.of("--url", node.httpUrl()));
    words.addAll(Arrays.asList(more));
    var builder = new ProcessBuilder(command(words.toArray(String[]::new)));
    // Settings of the one who runs the tests are not meant for this node, or this rclone.
    builder.environment().keySet().removeIf(name -> name.startsWith("KINTSUGI_"));
    builder.environment().put("AWS_CA_BUNDLE", "/no/such/file");
    builder.environment().put("RCLONE_READ_ONLY", "no boolean");
    builder.directory(folder.toFile());
    process = builder.redirectErrorStream(true).redirectOutput(log().toFile()).start();
    try {
      awaitMounted();
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  static MountedBucket mount(RunningNode node, String bucket, String... more) throws Exception {
    return new MountedBucket(node, bucket, more);
  }

  /// The command line as a process of its own.
  static String[] command(String... words) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.kintsugi.cli.Kintsugi");
    command.addAll(Arrays.asList(words));
    return command.toArray(String[]::new);
  }

  private Path log() {
    return folder.resolve("log");
  }

  String said() throws IOException {
    return Files.readString(log(), UTF_8);
  }

  Path directory() {
    return directory;
  }

  /// The kernel's list of mounts is read, never the mount.
  boolean isMounted() throws IOException {
    var path = directory.toString().replace(" ", "\\040");
    return Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + path + " ");
  }

  private void awaitMounted() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!said().contains("mounted ")) {
      if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
        throw new AssertionError("it does not mount: " + said());
      }
    }
    children = process.descendants().toList();
  }

  /// Words of all that it runs, as everybody on the machine can read them.
  String visibleWords() throws IOException {
    var words = new StringBuilder();
    for (var child : children) {
      words.append(Files.readString(Path.of("/proc/" + child.pid() + "/cmdline")));
    }
    return words.toString().replace('\0', ' ');
  }

  /// Asks it to end by SIGTERM, as a terminal that is closed does.
  void terminate() {
    process.destroy();
  }

  /// How it ended.
  int awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("it does not end");
    }
    return process.exitValue();
  }

  boolean isAlone() {
    return children.stream().noneMatch(ProcessHandle::isAlive);
  }

  @Override
  public void close() {
    try {
      process.destroy();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      children.forEach(ProcessHandle::destroyForcibly);
      if (isMounted()) {
        new ProcessBuilder("fusermount3", "-uz", directory.toString()).start().waitFor();
      }
      Files.deleteIfExists(directory);
      Files.deleteIfExists(log());
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
