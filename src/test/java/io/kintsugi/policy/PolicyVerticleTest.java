package io.kintsugi.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.RemapPriorities;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.Cluster;
import io.kintsugi.contract.CatalogPolicyContract;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRow;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.SavePolicyRow;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.ChangeHealPolicy;
import io.kintsugi.contract.PolicyContract.ChangeScanPolicy;
import io.kintsugi.contract.PolicyContract.GetPolicies;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.PolicyContract.StartSystem;
import io.kintsugi.contract.PolicyContract.StopSystem;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The policies alone, the catalog played over the bus (A1, A8, F13).
@Timeout(60)
class PolicyVerticleTest {
  private static final ChangeScanPolicy NOTHING =
      new ChangeScanPolicy(null, null, null, null, null, null, null, null);

  private final Map<String, PolicyRow> rows = new ConcurrentHashMap<>();
  private final BlockingQueue<Policies> published = new ArrayBlockingQueue<>(100);
  private final BlockingQueue<RemapPriorities> remapped = new ArrayBlockingQueue<>(100);
  private volatile @Nullable Failure saving;
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = VertxWorld.of(vertx, new JsonObject()).bus();

  @BeforeEach
  void begin() {
    bus.answer(
        CatalogOriginContract.GET_CLUSTER,
        _ ->
            Future.succeededFuture(new Cluster("0123456789abcdef".repeat(2), Instant.EPOCH, true)));
    bus.answer(
        CatalogPolicyContract.LIST_POLICY_ROWS,
        _ -> Future.succeededFuture(new PolicyRows(List.copyOf(rows.values()))));
    bus.answer(CatalogPolicyContract.SAVE_POLICY_ROW, this::save);
    bus.answer(
        CatalogHealContract.REMAP_PRIORITIES,
        wish -> {
          remapped.add(wish);
          return Future.succeededFuture(new Done());
        });
    bus.listen(PolicyContract.POLICIES_CHANGED, published::add);
  }

  private Future<PolicyRow> save(SavePolicyRow wish) {
    var failure = saving;
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    var old = rows.get(wish.name());
    if ((old == null ? 0 : old.version()) != wish.replaces()) {
      return Future.failedFuture(Failure.of(FailureCode.CONFLICT, "the row moved on"));
    }
    var row = new PolicyRow(wish.name(), wish.json(), wish.replaces() + 1);
    rows.put(wish.name(), row);
    return Future.succeededFuture(row);
  }

  private String deploy() {
    return vertx.deployVerticle(new PolicyVerticle()).await();
  }

  private <Q extends Record> Policies ask(Call<Q, Policies> call, Q question) {
    return bus.ask(call, question).await();
  }

  private Policies now() {
    return ask(PolicyContract.GET_POLICIES, new GetPolicies());
  }

  private <Q extends Record> Failure refused(Call<Q, Policies> call, Q question) {
    return Failure.from(catchThrowable(() -> ask(call, question)));
  }

