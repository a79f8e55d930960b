package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.MemberContract;
import io.kintsugi.contract.MemberContract.SetLogLevel;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.QueryMetrics;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.StartSystem;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.StartScan;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The REST edge alone, its neighbours played over the bus (A1-A12, D5, F4, F13).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class RestVerticleTest {
  private static final JsonObject ANY_PORT =
      new JsonObject()
          .put("hosts", new JsonArray().add("127.0.0.1").add("::1"))
          .put("port", 0)
          .put("version", "0.1.0");

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours neighbours =
      new Neighbours(VertxWorld.of(vertx, new JsonObject()).bus());
  private Client client = new Client(0);
  private Described described = new Described(new JsonObject());
  private int port;

  @BeforeAll
  void deploy() {
    vertx.deployVerticle(new RestVerticle(), new DeploymentOptions().setConfig(ANY_PORT)).await();
    port =
        Objects.requireNonNull(
            vertx.sharedData().<String, Integer>getLocalMap("kintsugi.ports").get("rest"));
    client = new Client(port);
    described = new Described(client.get("/openapi.json").json());
  }

  @BeforeEach
  void reset() {
    neighbours.reset();
  }

  @AfterAll
  void close() {
    client.close();
    vertx.close().await();
  }

  @Test
  @DisplayName("A1: system/start takes the seed's body and answers as the seed shows")
  void systemStart() {
    var answer =
        client.call(
            "POST",
            "/admin/system/start",
            """
            {"coordinator": {"event_buffer_size": 10000, "max_concurrent_operations": 1000},
             "scanner": {"default_scan_mode": "Normal", "scan_interval": "24h"},
             "heal": {"max_workers": 16, "queue_capacity": 50000}}
            """);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().fieldNames()).containsExactly("success", "data", "timestamp");
    assertThat(answer.data())
        .isEqualTo(
            new JsonObject()
                .put("system_id", "ahm-001")
                .put("status", "Running")
                .put("started_at", "2024-01-15T10:30:00Z"));
    assertThat(neighbours.asked(PolicyContract.START_SYSTEM))
        .isEqualTo(new StartSystem(10_000, 1_000, "Normal", 86_400_000L, 16, 50_000));
  }

  @Test
  void systemStartNeedsNoBody() {
    assertThat(client.call("POST", "/admin/system/start", null).status()).isEqualTo(200);
    assertThat(neighbours.asked(PolicyContract.START_SYSTEM))
        .isEqualTo(new StartSystem(null, null, null, null, null, null));
    assertThat(client.call("POST", "/admin/system/stop", null).data().getString("status"))
        .isEqualTo("Stopped");
  }

  @Test
  void aSettingThePolicyRefusesIsNamedAsTheCallerWroteIt() {
    neighbours.fail(
        PolicyContract.START_SYSTEM,
        new Failure(
            FailureCode.INVALID_REQUEST,
            "default_scan_interval must be from 1m to 366d",
            Map.of("default_scan_interval", "must be from 1m to 366d")));
    var error =
        client
            .call("POST", "/admin/system/start", "{\"scanner\":{\"scan_interval\":\"1s\"}}")
            .json();
    assertThat(error.getString("message")).startsWith("scanner.scan_interval must be");
    assertThat(error.getJsonObject("details").getString("field"))
        .isEqualTo("scanner.scan_interval");
  }

  @Test
  @DisplayName("A2: status/health has every field of the seed")
  void statusHealth() {
    var data = client.get("/status/health").data();
    assertThat(data.getString("status")).isEqualTo("Running");
    assertThat(data.getString("version")).isEqualTo("0.1.0");
    assertThat(data.getLong("uptime_seconds")).isPositive();
    assertThat(data.getJsonObject("subsystems").getJsonObject("scanner"))
        .isEqualTo(
            new JsonObject()
                .put("status", "Scanning")
                .put("last_check", "2024-01-15T10:30:00Z")
                .putNull("error_message"));
    assertThat(data.getJsonObject("subsystems").fieldNames())
        .contains("scanner", "heal", "metrics", "catalog", "origins");
  }

  @Test
  void aBlankOriginDegradesTheWholeAndIsNamed() {
    neighbours.answer(
        OriginContract.LIST_ORIGINS,
        new OriginContract.Origins(
            List.of(Neighbours.DISK, Neighbours.origin("disk-2", "unhealthy", "blank"))));
    var data = client.get("/status/health").data();
    assertThat(data.getString("status")).isEqualTo("Degraded");
    assertThat(data.getJsonObject("subsystems").getJsonObject("origins").getString("error_message"))
        .isEqualTo("1 of 2: disk-2 is blank");
    assertThat(client.get("/api/v1/health").status()).isEqualTo(200);
  }

  @Test
  void aPartThatFallsSilentIsToldOfAndNotWaitedFor() {
    neighbours.silence(ScanContract.STATUS);
    long begun = System.nanoTime();
    var data = client.get("/status/health").data();
    assertThat(System.nanoTime() - begun).isLessThan(10_000_000_000L);
    var scanner = data.getJsonObject("subsystems").getJsonObject("scanner");
    assertThat(scanner.getString("status")).isEqualTo("Failed");
    assertThat(scanner.getString("error_message")).isEqualTo("does not answer");
    assertThat(data.getString("status")).isEqualTo("Degraded");
  }

  @Test
  @DisplayName("D5: api/v1/health is bare, and 503 only when unhealthy")
  void componentHealth() {
    var healthy = client.get("/api/v1/health");
    assertThat(healthy.status()).isEqualTo(200);
    assertThat(healthy.json().getString("status")).isEqualTo("healthy");
    assertThat(healthy.json().getJsonObject("components").fieldNames()).contains("catalog");
    neighbours.fail(MetricsContract.STATUS, Failure.of(FailureCode.UNAVAILABLE, "gone"));
    var unknown = client.get("/api/v1/health");
    assertThat(unknown.status()).isEqualTo(200);
    assertThat(unknown.json().getString("status")).isEqualTo("degraded");
    assertThat(
            unknown.json().getJsonObject("components").getJsonObject("metrics").getString("status"))
        .isEqualTo("unknown");
    neighbours.fail(CatalogOriginContract.GET_CLUSTER, Failure.of(FailureCode.UNAVAILABLE, "gone"));
    var unhealthy = client.get("/api/v1/health");
    assertThat(unhealthy.status()).isEqualTo(503);
    assertThat(unhealthy.json().getString("status")).isEqualTo("unhealthy");
    described.holds("GET", "/api/v1/health", 503, unhealthy.json());
    assertThat(client.get("/readyz").status()).isEqualTo(503);
    assertThat(client.get("/livez").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("A3: scan/start takes the seed's strategy")
  void scanStart() {
    var answer =
        client.call(
            "POST",
            "/admin/scan/start",
            """
            {"strategy": {"type": "Full", "mode": "Normal",
              "scope": {"buckets": ["important-data", "user-uploads"],
                        "include_system_objects": false, "max_objects": 1000000}},
             "priority": "High"}
            """);
    assertThat(answer.data().getMap())
        .containsEntry("scan_id", "scan-12345")
        .containsEntry("status", "Started")
        .containsEntry("estimated_duration", "2h30m")
        .containsEntry("estimated_objects", 850_000);
    assertThat(neighbours.asked(ScanContract.START_SCAN))
        .isEqualTo(
            new StartScan(
                "Full",
                "Normal",
                List.of("important-data", "user-uploads"),
                false,
                1_000_000L,
                Priority.HIGH));
  }

  @Test
  void aScanHasDefaults() {
    client.call("POST", "/admin/scan/start", "{\"strategy\":{\"type\":\"full\"}}");
    assertThat(neighbours.asked(ScanContract.START_SCAN))
        .isEqualTo(new StartScan("Full", null, List.of(), false, null, Priority.NORMAL));
  }

  @Test
  void aStrategyOfTheSeedIsHandedOnForTheScannerToJudge() {
    client.call(
        "POST", "/admin/scan/start", "{\"strategy\":{\"type\":\"Smart\",\"sample_rate\":0.1}}");
    assertThat(neighbours.asked(ScanContract.START_SCAN).strategy()).isEqualTo("Smart");
  }

  @Test
  @DisplayName("A3: scan status has the seed's progress and issues")
  void scanStatus() {
    var data = client.get("/admin/scan/scan-12345/status").data();
    assertThat(data.getString("scan_id")).isEqualTo("scan-12345");
    assertThat(data.getString("status")).isEqualTo("Scanning");
    assertThat(data.getJsonObject("progress").getMap())
        .containsEntry("objects_scanned", 425_000)
        .containsEntry("bytes_scanned", 1_073_741_824_000L)
        .containsEntry("issues_detected", 23)
        .containsEntry("completion_percentage", 50.0)
        .containsEntry("scan_rate_ops", 117.5)
        .containsEntry("scan_rate_bps", 268_435_456)
        .containsEntry("elapsed_time", "1h15m")
        .containsEntry("elapsed_seconds", 4_500.0)
        .containsEntry("estimated_remaining", "1h15m")
        .containsEntry("estimated_remaining_seconds", 4_500.0);
    assertThat(data.getJsonArray("issues").getJsonObject(0).getMap())
        .containsEntry("issue_type", "MissingShards")
        .containsEntry("severity", "High")
        .containsEntry("bucket", "user-uploads")
        .containsEntry("object", "photos/IMG_001.jpg")
        .containsEntry("description", "Missing 1 data shard")
        .containsEntry("detected_at", "2024-01-15T10:30:00Z");
    assertThat(data.getString("issues_next"))
        .isEqualTo("/admin/scan/scan-12345/status?issues_after=1000");
  }

  @Test
  @DisplayName("A5: heal/request takes the seed's body and answers as the seed shows")
  void healRequest() {
    var answer =
        client.call(
            "POST",
            "/admin/heal/request",
            """
            {"bucket": "user-uploads", "object": "photos/IMG_001.jpg", "version_id": null,
             "priority": "High", "mode": "OnDemand", "max_retries": 3}
            """);
    assertThat(answer.data())
        .isEqualTo(
            new JsonObject()
                .put("heal_request_id", "heal-67890")
                .put("status", "Queued")
                .put("priority", "High")
                .put("estimated_start", "2024-01-15T11:46:00Z")
                .put("queue_position", 5));
    assertThat(neighbours.asked(HealContract.REQUEST_HEAL))
        .isEqualTo(
            new HealContract.RequestHeal(
                "user-uploads", "photos/IMG_001.jpg", null, Priority.HIGH, "OnDemand", 3));
  }

  @Test
  void anEmergencyImpliesItsPriority() {
    client.call(
        "POST",
        "/admin/heal/request",
        "{\"bucket\":\"b-1\",\"object\":\"o\",\"mode\":\"Emergency\"}");
    assertThat(neighbours.asked(HealContract.REQUEST_HEAL).priority())
        .isEqualTo(Priority.EMERGENCY);
  }

  @Test
  @DisplayName("A5: heal status has the seed's result")
  void healStatus() {
    var data = client.get("/admin/heal/heal-67890/status").data();
    assertThat(data.getString("status")).isEqualTo("Completed");
    var result = data.getJsonObject("result");
    assertThat(result.getMap())
        .containsEntry("success", true)
        .containsEntry("shards_repaired", 1)
        .containsEntry("total_shards", 8)
        .containsEntry("duration", "45s")
        .containsEntry("strategy_used", "ParityShardRepair");
    assertThat(result.getJsonArray("validation_results").getJsonObject(1).getMap())
        .containsEntry("validation_type", "ShardCount")
        .containsEntry("passed", true)
        .containsEntry("details", "All 8 shards present")
        .containsEntry("duration", "1s");
    neighbours.answer(HealContract.GET_HEAL, Neighbours.queued());
    assertThat(client.get("/admin/heal/heal-67890/status").data().getValue("result")).isNull();
  }

  @Test
  @DisplayName("A5: what is healed now is listed, also where nobody asked for it")
  void activeHeals() {
    var data = client.get("/admin/heal").data();
    assertThat(data.getJsonArray("heals")).hasSize(2);
    assertThat(data.getJsonArray("active").getJsonObject(0).getMap())
        .containsEntry("task_id", 17)
        .containsEntry("status", "Running")
        .containsEntry("bucket", "user-uploads")
        .containsEntry("object", "photos/IMG_002.jpg")
        .containsEntry("priority", "Normal")
        .containsEntry("mode", "Background")
        .containsEntry("cause", "scan")
        .containsEntry("attempt", 2);
    assertThat(client.get("/admin/heal?status=Running").data().getJsonArray("active")).hasSize(1);
    assertThat(client.get("/admin/heal?status=Failed").data().getJsonArray("active")).isEmpty();
    assertThat(client.get("/admin/heal?after=heal-9").data().getJsonArray("active")).isEmpty();
  }

  @Test
  @DisplayName("A8: PUT of the seed's scan policy, answered whole with its version")
  void scanPolicy() {
    var answer =
        client.call(
            "PUT",
            "/admin/policy/scan",
            """
            {"default_scan_interval": "12h", "deep_scan_probability": 0.1,
             "bandwidth_limit_mbps": 100, "concurrent_scanners": 4,
             "skip_system_objects": true, "priority_buckets": ["critical-data", "user-data"]}
            """,
            "If-Match",
            "\"2\"");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("ETag")).isEqualTo("\"3\"");
    assertThat(answer.data().getMap())
        .containsEntry("default_scan_interval", "12h")
        .containsEntry("default_scan_interval_seconds", 43_200.0)
        .containsEntry("version", 3);
    assertThat(neighbours.asked(PolicyContract.CHANGE_SCAN_POLICY))
        .isEqualTo(
            new PolicyContract.ChangeScanPolicy(
                2L, null, 43_200_000L, 0.1, 100L, 4, true, List.of("critical-data", "user-data")));
  }

  @Test
  @DisplayName("A8: PUT of the seed's heal policy")
  void healPolicy() {
    var answer =
        client.call(
            "PUT",
            "/admin/policy/heal",
            """
            {"max_concurrent_heals": 8, "emergency_heal_timeout": "5m", "auto_heal_enabled": true,
             "heal_verification_required": true,
             "priority_mapping": {"critical_buckets": "Emergency", "important_buckets": "High",
                                  "standard_buckets": "Normal"}}
            """);
    assertThat(answer.data().getString("emergency_heal_timeout")).isEqualTo("5m");
    assertThat(answer.data().getJsonObject("priority_mapping").getString("critical_buckets"))
        .isEqualTo("Emergency");
    assertThat(neighbours.asked(PolicyContract.CHANGE_HEAL_POLICY).emergencyHealTimeoutMillis())
        .isEqualTo(300_000);
  }

  @ParameterizedTest
  @CsvSource({"scan", "heal"})
  void whatAPolicyAnswersCanBePutBack(String name) {
    var read = client.get("/admin/policy/" + name).data();
    assertThat(client.call("PUT", "/admin/policy/" + name, read.encode()).status()).isEqualTo(200);
  }

  @Test
  @DisplayName("A11: metrics/system as JSON and CSV")
  void systemMetrics() {
    var path = "/metrics/system?period=1h&metrics=objects_total,scan_rate,heal_success_rate";
    var data = client.get(path).data();
    assertThat(data.getString("period")).isEqualTo("1h");
    assertThat(data.getJsonObject("timestamp_range").fieldNames()).containsExactly("start", "end");
    assertThat(data.getJsonObject("metrics").getJsonObject("objects_total"))
        .isEqualTo(
            new JsonObject()
                .put("value", 2_500_000)
                .put("unit", "count")
                .put("labels", new JsonObject()));
    assertThat(neighbours.asked(MetricsContract.QUERY_METRICS))
        .isEqualTo(
            new QueryMetrics(
                3_600_000, List.of("objects_total", "scan_rate", "heal_success_rate")));
    var csv = client.get(path + "&format=csv");
    assertThat(csv.header("content-type")).startsWith("text/csv");
    assertThat(csv.response().body())
        .contains(
            "objects_total,\"\",2500000,count,", "health_issues_total,\"{severity=high}\",3,");
  }

  @Test
  void prometheusTextComesFromBothPaths() {
    for (var path : List.of("/metrics/prometheus", "/metrics")) {
      var answer = client.get(path);
      assertThat(answer.header("content-type")).startsWith("text/plain; version=0.0.4");
      assertThat(answer.response().body()).isEqualTo("kintsugi_objects_total 2500000\n");
    }
  }

  @Test
  void aBucketThatIsNotThereIsCreatedWithWhatWasAsked() {
    neighbours.fail(
        CatalogContract.CHANGE_BUCKET, Failure.of(FailureCode.NOT_FOUND, "no bucket b-1"));
    var answer =
        client.call(
            "PUT", "/api/v1/buckets/b-1", "{\"layout\":{\"k\":6,\"m\":2},\"class\":\"critical\"}");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(neighbours.asked(CatalogContract.CREATE_BUCKET))
        .isEqualTo(new CatalogContract.CreateBucket("b-1", new Layout(6, 2), "critical", null));
  }

  @Test
  void aBucketThatMustBeThereIsNotCreated() {
    neighbours.fail(
        CatalogContract.CHANGE_BUCKET, Failure.of(FailureCode.NOT_FOUND, "no bucket b-1"));
    var answer = client.call("PUT", "/api/v1/buckets/b-1", "{}", "If-Match", "\"1\"");
    assertThat(answer.status()).isEqualTo(412);
    assertThat(neighbours.wasAsked(CatalogContract.CREATE_BUCKET)).isFalse();
  }

  @Test
  void logLevelsAreSetOneByOne() {
    assertThat(client.call("PUT", "/admin/logging", "{\"levels\":{\"scan\":\"debug\"}}").status())
        .isEqualTo(200);
    assertThat(neighbours.asked(MemberContract.SET_LOG_LEVEL))
        .isEqualTo(new SetLogLevel("scan", "debug"));
  }

  static Stream<Arguments> provoked() {
    return Stream.of(
        at("GET", "/api/v1/buckets/b", FailureCode.NOT_FOUND, 404, "NOT_FOUND"),
        at("DELETE", "/api/v1/buckets/b", FailureCode.CONFLICT, 409, "CONFLICT"),
        at("PUT", "/admin/policy/scan", FailureCode.PRECONDITION_FAILED, 412, "CONFLICT"),
        at("POST", "/admin/heal/request", FailureCode.QUEUE_FULL, 429, "QUEUE_FULL"),
        at("POST", "/admin/scan/start", FailureCode.UNAVAILABLE, 503, "UNAVAILABLE"),
        at("POST", "/admin/scan/start", FailureCode.TIMEOUT, 503, "UNAVAILABLE"),
        at("POST", "/admin/scan/start", FailureCode.CANCELLED, 503, "UNAVAILABLE"),
        at("GET", "/api/v1/buckets/b", FailureCode.STORAGE_ERROR, 507, "STORAGE_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.CORRUPT, 500, "CORRUPT"),
        at("GET", "/api/v1/buckets/b", FailureCode.INTERNAL_ERROR, 500, "INTERNAL_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.INVALID_RANGE, 400, "INVALID_REQUEST"),
        at("POST", "/admin/scan/start", FailureCode.INVALID_REQUEST, 400, "INVALID_REQUEST"),
        at("GET", "/metrics/system", FailureCode.VALIDATION_ERROR, 400, "VALIDATION_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.AUTH_ERROR, 401, "AUTH_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.FORBIDDEN, 403, "FORBIDDEN"),
        at(
            "GET",
            "/api/v1/buckets/b",
            FailureCode.RATE_LIMIT_EXCEEDED,
            429,
            "RATE_LIMIT_EXCEEDED"));
  }

  private static Arguments at(
      String method, String path, FailureCode failure, int status, String code) {
    return arguments(method, path, failure, status, code);
  }

  private static final Map<String, Call<?, ?>> BEHIND =
      Map.of(
          "GET /api/v1/buckets/b", CatalogContract.GET_BUCKET,
          "DELETE /api/v1/buckets/b", CatalogContract.DELETE_BUCKET,
          "PUT /admin/policy/scan", PolicyContract.CHANGE_SCAN_POLICY,
          "POST /admin/heal/request", HealContract.REQUEST_HEAL,
          "POST /admin/scan/start", ScanContract.START_SCAN,
          "GET /metrics/system", MetricsContract.QUERY_METRICS);

  private static final Map<String, String> BODIES =
      Map.of(
          "PUT /admin/policy/scan", "{}",
          "POST /admin/heal/request", "{\"bucket\":\"b-1\",\"object\":\"o\"}",
          "POST /admin/scan/start", "{\"strategy\":{\"type\":\"Full\"}}");

  @ParameterizedTest
  @MethodSource("provoked")
  @DisplayName("every settled code, as a neighbour fails with it")
  void everyCodeOfANeighbour(
      String method, String path, FailureCode failure, int status, String code) {
    var call = Objects.requireNonNull(BEHIND.get(method + " " + path));
    neighbours.fail(call, Failure.of(failure, "as it was said", "what", "thing"));
    var answer = client.call(method, path, BODIES.get(method + " " + path));
    refused(answer, status, code);
  }

  private void refused(Client.Answer answer, int status, String code) {
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
    described.holds("GET", "/livez", 599, answer.json());
    assertThat(answer.json().getString("code")).isEqualTo(code);
    assertThat(answer.json().getString("message"))
        .isNotBlank()
        .doesNotContain("Exception", ".java");
    assertThat(answer.header("X-Request-Id")).matches("[0-9a-f]{16}");
  }

  static Stream<Arguments> badRequests() {
    var scan = "/admin/scan/start";
    return Stream.of(
        bad("POST", scan, "{\"strategy\":", 400, "INVALID_REQUEST", "line 1, column"),
        bad("POST", scan, "[]", 400, "INVALID_REQUEST", "JSON object"),
        bad("POST", scan, "{}", 400, "INVALID_REQUEST", "strategy is missing"),
        bad("POST", scan, "{\"strategy\":{}}", 400, "INVALID_REQUEST", "strategy.type is missing"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Half\"}}",
            400,
            "INVALID_REQUEST",
            "Full, Incremental, Smart, Targeted, not 'Half'"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Full\",\"depth\":1}}",
            400,
            "INVALID_REQUEST",
            "strategy.depth is not known; known here: type, mode, scope"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Full\",\"scope\":{\"max_objects\":-5}}}",
            400,
            "INVALID_REQUEST",
            "not -5"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Full\"},\"strategy\":{}}",
            400,
            "INVALID_REQUEST",
            "Duplicate field"),
        bad(
            "POST",
            "/admin/heal/request",
            "{\"object\":\"o\",\"max_retries\":-1}",
            400,
            "VALIDATION_ERROR",
            "bucket is missing"),
        bad(
            "PUT",
            "/admin/policy/heal",
            "{\"emergency_heal_timeout\":\"soon\"}",
            400,
            "INVALID_REQUEST",
            "2h30m"),
        bad(
            "PUT",
            "/api/v1/buckets/b",
            "{\"layout\":{\"k\":17,\"m\":2}}",
            400,
            "INVALID_REQUEST",
            "layout.k must be from 1 to 16"),
        bad(
            "PUT",
            "/api/v1/buckets/b",
            "{\"layout\":{\"k\":2}}",
            400,
            "INVALID_REQUEST",
            "layout.m"),
        bad(
            "PUT",
            "/admin/logging",
            "{\"levels\":{\"a\":\"loud\"}}",
            400,
            "INVALID_REQUEST",
            "debug"),
        bad("POST", "/admin/scan/scan-1/pause", "{\"a\":1}", 400, "INVALID_REQUEST", "nothing is"),
        bad("GET", "/admin/scan?limit=0", null, 400, "VALIDATION_ERROR", "limit"),
        bad("GET", "/admin/scan?colour=red", null, 400, "VALIDATION_ERROR", "status, after, limit"),
        bad("GET", "/metrics/system?period=soon", null, 400, "VALIDATION_ERROR", "period"),
        bad("GET", "/api/v1/origins/nobody", null, 404, "NOT_FOUND", "nobody"),
        bad("GET", "/admin/scna", null, 404, "NOT_FOUND", "/admin/scan"),
        bad("GET", "/admin/scan/%zz/status", null, 400, "INVALID_REQUEST", "encoded"),
        bad("GET", "/admin/scan?status=%zz", null, 400, "INVALID_REQUEST", "encoded"),
        bad("GET", scan, null, 405, "INVALID_REQUEST", "POST is"),
        bad("PATCH", "/admin/policy/scan", "{}", 405, "INVALID_REQUEST", "GET, PUT is"));
  }

  private static Arguments bad(
      String method, String path, @Nullable String body, int status, String code, String said) {
    return arguments(method, path, body, status, code, said);
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  @DisplayName("F4: a bad request gets the right status and a message that helps")
  void badRequest(
      String method, String path, @Nullable String body, int status, String code, String said) {
    // Java's client refuses to send what is badly encoded.
    if (path.contains("%zz")) {
      assertThat(raw("GET " + path, "localhost", "")).contains(" 400 ", code, said);
      return;
    }
    var answer = client.call(method, path, body);
    refused(answer, status, code);
    assertThat(answer.json().getString("message")).contains(said);
  }

  @Test
  void aWrongMethodIsToldTheRightOnes() {
    assertThat(client.call("DELETE", "/admin/policy/heal", null).header("Allow"))
        .isEqualTo("GET, PUT");
  }

  @Test
  void severalBadFieldsAreAllNamed() {
    var error =
        client
            .call("POST", "/admin/heal/request", "{\"priority\":\"Urgent\",\"max_retries\":1.5}")
            .json();
    var fields = error.getJsonObject("details").getJsonArray("fields");
    assertThat(fields.stream().map(f -> ((JsonObject) f).getString("field")))
        .containsExactly("bucket", "max_retries", "object", "priority");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() {
    var body = "{\"bucket\":\"" + "x".repeat(1 << 20) + "\"}";
    var answer = client.call("POST", "/admin/heal/request", body);
    refused(answer, 413, "INVALID_REQUEST");
    assertThat(answer.json().getString("message")).contains("1048576");
  }

  @Test
  void aBodyThatDoesNotSayItIsJsonIsRefusedWithAHint() {
    var answer =
        client.call(
            "POST",
            "/admin/heal/request",
            "{}",
            "Content-Type",
            "application/x-www-form-urlencoded");
    refused(answer, 415, "INVALID_REQUEST");
    assertThat(answer.json().getString("message")).contains("Content-Type: application/json");
  }

  private String raw(String line, String host, String headers) {
    return client.raw(
        line + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Connection: close\r\n\r\n");
  }

  @Test
  void aForeignHostOrPageIsForbidden() {
    assertThat(raw("GET /admin/scan", "evil.example:9000", ""))
        .contains(" 403 ", "\"code\":\"FORBIDDEN\"");
    assertThat(raw("GET /admin/scan", "localhost:" + port, "Origin: http://evil.example\r\n"))
        .contains(" 403 ", "\"code\":\"FORBIDDEN\"");
    assertThat(
            raw(
                "GET /admin/scan",
                "localhost:" + port,
                "Origin: http://localhost:" + port + "\r\n"))
        .contains(" 200 ");
    assertThat(raw("GET /livez", "evil.example", "")).contains(" 200 ");
    assertThat(neighbours.wasAsked(ScanContract.LIST_SCANS)).isTrue();
  }

  @Test
  void whatIsNotHttpIsAnsweredAndClosed() {
    assertThat(client.raw("HELLO\r\n\r\n")).contains(" 400 ", "\"code\":\"INVALID_REQUEST\"");
  }

  @Test
  void headIsAnsweredWithoutABody() {
    var answer = client.call("HEAD", "/livez", null);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().body()).isEmpty();
  }

  @Test
  @DisplayName("F4: every served route is described, and every described one is served")
  void theDocumentAndTheRoutesAreTheSame() {
    var world = VertxWorld.of(vertx, new JsonObject());
    var pages = Pages.load(vertx, "0.1.0").await();
    var served = new HashSet<String>();
    RestVerticle.routes(world, "0.1.0", pages)
        .forEach(route -> served.add(route.method() + " " + route.path()));
    assertThat(described.operations()).isEqualTo(served);
  }

  @Test
  @DisplayName("F4: every answer is as the document says")
  void everyAnswerIsAsDescribed() {
    for (var operation : described.operations()) {
      var method = operation.substring(0, operation.indexOf(' '));
      var template = operation.substring(operation.indexOf(' ') + 1);
      var path = template.replace("{id}", "disk-1").replace("{name}", "user-uploads");
      var body =
          switch (template) {
            case "/admin/logging" -> "{\"levels\":{\"scan\":\"debug\"}}";
            case "/api/v1/buckets/{name}" -> "{}";
            default -> BODIES.getOrDefault(operation, "{}");
          };
      boolean writes = method.equals("PUT") || method.equals("POST");
      var answer = client.call(method, path, writes ? body : null);
      assertThat(answer.status()).as(operation).isEqualTo(200);
      var type = Objects.requireNonNull(answer.header("content-type"));
      if (type.equals("application/json")) {
        described.holds(method, template, 200, answer.json());
      }
    }
  }

  @Test
  void bothLoopbackAddressesAnswerOnTheSamePort() {
    for (var address : List.of("127.0.0.1", "::1")) {
      var host = address.contains(":") ? "[" + address + "]" : address;
      var request =
          "GET /admin/scan HTTP/1.1\r\nHost: "
              + host
              + ":"
              + port
              + "\r\nConnection: close\r\n\r\n";
      assertThat(client.raw(address, request)).as(host).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void aPortThatIsTakenStopsTheStartClearly() throws Exception {
    try (var taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      var config = ANY_PORT.copy().put("port", taken.getLocalPort());
      var start =
          vertx.deployVerticle(new RestVerticle(), new DeploymentOptions().setConfig(config));
      var cause = org.assertj.core.api.Assertions.catchThrowable(start::await);
      assertThat(cause)
          .hasMessage(
              "port " + taken.getLocalPort() + " is in use by another process; choose --http-port");
    }
  }
}
