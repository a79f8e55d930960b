package io.kintsugi.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A node in a process of its own, as `bin/kintsugi dev` starts it, and how to ask it.
final class BenchNode implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern USED = Pattern.compile("used ([0-9]+)K");
  private static final int STOP_SECONDS = 20;

  private final Process process;
  private final HttpClient client = HttpClient.newHttpClient();
  private final String http;
  private final S3Client s3;

  private BenchNode(Process process, String ready) {
    this.process = process;
    http = after(ready, "http=");
    s3 = new S3Client(URI.create(after(ready, "s3=")), "kintsugi", "kintsugi-secret");
  }

  static BenchNode start(Path data, String... flags) throws IOException {
    return startIn("1g", data, flags);
  }

  /// @param heap the most that the node's JVM may use, as `-Xmx` takes it
  static BenchNode startIn(String heap, Path data, String... flags) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                "bin/kintsugi",
                "dev",
                "--data",
                data.toString(),
                "--http-port",
                "0",
                "--s3-port",
                "0"));
    command.addAll(List.of(flags));
    var builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(data.resolve("node.log").toFile()));
    builder.environment().put("KINTSUGI_HEAP", heap);
    var process = builder.start();
    var output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String line;
    while ((line = output.readLine()) != null) {
      if (line.startsWith("ready ")) {
        return new BenchNode(process, line);
      }
    }
    throw new IllegalStateException(
        "the node did not start: " + Files.readString(data.resolve("node.log")));
  }

  private static String after(String line, String word) {
    return line.substring(line.indexOf(word) + word.length()).strip().split(" ", 2)[0];
  }

  S3Client s3() {
    return s3;
  }

  /// The `data` of the answer.
  JsonNode ask(String method, String path, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(http + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .build();
    var answer = client.send(request, BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new IllegalStateException(method + " " + path + ": " + answer.body());
    }
    return JSON.readTree(answer.body()).get("data");
  }

  /// All figures as text.
  String metrics() throws Exception {
    var request = HttpRequest.newBuilder(URI.create(http + "/metrics/prometheus")).build();
    return client.send(request, BodyHandlers.ofString()).body();
  }

  /// Starts a scan of everything and waits for its end; its last status.
  JsonNode scan(String mode) throws Exception {
    var asked = "{\"strategy\":{\"type\":\"Full\",\"mode\":\"" + mode + "\"}}";
    var id = ask("POST", "/admin/scan/start", asked).get("scan_id").asText();
    while (true) {
      var scan = ask("GET", "/admin/scan/" + id + "/status", "");
      var status = scan.path("status").asText();
      if (status.equals("Completed")) {
        return scan;
      }
      if (!status.equals("Started") && !status.equals("Scanning")) {
        throw new IllegalStateException("the scan ended: " + scan);
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /// What the node's JVM has of real memory.
  long residentBytes() throws IOException {
    var pid = jvm(process.toHandle()).pid();
    for (var line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IllegalStateException("no VmRSS");
  }

  /// What the node's heap holds once nothing in it is garbage.
  long liveHeapBytes() throws Exception {
    var pid = Long.toString(jvm(process.toHandle()).pid());
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Peers.run(jcmd, pid, "GC.run");
    var used = USED.matcher(Peers.run(jcmd, pid, "GC.heap_info"));
    if (!used.find()) {
      throw new IllegalStateException("no heap in what jcmd tells");
    }
    return Long.parseLong(used.group(1)) * 1024;
  }

  /// What the node's JVM has spent of the processors.
  long cpuMicros() {
    return jvm(process.toHandle()).info().totalCpuDuration().orElseThrow().toNanos() / 1000;
  }

  /// The script may have become the JVM, or wait for it.
  private static ProcessHandle jvm(ProcessHandle script) {
    boolean itself = script.info().command().orElse("").endsWith("java");
    return itself
        ? script
        : script
            .descendants()
            .filter(child -> child.info().command().orElse("").endsWith("java"))
            .findFirst()
            .orElseThrow();
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }

  static void remove(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