  private static ChangeScanPolicy interval(@Nullable Long ifVersion, long millis) {
    return new ChangeScanPolicy(ifVersion, null, millis, null, null, null, null, null);
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  @DisplayName("A8: a new catalog gets the defaults, saved and told to everybody")
  void defaultsAreSavedAndTold() throws InterruptedException {
    deploy();
    var policies = now();
    assertThat(policies.scan().defaultScanMode()).isEqualTo("Normal");
    assertThat(policies.heal().priorityMapping())
        .containsEntry("critical_buckets", Priority.EMERGENCY);
    assertThat(policies.system().status()).isEqualTo("Running");
    assertThat(policies.system().systemId()).isEqualTo("ahm-01234567");
    assertThat(rows).containsOnlyKeys("scan", "heal", "system");
    assertThat(published.poll(5, TimeUnit.SECONDS)).isEqualTo(policies);
  }

  @Test
  @DisplayName("A8: a change keeps what it does not name, counts, and is told at once")
  void aChangeKeepsTheRest() throws InterruptedException {
    deploy();
    published.poll(5, TimeUnit.SECONDS);
    var before = now().scan();
    var after = ask(PolicyContract.CHANGE_SCAN_POLICY, interval(null, 43_200_000));
    assertThat(after.scan().defaultScanIntervalMillis()).isEqualTo(43_200_000);
    assertThat(after.scan().version()).isEqualTo(before.version() + 1);
    assertThat(after.scan().concurrentScanners()).isEqualTo(before.concurrentScanners());
    assertThat(published.poll(5, TimeUnit.SECONDS)).isEqualTo(after);
  }

  @Test
  @DisplayName("A8: what was changed is there after a restart")
  void changesSurviveARestart() {
    var id = deploy();
    ask(PolicyContract.CHANGE_SCAN_POLICY, interval(null, 43_200_000));
    ask(PolicyContract.STOP_SYSTEM, new StopSystem());
    var before = now();
    vertx.undeploy(id).await();
    deploy();
    assertThat(now()).isEqualTo(before);
  }

  @Test
  void aChangeOfAnOldVersionIsRefused() {
    deploy();
    long version = now().scan().version();
    ask(PolicyContract.CHANGE_SCAN_POLICY, interval(version, 43_200_000));
    var failure = refused(PolicyContract.CHANGE_SCAN_POLICY, interval(version, 60_000));
    assertThat(failure.code()).isEqualTo(FailureCode.PRECONDITION_FAILED);
    assertThat(now().scan().defaultScanIntervalMillis()).isEqualTo(43_200_000);
  }

  @Test
  void oneBadFieldAndSeveralAreToldApart() {
    deploy();
    var one = refused(PolicyContract.CHANGE_SCAN_POLICY, interval(null, 1));
    assertThat(one.code()).isEqualTo(FailureCode.INVALID_REQUEST);
    assertThat(one.details()).containsOnlyKeys("default_scan_interval");
    var several =
        refused(
            PolicyContract.CHANGE_SCAN_POLICY,
            new ChangeScanPolicy(null, "Slow", null, 2.0, -1L, 0, null, List.of("NOT A BUCKET")));
    assertThat(several.code()).isEqualTo(FailureCode.VALIDATION_ERROR);
    assertThat(several.details())
        .containsOnlyKeys(
            "default_scan_mode",
            "deep_scan_probability",
            "bandwidth_limit_mbps",
            "concurrent_scanners",
            "priority_buckets");
    assertThat(now().scan().version()).isEqualTo(1);
  }

  @Test
  void aNewMappingReordersTheQueue() throws InterruptedException {
    deploy();
    remapped.poll(5, TimeUnit.SECONDS);
    ask(
        PolicyContract.CHANGE_HEAL_POLICY,
        new ChangeHealPolicy(
            null, null, null, null, null, Map.of("standard_buckets", Priority.HIGH)));
    assertThat(remapped.poll(5, TimeUnit.SECONDS))
        .isEqualTo(new RemapPriorities(Priority.EMERGENCY, Priority.HIGH, Priority.HIGH));
  }

  @Test
  @DisplayName("A1: start on a running system applies what is given and keeps started_at")
  void startOnARunningSystemKeepsItsBeginning() {
    deploy();
    var before = now();
    var after = ask(PolicyContract.START_SYSTEM, new StartSystem(7, null, "Deep", null, 4, null));
    assertThat(after.system().startedAt()).isEqualTo(before.system().startedAt());
    assertThat(after.system().eventBufferSize()).isEqualTo(7);
    assertThat(after.scan().defaultScanMode()).isEqualTo("Deep");
    assertThat(after.heal().maxWorkers()).isEqualTo(4);
    assertThat(after.heal().queueCapacity()).isEqualTo(before.heal().queueCapacity());
  }

  @Test
  @DisplayName("A1: stop stops, start begins anew")
  void stopAndStart() {
    deploy();
    var first = now().system();
    assertThat(ask(PolicyContract.STOP_SYSTEM, new StopSystem()).system().status())
        .isEqualTo("Stopped");
    var again =
        ask(PolicyContract.START_SYSTEM, new StartSystem(null, null, null, null, null, null))
            .system();
    assertThat(again.status()).isEqualTo("Running");
    assertThat(again.startedAt()).isAfterOrEqualTo(first.startedAt());
  }

  @Test
  void whatCouldNotBeSavedIsNotApplied() {
    deploy();
    saving = Failure.of(FailureCode.UNAVAILABLE, "the database is away");
    var failure = refused(PolicyContract.CHANGE_SCAN_POLICY, interval(null, 43_200_000));
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    saving = null;
    assertThat(now().scan().defaultScanIntervalMillis()).isEqualTo(86_400_000);
  }

  @Test
  void changesAtTheSameTimeAllCount() {
    deploy();
    var changes =
        java.util.stream.IntStream.range(0, 20)
            .mapToObj(_ -> bus.ask(PolicyContract.CHANGE_SCAN_POLICY, NOTHING))
            .toList();
    Future.all(changes).await();
    assertThat(now().scan().version()).isEqualTo(21);
  }
}
