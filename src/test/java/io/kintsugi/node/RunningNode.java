package io.kintsugi.node;

import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.sql.TestPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The real node as a child process, on free ports and a data directory of its own. It starts from
/// a database that was made before, with a compiler that is quick rather than thorough, and without
/// vectors, unless the system property `kintsugi.node` is `product`. The demonstration's test runs
/// everything as a user does, from nothing.
public final class RunningNode implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("ready http=(\\S+) s3=(\\S+)");
  private static final long START_SECONDS = 90;
  private static final int LOG_LINES = 200;
  private static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1");
  private static final List<String> PRODUCT = List.of("--add-modules=jdk.incubator.vector");

  private static final List<RunningNode> RUNNING = new CopyOnWriteArrayList<>();

  /// How a node ended that was not to start, and what it said.
  record Ended(int code, List<String> lines) {}

  private final Path data;
  private final List<String> through;
  private final List<String> flags;
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private CompletableFuture<String[]> ready = new CompletableFuture<>();
  private Process process;
  private String httpUrl = "";
  private String s3Url = "";

  private RunningNode(Path data, List<String> through, List<String> flags) {
    this.data = data;
    this.through = through;
    this.flags = flags;
    this.process = launch();
  }

  /// Starts one and waits until it serves.
  public static RunningNode start(Path data, String... flags) {
    return start(data, List.of(), flags);
  }

  /// Starts one by another program.
  ///
  /// @param through words to put before the command
  static RunningNode start(Path data, List<String> through, String... flags) {
    if (Files.notExists(data.resolve("postgres"))) {
      TestPostgres.provide(data);
    }
    var all = new ArrayList<>(List.of("--data", data.toString()));
    all.addAll(List.of(flags));
    if (!all.contains("--http-port")) {
      all.addAll(List.of("--http-port", "0", "--s3-port", "0"));
    }
    var node = new RunningNode(data, through, all);
    RUNNING.add(node);
    node.awaitReady();
    return node;
  }

  /// Runs a node that must not start; what it said and how it ended.
  static Ended refused(Path workDirectory, String... flags) throws Exception {
    var builder = new ProcessBuilder(command(List.of(flags))).redirectErrorStream(true);
    builder.directory(workDirectory.toFile());
    clean(builder);
    var process = builder.start();
    var lines = new ArrayList<String>();
    try (var in = process.inputReader(StandardCharsets.UTF_8)) {
      in.lines().forEach(lines::add);
    }
    if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("a node that must not start runs: " + lines);
    }
    return new Ended(process.exitValue(), lines);
  }

  private static List<String> command(List<String> flags, String... options) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(System.getProperty("kintsugi.node", "").equals("product") ? PRODUCT : QUICK);
    command.addAll(List.of(options));
    command.addAll(
        Arrays.asList(
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "io.kintsugi.Main"));
    if (!flags.contains("--verticles")) {
      command.addAll(List.of("--verticles", Path.of("verticles.json").toAbsolutePath().toString()));
    }
    command.addAll(flags);
    return command;
  }

  /// No setting of the one who runs the tests reaches the node.
  private static void clean(ProcessBuilder builder) {
    builder.environment().keySet().removeIf(name -> name.startsWith("KINTSUGI_"));
    builder.environment().put("KINTSUGI_PARENT", Long.toString(ProcessHandle.current().pid()));
  }

  private Process launch(String... options) {
    try {
      Files.createDirectories(data);
      var words = new ArrayList<>(through);
      words.addAll(command(flags, options));
      var builder = new ProcessBuilder(words).redirectErrorStream(true);
      builder.directory(data.toFile());
      clean(builder);
      var started = builder.start();
      ready = new CompletableFuture<>();
      var served = ready;
      Thread.ofPlatform().daemon().start(() -> collect(started, served));
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void collect(Process from, CompletableFuture<String[]> served) {
    try (var in =
        new BufferedReader(new InputStreamReader(from.getInputStream(), StandardCharsets.UTF_8))) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        log.add(line);
        var match = READY.matcher(line);
        if (match.find()) {
          served.complete(new String[] {match.group(1), match.group(2)});
        }
      }
    } catch (IOException e) {
      // A killed process may leave its pipe in any state.
      log.add("(log ended: " + e.getMessage() + ")");
    }
    served.completeExceptionally(new IOException("the node ended before it served"));
  }

  private void awaitReady() {
    try {
      var urls = ready.get(START_SECONDS, TimeUnit.SECONDS);
      httpUrl = urls[0];
      s3Url = urls[1];
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      close();
      throw new AssertionError("the node does not serve:\n" + tail(), e);
    }
  }

  Path data() {
    return data;
  }

  String httpUrl() {
    return httpUrl;
  }

  public String s3Url() {
    return s3Url;
  }

  Rest rest() {
    return new Rest(httpUrl);
  }

  /// Ends the JVM in the middle of whatever it does.
  void killJvm() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// Ends the JVM and its PostgreSQL in the middle of whatever they do.
  void killJvmAndPostgres() throws IOException, InterruptedException {
    var postgres = postgres();
    process.destroyForcibly();
    postgres.destroyForcibly();
    process.waitFor();
    postgres.onExit().join();
  }

  /// What a killed JVM left behind.
  void killPostgres() throws IOException {
    var postgres = postgres();
    postgres.destroyForcibly();
    postgres.onExit().join();
  }

  private ProcessHandle postgres() throws IOException {
    var file = data.resolve("postgres/data/postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
    return ProcessHandle.of(pid)
        .orElseThrow(() -> new AssertionError("PostgreSQL does not run: " + pid));
  }

  /// Asks it to stop by SIGTERM; how long that took. The JVM then ends with 143.
  Duration terminate() throws InterruptedException {
    long begin = System.nanoTime();
    process.destroy();
    if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("the node does not stop:\n" + tail());
    }
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  int exitCode() {
    return process.exitValue();
  }

  /// Starts it again on the same data directory, with free ports anew.
  void restart() {
    process = launch();
    awaitReady();
  }

  /// Starts it again, to kill itself at a point; false if it came there before it served.
  boolean restartToDie(String point) throws Exception {
    process = launch("-D" + CrashPoint.PROPERTY + "=" + point);
    try {
      var urls = ready.get(START_SECONDS, TimeUnit.SECONDS);
      httpUrl = urls[0];
      s3Url = urls[1];
      return true;
    } catch (ExecutionException e) {
      return false;
    }
  }

  /// Files that it has open below a folder.
  List<Path> openFiles(Path folder) throws IOException {
    var open = new ArrayList<Path>();
    try (var links = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      for (var link : (Iterable<Path>) links::iterator) {
        // One that was closed meanwhile is not there any more.
        var target = Files.exists(link) ? Files.readSymbolicLink(link) : link;
        if (target.startsWith(folder)) {
          open.add(target);
        }
      }
    } catch (NoSuchFileException e) {
      return openFiles(folder);
    }
    return open;
  }

  private String jcmd(String question) throws Exception {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    return new Command(data).succeed(jcmd, Long.toString(process.pid()), question);
  }

  /// How many instances of each of our classes somebody still holds on to, a line each.
  String held() throws Exception {
    return jcmd("GC.class_histogram")
        .lines()
        .filter(line -> line.contains("io.kintsugi."))
        .map(line -> line.strip() + ";")
        .collect(Collectors.joining());
  }

  /// The heap that it still uses after all garbage is gone.
  long heapBytes() throws Exception {
    jcmd("GC.run");
    var said = jcmd("GC.heap_info");
    var used = Pattern.compile("used ([0-9]+)K").matcher(said);
    if (!used.find()) {
      throw new AssertionError("no heap in: " + said);
    }
    return Long.parseLong(used.group(1)) * 1024;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// Waits until it has ended by itself; false if it has not.
  boolean awaitEnd(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Asks it to stop by SIGTERM, and does not wait.
  void askToStop() {
    process.destroy();
  }

  String tail() {
    synchronized (log) {
      return String.join("\n", log.subList(Math.max(0, log.size() - LOG_LINES), log.size()));
    }
  }

  /// What the nodes said that run now.
  static String tails() {
    return String.join("\n\n", RUNNING.stream().map(RunningNode::tail).toList());
  }

  /// Stops it and its PostgreSQL, by force if need be.
  @Override
  public void close() {
    RUNNING.remove(this);
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      if (Files.exists(data.resolve("postgres/data/postmaster.pid"))) {
        postgres().destroy();
      }
      TestPostgres.withdraw(data);
    } catch (IOException | AssertionError e) {
      log.add("(PostgreSQL had ended: " + e.getMessage() + ")");
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
