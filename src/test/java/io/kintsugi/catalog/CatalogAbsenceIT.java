package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogAbsenceContract.DECLARE_LOST;
import static io.kintsugi.contract.CatalogAbsenceContract.FIND_NEEDED;
import static io.kintsugi.contract.CatalogAbsenceContract.LIST_ABSENCES;
import static io.kintsugi.contract.CatalogAbsenceContract.NOTE_ABSENCES;
import static io.kintsugi.contract.CatalogAbsenceContract.OPEN_REBUILDS;
import static io.kintsugi.contract.CatalogAbsenceContract.OPEN_TRIMS;
import static io.kintsugi.contract.CatalogAbsenceContract.TRIM_SHARDS;
import static io.kintsugi.contract.CatalogContract.CHANGE_BUCKET;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogHealContract.SETTLE_HEAL;
import static io.kintsugi.contract.CatalogRelayContract.OPEN_RELAYS;
import static io.kintsugi.contract.CatalogRelayContract.SWAP_SEGMENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kintsugi.contract.CatalogAbsenceContract.Absence;
import io.kintsugi.contract.CatalogAbsenceContract.DeclareLost;
import io.kintsugi.contract.CatalogAbsenceContract.FindNeeded;
import io.kintsugi.contract.CatalogAbsenceContract.ListAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.NoteAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.OpenRebuilds;
import io.kintsugi.contract.CatalogAbsenceContract.OpenTrims;
import io.kintsugi.contract.CatalogAbsenceContract.RebuildsOpened;
import io.kintsugi.contract.CatalogAbsenceContract.Spot;
import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.kintsugi.contract.CatalogAbsenceContract.TrimShards;
import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.CatalogHealContract.ShardsMoved;
import io.kintsugi.contract.CatalogRelayContract.OpenRelays;
import io.kintsugi.contract.CatalogRelayContract.SwapSegment;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What follows in the catalog from origins that are away: rows that are opened, copies that are
/// added and dropped, segments that are swapped.
class CatalogAbsenceIT {
  private static final Instant SINCE = Instant.parse("2026-01-01T00:00:00Z");
  private static final long LEASE_MILLIS = 3_600_000;

  /// Objects that are raced for at once.
  private static final int LANES = 8;

  private static House house;
  private static String session;
  private static int buckets;
  private String bucket = "";

  @BeforeAll
  static void open() {
    house = new House(new JsonObject().put("leaseMillis", LEASE_MILLIS));
    session = house.session();
    for (int i = 0; i < 8; i++) {
      house.sql(
          "INSERT INTO origin VALUES ('o%d', 'local', '/o%d', 'ready', '%s')"
              .formatted(i, i, House.ORIGIN_INCARNATION));
    }
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @BeforeEach
  void empty() {
    house.sql("DELETE FROM heal_task");
    house.sql("DELETE FROM origin_absence");
    house.sql("UPDATE segment SET live = false");
    bucket = "absence-" + ++buckets;
    house.bucket(bucket);
  }

  private Segment put(String key) {
    house.put(session, bucket, key);
    return segment(key);
  }

  private Segment segment(String key) {
    return house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).segments().getFirst();
  }

  private static void absent(String... origins) {
    house.ask(
        NOTE_ABSENCES,
        new NoteAbsences(
            List.of(origins).stream().map(id -> new Absence(id, SINCE, false, true)).toList(),
            List.of()));
  }

