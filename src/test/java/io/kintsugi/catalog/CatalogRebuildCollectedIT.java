package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogAbsenceContract.DECLARE_LOST;
import static io.kintsugi.contract.CatalogAbsenceContract.LIST_ABSENCES;
import static io.kintsugi.contract.CatalogCollectContract.CONFIRM_GONE;
import static io.kintsugi.contract.CatalogCollectContract.HOLD_COLLECTION;
import static io.kintsugi.contract.CatalogCollectContract.LIST_REMNANTS;
import static io.kintsugi.contract.CatalogCollectContract.LIST_VERDICTS;
import static io.kintsugi.contract.CatalogCollectContract.MOVE_RECORDS;
import static io.kintsugi.contract.CatalogCollectContract.NOTE_VERDICTS;
import static io.kintsugi.contract.CatalogCollectContract.RETIRE_SEGMENTS;
import static io.kintsugi.contract.CatalogCollectContract.SET_BRAKE;
import static io.kintsugi.contract.CatalogContract.CLOSE_SESSION;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogJournalContract.BEGIN_REBUILD;
import static io.kintsugi.contract.CatalogJournalContract.FIND_UNKNOWN;
import static io.kintsugi.contract.CatalogJournalContract.FINISH_REBUILD;
import static io.kintsugi.contract.CatalogJournalContract.LOAD_SNAPSHOT;
import static io.kintsugi.contract.CatalogJournalContract.MAKE_SNAPSHOT;
import static io.kintsugi.contract.CatalogJournalContract.READ_CHANGES;
import static io.kintsugi.contract.CatalogJournalContract.READ_SNAPSHOT;
import static io.kintsugi.contract.CatalogJournalContract.REPLAY_CHANGES;
import static io.kintsugi.contract.CatalogJournalContract.SET_GUARD;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogAbsenceContract.DeclareLost;
import io.kintsugi.contract.CatalogAbsenceContract.ListAbsences;
import io.kintsugi.contract.CatalogCollectContract.ConfirmGone;
import io.kintsugi.contract.CatalogCollectContract.HoldCollection;
import io.kintsugi.contract.CatalogCollectContract.ListRemnants;
import io.kintsugi.contract.CatalogCollectContract.ListVerdicts;
import io.kintsugi.contract.CatalogCollectContract.MoveRecords;
import io.kintsugi.contract.CatalogCollectContract.NoteVerdicts;
import io.kintsugi.contract.CatalogCollectContract.RecordMove;
import io.kintsugi.contract.CatalogCollectContract.RetireSegments;
import io.kintsugi.contract.CatalogCollectContract.SetBrake;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogCollectContract.Verdicts;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogJournalContract.BeginRebuild;
import io.kintsugi.contract.CatalogJournalContract.FindUnknown;
import io.kintsugi.contract.CatalogJournalContract.FinishRebuild;
import io.kintsugi.contract.CatalogJournalContract.LoadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.MakeSnapshot;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.CatalogJournalContract.ReadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.ReplayChanges;
import io.kintsugi.contract.CatalogJournalContract.SetGuard;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.JournalContract.Reached;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// G1 and T12 together: the journal tells nothing of what was collected. A catalog that was brought
/// back takes nothing for alive that is gone, and what is dead in it goes once more.
class CatalogRebuildCollectedIT {
  private static final String LIFE = House.ORIGIN_INCARNATION;
  private static final List<String> ORIGINS = List.of("o0", "o1", "o2");
  private static final JsonObject LOST = new JsonObject().put("graceMillis", 3_600_000);
  private static final JsonObject HELD = LOST.copy().put("journal", true);
  private static final String PACK = "packs/" + "a".repeat(16) + "-";

  private record Snapshot(
      long seq, List<io.kintsugi.contract.CatalogJournalContract.SnapshotRow> rows) {}

  private static Segment packed(House house, String session, int number) {
    var segment = house.segment(session, 0, 0, 100, new Layout(1, 2));
    var locations = new ArrayList<Location>();
    for (var at : segment.locations()) {
      var place = new Packed(PACK + 1, 1024L * number, 1000);
      locations.add(new Location(at.index(), at.attemptId(), at.originId(), LIFE, true, place));
    }
    return House.with(segment, locations);
  }

