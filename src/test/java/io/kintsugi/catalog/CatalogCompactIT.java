package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogCollectContract.CONFIRM_GONE;
import static io.kintsugi.contract.CatalogCollectContract.FIND_SPARSE;
import static io.kintsugi.contract.CatalogCollectContract.HOLD_COLLECTION;
import static io.kintsugi.contract.CatalogCollectContract.JUDGE_NAMES;
import static io.kintsugi.contract.CatalogCollectContract.LIST_REMNANTS;
import static io.kintsugi.contract.CatalogCollectContract.MOVE_RECORDS;
import static io.kintsugi.contract.CatalogCollectContract.NOTE_PACKS;
import static io.kintsugi.contract.CatalogCollectContract.RETIRE_SEGMENTS;
import static io.kintsugi.contract.CatalogContract.CLOSE_SESSION;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogJournalContract.READ_CHANGES;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogCollectContract.ConfirmGone;
import io.kintsugi.contract.CatalogCollectContract.FindSparse;
import io.kintsugi.contract.CatalogCollectContract.HoldCollection;
import io.kintsugi.contract.CatalogCollectContract.JudgeNames;
import io.kintsugi.contract.CatalogCollectContract.ListRemnants;
import io.kintsugi.contract.CatalogCollectContract.MoveRecords;
import io.kintsugi.contract.CatalogCollectContract.NotePacks;
import io.kintsugi.contract.CatalogCollectContract.PackSeen;
import io.kintsugi.contract.CatalogCollectContract.RecordMove;
import io.kintsugi.contract.CatalogCollectContract.Remnant;
import io.kintsugi.contract.CatalogCollectContract.RetireSegments;
import io.kintsugi.contract.CatalogCollectContract.SparsePack;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/// Rows that leave a pack of which little lives (T13): exactly those that still point there, and
/// nothing lies anywhere afterwards that nobody knows of.
class CatalogCompactIT {
  private static final String LIFE = House.ORIGIN_INCARNATION;
  private static final long RECORD_BYTES = 1000;
  private static House house;
  private static int buckets;
  private String session = "";
  private String copier = "";
  private String bucket = "";
  private String old = "";
  private String fresh = "";
  private long offset;

