package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static io.kintsugi.origin.OriginVerticleTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FindFile;
import io.kintsugi.contract.FilesContract.ListFileOrigins;
import io.kintsugi.contract.FilesContract.ListFiles;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.ForceHealth;
import io.kintsugi.contract.OriginHealthContract.GetOriginHealth;
import io.kintsugi.contract.OriginHealthContract.HealthError;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.contract.OriginHealthContract.Transition;
import io.kintsugi.driver.Fault;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Origins for plain files are judged as those for shards are (B4, B6, B9).
@ExtendWith(VertxExtension.class)
class FilesHealthTest {
  @TempDir Path folder;
  private House house;
  private final Map<String, FaultyDriver> drivers = new ConcurrentHashMap<>();

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder).origin("nas", "role", OriginDefinition.FILES);
    var files = Files.createDirectories(house.root("nas"));
    Files.write(files.resolve("a"), new byte[10]);
    Files.write(files.resolve("b"), new byte[10]);
  }

  private String start() throws Exception {
    return house.start(
        path -> drivers.computeIfAbsent(path.toString(), _ -> new FaultyDriver(path)));
  }

  private FaultyDriver driver() {
    return Objects.requireNonNull(drivers.get(house.root("nas").toString()));
  }

  private OriginHealth health() throws Exception {
    return house.ask(OriginHealthContract.GET_ORIGIN_HEALTH, new GetOriginHealth("nas"));
  }

  private String breaker(String operation) throws Exception {
    return health().breakers().stream()
        .filter(breaker -> breaker.operation().equals(operation))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private OriginState state() throws Exception {
    return house.ask(FilesContract.LIST_FILE_ORIGINS, new ListFileOrigins()).origins().getFirst();
  }

  private FileStamp find(String path) throws Exception {
    return house.ask(FilesContract.FIND_FILE.at("nas"), new FindFile(path)).stamp();
  }

  private byte[] read(String path, FileStamp stamp) throws Exception {
    return house.readFile("nas", path, stamp, 0, 10);
  }

  @Test
  @DisplayName("B4: all figures of an origin for plain files are told, and a word on it holds")
  void figuresAndForce() throws Exception {
    var life = start();
    read("a", find("a"));
    house.check("nas");
    var health = health();
    assertThat(health.health()).isEqualTo("healthy");
    assertThat(health.probes().done()).isEqualTo(2);
    assertThat(health.work().done()).isEqualTo(2);
    assertThat(health.fall()).isEqualTo(1);
    assertThat(health.transitions())
        .extracting(Transition::from, Transition::to)
        .containsExactly(tuple("unknown", "healthy"));
    assertThat(health.nextProbe()).isBetween(Instant.now(), Instant.now().plusSeconds(36));
    assertThat(state().latencyP50Millis()).isNotEqualTo(10);
    assertThat(state().totalBytes()).isPositive();

    var until = Instant.now().plusSeconds(600);
    house.ask(OriginHealthContract.FORCE_HEALTH, new ForceHealth("nas", "unhealthy", until));
    assertThat(house.check("nas").health()).isEqualTo("unhealthy");
    house.stop(life);
    start();
    assertThat(state().health()).isEqualTo("unhealthy");
    assertThat(health().measured()).isEqualTo("healthy");
    house.ask(OriginHealthContract.FORCE_HEALTH, new ForceHealth("nas", null, null));
    assertThat(state().health()).isEqualTo("healthy");
  }

  @Test
  @DisplayName("B6: an origin that drops its readers is spared for a moment, while listings go on")
  void theBreaker() throws Exception {
    start();
    var stamp = find("a");
    driver().onRead = new Fault.Disconnected("a", "the connection broke");
    for (int i = 0; i < 5; i++) {
      assertFails(UNAVAILABLE, () -> read("a", stamp));
    }
    assertThat(breaker("read")).isEqualTo("open");
    int opened = driver().opened.get();
    assertFails(UNAVAILABLE, () -> read("a", stamp));
    assertFails(UNAVAILABLE, () -> find("a"));
    assertThat(driver().opened.get()).isEqualTo(opened);
    assertThat(
            house.ask(FilesContract.LIST_FILES.at("nas"), new ListFiles("", "", 10, true)).files())
        .hasSize(2);
    assertThat(breaker("list")).isEqualTo("closed");
    driver().onRead = null;
    house.checkUntil("nas", "degraded");
    for (int i = 0; i < 200 && !breaker("read").equals("closed"); i++) {
      house.check("nas");
    }
    assertThat(read("a", stamp)).hasSize(10);
  }

  @Test
  @DisplayName("B6: one file that cannot be read makes nobody ill, another one in a row does")
  void spoiltFiles() throws Exception {
    start();
    var a = find("a");
    var b = find("b");
    driver().badSpot = 5;
    for (int i = 0; i < 10; i++) {
      assertFails(UNAVAILABLE, () -> read("a", a));
    }
    assertThat(state().health()).isEqualTo("healthy");
    assertThat(breaker("read")).isEqualTo("closed");
    assertThat(health().lastErrors()).extracting(HealthError::operation).contains("read");
    assertFails(UNAVAILABLE, () -> read("b", b));
    assertThat(health().transitions()).extracting(Transition::to).contains("unhealthy");
  }

  @Test
  @DisplayName("B9: an origin for plain files of which nothing comes back is hung, and recovers")
  void hung() throws Exception {
    house.with("checkTimeoutMillis", 100).with("operationTimeoutMillis", 300);
    house.with("health", new JsonObject().put("local", new JsonObject().put("recheckMillis", 100)));
    start();
    var stamp = find("a");
    var frozen = new CountDownLatch(1);
    driver().hangOnSmall = frozen;
    assertThat(house.check("nas").health()).isEqualTo("unhealthy");
    assertThat(state().flags()).contains(OriginState.HUNG);
    int opened = driver().opened.get();
    assertFails(UNAVAILABLE, () -> read("a", stamp));
    assertFails(UNAVAILABLE, () -> find("a"));
    assertThat(driver().opened.get()).isEqualTo(opened);
    driver().hangOnSmall = null;
    frozen.countDown();
    assertThat(house.checkUntil("nas", "healthy").flags()).doesNotContain(OriginState.HUNG);
    assertThat(read("a", stamp)).hasSize(10);
  }
}
