package io.kintsugi.heal;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.AbsenceContract;
import io.kintsugi.contract.AbsenceContract.AbsenceReport;
import io.kintsugi.contract.AbsenceContract.AbsentOrigin;
import io.kintsugi.contract.CatalogAbsenceContract;
import io.kintsugi.contract.CatalogAbsenceContract.ListAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.OpenRebuilds;
import io.kintsugi.contract.CatalogAbsenceContract.RebuildsOpened;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.Relaid;
import io.kintsugi.contract.ObjectContract.RelaySegment;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.Priority;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.SimulatedTime;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.twin.CatalogTwin;
import io.kintsugi.twin.Neighbours;
import io.kintsugi.twin.StoredSegment;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Origins that are away, in a time that passes when it is told to (T9, T10, T14).
class HealAbsenceTest {
  private static final int SIZE = 900_000;
  private static final int STEPS = 400;
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours near = new Neighbours(8);
  private final Timed timed = new Timed();
  private final LinkedBlockingQueue<AbsenceReport> told = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<RelaySegment> wishes = new LinkedBlockingQueue<>();
  private long tasks = 1_000;

  /// A healer that lives in simulated time.
  private static final class Timed extends VerticleBase {
    private @Nullable SimulatedTime time;
    private @Nullable Healer healer;

    @Override
    public Future<?> start() {
      var real = VertxWorld.of(vertx, new JsonObject());
      var simulated = new SimulatedTime(real);
      time = simulated;
      var healing = new Healer(simulated, KeyRing.of(StoredSegment.KEY), "life-1");
      healer = healing;
      healing.start();
      return real.bus().registered();
    }

    /// Lets time pass; what is told of origins then.
    Future<AbsenceReport> pass(Duration duration) {
      var passed = Promise.<AbsenceReport>promise();
      context.runOnContext(_ -> {
        Objects.requireNonNull(time).pass(duration);
        passed.complete(Objects.requireNonNull(healer).absences().report());
      });
      return passed.future();
    }
  }

  @BeforeEach
  void deploy() throws Exception {
    await(vertx.deployVerticle(near));
    near.world().bus().listen(AbsenceContract.ABSENCES_CHANGED, told::add);
    near.world()
        .bus()
        .answer(
            ObjectContract.RELAY_SEGMENT,
            wish -> {
              wishes.add(wish);
              return Future.succeededFuture(new Relaid(Relaid.RELAID));
            });
    await(near.world().bus().registered());
    await(vertx.deployVerticle(timed));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
  }

  /// Lets time pass look by look, each of which is given the time it really takes.
  private AbsenceReport pass(Duration time) throws Exception {
    var report = await(timed.pass(Duration.ZERO));
    for (var left = time; left.isPositive(); left = left.minus(LOOK)) {
      report = await(timed.pass(LOOK));
      await(near.world().bus().ask(CatalogAbsenceContract.LIST_ABSENCES, new ListAbsences()));
    }
    return report;
  }

  /// Until that is told of an origin.
  private void passUntil(String origin, String state) throws Exception {
    for (int step = 0; step < STEPS; step++) {
      if (state.equals(stateOf(pass(LOOK), origin))) {
        return;
      }
      told.poll(1, MILLISECONDS);
    }
    throw new AssertionError(origin + " is not " + state + ": " + pass(LOOK));
  }

  private static String stateOf(AbsenceReport report, String origin) {
    return report.origins().stream()
        .filter(away -> away.originId().equals(origin))
        .map(AbsentOrigin::state)
        .findFirst()
        .orElse("here");
  }

  private void rebuildAfter(Duration time) {
    var heal = near.policy.heal;
    near.policy.heal =
        new HealPolicy(
            heal.version() + 1,
            8,
            300_000,
            true,
            true,
            heal.priorityMapping(),
            8,
            100,
            time.toMillis());
    near.policy.publish(near.world());
  }

  private SettleHeal healed() throws Exception {
    for (int step = 0; step < STEPS; step++) {
      pass(LOOK);
      var end = near.catalog.settled.poll(10, MILLISECONDS);
      if (end != null) {
        return end;
      }
    }
    throw new AssertionError("no heal has ended");
  }

  /// Queues a task of another cause than a scan.
  private void task(StoredSegment stored, String cause, List<Damage> known) {
    near.catalog.due.add(
        new HealTask(
            ++tasks,
            1,
            0,
            "photos",
            "key",
            "version",
            near.catalog.segment(stored),
            known,
            Priority.NORMAL,
            "Background",
            cause));
  }

  private StoredSegment stored() {
    return near.keep(HealFixture.segment(new Layout(4, 2), SIZE, 1));
  }

