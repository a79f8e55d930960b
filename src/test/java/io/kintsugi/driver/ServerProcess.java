package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A program that a test started, with all that it started itself; known by their ids alone.
final class ServerProcess {
  private static final long PATIENCE_SECONDS = 20;

  private final Process process;
  private final Path log;

  private ServerProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /// Starts a program of the machine; what it says goes to a file.
  static ServerProcess start(Path log, String... command) throws IOException {
    require(command[0]);
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    return new ServerProcess(process, log);
  }

  /// Fails loudly if the machine lacks a program.
  private static void require(String program) {
    assertThat(Path.of(program))
        .as("%s is missing; on Debian: see the packages in .ci/run", program)
        .isExecutable();
  }

  /// Runs a program to its end.
  static void run(String input, String... command) throws IOException, InterruptedException {
    require(command[0]);
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var stdin = process.outputWriter()) {
      stdin.write(input);
    }
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s said %s", List.of(command), said).isZero();
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Until somebody listens there.
  void awaitPort(int port) throws InterruptedException, IOException {
    await("nobody listens at " + port, () -> isOpen(port));
  }

  interface Condition {
    boolean holds() throws IOException;
  }

  void await(String otherwise, Condition condition) throws InterruptedException, IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.holds()) {
      assertThat(process.isAlive() && System.nanoTime() < end)
          .as("%s; it said: %s", otherwise, Files.readString(log))
          .isTrue();
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static boolean isOpen(int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private List<ProcessHandle> all() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  /// Stops them where they are, as if they hung.
  void freeze() throws IOException, InterruptedException {
    signal("-STOP", all());
  }

  void thaw() throws IOException, InterruptedException {
    signal("-CONT", all());
  }

  private static void signal(String signal, List<ProcessHandle> processes)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("/usr/bin/kill", signal));
    processes.forEach(one -> command.add(String.valueOf(one.pid())));
    new ProcessBuilder(command).start().waitFor();
  }

  /// Ends them as a loss of power would.
  void kill() {
    var processes = all();
    processes.forEach(ProcessHandle::destroyForcibly);
    processes.forEach(one -> one.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join());
  }

  /// Until it ended by itself.
  boolean ended() throws InterruptedException {
    return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
