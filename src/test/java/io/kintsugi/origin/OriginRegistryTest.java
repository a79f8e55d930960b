package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.CONFLICT;
import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.GetOriginHealth;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.ChangeOrigin;
import io.kintsugi.contract.RegistryContract.ChangePool;
import io.kintsugi.contract.RegistryContract.CreateOrigin;
import io.kintsugi.contract.RegistryContract.DrainOrigin;
import io.kintsugi.contract.RegistryContract.GetPool;
import io.kintsugi.contract.RegistryContract.ListViews;
import io.kintsugi.contract.RegistryContract.OriginChange;
import io.kintsugi.contract.RegistryContract.OriginView;
import io.kintsugi.contract.RegistryContract.RemoveOrigin;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.contract.Secrets;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Origins that come, change and go while their verticle runs (B1, B8, C3, C5, C6).
@ExtendWith(VertxExtension.class)
class OriginRegistryTest {
  private static final OriginChange NOTHING =
      new OriginChange(null, null, null, null, null, null, null, null, null, null, null, null);

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
  }

  private OriginDefinition local(String id) {
    return OriginDefinition.of(id, "local", Map.of("path", house.root(id).toString()));
  }

  private OriginView create(OriginDefinition definition) throws Exception {
    return house.ask(RegistryContract.CREATE_ORIGIN, new CreateOrigin(definition, Secrets.NONE));
  }

  private OriginView change(String id, OriginChange change) throws Exception {
    return house.ask(RegistryContract.CHANGE_ORIGIN, new ChangeOrigin(id, change));
  }

  private List<String> ids() throws Exception {
    return house
        .ask(OriginContract.LIST_ORIGINS, new OriginContract.ListOrigins())
        .origins()
        .stream()
        .map(OriginState::id)
        .toList();
  }

  private static void assertFails(FailureCode code, ThrowingCallable asking, String... words) {
    assertThatThrownBy(asking)
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(code);
              for (var word : words) {
                assertThat(failure.text()).contains(word);
              }
            });
  }

  @Test
  @DisplayName("test_register_and_get")
  void anOriginThatIsCreatedIsTriedEnrolledAndUsedAtOnce() throws Exception {
    house.origin("disk-1").start();
    var made = create(local("disk-2"));
    assertThat(made.source()).isEqualTo("runtime");
    assertThat(made.state().marker()).isEqualTo("ours");
    assertThat(made.state().health()).isEqualTo("healthy");
    assertThat(house.saves).contains("disk-2 new", "disk-2 ready");
    assertThat(ids()).containsExactly("disk-1", "disk-2");
    var placed =
        house.ask(OriginContract.PLACE, new Place(2, List.of(), "RoundRobin", 10, 0)).origins();
    assertThat(placed).hasSize(2);
  }

  @Test
  void aNextLifeServesWhatWasCreatedAndWhatWasChangedGoesBeforeTheFile() throws Exception {
    var first = house.origin("disk-1").start();
    create(local("disk-2"));
    change(
        "disk-1",
        new OriginChange(null, 7, "shelf", null, null, null, null, null, 0.5, 9L, 2.0, null));
    house.stop(first);
    house.start();
    assertThat(ids()).containsExactly("disk-1", "disk-2");
    assertThat(house.state("disk-1").priority()).isEqualTo(7);
    assertThat(house.state("disk-1").domain()).isEqualTo("shelf");
    assertThat(house.state("disk-2").marker()).isEqualTo("ours");
  }

  @Test
  void whatCannotBeTakenInIsRefusedAndLeavesNothing() throws Exception {
    house.origin("disk-1").start();
    assertFails(CONFLICT, () -> create(local("disk-1")), "already");
    var beside = Map.of("path", house.root("disk-1").toString());
    assertFails(CONFLICT, () -> create(OriginDefinition.of("disk-9", "local", beside)), "disk-1");
    Files.createDirectories(house.root("disk-3").resolve("holiday"));
    assertFails(CONFLICT, () -> create(local("disk-3")), "does not know");
    assertFails(INVALID_REQUEST, () -> create(local("Disk 4")), "id must be");
    assertFails(
        INVALID_REQUEST, () -> create(OriginDefinition.of("d", "local", Map.of())), "path is");
    assertFails(
        INVALID_REQUEST,
        () -> create(OriginDefinition.of("d", "tape", Map.of())),
        "'tape' is not known",
        "sftp");
    assertFails(
        INVALID_REQUEST,
        () -> create(OriginDefinition.of("d", "local", Map.of("path", "/x", "bucket", "b"))),
        "'bucket' is no setting of kind local");
    assertFails(
        INVALID_REQUEST,
        () ->
            create(
                OriginDefinition.of(
                    "d", "sftp", Map.of("host", "h", "user", "u", "path", "/", "password", "p"))),
        "password is a credential",
        "password_file");
    assertThat(ids()).containsExactly("disk-1");
    assertThat(house.registry.definitions).isEmpty();
    assertThat(house.root("disk-3").toFile().list()).containsExactly("holiday");
  }

  @Test
  void switchesAndFiguresHoldAtOnce() throws Exception {
    house.origin("disk-1").origin("disk-2").start();
    change(
        "disk-1",
        new OriginChange(null, null, null, null, null, false, null, null, null, null, null, null));
    assertThat(house.state("disk-1").writable()).isFalse();
    var placed = house.ask(OriginContract.PLACE, new Place(2, List.of(), "RoundRobin", 10, 0));
    assertThat(placed.origins()).hasSize(1);
    assertThat(placed.members()).isEqualTo(2);
    change(
        "disk-1",
        new OriginChange(null, null, null, null, null, true, null, null, null, null, null, null));
    assertThat(house.state("disk-1").writable()).isTrue();
    assertFails(NOT_FOUND, () -> change("nobody", NOTHING), "nobody");
  }

  @Test
  void aCapacityIsNeverExceeded() throws Exception {
    house.registry.usages.put("disk-1", new Usage(700, 200, 3));
    house.origin("disk-1").start();
    change(
        "disk-1",
        new OriginChange(null, null, null, null, null, null, 0L, 1000L, null, null, null, null));
    house.ask(RegistryContract.LIST_VIEWS, new ListViews());
    var state = house.state("disk-1");
    assertThat(state.totalBytes()).isEqualTo(1000);
    assertThat(state.freeBytes()).isBetween(0L, 100L);
    var wanted = new Place(1, List.of(), "RoundRobin", 500, 0);
    var placed = house.ask(OriginContract.PLACE, wanted);
    assertThat(placed.origins()).isEmpty();
    assertThat(placed.full()).isEqualTo(1);
  }

  @Test
  @DisplayName("C6: a drained origin takes nothing more, and goes once nothing is left on it")
  void anOriginIsDrainedAndRemovedForEver() throws Exception {
    house.origin("disk-1").origin("disk-2").start();
    house.registry.usages.put("disk-2", new Usage(300, 0, 3));
    assertFails(
        CONFLICT,
        () -> house.ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin("disk-2", false)),
        "in use");
    var drain = house.ask(RegistryContract.DRAIN_ORIGIN, new DrainOrigin("disk-2", "start"));
    assertThat(drain.state()).isEqualTo("running");
    assertThat(drain.segmentsLeft()).isEqualTo(3);
    assertThat(house.state("disk-2").flags()).contains(OriginState.DRAINING);
    assertThat(house.state("disk-2").writable()).isFalse();
    assertThat(house.ask(RegistryContract.DRAIN_ORIGIN, new DrainOrigin("disk-2", "pause")).state())
        .isEqualTo("paused");
    assertThat(house.state("disk-2").flags()).contains(OriginState.DRAINING);
    assertFails(
        CONFLICT,
        () -> house.ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin("disk-2", false)),
        "3 segments");
    house.registry.usages.clear();
    var gone = house.ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin("disk-2", false));
    assertThat(gone.segments()).isZero();
    assertThat(ids()).containsExactly("disk-1");
    assertFails(CONFLICT, () -> create(local("disk-2")), "removed");
    assertFails(UNAVAILABLE, () -> house.write("disk-2", ShardFiles.of(ShardFiles.writeId(1)), 0));
  }

  @Test
  void aDrainSurvivesARestartAndCanBeCalledOff() throws Exception {
    var first = house.origin("disk-1").start();
    house.ask(RegistryContract.DRAIN_ORIGIN, new DrainOrigin("disk-1", "start"));
    house.stop(first);
    house.start();
    assertThat(house.state("disk-1").flags()).contains(OriginState.DRAINING);
    house.ask(RegistryContract.DRAIN_ORIGIN, new DrainOrigin("disk-1", "cancel"));
    assertThat(house.state("disk-1").flags()).doesNotContain(OriginState.DRAINING);
    assertThat(house.state("disk-1").writable()).isTrue();
  }

  @Test
  @DisplayName("B8: unregistering an origin closes its threads and descriptors")
  void nothingStaysOfAnOriginThatWasRemoved() throws Exception {
    house.origin("disk-1").start();
    create(local("disk-2"));
    var shards = ShardFiles.of(ShardFiles.writeId(1));
    house.write("disk-2", shards, 0);
    house.packed("disk-2", ShardFiles.of(ShardFiles.writeId(2)), 0);
    assertThat(threads("origin-disk-2")).isPositive();
    house.ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin("disk-2", true));
    for (int i = 0; i < 300 && threads("origin-disk-2") + descriptors("disk-2") > 0; i++) {
      House.await(house.vertx.timer(10, TimeUnit.MILLISECONDS));
    }
    assertThat(threads("origin-disk-2")).isZero();
    assertThat(descriptors("disk-2")).isZero();
    assertFails(NOT_FOUND, () -> house.check("disk-2"), "disk-2");
  }

  private static long threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && thread.getName().startsWith(name))
        .count();
  }

  private long descriptors(String id) throws IOException {
    long open = 0;
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      for (var link : all.toList()) {
        open += isBelow(link, house.root(id)) ? 1 : 0;
      }
    }
    return open;
  }

  private static boolean isBelow(Path link, Path root) {
    try {
      return Files.readSymbolicLink(link).startsWith(root);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  @DisplayName("C3: with fewer healthy origins than min_healthy_backends nothing is written")
  void tooFewHealthyOriginsRefuseWrites() throws Exception {
    house.origin("disk-1").origin("disk-2").start();
    var pool = house.ask(RegistryContract.CHANGE_POOL, pool(null, null, 3));
    assertThat(pool.minHealthyBackends()).isEqualTo(3);
    var wanted = new Place(1, List.of(), "RoundRobin", 10, 0);
    assertFails(UNAVAILABLE, () -> house.ask(OriginContract.PLACE, wanted), "min_healthy_backends");
    var repair = new Place(1, List.of(), "RoundRobin", 10, 0, null, true);
    assertThat(house.ask(OriginContract.PLACE, repair).origins()).hasSize(1);
    assertFails(
        INVALID_REQUEST,
        () -> house.ask(RegistryContract.CHANGE_POOL, pool("Best", null, null)),
        "Best");
  }

  @Test
  @DisplayName("C3: health_check_interval holds at once, and for origins that come later")
  void theIntervalOfProbesHoldsAtOnce() throws Exception {
    house.origin("disk-1").start();
    var pool =
        house.ask(RegistryContract.CHANGE_POOL, new ChangePool(null, null, 100L, null, null));
    assertThat(pool.healthCheckIntervalMillis()).isEqualTo(100);
    create(local("disk-2"));
    awaitProbes("disk-1");
    awaitProbes("disk-2");
  }

  /// At the usual pace they would take minutes.
  private void awaitProbes(String id) throws Exception {
    long begin = probes(id);
    for (int i = 0; i < 300 && probes(id) < begin + 4; i++) {
      House.await(house.vertx.timer(50, TimeUnit.MILLISECONDS));
    }
    assertThat(probes(id)).isGreaterThanOrEqualTo(begin + 4);
  }

  private long probes(String id) throws Exception {
    return house
        .ask(OriginHealthContract.GET_ORIGIN_HEALTH, new GetOriginHealth(id))
        .probes()
        .done();
  }

  private static ChangePool pool(
      @Nullable String strategy, @Nullable Boolean failover, @Nullable Integer healthy) {
    return new ChangePool(strategy, null, null, failover, healthy);
  }

  @Test
  @DisplayName("test_pool_stats")
  void thePoolTellsOfAllItsBackends() throws Exception {
    house.origin("disk-1", "capacityBytes", 1000, "costPerGb", 0.023, "reserveBytes", 0).start();
    var pool = house.ask(RegistryContract.GET_POOL, new GetPool());
    assertThat(pool.config().strategy()).isEqualTo("RoundRobin");
    assertThat(pool.config().replicationFactor()).isEqualTo(1);
    assertThat(pool.config().healthCheckIntervalMillis()).isEqualTo(30_000);
    assertThat(pool.config().autoFailover()).isTrue();
    assertThat(pool.config().minHealthyBackends()).isEqualTo(1);
    assertThat(pool.origins()).hasSize(1);
    assertThat(pool.origins().getFirst().definition().capacityBytes()).isEqualTo(1000);
    assertThat(pool.origins().getFirst().state().health()).isEqualTo("healthy");
  }

  @Test
  @DisplayName("C2: what an origin is asked to do is counted live")
  void workIsCounted() throws Exception {
    house.origin("disk-1").start();
    var shards = ShardFiles.of(ShardFiles.writeId(1));
    house.write("disk-1", shards, 0);
    house.read("disk-1", shards, 0, 0, 100);
    var view = house.ask(RegistryContract.LIST_VIEWS, new ListViews()).origins().getFirst();
    assertThat(view.work().writes()).isEqualTo(1);
    assertThat(view.work().bytesWritten()).isEqualTo(shards.file(0).length);
    assertThat(view.work().reads()).isEqualTo(1);
    assertThat(view.work().bytesRead()).isEqualTo(100);
    assertThat(view.work().errors()).isZero();
  }

  @Test
  void anExplanationSaysWhyOfEach() throws Exception {
    house.origin("disk-1", "costPerGb", 0.5).origin("disk-2", "costPerGb", 0.1).start();
    house.ask(RegistryContract.DRAIN_ORIGIN, new DrainOrigin("disk-1", "start"));
    var found = house.ask(RegistryContract.EXPLAIN, new Place(1, List.of(), "CostAware", 10, 0));
    assertThat(found.strategy()).isEqualTo("CostAware");
    assertThat(found.refused()).isNull();
    assertThat(found.verdicts())
        .extracting(v -> v.originId() + " " + v.place() + " " + v.reason() + " " + v.rank())
        .containsExactlyInAnyOrder(
            "disk-1 null draining cost_per_gb 0.5", "disk-2 0 chosen cost_per_gb 0.1");
  }

  @Test
  @DisplayName("B9: credentials are wrapped, and never told")
  void credentialsAreWrappedAndNeverTold() {
    var wrapping = new Wrapping(io.kintsugi.format.KeyRing.of(ShardFiles.KEY));
    var secrets = new Secrets(Map.of("password", "correct horse"));
    assertThat(secrets.toString()).isEqualTo("Secrets[password]");
    assertThat(new CreateOrigin(local("d"), secrets).toString()).doesNotContain("correct horse");
    var wrapped = wrapping.close("nas", secrets);
    assertThat(wrapped).startsWith("w1.").doesNotContain("correct").doesNotContain("horse");
    assertThat(wrapping.close("nas", secrets)).isNotEqualTo(wrapped);
    assertThat(wrapping.open("nas", wrapped)).isEqualTo(secrets);
    assertThat(wrapping.open("other", wrapped)).isEqualTo(Secrets.NONE);
    var stranger = new Wrapping(io.kintsugi.format.KeyRing.of(ShardFiles.OTHER_KEY));
    assertThat(stranger.open("nas", wrapped)).isEqualTo(Secrets.NONE);
  }
}
