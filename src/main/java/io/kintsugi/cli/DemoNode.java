package io.kintsugi.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A real node as a child process of the demonstration, ended with it.
final class DemoNode implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("ready http=(\\S+) s3=(\\S+)");
  private static final long START_SECONDS = 120;
  private static final long STOP_SECONDS = 40;
  private static final int LAST_LINES = 15;
  private static final String NODE_OPTIONS =
      "-Xmx1g --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED"
          + " --sun-misc-unsafe-memory-access=allow";

  /// Settings of the caller's own node, which are not this one's.
  private static final List<String> NOT_INHERITED =
      List.of("KINTSUGI_POSTGRES", "KINTSUGI_ORIGINS", "KINTSUGI_CONFIG", "KINTSUGI_NODE");

  private final Process process;
  private final Path log;
  private final CompletableFuture<Matcher> ready = new CompletableFuture<>();

  private final Runnable afterStop;
  private boolean stopped;

  private DemoNode(Process process, Path log, Runnable afterStop) {
    this.process = process;
    this.log = log;
    this.afterStop = afterStop;
  }

  /// Starts it and waits until it serves.
  ///
  /// @param afterStop runs once it has ended, in whatever way this process ends
  static DemoNode start(Path data, Path log, Runnable afterStop) {
    try {
      Files.createDirectories(data);
      var builder = new ProcessBuilder(command(data)).redirectErrorStream(true);
      // Not in the caller's directory, whose kintsugi.toml is not meant for this node.
      builder.directory(data.toFile());
      NOT_INHERITED.forEach(builder.environment()::remove);
      builder.environment().put("KINTSUGI_PARENT", Long.toString(ProcessHandle.current().pid()));
      var node = new DemoNode(builder.start(), log, afterStop);
      Runtime.getRuntime().addShutdownHook(new Thread(node::close, "stop-demo-node"));
      Thread.ofPlatform().daemon().name("demo-node-log").start(node::copyLog);
      node.awaitReady();
      return node;
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot start a node: " + e.getMessage(), e);
    }
  }

  private static List<String> command(Path data) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    var options = Objects.requireNonNullElse(System.getenv("KINTSUGI_NODE_OPTIONS"), NODE_OPTIONS);
    command.addAll(List.of(options.strip().split("\\s+")));
    command.addAll(List.of("-cp", classPath(), "io.kintsugi.Main", "--data", data.toString()));
    command.addAll(List.of("--http-port", "0", "--s3-port", "0", "--verticles", verticles()));
    return command;
  }

  /// Absolute, because the child runs in another directory.
  private static String classPath() {
    var separator = System.getProperty("path.separator");
    var entries = new ArrayList<String>();
    for (var entry : System.getProperty("java.class.path").split(Pattern.quote(separator), -1)) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(separator, entries);
  }

  private static String verticles() {
    var named = System.getenv("KINTSUGI_VERTICLES");
    return Path.of(named == null ? "verticles.json" : named).toAbsolutePath().toString();
  }

  private void copyLog() {
    try (var in =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        var out = new PrintWriter(Files.newBufferedWriter(log), true)) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        out.println(line);
        var match = READY.matcher(line);
        if (match.find()) {
          ready.complete(match);
        }
      }
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
    ready.completeExceptionally(new IOException("it ended before it served"));
  }

  private void awaitReady() {
    try {
      ready.get(START_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw amiss("it does not serve after " + START_SECONDS + " s", e);
    } catch (ExecutionException e) {
      throw amiss("it ended before it served", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw amiss("interrupted", e);
    }
  }

  private ApiFailure amiss(String why, Exception cause) {
    close();
    return new ApiFailure("AMISS", "the node did not start: " + why + lastLines(), cause);
  }

  /// What the node said last, for a report of trouble.
  String lastLines() {
    try {
      var lines = Files.readAllLines(log);
      var last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
      return "\n  " + String.join("\n  ", last);
    } catch (IOException e) {
      return " (and its log " + log + " cannot be read: " + e.getMessage() + ")";
    }
  }

  Path log() {
    return log;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  String httpUrl() {
    return ready.join().group(1);
  }

  URI s3() {
    return URI.create(ready.join().group(2));
  }

  /// Stops it, by force if it does not go by itself.
  @Override
  public synchronized void close() {
    if (stopped) {
      return;
    }
    stopped = true;
    stop();
    afterStop.run();
  }

  private void stop() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