  private static long epoch(House house) {
    return house.ask(HOLD_COLLECTION, new HoldCollection("me", false)).epoch();
  }

  private static void age(House house) {
    house.sql("UPDATE segment SET died = died - interval '2 hours' WHERE NOT live");
    house.sql("UPDATE remnant SET since = since - interval '2 hours'");
    house.sql("UPDATE version SET created = created - interval '2 hours' WHERE marker");
  }

  private static void collect(House house, List<String> origins) {
    age(house);
    house.ask(RETIRE_SEGMENTS, new RetireSegments(epoch(house), 1000));
    for (var origin : origins) {
      var due = house.ask(LIST_REMNANTS, new ListRemnants(epoch(house), origin, LIFE, 0, 1000));
      if (!due.remnants().isEmpty()) {
        house.ask(CONFIRM_GONE, new ConfirmGone(origin, LIFE, due.remnants(), 1));
      }
    }
  }

  private static void delete(House house, String key) {
    house.ask(
        DELETE_OBJECTS,
        new DeleteObjects("photos", List.of(new DeleteKey(key, null, Condition.NONE))));
  }

  private static Snapshot snapshot(House house) {
    long seq = house.ask(MAKE_SNAPSHOT, new MakeSnapshot()).seq();
    var rows = new ArrayList<io.kintsugi.contract.CatalogJournalContract.SnapshotRow>();
    Long next = 0L;
    while (next != null) {
      var page = house.ask(READ_SNAPSHOT, new ReadSnapshot(next, 50, 1 << 20));
      rows.addAll(page.rows());
      next = page.nextAfter();
    }
    return new Snapshot(seq, rows);
  }

  private static void compact(House house, Segment segment, String copier, int number) {
    for (var at : segment.locations()) {
      house.ask(
          MOVE_RECORDS,
          new MoveRecords(
              epoch(house),
              copier,
              at.originId(),
              LIFE,
              PACK + 1,
              List.of(
                  new RecordMove(
                      segment.writeId(),
                      at.index(),
                      at.attemptId(),
                      house.id(copier),
                      new Packed(PACK + 2, 1024L * number, 1000)))));
    }
  }

  private static List<String> alive(House house) throws SQLException {
    var rows = new ArrayList<String>();
    try (var connection = house.connect();
        var statement = connection.createStatement();
        var read =
            statement.executeQuery(
                "SELECT to_jsonb(l)::text FROM location l JOIN segment s USING (write_id)"
                    + " WHERE s.live ORDER BY 1")) {
      while (read.next()) {
        rows.add(read.getString(1));
      }
    }
    return rows;
  }

