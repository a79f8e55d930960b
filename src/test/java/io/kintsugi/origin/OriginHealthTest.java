package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static io.kintsugi.origin.OriginVerticleTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListLeaves;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.AllOriginsUnhealthy;
import io.kintsugi.contract.OriginHealthContract.Breaker;
import io.kintsugi.contract.OriginHealthContract.ForceHealth;
import io.kintsugi.contract.OriginHealthContract.GetOriginHealth;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.contract.OriginHealthContract.Transition;
import io.kintsugi.driver.Fault;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// How origins are judged, deployed alone with their neighbours played over the bus (B4, B5, B6).
@ExtendWith(VertxExtension.class)
class OriginHealthTest {
  private static final ShardFiles SHARDS = ShardFiles.of(ShardFiles.writeId(1));

  @TempDir Path folder;
  private House house;
  private final Map<String, FaultyDriver> drivers = new ConcurrentHashMap<>();

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
  }

  private FaultyDriver driver(String id) {
    return Objects.requireNonNull(drivers.get(house.root(id).toString()));
  }

  private String start() throws Exception {
    return house.start(
        path -> drivers.computeIfAbsent(path.toString(), _ -> new FaultyDriver(path)));
  }

  private OriginHealth health(String id) throws Exception {
    return house.ask(OriginHealthContract.GET_ORIGIN_HEALTH, new GetOriginHealth(id));
  }

  private OriginHealth force(String id, @Nullable String state, @Nullable Instant until)
      throws Exception {
    return house.ask(OriginHealthContract.FORCE_HEALTH, new ForceHealth(id, state, until));
  }

  private static Breaker breaker(OriginHealth health, String operation) {
    return health.breakers().stream()
        .filter(breaker -> breaker.operation().equals(operation))
        .findFirst()
        .orElseThrow();
  }

  private void later(long millis) throws Exception {
    House.await(house.vertx.timer(millis, TimeUnit.MILLISECONDS));
  }

  @Test
  @DisplayName("test_health_check")
  void allFiguresAreTold() throws Exception {
    house.origin("disk-1");
    start();
    house.write("disk-1", SHARDS, 0);
    house.read("disk-1", SHARDS, 0, 0, 10);
    house.check("disk-1");
    var health = health("disk-1");
    assertThat(health.health()).isEqualTo("healthy");
    assertThat(health.probes().done()).isEqualTo(2);
    assertThat(health.work().done()).isEqualTo(2);
    assertThat(health.work().threads()).isPositive();
    assertThat(health.fall()).isEqualTo(1);
    assertThat(health.transitions())
        .extracting(Transition::from, Transition::to)
        .containsExactly(tuple("unknown", "healthy"));
    assertThat(health.nextProbe()).isBetween(Instant.now(), Instant.now().plusSeconds(36));
    assertThat(health.breakers()).extracting(Breaker::state).containsOnly("closed");
    assertFails(NOT_FOUND, () -> health("disk-9"));
  }

  @Test
  @DisplayName("B4: what is forced holds until its time, against what probes say")
  void forced() throws Exception {
    house.origin("disk-1");
    start();
    var until = Instant.now().plusSeconds(600);
    assertThat(force("disk-1", "unhealthy", until).health()).isEqualTo("unhealthy");
    assertThat(house.check("disk-1").health()).isEqualTo("unhealthy");
    assertThat(house.state("disk-1").writable()).isFalse();
    assertThat(health("disk-1").measured()).isEqualTo("healthy");
    assertThat(force("disk-1", null, null).health()).isEqualTo("healthy");

    driver("disk-1").onRead = new Fault.Io("x", "Input/output error");
    assertThat(house.check("disk-1").health()).isEqualTo("unhealthy");
    assertThat(force("disk-1", "healthy", until).forcedUntil()).isEqualTo(until);
    assertThat(house.state("disk-1").health()).isEqualTo("healthy");
    force("disk-1", "healthy", Instant.now().plusMillis(30));
    later(60);
    assertThat(house.state("disk-1").health()).isEqualTo("unhealthy");
    assertFails(INVALID_REQUEST, () -> force("disk-1", "healthy", Instant.now().minusSeconds(1)));
    assertFails(INVALID_REQUEST, () -> force("disk-1", "healthy", null));
    assertFails(INVALID_REQUEST, () -> force("disk-1", "poorly", until));
  }

  @Test
  @DisplayName("B4: what is forced holds in a next life too, until its time")
  void forcedInANextLife() throws Exception {
    house.origin("disk-1");
    var first = start();
    var until = Instant.now().plusSeconds(600);
    force("disk-1", "unhealthy", until);
    house.stop(first);
    house.changes.clear();
    var second = start();
    assertThat(house.state("disk-1").health()).isEqualTo("unhealthy");
    assertThat(house.changes).extracting(OriginState::health).doesNotContain("healthy");
    assertThat(health("disk-1").forcedUntil()).isEqualTo(until);
    assertThat(health("disk-1").measured()).isEqualTo("healthy");
    force("disk-1", null, null);
    house.stop(second);
    var third = start();
    assertThat(house.state("disk-1").health()).isEqualTo("healthy");
    force("disk-1", "unhealthy", Instant.now().plusMillis(50));
    house.stop(third);
    later(60);
    start();
    assertThat(house.state("disk-1").health()).isEqualTo("healthy");
  }

  @Test
  @DisplayName("B5: that all origins are unhealthy is told once, until one is well again")
  void allUnhealthy() throws Exception {
    var events = new CopyOnWriteArrayList<AllOriginsUnhealthy>();
    house.listen(OriginHealthContract.ALL_ORIGINS_UNHEALTHY, events::add);
    house.origin("disk-1", "priority", 200).origin("disk-2");
    start();
    for (var id : List.of("disk-1", "disk-2")) {
      assertThat(events).isEmpty();
      driver(id).onRead = new Fault.Io("x", "Input/output error");
      house.check(id);
    }
    house.check("disk-2");
    later(50);
    assertThat(events).hasSize(1);
    assertThat(events.getFirst().origins()).containsExactly("disk-2", "disk-1");
    driver("disk-1").onRead = null;
    assertThat(house.check("disk-1").health()).isEqualTo("healthy");
    force("disk-1", "unhealthy", Instant.now().plusSeconds(60));
    later(50);
    assertThat(events).hasSize(2);
  }

  @Test
  @DisplayName("B6: after failures in a row an origin is spared for a moment, and tried when well")
  void theBreaker() throws Exception {
    house.origin("disk-1");
    start();
    house.write("disk-1", SHARDS, 0);
    var driver = driver("disk-1");
    driver.onRead = new Fault.Io("x", "Input/output error");
    for (int i = 0; i < 5; i++) {
      assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    }
    int opened = driver.opened.get();
    assertThat(breaker(health("disk-1"), "read").state()).isEqualTo("open");
    assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    assertThat(driver.opened.get()).isEqualTo(opened);
    assertThat(breaker(health("disk-1"), "read").refused()).isEqualTo(1);
    assertThat(breaker(health("disk-1"), "write").state()).isEqualTo("closed");
    assertThat(breaker(health("disk-1"), "read").openUntil())
        .isAfter(Instant.now().minusSeconds(3));
    driver.onRead = null;
    house.checkUntil("disk-1", "healthy");
    for (int i = 0; i < 3; i++) {
      assertThat(house.read("disk-1", SHARDS, 0, 0, 10)).hasSize(10);
    }
    assertThat(breaker(health("disk-1"), "read").state()).isEqualTo("closed");
    assertThat(breaker(health("disk-1"), "read").openings()).isEqualTo(1);
  }

  @Test
  @DisplayName("B6: an origin that dawdles half the time is degraded, though it answers")
  void slowCalls() throws Exception {
    house
        .origin("disk-1")
        .with("health", new JsonObject().put("local", new JsonObject().put("slowMillis", 1)));
    start();
    house.write("disk-1", SHARDS, 0);
    driver("disk-1").readDelayMillis = 5;
    for (int i = 0; i < 10; i++) {
      house.read("disk-1", SHARDS, 0, 0, 10);
    }
    assertThat(breaker(health("disk-1"), "read").state()).isEqualTo("open");
    assertThat(house.state("disk-1").health()).isEqualTo("degraded");
    assertThat(house.state("disk-1").reason()).contains("dawdles at each read");
    assertThat(health("disk-1").work().slow()).isGreaterThanOrEqualTo(9);
    assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
  }

  @Test
  @DisplayName("B9: an origin of which nothing comes back is hung, fails fast and recovers on thaw")
  void hung() throws Exception {
    house.origin("disk-1").with("checkTimeoutMillis", 100).with("operationTimeoutMillis", 300);
    start();
    house.write("disk-1", SHARDS, 0);
    var driver = driver("disk-1");
    var frozen = new CountDownLatch(1);
    driver.hangOnSmall = frozen;
    assertThat(house.check("disk-1").health()).isEqualTo("unhealthy");
    assertThat(house.state("disk-1").flags()).contains(OriginState.HUNG);
    int opened = driver.opened.get();
    assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    assertFails(UNAVAILABLE, () -> house.write("disk-1", SHARDS, 1));
    assertThat(driver.opened.get()).isEqualTo(opened);
    frozen.countDown();
    driver.hangOnSmall = null;
    assertThat(house.checkUntil("disk-1", "healthy").flags()).isEmpty();
    assertThat(house.read("disk-1", SHARDS, 0, 0, 10)).hasSize(10);
  }

  @Test
  @DisplayName("B6: a listing that fails is tried again, and only where that may help")
  void listings() throws Exception {
    house.origin("disk-1");
    start();
    house.write("disk-1", SHARDS, 0);
    var driver = driver("disk-1");
    int before = driver.lists.get();
    driver.onList.add(new Fault.Io("x", "Input/output error"));
    assertThat(leaves().leaves()).hasSize(1);
    assertThat(driver.lists.get() - before).isEqualTo(2);
  }

  private OriginContract.Leaves leaves() throws Exception {
    return house.ask(
        OriginContract.LIST_LEAVES.at("disk-1"), new ListLeaves(house.incarnation("disk-1")));
  }
}
