package io.kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// F8: the command line explains itself, and ends with the code that is meant.
class KintsugiTest {
  private record Ended(int code, String out, String err) {}

  private static Ended run(String... words) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Kintsugi.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            words);
    return new Ended(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void withoutWordsItExplainsItself() {
    var ended = run();
    assertThat(ended.code()).isZero();
    assertThat(ended.out())
        .contains("dev", "status", "scan", "heal", "policy", "buckets", "origins", "standing")
        .contains("mount", "unmount", "logging", "demo", "data is lost");
  }

  @Test
  void itTellsItsVersion() {
    assertThat(run("--version").out()).startsWith("kintsugi 0.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "scan start --no-such", "heal request only-one", "status x"})
  void wrongUseEndsWithTwo(String words) {
    var ended = run(words.split(" ", -1));
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err()).isNotBlank();
  }

  @Test
  void wordsThatNoNodeCanMeanEndWithTwo() {
    assertThat(run("--url", "nonsense", "status").code()).isEqualTo(2);
    assertThat(run("buckets", "b", "--layout", "six").code()).isEqualTo(2);
    assertThat(run("trees", "put", "b", "nas:a:first").code()).isEqualTo(2);
    assertThat(run("demo", "/no/such/directory").code()).isEqualTo(2);
    assertThat(run("mount", "b", "/tmp", "--read-only", "--writes").code()).isEqualTo(2);
    assertThat(run("mount", "b", "/tmp", "--refresh", "soon").code()).isEqualTo(2);
    assertThat(run("unmount", "/no/such/directory").code()).isEqualTo(2);
  }

  @Test
  void whereNoNodeAnswersItSaysSo() throws Exception {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    var ended = run("status", "--url", "http://127.0.0.1:" + port);
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("no node answers at http://127.0.0.1:" + port);
  }

  @Test
  void aMountNeedsAnEmptyDirectoryAndANode(@TempDir Path folder) throws Exception {
    var missing = run("mount", "b", folder.resolve("none").toString());
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("there is no directory", "make it first");
    Files.createFile(folder.resolve("file"));
    assertThat(run("mount", "b", folder.resolve("file").toString()).err())
        .contains("is not a directory");
    assertThat(run("mount", "b", folder.toString()).err()).contains("is not empty");
    var empty = Files.createDirectory(folder.resolve("empty")).toString();
    var silent = run("mount", "b", empty, "--url", "http://127.0.0.1:1");
    assertThat(silent.code()).isEqualTo(1);
    assertThat(silent.err()).contains("no node answers at http://127.0.0.1:1");
    assertThat(run("unmount", empty).err()).contains("no bucket is mounted at " + empty);
  }

  /// What `words` say of a node that answers every question so.
  private static Ended against(String data, String... words) throws Exception {
    var node = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    var answer = ("{\"success\":true,\"data\":" + data + "}").getBytes(StandardCharsets.UTF_8);
    node.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    node.start();
    try {
      var all = new ArrayList<>(List.of(words));
      all.addAll(List.of("--url", "http://127.0.0.1:" + node.getAddress().getPort()));
      return run(all.toArray(String[]::new));
    } finally {
      node.stop(0);
    }
  }

  private static final String INCOMPLETE =
      """
      {"scan_id": "scan-9", "status": "Completed", "complete": false, "warning": "12 shards unknown",
       "progress": {"completion_percentage": 100}, "issues": []}\
      """;

  @Test
  void aScanThatCouldNotLookEverywhereFailsAndSaysSo() throws Exception {
    var watched = against(INCOMPLETE, "scan", "status", "scan-9", "--watch");
    assertThat(watched.code()).isEqualTo(1);
    assertThat(watched.out()).contains("INCOMPLETE: 12 shards unknown");
    assertThat(against(INCOMPLETE, "scan", "status", "scan-9").out())
        .contains("INCOMPLETE: 12 shards unknown");
    assertThat(against("{\"scans\":[" + INCOMPLETE + "]}", "scan", "list").out())
        .contains("Completed, incomplete");
  }

  @Test
  void aScanThatLookedEverywhereIsDone() throws Exception {
    var complete = INCOMPLETE.replace("false", "true").replace("\"12 shards unknown\"", "null");
    var watched = against(complete, "scan", "status", "scan-9", "--watch");
    assertThat(watched.code()).isZero();
    assertThat(watched.out()).contains("scan-9 Completed").doesNotContain("INCOMPLETE");
  }

  @Test
  void aHealThatIsBeyondRepairEndsWithThree() throws Exception {
    var heal = "{\"heal_request_id\":\"heal-1\",\"status\":\"Unrecoverable\"}";
    assertThat(against(heal, "heal", "status", "heal-1", "--watch").code()).isEqualTo(3);
    assertThat(against(heal, "heal", "status", "heal-1").code()).isZero();
    assertThat(against(heal, "heal", "cancel", "heal-1").out()).startsWith("heal-1 Unrecoverable");
  }

  @Test
  void theStandingNamesWhatIsUnknown() throws Exception {
    var standing = "{\"buckets\":[{\"bucket\":\"photos\",\"warning\":\"no answer from disk-7\"}]}";
    assertThat(against(standing, "standing").out())
        .contains("UNKNOWN in photos: no answer from disk-7");
  }

  @Test
  void valuesOfPoliciesAreNumbersFlagsWordsAndObjects() {
    assertThat(PolicyCommand.body(Map.of("a", "12")).toString()).isEqualTo("{\"a\":12}");
    assertThat(PolicyCommand.body(Map.of("a", "true")).toString()).isEqualTo("{\"a\":true}");
    assertThat(PolicyCommand.body(Map.of("a", "12h")).toString()).isEqualTo("{\"a\":\"12h\"}");
    assertThat(PolicyCommand.body(Map.of("a", "[\"x\"]")).toString()).isEqualTo("{\"a\":[\"x\"]}");
    assertThat(PolicyCommand.body(Map.of("m.critical_buckets", "High")).toString())
        .isEqualTo("{\"m\":{\"critical_buckets\":\"High\"}}");
  }

  @Test
  void progressWithoutATerminalIsALineForEveryTenth() {
    var out = new ByteArrayOutputStream();
    var bar = new ProgressBar(new PrintStream(out, true, StandardCharsets.UTF_8), "scan", false);
    for (int i = 0; i <= 1000; i++) {
      bar.show(i / 1000.0, i + " objects");
    }
    bar.end();
    assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(11);
  }
}