  /// All origins but those that are away, each a domain of its own.
  private static List<Spot> spots(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> new Spot("o" + i, "d" + i, true)).toList();
  }

  private static RebuildsOpened rebuild(List<String> absent, int count, List<Spot> spots) {
    return house.ask(OPEN_REBUILDS, new OpenRebuilds(absent, count, spots, null, 1_000));
  }

  private static HealTask claim() {
    return house.ask(CLAIM_HEALS, new ClaimHeals("me", 10, 60_000, false, null)).tasks().getFirst();
  }

  private static Location fresh(int index, String origin) {
    return new Location(index, house.id(session), origin, House.ORIGIN_INCARNATION, true);
  }

  private static MoveShards add(HealTask task, Location... copies) {
    return new MoveShards(
        session,
        task.taskId(),
        task.attempt(),
        task.segment().writeId(),
        List.of(copies).stream().map(copy -> new Move(null, copy)).toList());
  }

  private static void settle(HealTask task) {
    house.ask(
        SETTLE_HEAL,
        new SettleHeal(task.taskId(), task.attempt(), "me", "healed", null, null, 0, false));
  }

  @Test
  void whatLacksAShardAndHasADomainFreeIsOpenedOnce() {
    put("k");
    absent("o1");
    var opened = rebuild(List.of("o1"), 1, spots(2, 8));
    assertThat(opened).isEqualTo(new RebuildsOpened(1, 0, 0, null));
    assertThat(house.sql("SELECT redundancy FROM heal_task")).isZero();
    var task = claim();
    assertThat(task.cause()).isEqualTo("absent");
    assertThat(task.known()).extracting(Damage::evidence).containsExactly(Evidence.ABSENT);
    var copy = fresh(1, "o5");
    assertThat(house.ask(MOVE_SHARDS, add(task, copy)).movedIndexes()).containsExactly(1);
    assertThat(house.ask(MOVE_SHARDS, add(task, copy)).movedIndexes())
        .as("asked again")
        .containsExactly(1);
    assertThat(segment("k").locations()).hasSize(4).contains(copy);
    settle(task);
    assertThat(rebuild(List.of("o1"), 1, spots(2, 8)).opened()).isZero();
    assertThat(house.ask(FIND_NEEDED, new FindNeeded(List.of("o1", "o2"))).originIds())
        .containsExactly("o2");
  }

  @Test
  void withoutAFreeDomainOrWithTooManyAbsentNothingIsOpened() {
    put("k");
    absent("o1");
    var twins =
        List.of(
            new Spot("o0", "d0", true),
            new Spot("o2", "d2", true),
            new Spot("o6", "d2", true),
            new Spot("o7", "d7", false));
    assertThat(rebuild(List.of("o1"), 1, twins)).isEqualTo(new RebuildsOpened(0, 1, 0, null));
    assertThat(rebuild(List.of("o1", "o4"), 2, spots(0, 8)))
        .as("it has one shard of parity")
        .isEqualTo(new RebuildsOpened(0, 0, 1, null));
    assertThat(house.sql("SELECT count(*) FROM heal_task")).isZero();
  }

  @Test
  void aCopyIsAddedOnlyBesideWhatCannotBeCountedOn() {
    put("k");
    absent("o1");
    rebuild(List.of("o1"), 1, spots(2, 8));
    var task = claim();
    assertThat(house.ask(MOVE_SHARDS, add(task, fresh(2, "o5"))).movedIndexes())
        .as("shard 2 is where it was")
        .isEmpty();
    house.ask(NOTE_ABSENCES, new NoteAbsences(List.of(), List.of("o1")));
    assertThat(house.ask(MOVE_SHARDS, add(task, fresh(1, "o5"))).movedIndexes())
        .as("its origin is back")
        .isEmpty();
    absent("o1");
    var first = house.bus.ask(MOVE_SHARDS, add(task, fresh(1, "o5")));
    var second = house.bus.ask(MOVE_SHARDS, add(task, fresh(1, "o6")));
    int added =
        House.await(first).movedIndexes().size() + House.await(second).movedIndexes().size();
    assertThat(added).as("of two at once one is added").isEqualTo(1);
    assertThat(segment("k").locations()).hasSize(4);
  }

  @Test
  void aCopyIsDroppedOnlyForOneThatCanBeCountedOn() {
    var original = put("k").locations().get(1);
    absent("o1");
    rebuild(List.of("o1"), 1, spots(2, 8));
    var task = claim();
    var added = fresh(1, "o5");
    house.ask(MOVE_SHARDS, add(task, added));
    settle(task);
    house.ask(NOTE_ABSENCES, new NoteAbsences(List.of(), List.of("o1")));
    assertThat(house.ask(OPEN_TRIMS, new OpenTrims(null, 1_000)).opened()).isEqualTo(1);
    assertThat(house.ask(OPEN_TRIMS, new OpenTrims(null, 1_000)).opened()).isZero();
    var trim = claim();
    assertThat(trim.cause()).isEqualTo("surplus");
    absent("o1");
    assertThat(trim(trim, added, original)).as("what is kept is away").isEmpty();
    house.ask(NOTE_ABSENCES, new NoteAbsences(List.of(), List.of("o1")));
    assertThat(trim(trim, added, fresh(1, "o4"))).as("what is kept has no row").isEmpty();
    damaged(trim, original);
    assertThat(trim(trim, added, original)).as("what is kept was found damaged").isEmpty();
    house.sql("DELETE FROM heal_damage");
    assertThat(trim(trim, added, original)).containsExactly(added.attemptId());
    assertThat(trim(trim, original, original)).as("itself").isEmpty();
    assertThat(segment("k").locations()).hasSize(3).contains(original);
    assertThat(house.sql("SELECT count(*) FROM change WHERE kind = 'shards-trimmed'")).isPositive();
  }

  @Test
  void damageOfOneCopyIsNotForgottenForThatOfTheOther() {
    var original = put("k").locations().get(1);
    absent("o1");
    rebuild(List.of("o1"), 1, spots(2, 8));
    var task = claim();
    var added = fresh(1, "o5");
    house.ask(MOVE_SHARDS, add(task, added));
    settle(task);
    house.ask(NOTE_ABSENCES, new NoteAbsences(List.of(), List.of("o1")));
    house.ask(OPEN_TRIMS, new OpenTrims(null, 1_000));
    var trim = claim();
    damaged(trim, original);
    damaged(trim, added);
    damaged(trim, original);
    assertThat(trim(trim, added, original)).as("what is kept was found damaged").isEmpty();
    assertThat(trim(trim, original, added)).as("so was the other").isEmpty();
    assertThat(
            house.sql(
                "SELECT count(*) FROM lost_shard WHERE shard_index = 1"
                    + " AND replace(write_id::text, '-', '') = '"
                    + trim.segment().writeId()
                    + "'"))
        .isEqualTo(1);
    assertThat(house.sql("SELECT redundancy FROM heal_task WHERE state = 'open'")).isZero();
    settle(trim);
    assertThat(claim().known())
        .extracting(Damage::attemptId)
        .containsExactlyInAnyOrder(original.attemptId(), added.attemptId());
  }

  private static void damaged(HealTask task, Location copy) {
    var damage =
        new Damage(
            task.segment().writeId(),
            copy.index(),
            copy.attemptId(),
            copy.originId(),
            Evidence.CORRUPT,
            false,
            "");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", null, null));
  }

  private static List<String> trim(HealTask task, Location drop, Location keep) {
    var question =
        new TrimShards(
            session,
            task.taskId(),
            task.attempt(),
            task.segment().writeId(),
            List.of(new Trim(1, drop.attemptId(), keep.attemptId())));
    return house.ask(TRIM_SHARDS, question).attemptIds();
  }

  @Test
  void whatWasDeclaredLastsUntilItIsTakenBackOrTheOriginIsBack() {
    house.ask(DECLARE_LOST, new DeclareLost("o3", true, SINCE));
    absent("o3");
    assertThat(house.ask(LIST_ABSENCES, new ListAbsences()).absences())
        .containsExactly(new Absence("o3", SINCE, true, true));
    house.ask(DECLARE_LOST, new DeclareLost("o3", false, SINCE.plusSeconds(9)));
    assertThat(house.ask(LIST_ABSENCES, new ListAbsences()).absences())
        .containsExactly(new Absence("o3", SINCE, false, true));
    assertThat(house.ask(NOTE_ABSENCES, new NoteAbsences(List.of(), List.of("o3"))).absences())
        .isEmpty();
  }

  /// A segment as it is written when origins are away.
  private Segment narrow(String key) {
    house.ask(CHANGE_BUCKET, new ChangeBucket(bucket, new Layout(4, 1), null, null, null, null));
    var segment = house.segment(session, 0, 0, 200_000, new Layout(2, 1));
    house.ask(
        COMMIT_OBJECT, House.commitment(session, bucket, key, Condition.NONE, List.of(segment)));
    return segment(key);
  }

  @Test
  void aNarrowSegmentIsSwappedForAWideOneOfTheSameObject() {
    var old = narrow("k");
    put("small");
    assertThat(house.ask(OPEN_RELAYS, new OpenRelays(4, null, 1_000)).opened()).isZero();
    assertThat(house.ask(OPEN_RELAYS, new OpenRelays(5, null, 1_000)).opened()).isEqualTo(1);
    var task = claim();
    assertThat(task.cause()).isEqualTo("relay");
    var wide = house.segment(session, 0, 0, 200_000, new Layout(4, 1));
    var swap = new SwapSegment(session, task.taskId(), task.attempt(), old.writeId(), wide);
    assertThat(house.ask(SWAP_SEGMENT, swap).swapped()).isTrue();
    assertThat(house.ask(SWAP_SEGMENT, swap).swapped()).as("asked again").isTrue();
    settle(task);
    var entry = house.ask(FIND_OBJECT, new FindObject(bucket, "k", null));
    assertThat(entry.versionId()).isEqualTo(old.writeId());
    assertThat(entry.segments()).containsExactly(wide);
    house.put(session, bucket, "k");
    assertThat(house.sql("SELECT count(*) FROM segment WHERE live AND k = 4")).isZero();
  }

  @Test
  void aSwapOfWhatHasDiedOrIsNotClaimedChangesNothing() {
    var old = narrow("k");
    house.ask(OPEN_RELAYS, new OpenRelays(5, null, 1_000));
    var task = claim();
    var wide = house.segment(session, 0, 0, 200_000, new Layout(4, 1));
    var stranger = new SwapSegment(session, task.taskId(), task.attempt() + 1, old.writeId(), wide);
    assertThat(house.refusal(SWAP_SEGMENT, stranger).detail("what")).isEqualTo("claim");
    house.put(session, bucket, "k");
    var late = new SwapSegment(session, task.taskId(), task.attempt(), old.writeId(), wide);
    assertThat(house.ask(SWAP_SEGMENT, late).swapped()).isFalse();
    assertThat(house.sql("SELECT count(*) FROM segment WHERE live AND k = 4")).isZero();
  }

  /// The statement that buries waits for the old segment, and began before there was a new one.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsPutInTheLastPlaceOfADyingVersionDiesWithIt(boolean delete) throws SQLException {
    var old = narrow("k");
    house.ask(OPEN_RELAYS, new OpenRelays(5, null, 1_000));
    var task = claim();
    var wide = house.segment(session, 0, 0, 200_000, new Layout(4, 1));
    var swap = new SwapSegment(session, task.taskId(), task.attempt(), old.writeId(), wide);
    try (var connection = house.connect();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "SELECT 1 FROM segment WHERE write_id = '%s' FOR UPDATE".formatted(old.writeId()));
      var swapped = house.bus.ask(SWAP_SEGMENT, swap);
      awaitWaiting(1);
      var change =
          delete
              ? house.bus.ask(
                  DELETE_OBJECTS,
                  new DeleteObjects(bucket, List.of(new DeleteKey("k", null, Condition.NONE))))
              : house.bus.ask(
                  COMMIT_OBJECT, house.commitment(session, bucket, "k", Condition.NONE));
      awaitWaiting(2);
      connection.rollback();
      assertThat(House.await(swapped).swapped()).isTrue();
      House.await(change);
    }
    assertThat(
            house.sql(
                "SELECT count(*) FROM segment s JOIN version v ON v.version_id = s.owner_id"
                    + " WHERE s.live AND v.died_at IS NOT NULL"))
        .isZero();
    assertThat(house.sql("SELECT count(*) FROM heal_task WHERE state = 'open'")).isZero();
  }

  private static void awaitWaiting(int count) {
    await()
        .until(() ->
            house.sql(
                    "SELECT count(*) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
                == count);
  }

  @Test
  @DisplayName("T13: overwrites and deletes race with heals 1000 times, and the last word wins")
  void overwritesAndDeletesRaceWithHeals() {
    var random = new Random(13);
    int moved = 0;
    for (int round = 0; round < 1_000 / LANES; round++) {
      var damages = new ArrayList<Damage>();
      for (int lane = 0; lane < LANES; lane++) {
        var segment = put("k" + lane);
        var lost = segment.locations().get(1);
        damages.add(
            new Damage(
                segment.writeId(),
                1,
                lost.attemptId(),
                lost.originId(),
                Evidence.MISSING,
                false,
                ""));
      }
      house.ask(REPORT_DAMAGE, new ReportDamage(damages, "scan", null, null));
      var tasks = house.ask(CLAIM_HEALS, new ClaimHeals("me", LANES, 60_000, false, null)).tasks();
      assertThat(tasks).hasSize(LANES);
      moved += tasks.stream().mapToInt(task -> race(task, random)).sum();
    }
    assertThat(moved).as("both have won").isBetween(1, 999);
    assertThat(house.sql("SELECT count(*) FROM heal_task WHERE state = 'open'")).isZero();
  }

  /// How many shards a heal moved, while its object was overwritten or deleted.
  private int race(HealTask task, Random random) {
    var key = task.key();
    var move =
        new MoveShards(
            session,
            task.taskId(),
            task.attempt(),
            task.segment().writeId(),
            List.of(new Move(task.known().getFirst().attemptId(), fresh(1, "o5"))));
    boolean delete = random.nextBoolean();
    var heal = random.nextBoolean() ? house.bus.ask(MOVE_SHARDS, move) : null;
    var next = house.commitment(session, bucket, key, Condition.NONE);
    var change =
        delete
            ? house.bus.ask(
                DELETE_OBJECTS,
                new DeleteObjects(bucket, List.of(new DeleteKey(key, null, Condition.NONE))))
            : house.bus.ask(COMMIT_OBJECT, next);
    int moved = moved(heal == null ? house.bus.ask(MOVE_SHARDS, move) : heal);
    House.await(change);
    if (delete) {
      assertThat(house.refusal(FIND_OBJECT, new FindObject(bucket, key, null)).code())
          .isEqualTo(FailureCode.NOT_FOUND);
    } else {
      assertThat(segment(key)).isEqualTo(next.segments().getFirst());
    }
    return moved;
  }

  /// Once its segment has died, a heal moves nothing, or has lost its claim.
  private static int moved(Future<ShardsMoved> heal) {
    try {
      return House.await(heal).movedIndexes().size();
    } catch (Failure lost) {
      assertThat(lost.code()).isEqualTo(FailureCode.CONFLICT);
      return 0;
    }
  }

  @Test
  @DisplayName("T15: 200,000 damaged segments are claimed most endangered first, over restarts")
  void aFloodIsOrderedAndNothingIsDropped() {
    house.sql(
        "INSERT INTO segment (write_id, owner_id, leaf, ordinal, at_offset, size_bytes, k, m,"
            + " footer_bytes, footer_sha256, shard_sha256, shard_bytes, created)"
            + " SELECT i, v, 0, 0, 0, 100, 1, 2, 1, '', '', 1, now() FROM (SELECT"
            + " ('00000000-0000-00ff-0000-' || lpad(to_hex(n), 12, '0'))::uuid AS i, version_id AS v"
            + " FROM generate_series(1, 200000) n, (SELECT version_id FROM version LIMIT 1) x) y");
    house.sql(
        "INSERT INTO heal_task (write_id, cause, priority, mode, redundancy)"
            + " SELECT write_id, 'scan', 1, 'Background', abs(hashtext(write_id::text)) % 3"
            + " FROM segment WHERE write_id::text LIKE '00000000-0000-00ff-%'");
    house.sql(
        "INSERT INTO location SELECT write_id, 0, write_id, 'o0', 'x', null, 0, 1, 'landed'"
            + " FROM segment WHERE write_id::text LIKE '00000000-0000-00ff-%'");
    house.sql("ANALYZE");
    long endangered = house.sql("SELECT count(*) FROM heal_task WHERE redundancy = 0");
    for (int life = 0; life < 5; life++) {
      var claimed =
          house.ask(CLAIM_HEALS, new ClaimHeals("life-" + life, 100, 60_000, false, null)).tasks();
      assertThat(claimed).hasSize(100);
      assertThat(
              house.sql(
                  "SELECT count(*) FROM heal_task WHERE owner = 'life-%d' AND redundancy = 0"
                      .formatted(life)))
          .isEqualTo(100);
      house.sql("UPDATE heal_task SET owner = NULL, lease_until = NULL");
    }
    long begin = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      house.ask(CLAIM_HEALS, new ClaimHeals("last", 100, 60_000, false, List.of()));
      house.sql("UPDATE heal_task SET state = 'done' WHERE owner = 'last'");
    }
    assertThat(System.nanoTime() - begin).as("claims stay short").isLessThan(20_000_000_000L);
    assertThat(house.sql("SELECT count(*) FROM heal_task WHERE state = 'open'"))
        .isEqualTo(200_000 - 2_000);
    assertThat(house.sql("SELECT count(*) FROM heal_task WHERE state = 'open' AND redundancy = 0"))
        .isEqualTo(endangered - 2_000);
    house.sql("DELETE FROM heal_task");
    house.sql("DELETE FROM location WHERE write_id::text LIKE '00000000-0000-00ff-%'");
    house.sql("DELETE FROM segment WHERE write_id::text LIKE '00000000-0000-00ff-%'");
  }
}
