package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// A server of somebody else that speaks S3, as a process of its own on loopback. It is started
/// with a bucket `origin`, and ends with the test.
public final class S3Servers implements AutoCloseable {
  public static final String BUCKET = "origin";
  public static final String ACCESS_KEY = "S3RVER";
  public static final String SECRET_KEY = "S3RVER";
  private static final Duration START = Duration.ofSeconds(60);
  private static final Path FOLDER = Path.of("target", "servers").toAbsolutePath();

  private final Process process;
  private final Path log;
  private final int port;

  private S3Servers(Path folder, int port, List<String> command) throws Exception {
    this.port = port;
    log = folder.resolve("server.log");
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .directory(folder.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    awaitAnswer();
  }

  /// S3Proxy, which checks signatures and keeps to what S3 does.
  ///
  /// @param lines further properties
  public static S3Servers proxy(Path folder, String... lines) throws Exception {
    return proxy(folder, freePort(), SECRET_KEY, lines);
  }

  /// Ends it, and starts another where it was, which keeps what it kept and knows this secret
  /// alone.
  public S3Servers restartedWith(String secret) throws Exception {
    kill();
    return proxy(Objects.requireNonNull(log.getParent()), port, secret);
  }

  private static S3Servers proxy(Path folder, int port, String secret, String... lines)
      throws Exception {
    var data = Files.createDirectories(folder.resolve("data"));
    Files.createDirectories(data.resolve(BUCKET));
    var properties =
        new ArrayList<>(
            List.of(
                "s3proxy.authorization=aws-v2-or-v4",
                "s3proxy.endpoint=http://127.0.0.1:" + port,
                "s3proxy.identity=" + ACCESS_KEY,
                "s3proxy.credential=" + secret,
                "jclouds.provider=filesystem-nio2",
                "jclouds.identity=local",
                "jclouds.credential=local",
                "jclouds.filesystem.basedir=" + data));
    properties.addAll(Arrays.asList(lines));
    var file = Files.write(folder.resolve("s3proxy.conf"), properties);
    return new S3Servers(
        folder,
        port,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-jar",
            present("s3proxy.jar", "mvn verify brings it").toString(),
            "--properties",
            file.toString()));
  }

  /// s3rver, which takes much of S3 lightly.
  public static S3Servers sloppy(Path folder) throws Exception {
    int port = freePort();
    var data = Files.createDirectories(folder.resolve("data"));
    var script =
        present(
            "s3rver/node_modules/s3rver/bin/s3rver.js",
            "npm install --prefix target/servers/s3rver s3rver@3.7.1");
    return new S3Servers(
        folder,
        port,
        List.of(
            "node",
            // For the cipher in which it keeps where a listing goes on.
            "--openssl-legacy-provider",
            script.toString(),
            "-a",
            "127.0.0.1",
            "-p",
            Integer.toString(port),
            "-d",
            data.toString(),
            "--configure-bucket",
            BUCKET));
  }

  private static Path present(String name, String hint) {
    var path = FOLDER.resolve(name);
    if (!Files.exists(path)) {
      throw new AssertionError(path + " is missing: " + hint);
    }
    return path;
  }

  public static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitAnswer() throws Exception {
    long end = System.nanoTime() + START.toNanos();
    try (var http = HttpClient.newHttpClient()) {
      while (System.nanoTime() < end && process.isAlive()) {
        try {
          http.send(HttpRequest.newBuilder(endpoint()).build(), BodyHandlers.discarding());
          return;
        } catch (IOException e) {
          // Nobody listens yet, or whoever does is not ready to answer.
          process.waitFor(50, TimeUnit.MILLISECONDS);
        }
      }
    }
    close();
    throw new AssertionError("the server does not answer:\n" + Files.readString(log));
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  public int port() {
    return port;
  }

  public S3Settings settings(String prefix) {
    return settings(endpoint(), prefix);
  }

  public static S3Settings settings(URI endpoint, String prefix) {
    return S3Settings.of(endpoint, BUCKET, prefix, new Secret(ACCESS_KEY), new Secret(SECRET_KEY));
  }

  /// Where its bucket lies on this disk.
  public Path bucket() {
    return log.resolveSibling("data").resolve(BUCKET);
  }

  /// A file of zeros but for the word `marked` here and there.
  static void plantSparse(Path path, long sizeBytes, long[] spots) throws IOException {
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(sizeBytes);
      for (long spot : spots) {
        file.seek(spot);
        file.write("marked".getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  public String log() throws IOException {
    return Files.readString(log);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// In the middle of whatever it does.
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
