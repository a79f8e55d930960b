package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.node.CrashCase.Work;
import io.kintsugi.sql.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// T5, T6: a node is killed at named points of what it does, and restarted. What was acknowledged
/// is there byte for byte, what was not is old or new and never mixed, what was deleted stays so, a
/// scan of every byte finds nothing, and no file is left that nothing accounts for.
///
/// A few points chosen by a seed; all of them with `-Dkintsugi.points=all`, those that begin with a
/// word with `-Dkintsugi.points=HEAL_FILE@move`.
@ExtendWith(NodeLogs.class)
class CrashPointsIT {
  private static final String POINTS = System.getProperty("kintsugi.points", "some");
  private static final long SEED = Long.getLong("kintsugi.seed", 258_373);
  private static final int SOME = 5;
  private static final int PASSINGS_AT_START_MAX = 8;
  private static final int KILLED = 128 + 9;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long NANOS_PER_MILLI = 1_000_000;

  @TempDir private Path data;
  private boolean rebuilt;

  @Test
  @DisplayName("T5, T6: killed at named points: old or new, never mixed, nothing lost")
  void aNodeThatDiesAnywhereLosesNothingThatItAcknowledged() throws Exception {
    var cases = cases();
    assertThat(cases).isNotEmpty();
    System.out.printf("seed %d: %s%n", SEED, cases);
    setPace(false);
    try (var node = RunningNode.start(data, List.of(), "--verticles", verticles().toString())) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket(CrashLoad.BUCKET);
      }
      var expected = new Expected(CrashLoad.BUCKET);
      for (int round = 0; round < cases.size(); round++) {
        round(node, cases.get(round), round, expected);
      }
    }
  }

  @Test
  void everyPointHasItsCase() {
    var points = EnumSet.copyOf(CrashCase.elsewhere());
    CrashCase.matrix().forEach(one -> points.add(one.point()));
    assertThat(points).isEqualTo(EnumSet.allOf(CrashPoint.class));
    assertThat(CrashCase.matrix()).doesNotHaveDuplicates();
  }

  private static List<CrashCase> cases() {
    var all = CrashCase.matrix();
    if (!POINTS.equals("some")) {
      var chosen = Pattern.compile(POINTS);
      return all.stream()
          .filter(one -> POINTS.equals("all") || chosen.matcher(one.toString()).find())
          .toList();
    }
    var shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, new Random(SEED));
    var works = EnumSet.noneOf(Work.class);
    var kinds = shuffled.stream().filter(one -> works.add(one.work())).toList();
    var collecting = kinds.stream().filter(one -> one.work().collects()).findFirst().orElseThrow();
    var others = kinds.stream().filter(one -> !one.work().collects()).limit(SOME - 1);
    return Stream.concat(others, Stream.of(collecting)).toList();
  }

  private void round(RunningNode node, CrashCase one, int round, Expected expected)
      throws Exception {
    long begin = System.nanoTime();
    var load = new CrashLoad(one.work(), round, expected);
    try (var store = new Store(node.s3Url())) {
      load.prepare(store);
    }
    node.killJvm();
    load.damage(data);
    setPace(one.work().collects());
    die(node, one, load);
    var died = Instant.now();
    long unanswered = expected.unanswered();
    long killed = System.nanoTime();
    if (one.lost()) {
      loseCatalog(node);
    }
    node.restart();
    if (one.lost()) {
      rebuilt = true;
      rebuild(node);
    }
    long serving = System.nanoTime();
    if (one.work().collects()) {
      collectAll(node);
    }
    int orphans = verify(node, one, expected, died);
    try (var store = new Store(node.s3Url())) {
      load.leaveOne(store);
    }
    System.out.printf(
        "%s: killed after %d ms, %d of %d objects unknown, serving %d ms later, proven in %d ms,"
            + " %d files of ended sessions without a row%n",
        one,
        (killed - begin) / NANOS_PER_MILLI,
        unanswered,
        expected.size(),
        (serving - killed) / NANOS_PER_MILLI,
        (System.nanoTime() - serving) / NANOS_PER_MILLI,
        orphans);
  }

  /// A start writes too, so that some points are passed before anybody asks for anything.
  private static void die(RunningNode node, CrashCase one, CrashLoad load) throws Exception {
    for (int passings = 0; passings < PASSINGS_AT_START_MAX; passings++) {
      if (node.restartToDie(one.after(passings).armed())) {
        load.run(node);
      }
      assertThat(node.awaitEnd(PATIENCE)).as("the node came to %s", one).isTrue();
      assertThat(node.exitCode()).as("how the node ended at %s", one).isEqualTo(KILLED);
      if (load.hasBegun()) {
        return;
      }
    }
    throw new AssertionError("the node always died of its start and never of " + one);
  }

  private void loseCatalog(RunningNode node) throws Exception {
    node.killPostgres();
    new Command(data).succeed("rm", "-r", data.resolve("postgres").toString());
    TestPostgres.provide(data);
  }

  private static void rebuild(RunningNode node) throws Exception {
    assertThat(node.rest().get("/admin/catalog").path("state").asText()).isEqualTo("lost");
    node.rest().post("/admin/catalog/rebuild", "{}");
    await("the catalog in use")
        .atMost(Duration.ofSeconds(60))
        .until(() -> node.rest().get("/admin/catalog").path("state").asText().equals("free"));
  }

  private Path verticles() {
    return data.resolveSibling(data.getFileName() + "-verticles.json");
  }

  /// The node as it is, but that what has died goes after a second, and when it is asked for.
  private void setPace(boolean collects) throws IOException {
    var all = new JsonObject(Files.readString(Path.of("verticles.json")));
    if (collects) {
      var verticles = all.getJsonObject("verticles");
      verticles
          .getJsonObject("catalog")
          .put("config", new JsonObject().put("graceMillis", 1_000).put("leaseMillis", 5_000));
      verticles
          .getJsonObject("collect")
          .put(
              "config",
              new JsonObject()
                  .put("firstMillis", 600_000)
                  .put("namesPerSecond", 10_000)
                  .put("recordsPerSecond", 10_000));
    }
    Files.writeString(verticles(), all.encodePrettily());
  }

  /// What was begun is ended: nothing dead is left, and nothing in quarantine.
  private void collectAll(RunningNode node) {
    await("the end of what was begun")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(() -> {
          node.rest().post("/api/v1/collection/run", "{}");
          var rows = new CatalogRows(data);
          assertThat(rows.read("SELECT count(*) FROM segment WHERE NOT live")).containsOnly("0");
          assertThat(rows.read("SELECT origin_id FROM remnant")).isEmpty();
          assertThat(rows.read("SELECT name FROM unreferenced WHERE state <> 'seen'")).isEmpty();
          assertThat(quarantined()).isEmpty();
        });
  }

  private List<Path> quarantined() throws IOException {
    try (var paths = Files.walk(data.resolve("origins"))) {
      return paths
          .filter(path -> path.toString().contains("/quarantine/"))
          .filter(Files::isRegularFile)
          .toList();
    }
  }

  private int verify(RunningNode node, CrashCase one, Expected expected, Instant died)
      throws Exception {
    try (var store = new Store(node.s3Url())) {
      assertThat(expected.wrong(store)).as("objects after %s", one).isEmpty();
    }
    assertThat(node.rest().wrong()).as("what a scan of every byte finds after %s", one).isEmpty();
    var found = Strays.find(data, died, rebuilt);
    assertThat(found.strays()).as("files that nothing accounts for after %s", one).isEmpty();
    return found.orphans();
  }
}