  @Test
  @DisplayName("T10: an origin that flaps for an hour starts no rebuild, and stays one line")
  void whatFlapsStartsNothing() throws Exception {
    stored();
    var random = new Random(1);
    var disk = near.origins.disk("disk-c");
    pass(LOOK);
    near.catalog.absences.rebuilds.clear();
    for (int i = 0; i < 200; i++) {
      disk.down = !disk.down;
      pass(Duration.ofSeconds(4 + random.nextInt(26)));
    }
    assertThat(near.catalog.absences.rebuilds).isEmpty();
    assertThat(near.catalog.absences.relays)
        .as("walks over all segments in more than an hour")
        .hasSizeLessThan(8);
    assertThat(near.catalog.moves).isEmpty();
    assertThat(near.catalog.absences.noted.keySet()).containsExactly("disk-c");
    assertThat(told).as("one word about it").hasSize(1);
  }

  @Test
  @DisplayName("what is absent gets a copy beside it, on an origin that holds nothing of it")
  void anAbsentShardIsAdded() throws Exception {
    var stored = stored();
    near.origins.disk("disk-c").down = true;
    rebuildAfter(Duration.ofSeconds(10));
    passUntil("disk-c", "absent");
    OpenRebuilds asked = near.catalog.absences.rebuilds.poll(10, SECONDS);
    assertThat(Objects.requireNonNull(asked).absent()).containsExactly("disk-c");
    assertThat(asked.count()).isEqualTo(1);
    task(stored, "absent", HealFixture.damages(stored, Evidence.ABSENT, 2));
    var end = healed();
    assertThat(end.outcome()).isEqualTo("healed");
    assertThat(near.catalog.moves).hasSize(1);
    assertThat(near.catalog.moves.getFirst().moves().getFirst().oldAttemptId()).isNull();
    var copies =
        near.catalog.segment(stored).locations().stream().filter(at -> at.index() == 2).toList();
    assertThat(copies).extracting(Location::originId).containsExactly("disk-c", "disk-g");
  }

  @Test
  @DisplayName("T9: with three away nothing is rebuilt of what can lose two, and that is told")
  void tooManyAtOnceAreLeftAlone() throws Exception {
    var stored = stored();
    near.catalog.absences.opened = new RebuildsOpened(0, 0, 1, null);
    for (var id : List.of("disk-a", "disk-b", "disk-c")) {
      near.origins.disk(id).down = true;
    }
    rebuildAfter(Duration.ofSeconds(10));
    passUntil("disk-b", "absent");
    Objects.requireNonNull(near.catalog.absences.rebuilds.poll(10, SECONDS));
    var report = pass(Duration.ofSeconds(10));
    assertThat(report.code()).isEqualTo("TOO_MANY_ABSENT");
    task(stored, "absent", HealFixture.damages(stored, Evidence.ABSENT, 0, 1, 2));
    var end = healed();
    assertThat(end.outcome()).as("it may come back").isEqualTo("retry");
    assertThat(near.catalog.moves).isEmpty();
  }

  @Test
  @DisplayName("T14: rot in as many as it can lose and one absent is no loss: it may return")
  void rotAndAnAbsentOriginTogether() throws Exception {
    var stored = stored();
    near.origins.disk("disk-c").down = true;
    rebuildAfter(Duration.ofSeconds(10));
    passUntil("disk-c", "absent");
    Objects.requireNonNull(near.catalog.absences.rebuilds.poll(10, SECONDS));
    for (int index : new int[] {0, 5}) {
      near.origins.disk("disk-" + (char) ('a' + index)).flip(stored.name(index), 100_000);
    }
    task(stored, "scan", HealFixture.damages(stored, Evidence.CORRUPT, 0, 5));
    assertThat(healed().outcome()).isEqualTo("retry");
    near.origins.disk("disk-d").flip(stored.name(3), 100_000);
    near.origins.disk("disk-c").down = false;
    passUntil("disk-c", "here");
    task(stored, "scan", HealFixture.damages(stored, Evidence.CORRUPT, 0, 3, 5));
    assertThat(healed().outcome()).as("one more is one too many").isEqualTo("unrecoverable");
    assertThat(near.catalog.moves).isEmpty();
  }

  @Test
  @DisplayName("no free failure domain: the heal ends, the report says so, nothing is written")
  void withoutASpareDomainItWaits() throws Exception {
    var stored = near.keep(HealFixture.segment(new Layout(6, 2), SIZE, 1));
    near.catalog.absences.opened = new RebuildsOpened(0, 1, 0, null);
    near.origins.disk("disk-c").down = true;
    rebuildAfter(Duration.ofSeconds(10));
    passUntil("disk-c", "absent");
    Objects.requireNonNull(near.catalog.absences.rebuilds.poll(10, SECONDS));
    var report = pass(Duration.ofSeconds(10));
    assertThat(report.code()).isEqualTo("NO_SPARE_DOMAIN");
    assertThat(report.segments()).isEqualTo(1);
    task(stored, "absent", HealFixture.damages(stored, Evidence.ABSENT, 2));
    var end = healed();
    assertThat(end.outcome()).isEqualTo("healthy");
    assertThat(end.reason()).startsWith("NO_SPARE_DOMAIN");
    assertThat(near.catalog.moves).isEmpty();
    var codes = new ArrayList<@Nullable String>();
    told.forEach(one -> codes.add(one.code()));
    assertThat(codes).contains("NO_SPARE_DOMAIN");
  }

