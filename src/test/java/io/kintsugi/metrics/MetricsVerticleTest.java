package io.kintsugi.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.BucketStanding;
import io.kintsugi.contract.CatalogContract.Standing;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Queue;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.Collection;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.Healing;
import io.kintsugi.contract.IssueType;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.MetricValue;
import io.kintsugi.contract.MetricsContract.QueryMetrics;
import io.kintsugi.contract.MetricsContract.Scrape;
import io.kintsugi.contract.MetricsContract.Usage;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.IssueFound;
import io.kintsugi.contract.ScanContract.Progress;
import io.kintsugi.contract.ScanContract.ScanList;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.contract.Severity;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The figures alone, their sources played over the bus (A11, F13).
@Timeout(60)
class MetricsVerticleTest {
  private static final Instant AT = Instant.parse("2024-01-15T10:30:00Z");
  private static final int TRIES = 1_000;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = VertxWorld.of(vertx, new JsonObject()).bus();
  private Queue queue = new Queue(1, 2, 3, 4, 49, 1);

  private void playAll() {
    var bucket =
        new BucketStanding(
            "user-uploads",
            new Layout(6, 2),
            2_500_000,
            9_000,
            -1,
            Map.of("-1", 2L, "0", 5L, "2", 2_499_993L),
            null,
            null);
    bus.answer(
        CatalogContract.GET_STANDING,
        _ -> Future.succeededFuture(new Standing(List.of(bucket), 2_500_000, 9_000, AT)));
    bus.answer(CatalogHealContract.GET_QUEUE, _ -> Future.succeededFuture(queue));
    bus.answer(
        HealContract.GET_HEALING,
        _ -> Future.succeededFuture(new Healing(1, 2, 3, 4, 49, 1, 60, 7_000)));
    bus.answer(
        CollectContract.GET_COLLECTION,
        _ -> Future.succeededFuture(new Collection(false, AT, 1, 0, List.of())));
    bus.answer(
        OriginContract.LIST_ORIGINS,
        _ ->
            Future.succeededFuture(
                new Origins(List.of(origin("disk-1", "ours"), origin("disk-2", "blank")))));
    bus.answer(
        ScanContract.LIST_SCANS, _ -> Future.succeededFuture(new ScanList(List.of(scan()), null)));
  }

  private static ScanStatus scan() {
    var progress = new Progress(1, 2, 3, 4, 0, 50, 117.5, 1_000, 10, null, 0);
    return new ScanStatus(
        "scan-1", "Full", "Normal", Priority.NORMAL, "Scanning", progress, AT, null, null, null);
  }

  private static OriginState origin(String id, String marker) {
    return new OriginState(
        id, "local", "/" + id, id, 100, "healthy", marker, null, true, 100, 40, 9, 2, 8, 0, AT,
        null, null, List.of());
  }

  private void deploy() {
    deploy(20);
  }

  private void deploy(int pollMillis) {
    var config = new JsonObject().put("pollMillis", pollMillis).put("sampleMillis", 20);
    vertx.deployVerticle(new MetricsVerticle(), new DeploymentOptions().setConfig(config)).await();
  }

  private String scrape() {
    return bus.ask(MetricsContract.SCRAPE, new Scrape()).await().text();
  }

  /// Asks until the text is as wanted; the last one shows in the failure.
  private String scrapeUntil(String wanted) {
    return until(this::scrape, text -> text.contains(wanted));
  }

  private <T> T until(java.util.function.Supplier<T> look, Predicate<T> wanted) {
    var last = look.get();
    for (int i = 0; i < TRIES && !wanted.test(last); i++) {
      var promise = Promise.<Void>promise();
      vertx.setTimer(10, _ -> promise.complete());
      promise.future().await();
      last = look.get();
    }
    return last;
  }

  private double value(String name) {
    return bus
        .ask(MetricsContract.QUERY_METRICS, new QueryMetrics(3_600_000, List.of(name)))
        .await()
        .metrics()
        .stream()
        .mapToDouble(MetricValue::value)
        .sum();
  }