  @BeforeAll
  static void open() {
    house = new House(new JsonObject().put("graceMillis", 3_600_000));
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @BeforeEach
  void clean() {
    for (var table : List.of("remnant", "unreferenced", "origin", "heal_task")) {
      house.sql("DELETE FROM " + table);
    }
    house.sql("UPDATE segment SET retired = true WHERE NOT live");
    for (int i = 0; i < 4; i++) {
      house.sql(
          "INSERT INTO origin VALUES ('o%d', 'local', '/o%d', 'ready', '%s')"
              .formatted(i, i, LIFE));
    }
    session = house.session();
    copier = house.session();
    bucket = "compact-" + ++buckets;
    house.bucket(bucket);
    old = "packs/" + house.session() + "-1";
    fresh = "packs/" + house.session() + "-1";
  }

  private static long epoch() {
    return house.ask(HOLD_COLLECTION, new HoldCollection("me", false)).epoch();
  }

  /// With its shard 0 in the old pack of o0.
  private Segment put(String key) {
    var segment = house.segment(session, 0, 0, 100, new Layout(1, 2));
    var locations = new ArrayList<>(segment.locations());
    var at = locations.getFirst();
    var place = new Packed(old, offset, RECORD_BYTES);
    offset += 1024;
    locations.set(0, new Location(0, at.attemptId(), "o0", LIFE, true, place));
    var packed = House.with(segment, locations);
    house.ask(
        COMMIT_OBJECT, House.commitment(session, bucket, key, Condition.NONE, List.of(packed)));
    return packed;
  }

  private static Future<?> delete(String bucket, String key) {
    return house.bus.ask(
        DELETE_OBJECTS,
        new DeleteObjects(bucket, List.of(new DeleteKey(key, null, Condition.NONE))));
  }

  private MoveRecords move(Segment... segments) {
    var moves = new ArrayList<RecordMove>();
    for (var segment : segments) {
      var at = segment.locations().getFirst();
      moves.add(
          new RecordMove(
              segment.writeId(),
              0,
              at.attemptId(),
              house.id(copier),
              new Packed(fresh, moves.size() * 1024L, RECORD_BYTES)));
    }
    return new MoveRecords(epoch(), copier, "o0", LIFE, old, moves);
  }

  private Location location(String key) {
    return house
        .ask(FIND_OBJECT, new FindObject(bucket, key, null))
        .segments()
        .getFirst()
        .locations()
        .getFirst();
  }

  private static void age() {
    house.sql("UPDATE segment SET died = died - interval '2 hours' WHERE NOT live");
    house.sql("UPDATE remnant SET since = since - interval '2 hours'");
  }

  private static List<Remnant> remnants(String origin) {
    return house.ask(LIST_REMNANTS, new ListRemnants(epoch(), origin, LIFE, 0, 1000)).remnants();
  }

  private static long rows(String table, String pack) {
    return house.sql("SELECT count(*) FROM %s WHERE container = '%s'".formatted(table, pack));
  }

  @Test
  void aPackIsSparseWhenLittleOfItLives() {
    for (int i = 0; i < 10; i++) {
      put("k" + i);
    }
    var question = new FindSparse("o0", LIFE, List.of(new PackSeen(old, 10 * 1024)), 50);
    assertThat(house.ask(FIND_SPARSE, question).packs()).isEmpty();
    for (int i = 0; i < 6; i++) {
      House.await(delete(bucket, "k" + i));
    }
    assertThat(house.ask(FIND_SPARSE, question).packs())
        .containsExactly(new SparsePack(old, 10 * 1024, 4 * RECORD_BYTES, 4));
    for (int i = 6; i < 10; i++) {
      House.await(delete(bucket, "k" + i));
    }
    assertThat(house.ask(FIND_SPARSE, question).packs()).as("it dies by itself").isEmpty();
  }

  @Test
  void rowsThatStillPointThereMoveAndTheJournalIsTold() {
    var one = put("one");
    var two = put("two");
    var question = move(one, two);
    assertThat(house.ask(MOVE_RECORDS, question).moved()).isEqualTo(2);
    assertThat(house.ask(MOVE_RECORDS, question).moved()).as("asked again").isEqualTo(2);
    assertThat(location("two"))
        .isEqualTo(
            new Location(
                0,
                question.moves().get(1).attemptId(),
                "o0",
                LIFE,
                true,
                new Packed(fresh, 1024, RECORD_BYTES)));
    assertThat(rows("location", old)).isZero();
    assertThat(rows("remnant", old)).isEqualTo(2);
    var told =
        house.ask(READ_CHANGES, new ReadChanges(0, 10_000, 1 << 28)).changes().stream()
            .filter(change -> change.kind().equals("shards-moved"))
            .filter(change -> change.bodyJson().contains(fresh))
            .toList();
    assertThat(told).as("once for each segment").hasSize(2);
  }

  @Test
  void whatMovedOnOrDiedMeanwhileIsLeftAlone() {
    var mended = put("mended");
    var overwritten = put("overwritten");
    var alive = put("alive");
    var question = move(mended, overwritten, alive);
    var at = mended.locations().getFirst();
    var damage =
        new Damage(mended.writeId(), 0, at.attemptId(), "o0", Evidence.CORRUPT, false, "flipped");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", null, null));
    var task =
        house.ask(CLAIM_HEALS, new ClaimHeals("me", 1, 60_000, false, null)).tasks().getFirst();
    var elsewhere = new Location(0, house.id(session), "o3", LIFE, true);
    house.ask(
        MOVE_SHARDS,
        new MoveShards(
            session,
            task.taskId(),
            task.attempt(),
            mended.writeId(),
            List.of(new Move(at.attemptId(), elsewhere))));
    put("overwritten");
    assertThat(house.ask(MOVE_RECORDS, question).moved()).isEqualTo(1);
    assertThat(location("mended")).isEqualTo(elsewhere);
    assertThat(location("overwritten").packed()).extracting(Packed::pack).isEqualTo(old);
    assertThat(location("alive").packed()).extracting(Packed::pack).isEqualTo(fresh);
    assertThat(rows("location", fresh)).isEqualTo(1);
  }

  @RepeatedTest(20)
  void aDeleteThatRacesWithTheMoveLeavesNothingUnknown() {
    var segment = put("k");
    var question = move(segment);
    var moved = house.bus.ask(MOVE_RECORDS, question);
    var deleted = delete(bucket, "k");
    House.await(Future.join(moved, deleted).transform(_ -> Future.succeededFuture()));
    assertThat(moved.succeeded() && deleted.succeeded()).isTrue();
    house.ask(CLOSE_SESSION, new CloseSession(session));
    age();
    house.ask(RETIRE_SEGMENTS, new RetireSegments(epoch(), 100));
    assertThat(rows("remnant", old)).isEqualTo(1);
    assertThat(rows("remnant", fresh)).isEqualTo(moved.result().moved());
    for (var origin : List.of("o0", "o1", "o2")) {
      house.ask(CONFIRM_GONE, new ConfirmGone(origin, LIFE, remnants(origin), 1));
    }
    assertThat(
            house.sql(
                "SELECT count(*) FROM segment WHERE write_id = '"
                    + Ids.uuid(segment.writeId())
                    + "'"))
        .isZero();
  }

  @RepeatedTest(10)
  void anOverwriteThatRacesWithTheMoveKeepsTheNewVersion() {
    var segment = put("k");
    var question = move(segment);
    var moved = house.bus.ask(MOVE_RECORDS, question);
    var second = put("k");
    House.await(moved);
    var now = house.ask(FIND_OBJECT, new FindObject(bucket, "k", null)).segments().getFirst();
    assertThat(now.writeId()).isEqualTo(second.writeId());
    assertThat(now.locations()).isEqualTo(second.locations());
  }

  @Test
  void nothingMovesIntoACondemnedPackOrUnderASessionThatIsOver() {
    var question = move(put("k"));
    var packer = fresh.substring("packs/".length(), fresh.indexOf('-'));
    house.ask(CLOSE_SESSION, new CloseSession(packer));
    house.ask(NOTE_PACKS, new NotePacks("o0", List.of(new PackSeen(fresh, 4096))));
    house.sql("UPDATE unreferenced SET first_seen = first_seen - interval '2 hours'");
    assertThat(house.ask(JUDGE_NAMES, new JudgeNames(epoch(), "o0", null, 10)).quarantine())
        .containsExactly(fresh);
    assertThat(house.refusal(MOVE_RECORDS, question).detail("what")).isEqualTo("session");
    house.sql("DELETE FROM unreferenced");
    house.ask(CLOSE_SESSION, new CloseSession(copier));
    assertThat(house.refusal(MOVE_RECORDS, question).detail("what")).isEqualTo("session");
    assertThat(location("k").packed()).extracting(Packed::pack).isEqualTo(old);
  }

  @Test
  void theOldPackDiesAfterTheGraceOfWhatLeftItLast() {
    var one = put("one");
    var packer = old.substring("packs/".length(), old.indexOf('-'));
    house.ask(CLOSE_SESSION, new CloseSession(packer));
    house.ask(MOVE_RECORDS, move(one));
    var note = new NotePacks("o0", List.of(new PackSeen(old, 1024)));
    house.ask(NOTE_PACKS, note);
    assertThat(remnants("o0")).as("readers may still be there").isEmpty();
    assertThat(house.sql("SELECT count(*) FROM unreferenced")).isZero();
    age();
    house.ask(CONFIRM_GONE, new ConfirmGone("o0", LIFE, remnants("o0"), 0));
    house.ask(NOTE_PACKS, note);
    assertThat(house.ask(JUDGE_NAMES, new JudgeNames(epoch(), "o0", null, 10)).quarantine())
        .containsExactly(old);
  }
}