  /// Has another copy of shard 2 on `disk-h`.
  private Location addCopy(StoredSegment stored) {
    var row = Objects.requireNonNull(near.catalog.rows.get(stored.writeId()));
    var locations = new ArrayList<>(row.segment().locations());
    var added = new Location(2, "00000000000000bb0000000000000001", "disk-h", "1".repeat(16), true);
    locations.add(added);
    near.catalog.rows.put(stored.writeId(), CatalogTwin.with(row, locations));
    var name = Names.shard(WriteId.parse(stored.writeId()), 2, WriteId.parse(added.attemptId()));
    near.origins.disk("disk-h").files.put(name, stored.files().get(2));
    return added;
  }

  @Test
  @DisplayName("what is there twice is read whole, and the added copy is dropped")
  void aSurplusCopyIsTrimmed() throws Exception {
    var stored = stored();
    addCopy(stored);
    pass(LOOK);
    task(stored, "surplus", List.of());
    assertThat(healed().outcome()).isEqualTo("healthy");
    assertThat(near.catalog.segment(stored).locations())
        .containsExactlyElementsOf(stored.segment().locations());
    assertThat(near.origins.disk("disk-h").files).as("bytes are the collection's").hasSize(1);
  }

  @Test
  @DisplayName("T9: what was wrong from the start is mended before its segment is written anew")
  void onlyProvenShardsAreWrittenAnew() throws Exception {
    var stored = stored();
    near.origins.disk("disk-b").files.put(stored.name(1), HealFixture.forge(stored, 1));
    task(stored, "relay", List.of());
    assertThat(healed().outcome()).isEqualTo("healed");
    var segment = Objects.requireNonNull(wishes.poll()).segment();
    assertThat(segment).isEqualTo(near.catalog.segment(stored));
    for (var at : segment.locations()) {
      assertThat(near.origins.disk(at.originId()).bytes(StoredSegment.name(segment, at)))
          .as("shard %s", at.index())
          .isEqualTo(stored.files().get(at.index()));
    }
  }

  @Test
  @DisplayName("T9: what cannot be proven against its manifest is not written anew")
  void whatIsWrongBeyondParityIsNotWrittenAnew() throws Exception {
    var stored = stored();
    for (int index = 0; index < 3; index++) {
      near.origins
          .disk("disk-" + (char) ('a' + index))
          .files
          .put(stored.name(index), HealFixture.forge(stored, index));
    }
    task(stored, "relay", List.of());
    assertThat(healed().outcome()).isEqualTo("unrecoverable");
    assertThat(wishes).isEmpty();
  }

  @Test
  @DisplayName("T9: a sound segment is written anew without a heal")
  void aSoundSegmentIsWrittenAnew() throws Exception {
    var stored = stored();
    task(stored, "relay", List.of());
    assertThat(healed().outcome()).isEqualTo("healthy");
    assertThat(Objects.requireNonNull(wishes.poll()).segment()).isEqualTo(stored.segment());
    assertThat(near.catalog.moves).isEmpty();
  }

  @Test
  @DisplayName("a damaged copy that cannot be dropped yet is not forgotten")
  void damageBesideACopyThatHasJustReturnedStaysKnown() throws Exception {
    var stored = stored();
    var added = addCopy(stored);
    near.origins.disk("disk-h").down = true;
    passUntil("disk-h", "away");
    near.origins.disk("disk-h").down = false;
    passUntil("disk-h", "returning");
    near.origins.disk("disk-c").flip(stored.name(2), 100_000);
    var damage = HealFixture.damages(stored, Evidence.CORRUPT, 2);
    task(stored, "scan", damage);
    assertThat(healed().outcome()).as("its sound copy may leave again").isEqualTo("retry");
    assertThat(near.catalog.absences.trims).isEmpty();
    passUntil("disk-h", "here");
    task(stored, "scan", damage);
    assertThat(healed().outcome()).isEqualTo("healthy");
    assertThat(near.catalog.segment(stored).locations())
        .filteredOn(at -> at.index() == 2)
        .containsExactly(added);
    assertThat(near.catalog.moves).isEmpty();
  }

  @Test
  @DisplayName("a damaged copy that the catalog would not drop is not forgotten either")
  void damageThatTheCatalogKeepsStaysKnown() throws Exception {
    var stored = stored();
    addCopy(stored);
    near.catalog.absences.keepsAll = true;
    near.origins.disk("disk-c").flip(stored.name(2), 100_000);
    near.origins.disk("disk-f").down = true;
    passUntil("disk-f", "away");
    task(stored, "scan", HealFixture.damages(stored, Evidence.CORRUPT, 2));
    assertThat(healed().outcome()).as("with a shard out of reach").isEqualTo("retry");
    near.origins.disk("disk-f").down = false;
    passUntil("disk-f", "here");
    task(stored, "scan", HealFixture.damages(stored, Evidence.CORRUPT, 2));
    assertThat(healed().outcome()).as("with all in reach").isEqualTo("retry");
    assertThat(near.catalog.absences.trims).hasSize(2);
  }
}
