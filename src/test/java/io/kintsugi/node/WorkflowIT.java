package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A12: the seed's complete workflow of monitoring and repair, line by line as it stands there, in
/// a terminal, against a development node on the ports it names.
@ExtendWith(NodeLogs.class)
class WorkflowIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern STEP =
      Pattern.compile(
          "@@@ scan=(\\S*) heal=(\\S*) @@@ (.*?)\\r?\\n(.*?)(?=\\r?\\n@@@ |$)", Pattern.DOTALL);
  private static final Pattern ESCAPE =
      Pattern.compile("\\x1b(\\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])");
  private static final String DURATION = "([0-9]+(ms|s|m|h|d))+";
  private static final String INSTANT = "[0-9-]{10}T[0-9:.]{8,18}Z";
  private static final String BUCKET = "user-uploads";
  private static final String OBJECT = "photos/IMG_001.jpg";
  private static final int OBJECT_BYTES = 1024 * 1024;
  private static final int HTTP_PORT = 9000;
  private static final int S3_PORT = 9001;

  @TempDir private static Path data;
  private static RunningNode node;

  @TempDir private Path work;

  /// What one command printed.
  private record Step(String scanId, String healId, String command, String output) {}

  @BeforeAll
  static void startNode() throws Exception {
    for (int port : new int[] {HTTP_PORT, S3_PORT}) {
      try (var probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (IOException e) {
        throw new AssertionError(
            "port " + port + " is taken; the workflow names it, so this test needs it", e);
      }
    }
    node =
        RunningNode.start(
            data, "--http-port", Integer.toString(HTTP_PORT), "--s3-port", "" + S3_PORT);
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @ParameterizedTest
  @CsvSource({"ipv4, 5", "ipv6, 2"})
  void theWorkflowOfTheSeedWorksAsWritten(String family, int watchSeconds) throws Exception {
    breakOneDataShard();
    var steps = run(family, watchSeconds);
    assertSystemStarted(json(step(steps, "curl -X POST http://localhost:9000/admin/system/start")));
    var scanId = steps.getLast().scanId();
    var healId = steps.getLast().healId();
    assertThat(scanId).matches("scan-[0-9]+");
    assertThat(healId).matches("heal-[0-9]+");
    assertProgressShown(screen(step(steps, "watch \"curl -s http://localhost:9000/admin/scan")));
    assertScan(node.rest().scan(scanId), scanId);
    assertIssue(json(step(steps, "jq '.data.issues[]'")));
    assertHealShown(
        screen(step(steps, "watch \"curl -s http://localhost:9000/admin/heal")), healId);
    assertHeal(node.rest().awaitHeal(healId), healId);
    assertMetrics(json(step(steps, "jq '.data.metrics'")));
    assertPrometheus(
        step(steps, "curl -s http://localhost:9000/metrics/prometheus").replace("\r", ""));
    assertThat(node.rest().wrong()).isEmpty();
  }

  private static void breakOneDataShard() throws Exception {
    try (var store = new Store(node.s3Url())) {
      if (store.client().listBuckets().buckets().isEmpty()) {
        store.createBucket(BUCKET);
        store.put(BUCKET, OBJECT, Store.bytes(1, OBJECT_BYTES));
      }
    }
    node.rest().awaitWhole();
    var shards = new Disk(data).shards(BUCKET, OBJECT);
    assertThat(shards).hasSize(8);
    Files.delete(shards.get(2));
  }

  private List<Step> run(String family, int watchSeconds) throws Exception {
    Files.writeString(work.resolve(".curlrc"), family + "\n");
    var script = resource("workflow.sh");
    var printed =
        new Command(work)
            .with("BASH_ENV", resource("terminal.sh").toString())
            .with("CURL_HOME", work.toString())
            .with("WATCH_SECONDS", Integer.toString(watchSeconds))
            .with("TERM", "xterm")
            .with("SHELL", "/bin/sh")
            .succeed(
                "script", "-qec", "stty rows 200 cols 250; bash '" + script + "'", "/dev/null");
    var steps = new ArrayList<Step>();
    var found = STEP.matcher(printed);
    while (found.find()) {
      steps.add(new Step(found.group(1), found.group(2), found.group(3), found.group(4)));
    }
    assertThat(steps).as(printed).isNotEmpty();
    return steps;
  }

  private Path resource(String name) throws IOException {
    var file = work.resolve(name);
    try (var in = WorkflowIT.class.getResourceAsStream("/workflow/" + name)) {
      assertThat(in).as(name).isNotNull();
      if (in != null) {
        Files.write(file, in.readAllBytes());
      }
    }
    return file;
  }

  /// All that a command printed; the last one of a script announces itself twice.
  private static String step(List<Step> steps, String command) {
    var printed =
        steps.stream()
            .filter(step -> step.command().startsWith(command))
            .map(Step::output)
            .collect(Collectors.joining());
    assertThat(printed).as("what %s printed, of %s", command, steps).isNotBlank();
    return printed;
  }

  /// The JSON object in what a command printed, with curl's meter around it.
  private static JsonNode json(String printed) throws IOException {
    // jq colours what it prints on a terminal.
    var plain = ESCAPE.matcher(printed).replaceAll("");
    int begin = plain.indexOf('{');
    assertThat(begin).as(plain).isNotNegative();
    return JSON.readTree(plain.substring(begin, plain.lastIndexOf('}') + 1));
  }

  /// What a full-screen program showed, without its cursor's movements.
  private static String screen(String printed) {
    return ESCAPE.matcher(printed).replaceAll("");
  }

  private static void assertText(JsonNode tree, String field, String pattern) {
    assertThat(tree.path(field).isTextual()).as("%s in %s", field, tree).isTrue();
    assertThat(tree.path(field).asText()).as(field).matches(pattern);
  }

  private static void assertNumber(JsonNode tree, String field) {
    assertThat(tree.path(field).isNumber()).as("%s in %s", field, tree).isTrue();
  }

  private static void assertSystemStarted(JsonNode answer) {
    assertThat(answer.path("success").asBoolean()).isTrue();
    assertText(answer, "timestamp", INSTANT);
    var data = answer.path("data");
    assertText(data, "system_id", "ahm-[0-9a-z-]+");
    assertText(data, "status", "Running");
    assertText(data, "started_at", INSTANT);
  }

  private static void assertProgressShown(String screen) {
    assertThat(screen)
        .contains("objects_scanned", "bytes_scanned", "issues_detected", "completion_percentage")
        .contains("scan_rate_ops", "scan_rate_bps", "elapsed_time", "estimated_remaining");
  }

  private static void assertScan(JsonNode scan, String scanId) {
    assertText(scan, "scan_id", scanId);
    assertText(scan, "status", "Completed");
    var progress = scan.path("progress");
    assertThat(progress.path("objects_scanned").asLong()).isEqualTo(1);
    assertThat(progress.path("bytes_scanned").asLong()).isEqualTo(OBJECT_BYTES);
    assertThat(progress.path("issues_detected").asLong()).isEqualTo(1);
    assertThat(progress.path("completion_percentage").asDouble()).isEqualTo(100.0);
    assertNumber(progress, "scan_rate_ops");
    assertNumber(progress, "scan_rate_bps");
    assertText(progress, "elapsed_time", DURATION);
    assertText(progress, "estimated_remaining", DURATION);
    assertThat(scan.path("issues")).hasSize(1);
  }

  private static void assertIssue(JsonNode issue) {
    assertText(issue, "issue_type", "MissingShards");
    assertText(issue, "severity", "High");
    assertText(issue, "bucket", BUCKET);
    assertText(issue, "object", OBJECT);
    assertText(issue, "description", "Missing 1 data shard");
    assertText(issue, "detected_at", INSTANT);
  }

  private static void assertHealShown(String screen, String healId) {
    assertThat(screen).contains("heal_request_id", healId, "status", "result");
  }

  private static void assertHeal(JsonNode heal, String healId) {
    assertText(heal, "heal_request_id", healId);
    assertText(heal, "status", "Completed");
    var result = heal.path("result");
    assertThat(result.path("success").asBoolean()).isTrue();
    assertThat(result.path("shards_repaired").asInt()).isEqualTo(1);
    assertThat(result.path("total_shards").asInt()).isEqualTo(8);
    assertText(result, "duration", DURATION);
    assertText(result, "strategy_used", "ParityShardRepair");
    var checks = result.path("validation_results");
    assertCheck(checks, "Checksum", "Object checksum verified");
    assertCheck(checks, "ShardCount", "All 8 shards present");
  }

  private static void assertCheck(JsonNode checks, String type, String details) {
    for (var check : checks) {
      if (check.path("validation_type").asText().equals(type)) {
        assertThat(check.path("passed").asBoolean()).isTrue();
        assertText(check, "details", Pattern.quote(details));
        assertText(check, "duration", DURATION);
        return;
      }
    }
    throw new AssertionError("no validation " + type + " in " + checks);
  }

  private static void assertMetrics(JsonNode metrics) {
    assertMetric(metrics, "objects_total", "count");
    assertMetric(metrics, "scan_rate_objects_per_second", "ops");
    assertMetric(metrics, "heal_success_rate", "ratio");
  }

  private static void assertMetric(JsonNode metrics, String name, String unit) {
    var metric = metrics.path(name);
    assertNumber(metric, "value");
    assertText(metric, "unit", unit);
    assertThat(metric.path("labels").isObject()).isTrue();
  }

  private static void assertPrometheus(String text) {
    for (var name : List.of("objects_total", "scan_rate_objects_per_second", "heal_success_rate")) {
      assertThat(text)
          .contains("# HELP kintsugi_" + name + " ", "# TYPE kintsugi_" + name + " gauge")
          .containsPattern("(?m)^kintsugi_" + name + " [0-9.E+-]+$");
    }
    assertThat(text).contains("# TYPE kintsugi_health_issues_total counter");
    for (var severity : List.of("critical", "high", "medium", "low")) {
      assertThat(text)
          .containsPattern(
              "(?m)^kintsugi_health_issues_total\\{severity=\"" + severity + "\"} [0-9.]+$");
    }
  }

  /// The answers that the workflow's pipes swallow but for one field.
  @org.junit.jupiter.api.Test
  void theAnswersBehindThePipesAreTheSeedsToo() throws Exception {
    breakOneDataShard();
    var scan =
        node.rest()
            .post(
                "/admin/scan/start",
                """
                {"strategy": {"type": "Full", "mode": "Normal", "scope": {
                  "buckets": ["user-uploads"], "include_system_objects": false,
                  "max_objects": 1000000}}, "priority": "High"}\
                """);
    assertText(scan, "scan_id", "scan-[0-9]+");
    assertText(scan, "status", "Started");
    assertText(scan, "estimated_duration", DURATION);
    assertNumber(scan, "estimated_objects");
    var heal =
        node.rest()
            .post(
                "/admin/heal/request",
                """
                {"bucket": "user-uploads", "object": "photos/IMG_001.jpg", "version_id": null,
                  "priority": "High", "mode": "OnDemand", "max_retries": 3}\
                """);
    assertText(heal, "heal_request_id", "heal-[0-9]+");
    assertText(heal, "status", "Queued|Running|Completed");
    assertText(heal, "priority", "High");
    assertThat(heal.has("estimated_start")).isTrue();
    assertThat(heal.has("queue_position")).isTrue();
    node.rest().awaitHeal(heal.path("heal_request_id").asText());
    node.rest().awaitScan(scan.path("scan_id").asText());
    assertStatus();
  }

  private static void assertStatus() throws Exception {
    var health = node.rest().get("/status/health");
    assertText(health, "status", "Running");
    assertText(health, "version", "[0-9]+\\.[0-9]+\\.[0-9]+");
    assertNumber(health, "uptime_seconds");
    for (var part : List.of("scanner", "heal", "metrics")) {
      var subsystem = health.path("subsystems").path(part);
      assertText(subsystem, "status", "Idle|Scanning|Healing|Running");
      assertText(subsystem, "last_check", INSTANT);
      assertThat(subsystem.has("error_message")).isTrue();
    }
    var system =
        node.rest()
            .get("/metrics/system?period=1h&metrics=objects_total,scan_rate,heal_success_rate");
    assertText(system, "period", "1h");
    assertText(system.path("timestamp_range"), "start", INSTANT);
    assertText(system.path("timestamp_range"), "end", INSTANT);
    assertThat(system.path("metrics").properties()).hasSize(3);
    assertMetrics(system.path("metrics"));
  }
}