  private static Issue issue(Severity severity) {
    return new Issue(IssueType.MISSING_SHARDS, severity, "b", "o", null, null, "gone", AT);
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  @DisplayName("A11: the text has the seed's metrics in the seed's form")
  void theTextIsAsInTheSeed() {
    playAll();
    deploy();
    var text = scrapeUntil("kintsugi_objects_total 2500000");
    assertThat(text)
        .startsWith(
            """
            # HELP kintsugi_objects_total Total number of objects in the system
            # TYPE kintsugi_objects_total gauge
            kintsugi_objects_total 2500000

            # HELP kintsugi_scan_rate_objects_per_second Object scanning rate
            # TYPE kintsugi_scan_rate_objects_per_second gauge
            kintsugi_scan_rate_objects_per_second 117.5

            # HELP kintsugi_heal_success_rate Healing operation success rate
            # TYPE kintsugi_heal_success_rate gauge
            kintsugi_heal_success_rate 0.98

            # HELP kintsugi_health_issues_total Total health issues detected
            # TYPE kintsugi_health_issues_total counter
            kintsugi_health_issues_total{severity="critical"} 0
            kintsugi_health_issues_total{severity="high"} 0
            kintsugi_health_issues_total{severity="medium"} 0
            kintsugi_health_issues_total{severity="low"} 0
            """);
    assertThat(text)
        .contains("kintsugi_objects_unreadable 2", "kintsugi_objects_without_spare 5")
        .contains("kintsugi_origin_healthy{kind=\"local\",origin=\"disk-2\"} 0")
        .contains("kintsugi_origins_healthy 1", "kintsugi_shards_repaired_total 60")
        .contains("# TYPE jvm_memory_used_bytes gauge");
  }

  @Test
  void everyFamilyIsDescribedOnceAndEveryLineIsWellFormed() {
    playAll();
    deploy();
    bus.publish(
        MetricsContract.USAGE,
        new Usage("s3", Map.of("requests_total{method=\"GET\",status=\"2xx\"}", 1L)));
    var text = scrapeUntil("kintsugi_s3_requests_total");
    var types = text.lines().filter(line -> line.startsWith("# TYPE ")).toList();
    assertThat(types).doesNotHaveDuplicates();
    assertThat(text.lines().filter(line -> !line.isEmpty() && !line.startsWith("#")))
        .allMatch(line ->
            line.matches("[a-zA-Z_:][\\w:]*(\\{[^{}]*})? (NaN|[+-]?Inf|-?[0-9.]+(E-?[0-9]+)?)"));
  }

  @Test
  void issuesAreCountedBySeverity() {
    playAll();
    deploy();
    for (var severity : List.of(Severity.HIGH, Severity.HIGH, Severity.LOW)) {
      bus.publish(ScanContract.ISSUE_FOUND, new IssueFound("scan-1", issue(severity)));
    }
    assertThat(scrapeUntil("severity=\"low\"} 1"))
        .contains("kintsugi_health_issues_total{severity=\"high\"} 2");
  }

  @Test
  void whatEdgesCountIsSummedUpAndNonsenseIsNot() {
    deploy();
    var series = "requests_total{method=\"GET\",status=\"2xx\"}";
    bus.publish(
        MetricsContract.USAGE, new Usage("s3", Map.of(series, 2L, "received_bytes_total", 7L)));
    bus.publish(MetricsContract.USAGE, new Usage("s3", Map.of(series, 3L)));
    bus.publish(
        MetricsContract.USAGE, new Usage("s3", Map.of("x{a=\"\n\"}", 1L, "fine_total", -1L)));
    var text = scrapeUntil("kintsugi_usage_dropped_total 2");
    assertThat(text)
        .contains("kintsugi_s3_requests_total{method=\"GET\",status=\"2xx\"} 5")
        .contains("kintsugi_s3_received_bytes_total 7")
        .contains("kintsugi_usage_dropped_total 2");
  }

  @Test
  void withoutAnyAttemptHealingIsNotCalledUnsuccessful() {
    queue = new Queue(0, 0, 0, 0, 0, 0);
    playAll();
    deploy();
    scrapeUntil("kintsugi_objects_total 2500000");
    assertThat(value("heal_success_rate")).isEqualTo(1);
  }

  @Test
  @DisplayName("A11: names are known with and without their suffix")
  void namesAreKnownWithAndWithoutSuffix() {
    playAll();
    deploy();
    scrapeUntil("kintsugi_scan_rate_objects_per_second 117.5");
    for (var name : List.of("scan_rate", "scan_rate_objects_per_second", "kintsugi_scan_rate")) {
      assertThat(value(name)).isEqualTo(117.5);
    }
    var all = bus.ask(MetricsContract.QUERY_METRICS, new QueryMetrics(1_000, List.of())).await();
    assertThat(all.end().toEpochMilli() - all.start().toEpochMilli()).isEqualTo(1_000);
    assertThat(all.metrics().stream().map(MetricValue::name))
        .contains("objects_total", "heal_success_rate", "origins_free_bytes");
  }

  @Test
  void anUnknownNameOrPeriodIsRefusedWithTheKnownOnes() {
    deploy();
    var unknown =
        Failure.from(
            catchThrowable(() ->
                bus.ask(
                        MetricsContract.QUERY_METRICS,
                        new QueryMetrics(1_000, List.of("objects", "colour")))
                    .await()));
    assertThat(unknown.code()).isEqualTo(FailureCode.VALIDATION_ERROR);
    assertThat(unknown.detail("metrics"))
        .contains("colour", "objects_total")
        .doesNotContain("no objects");
    var tooLong =
        Failure.from(
            catchThrowable(() ->
                bus.ask(MetricsContract.QUERY_METRICS, new QueryMetrics(86_400_001, List.of()))
                    .await()));
    assertThat(tooLong.detail("period")).contains("24h");
  }

  @Test
  void aCounterIsAnsweredAsItsIncrease() {
    playAll();
    deploy();
    scrapeUntil("kintsugi_heals_completed_total 49");
    double before = until(() -> value("heals_completed"), v -> v == 0);
    queue = new Queue(0, 0, 0, 0, 52, 1);
    assertThat(until(() -> value("heals_completed"), v -> v == before + 3)).isEqualTo(before + 3);
  }

  @Test
  void aSourceThatDoesNotAnswerIsNamed() {
    playAll();
    deploy();
    var fine = until(this::status, s -> s.errorMessage() == null);
    assertThat(fine.status()).isEqualTo("Running");
    assertThat(fine.errorMessage()).isNull();
  }

  @Test
  void aloneItServesAndSaysWhatItLacks() {
    deploy();
    var lacking = List.of("origins", "queue", "scans", "standing");
    var status =
        until(
            this::status,
            s -> s.errorMessage() != null && lacking.stream().allMatch(s.errorMessage()::contains));
    assertThat(status.errorMessage()).contains(lacking);
    assertThat(scrape()).contains("kintsugi_objects_total 0");
  }

  @Test
  void aNodeWhosePartsAreStillStartingIsNotComplainedOf() {
    deploy(5_000);
    assertThat(status().errorMessage()).isNull();
    playAll();
    assertThat(scrapeUntil("kintsugi_objects_total 2500000"))
        .contains("kintsugi_objects_total 2500000");
    assertThat(status().errorMessage()).isNull();
  }

  private Subsystem status() {
    return bus.ask(MetricsContract.STATUS, new Subsystem.Ask()).await();
  }
}
