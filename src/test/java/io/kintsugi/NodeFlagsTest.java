package io.kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.OriginDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// File < environment < flags, and what a node is told when nobody says anything.
class NodeFlagsTest {
  @TempDir private Path folder;

  private static NodeConfig resolve(Map<String, String> env, String... flags) {
    var parsed = new NodeFlags();
    new CommandLine(parsed).parseArgs(flags);
    return parsed.resolve(env);
  }

  private Map<String, String> env(String toml, String... pairs) throws IOException {
    var env = new HashMap<String, String>();
    var file = Files.writeString(folder.resolve("kintsugi.toml"), toml);
    env.put("KINTSUGI_CONFIG", file.toString());
    for (int i = 0; i < pairs.length; i += 2) {
      env.put(pairs[i], pairs[i + 1]);
    }
    return env;
  }

  private static void refused(Map<String, String> env, List<String> flags, String... words) {
    assertThatThrownBy(() -> resolve(env, flags.toArray(String[]::new)))
        .isInstanceOf(StartRefused.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void theDefaultsAreThoseOfTheManual() {
    var config = resolve(Map.of());
    assertThat(config.node()).isEqualTo("node-1");
    assertThat(config.data()).isEqualTo(Path.of("data").toAbsolutePath());
    assertThat(config.hosts()).containsExactly("127.0.0.1", "::1");
    assertThat(config.httpPort()).isEqualTo(9000);
    assertThat(config.s3Port()).isEqualTo(9001);
    assertThat(config.s3AccessKey()).isEqualTo(NodeConfig.DEV_ACCESS_KEY);
    assertThat(config.s3SecretFile()).isNull();
    assertThat(config.postgres()).isNull();
    assertThat(config.graceMillis()).isEqualTo(86_400_000);
    assertThat(config.compactPercent()).isEqualTo(50);
    assertThat(config.logFormat()).isEqualTo("text");
    assertThat(config.logLevels()).isEmpty();
    assertThat(config.verticles()).isEqualTo(Path.of("verticles.json"));
    assertThat(config.origins())
        .hasSize(8)
        .first()
        .isEqualTo(
            OriginDefinition.of(
                "disk-1",
                "local",
                Map.of("path", config.data().resolve("origins/disk-1").toString())));
  }

  @Test
  void theGraceIsADurationAndSparsePacksAShare() throws IOException {
    var toml = "[collect]\ngrace = \"2h30m\"\ncompact_below_percent = 0\n";
    assertThat(resolve(env(toml)).graceMillis()).isEqualTo(9_000_000);
    assertThat(resolve(env(toml)).compactPercent()).isZero();
    var env = env(toml, "KINTSUGI_COLLECT_GRACE", "90s", "KINTSUGI_COMPACT_BELOW_PERCENT", "70");
    assertThat(resolve(env).graceMillis()).isEqualTo(90_000);
    assertThat(resolve(env).compactPercent()).isEqualTo(70);
    refused(env("[cache]\ncontent = \"some\"\n"), List.of(), "off, remote or all", "some");
    refused(env("[collect]\ngrace = \"a day\"\n"), List.of(), "grace", "a day");
    refused(env("[collect]\ngrace = \"0s\"\n"), List.of(), "grace");
    refused(env("[collect]\ncompact_below_percent = 91\n"), List.of(), "0 (never) to 90");
  }

  @Test
  void theEnvironmentWinsOverTheFileAndAFlagOverBoth() throws IOException {
    var toml =
        """
        data = "/from/file"
        [server]
        http_port = 1001
        s3_port = 1002
        [log]
        format = "json"
        [log.levels]
        scan = "debug"
        heal = "debug"
        """;
    var fromFile = resolve(env(toml));
    assertThat(fromFile.data()).isEqualTo(Path.of("/from/file"));
    assertThat(fromFile.httpPort()).isEqualTo(1001);
    assertThat(fromFile.logFormat()).isEqualTo("json");

    var env =
        env(
            toml,
            "KINTSUGI_DATA",
            "/from/env",
            "KINTSUGI_HTTP_PORT",
            "2001",
            "KINTSUGI_LOG_FORMAT",
            "text",
            "KINTSUGI_LOG_LEVELS",
            "scan=warn");
    var fromEnv = resolve(env);
    assertThat(fromEnv.data()).isEqualTo(Path.of("/from/env"));
    assertThat(fromEnv.httpPort()).isEqualTo(2001);
    assertThat(fromEnv.s3Port()).isEqualTo(1002);
    assertThat(fromEnv.logFormat()).isEqualTo("text");
    assertThat(fromEnv.logLevels())
        .containsOnly(Map.entry("scan", "warn"), Map.entry("heal", "debug"));

    var fromFlag =
        resolve(env, "--data", "/from/flag", "--http-port", "3001", "--log-levels", "root=error");
    assertThat(fromFlag.data()).isEqualTo(Path.of("/from/flag"));
    assertThat(fromFlag.httpPort()).isEqualTo(3001);
    assertThat(fromFlag.s3Port()).isEqualTo(1002);
    assertThat(fromFlag.logLevels()).containsEntry("root", "error");
  }

  @Test
  void everyFlagHasAVariable() {
    var config =
        resolve(
            Map.of(
                "KINTSUGI_NODE", "n9",
                "KINTSUGI_S3_PORT", "0",
                "KINTSUGI_POSTGRES", "postgresql://u@h/d",
                "KINTSUGI_ORIGINS", "3",
                "KINTSUGI_VERTICLES", "/etc/v.json"));
    assertThat(config.node()).isEqualTo("n9");
    assertThat(config.s3Port()).isZero();
    assertThat(config.postgres()).isEqualTo("postgresql://u@h/d");
    assertThat(config.origins()).hasSize(3);
    assertThat(config.verticles()).isEqualTo(Path.of("/etc/v.json"));
    assertThat(resolve(Map.of(), "--postgres", "postgresql://x/y", "--origins", "1").postgres())
        .isEqualTo("postgresql://x/y");
  }

  @Test
  void theFileMayNameSecretsAndOrigins() throws IOException {
    var uri = Files.writeString(folder.resolve("uri"), "postgresql://u@h/d\n");
    var toml =
        """
        [s3]
        access_key = "mine"
        secret_file = "/run/secret"
        [postgres]
        uri_file = "%s"
        [[origins]]
        id = "attic"
        path = "/mnt/attic/../attic"
        domain = "house"
        reserve_bytes = 1_000_000
        """
            .formatted(uri);
    var config = resolve(env(toml));
    assertThat(config.s3AccessKey()).isEqualTo("mine");
    assertThat(config.s3SecretFile()).isEqualTo(Path.of("/run/secret"));
    assertThat(config.postgres()).isEqualTo("postgresql://u@h/d");
    assertThat(config.origins())
        .containsExactly(
            OriginDefinition.of("attic", "local", Map.of("path", "/mnt/attic"))
                .draft()
                .domain("house")
                .reserveBytes(1_000_000L)
                .done());
    refused(env(toml), List.of("--origins", "2"), "exclude each other");
  }

  @Test
  void portsMustBePortsAndDiffer() {
    refused(Map.of(), List.of("--http-port", "65536"), "http port", "65536");
    refused(Map.of(), List.of("--s3-port", "-1"), "s3 port", "-1");
    refused(Map.of(), List.of("--s3-port", "abc"), "--s3-port", "KINTSUGI_S3_PORT", "abc");
    refused(Map.of("KINTSUGI_HTTP_PORT", "9001"), List.of(), "both 9001");
    assertThat(resolve(Map.of(), "--http-port", "0", "--s3-port", "0").s3Port()).isZero();
  }

  @Test
  void whatMakesNoSenseIsRefusedInWords() throws IOException {
    refused(Map.of(), List.of("--origins", "0"), "1 to 24", "0");
    refused(Map.of(), List.of("--origins", "25"), "1 to 24", "25");
    refused(Map.of(), List.of("--log-format", "xml"), "text or json", "xml");
    refused(Map.of(), List.of("--log-levels", "debug"), "scan=debug,root=info", "debug");
    refused(Map.of(), List.of("--config", "/no/such/file.toml"), "/no/such/file.toml");
    refused(env("[[origins]]\nid = \"A B\"\npath = \"/x\"\n"), List.of(), "id must be");
    refused(env("[[origins]]\nid = \"a\"\n"), List.of(), "a: path is missing");
    refused(
        env("[[origins]]\nid = \"a\"\nkind = \"tape\"\npath = \"/x\"\n"),
        List.of(),
        "tape",
        "local");
    refused(
        env("[[origins]]\nid = \"a\"\npath = \"/x\"\n[[origins]]\nid = \"a\"\npath = \"/y\"\n"),
        List.of(),
        "twice");
    refused(
        env("[[origins]]\nid = \"a\"\npath = \"/x\"\n[[origins]]\nid = \"b\"\npath = \"/x/.\"\n"),
        List.of(),
        "/x");
  }
}