  @Test
  @DisplayName("G1: what was collected before, within and after a snapshot stays dead, and goes")
  void whatWasCollectedIsNotAliveInARebuiltCatalog() throws SQLException {
    try (var lost = new House(LOST);
        var fromChanges = new House(HELD);
        var fromSnapshot = new House(HELD)) {
      for (var origin : ORIGINS) {
        lost.ask(
            CatalogOriginContract.SAVE_ORIGIN_ROW,
            new SaveOriginRow(origin, "local", "/" + origin, "new", LIFE, null));
      }
      lost.bucket("photos");
      var session = lost.session();
      var copier = lost.session();
      var kept = new ArrayList<Segment>();
      for (int i = 0; i < 12; i++) {
        var segment = packed(lost, session, i);
        kept.add(segment);
        lost.ask(
            COMMIT_OBJECT,
            House.commitment(session, "photos", "k" + i, Condition.NONE, List.of(segment)));
        lost.put(session, "photos", "file" + i);
      }
      for (int i = 0; i < 4; i++) {
        delete(lost, "k" + i);
        delete(lost, "file" + i);
      }
      lost.ask(CLOSE_SESSION, new CloseSession(session));
      collect(lost, ORIGINS);
      compact(lost, kept.get(10), copier, 0);
      delete(lost, "k4");
      delete(lost, "file4");
      collect(lost, List.of("o0"));
      var snapshot = snapshot(lost);
      collect(lost, ORIGINS);
      delete(lost, "k5");
      delete(lost, "file5");
      compact(lost, kept.get(11), copier, 1);
      collect(lost, ORIGINS);
      assertThat(lost.sql("SELECT count(*) FROM segment")).isEqualTo(12);
      assertThat(lost.sql("SELECT count(*) FROM remnant")).isZero();

      var changes = lost.ask(READ_CHANGES, new ReadChanges(0, 10_000, 1 << 28)).changes();
      fromChanges.ask(BEGIN_REBUILD, new BeginRebuild(true));
      fromChanges.ask(REPLAY_CHANGES, new ReplayChanges(changes, false));
      fromSnapshot.ask(BEGIN_REBUILD, new BeginRebuild(true));
      fromSnapshot.ask(LOAD_SNAPSHOT, new LoadSnapshot(snapshot.rows(), snapshot.seq()));
      fromSnapshot.ask(
          REPLAY_CHANGES,
          new ReplayChanges(
              changes.stream().filter(c -> c.seq() > snapshot.seq()).toList(), false));
      var gone = kept.subList(0, 6).stream().map(Segment::writeId).toList();
      for (var found : List.of(fromChanges, fromSnapshot)) {
        // Their bytes may still lie in packs.
        assertThat(found.ask(FIND_UNKNOWN, new FindUnknown(gone)).writeIds()).isEmpty();
        found.ask(FINISH_REBUILD, new FinishRebuild());
        assertThat(alive(found)).isEqualTo(alive(lost));
        free(found);
        // What lies nowhere any more is confirmed like the rest: nothing of that name is there.
        collect(found, ORIGINS);
        for (var table : List.of("segment", "version", "location", "remnant")) {
          assertThat(found.sql("SELECT count(*) FROM " + table))
              .as(table)
              .isEqualTo(lost.sql("SELECT count(*) FROM " + table));
        }
        assertThat(alive(found)).isEqualTo(alive(lost));
      }
    }
  }

  private static void free(House house) {
    house.ask(SET_GUARD, new SetGuard("free", null, null));
    house.bus.answer(JournalContract.REACH, _ -> Future.succeededFuture(new Reached(1)));
  }

  private static Verdicts verdicts(House house, String origin) {
    return house.ask(LIST_VERDICTS, new ListVerdicts(origin));
  }

  private static void note(House house, String origin, int count, int bad) {
    house.ask(
        NOTE_VERDICTS, new NoteVerdicts(Collections.nCopies(count, new Verdict(origin, 1, bad))));
  }

  @Test
  @DisplayName("G1: a brake holds in a rebuilt catalog, until what its scans find lets it go")
  void aBrakeOutlastsTheCatalogAndCanBeLetGo() {
    try (var lost = new House(LOST);
        var found = new House(HELD)) {
      note(lost, "o0", 1_500, 1);
      lost.ask(SET_BRAKE, new SetBrake("o0", "too much is bad"));
      var snapshot = snapshot(lost);

      found.ask(BEGIN_REBUILD, new BeginRebuild(true));
      found.ask(LOAD_SNAPSHOT, new LoadSnapshot(snapshot.rows(), snapshot.seq()));
      found.ask(FINISH_REBUILD, new FinishRebuild());
      free(found);
      assertThat(verdicts(found, "o0").braked()).isEqualTo("too much is bad");
      assertThat(verdicts(found, "o0").sinceBraked()).isZero();
      note(found, "o0", 1_000, 0);
      assertThat(verdicts(found, "o0").sinceBraked()).isEqualTo(1_000);
    }
  }

  @Test
  void whoeverBeginsFromEmptyForgetsAbsencesButNoBrake() {
    try (var found = new House(HELD)) {
      free(found);
      note(found, "o0", 1_500, 1);
      found.ask(SET_BRAKE, new SetBrake("o0", "too much is bad"));
      found.ask(DECLARE_LOST, new DeclareLost("o1", true, Instant.EPOCH));

      found.ask(SET_GUARD, new SetGuard("forked", "it is another", null));
      found.ask(BEGIN_REBUILD, new BeginRebuild(true));
      found.ask(FINISH_REBUILD, new FinishRebuild());
      free(found);
      assertThat(found.ask(LIST_ABSENCES, new ListAbsences()).absences()).isEmpty();
      assertThat(verdicts(found, "o0").braked()).isEqualTo("too much is bad");
      note(found, "o0", 10, 0);
      assertThat(verdicts(found, "o0").sinceBraked()).isEqualTo(10);
    }
  }
}
