package io.kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
        .contains("logging", "demo", "data is lost");
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
    assertThat(run("demo", "/no/such/directory").code()).isEqualTo(2);
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
