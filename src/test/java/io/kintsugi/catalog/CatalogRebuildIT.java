package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogAbsenceContract.DECLARE_LOST;
import static io.kintsugi.contract.CatalogAbsenceContract.NOTE_ABSENCES;
import static io.kintsugi.contract.CatalogAbsenceContract.TRIM_SHARDS;
import static io.kintsugi.contract.CatalogContract.CHANGE_BUCKET;
import static io.kintsugi.contract.CatalogContract.CLOSE_SESSION;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_BUCKET;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.RENEW_SESSION;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogJournalContract.ADOPT_VERSION;
import static io.kintsugi.contract.CatalogJournalContract.BEGIN_REBUILD;
import static io.kintsugi.contract.CatalogJournalContract.FIND_GAPPED;
import static io.kintsugi.contract.CatalogJournalContract.FIND_UNKNOWN;
import static io.kintsugi.contract.CatalogJournalContract.FINISH_REBUILD;
import static io.kintsugi.contract.CatalogJournalContract.GET_JOURNAL_STATE;
import static io.kintsugi.contract.CatalogJournalContract.LOAD_SNAPSHOT;
import static io.kintsugi.contract.CatalogJournalContract.MAKE_SNAPSHOT;
import static io.kintsugi.contract.CatalogJournalContract.READ_CHANGES;
import static io.kintsugi.contract.CatalogJournalContract.READ_SNAPSHOT;
import static io.kintsugi.contract.CatalogJournalContract.REPLAY_CHANGES;
import static io.kintsugi.contract.CatalogJournalContract.SET_GUARD;
import static io.kintsugi.contract.CatalogRelayContract.SWAP_SEGMENT;
import static io.kintsugi.contract.UploadContract.ABORT_UPLOAD;
import static io.kintsugi.contract.UploadContract.COMMIT_PART;
import static io.kintsugi.contract.UploadContract.COMPLETE_UPLOAD;
import static io.kintsugi.contract.UploadContract.CREATE_UPLOAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogAbsenceContract.Absence;
import io.kintsugi.contract.CatalogAbsenceContract.DeclareLost;
import io.kintsugi.contract.CatalogAbsenceContract.NoteAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.kintsugi.contract.CatalogAbsenceContract.TrimShards;
import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.DeleteBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogJournalContract.AdoptVersion;
import io.kintsugi.contract.CatalogJournalContract.BeginRebuild;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.FindGapped;
import io.kintsugi.contract.CatalogJournalContract.FindUnknown;
import io.kintsugi.contract.CatalogJournalContract.FinishRebuild;
import io.kintsugi.contract.CatalogJournalContract.GetJournalState;
import io.kintsugi.contract.CatalogJournalContract.LoadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.MakeSnapshot;
import io.kintsugi.contract.CatalogJournalContract.PackFile;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.CatalogJournalContract.ReadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.ReplayChanges;
import io.kintsugi.contract.CatalogJournalContract.SetGuard;
import io.kintsugi.contract.CatalogJournalContract.SnapshotRow;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.contract.CatalogPolicyContract;
import io.kintsugi.contract.CatalogPolicyContract.SavePolicyRow;
import io.kintsugi.contract.CatalogRelayContract.SwapSegment;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.JournalContract.Reached;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.kintsugi.contract.UploadContract.AbortUpload;
import io.kintsugi.contract.UploadContract.CommitPart;
import io.kintsugi.contract.UploadContract.CompleteUpload;
import io.kintsugi.contract.UploadContract.CreateUpload;
import io.kintsugi.contract.UploadContract.PartRef;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// G1: a catalog filled from the changes of another is that other, row by row.
class CatalogRebuildIT {
  private static final int CHANGES = 150;
  private static final long MIB_5 = 5L << 20;
  private static final String MD5 = "0cc175b9c0f1b6a831c399e269772661";
  private static final JsonObject HELD = new JsonObject().put("journal", true);

  /// What must come back. Left out are numbers that nobody outside sees (a bucket is told by its
  /// name), and what a scan or a heal finds out again: `verified`.
  private static final Map<String, String> ROWS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("bucket", "SELECT (to_jsonb(r) - 'bucket_id')::text FROM bucket r"),
              Map.entry("origin", "SELECT to_jsonb(r)::text FROM origin r"),
              Map.entry("policy", "SELECT to_jsonb(r)::text FROM policy r"),
              Map.entry("version", named("version")),
              Map.entry("object", named("object")),
              Map.entry("upload", named("upload")),
              Map.entry("part", "SELECT to_jsonb(r)::text FROM part r"),
              Map.entry("segment", "SELECT (to_jsonb(r) - 'verified')::text FROM segment r"),
              Map.entry("location", "SELECT to_jsonb(r)::text FROM location r"),
              Map.entry(
                  "absence", "SELECT origin_id || ' ' || since FROM origin_absence WHERE declared"),
              Map.entry("refused_write", "SELECT to_jsonb(r)::text FROM refused_write r")));

  private static String named(String table) {
    return "SELECT (to_jsonb(r) - 'bucket_id')::text || coalesce(b.name, 'gone') FROM "
        + table
        + " r LEFT JOIN bucket b USING (bucket_id)";
  }

  static Map<String, List<String>> rows(House house) throws SQLException {
    var all = new TreeMap<String, List<String>>();
    try (var connection = house.connect();
        var statement = connection.createStatement()) {
      for (var table : ROWS.entrySet()) {
        var rows = statement.executeQuery(table.getValue());
        var texts = new ArrayList<String>();
        while (rows.next()) {
          texts.add(rows.getString(1));
        }
        texts.sort(String::compareTo);
        all.put(table.getKey(), texts);
      }
    }
    return all;
  }

  /// A catalog in which all kinds of things happen, by chance.
  private static final class Life {
    private final House house;
    private final Random random;
    private final List<String> sessions = new ArrayList<>();
    private int buckets;

    Life(House house, long seed) {
      this.house = house;
      random = new Random(seed);
      sessions.add(house.session());
      house.bucket("photos");
      for (int i = 0; i < 8; i++) {
        house.ask(
            CatalogOriginContract.SAVE_ORIGIN_ROW,
            new SaveOriginRow("o" + i, "local", "/o" + i, "new", House.ORIGIN_INCARNATION, null));
        house.ask(
            CatalogOriginContract.SAVE_ORIGIN_ROW,
            new SaveOriginRow(
                "o" + i,
                "local",
                "/o" + i,
                "ready",
                House.ORIGIN_INCARNATION,
                House.ORIGIN_INCARNATION));
      }
    }

    private String session() {
      return sessions.getLast();
    }

    private String key() {
      return "key " + random.nextInt(12) + (random.nextBoolean() ? " ü" : "");
    }

    private CommitObject commitment(Condition condition) {
      var layout = new Layout(2, 1);
      var segments = new ArrayList<Segment>();
      segments.add(house.segment(session(), 0, 0, 100, layout));
      if (random.nextInt(4) == 0) {
        segments.set(0, House.missing(segments.getFirst(), random.nextInt(3)));
      }
      if (random.nextInt(4) == 0) {
        segments.set(0, packed(segments.getFirst()));
      }
      if (random.nextInt(4) == 0) {
        segments.add(house.segment(session(), 1, 100, 50, layout));
      }
      return House.commitment(session(), "photos", key(), condition, segments);
    }

    private static Segment packed(Segment segment) {
      var locations = new ArrayList<Location>();
      for (var at : segment.locations()) {
        var pack = new Packed("packs/" + "a".repeat(16) + "-1", 64L * at.index(), 5100);
        locations.add(
            at.landed()
                ? new Location(
                    at.index(), at.attemptId(), at.originId(), at.incarnation(), true, pack)
                : at);
      }
      return House.with(segment, locations);
    }

    void live(int steps) {
      for (int i = 0; i < steps; i++) {
        step(random.nextInt(21));
      }
    }

    private void step(int what) {
      switch (what) {
        case 0, 1, 2, 3, 4 -> house.ask(COMMIT_OBJECT, commitment(Condition.NONE));
        case 5 -> refused();
        case 6, 7 ->
            house.ask(
                DELETE_OBJECTS,
                new DeleteObjects(
                    "photos",
                    List.of(key(), key()).stream()
                        .distinct()
                        .map(k -> new DeleteKey(k, null, Condition.NONE))
                        .toList()));
        case 8 -> house.bucket("more-" + ++buckets);
        case 9 -> changeBucket();
        case 15, 16 -> deleteVersion();
        case 10 -> house.ask(DELETE_BUCKET, new DeleteBucket(house.bucket("gone").name()));
        case 11 -> upload(false);
        case 12 -> upload(true);
        case 13 -> moveShard();
        case 14 -> nextSession();
        case 18 -> absentShard();
        case 19 -> relay();
        case 20 -> declare();
        default -> policy();
      }
    }

    /// Under a key that exists.
    private void refused() {
      var there = commitment(Condition.NONE);
      house.ask(COMMIT_OBJECT, there);
      var again = commitment(new Condition(null, "*"));
      var refused =
          House.commitment(
              session(), "photos", there.key(), new Condition(null, "*"), again.segments());
      assertThat(house.refusal(COMMIT_OBJECT, refused).code())
          .isEqualTo(FailureCode.PRECONDITION_FAILED);
    }

    private void changeBucket() {
      var layout = random.nextBoolean() ? new Layout(3, 2) : null;
      house.ask(
          CHANGE_BUCKET, new ChangeBucket("photos", layout, "critical", null, "refuse", null));
    }

    /// Any that is alive, the current one or not, a marker too.
    private void deleteVersion() {
      var versions = new ArrayList<String[]>();
      try (var connection = house.connect();
          var statement = connection.createStatement()) {
        var rows =
            statement.executeQuery(
                "SELECT key, replace(version_id::text, '-', '') FROM version v"
                    + " JOIN bucket b USING (bucket_id)"
                    + " WHERE b.name = 'photos' AND died_at IS NULL AND NOT null_version"
                    + " ORDER BY v.seq");
        while (rows.next()) {
          versions.add(new String[] {rows.getString(1), rows.getString(2)});
        }
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
      if (!versions.isEmpty()) {
        var one = versions.get(random.nextInt(versions.size()));
        house.ask(
            DELETE_OBJECTS,
            new DeleteObjects(
                "photos",
                List.of(
                    new DeleteKey(one[0], one[1], Condition.NONE),
                    new DeleteKey(one[0], null, Condition.NONE))));
      }
    }

    private CommitPart part(String uploadId, String key, int number, long sizeBytes) {
      var segment = house.segment(session(), 0, 0, sizeBytes, new Layout(2, 1));
      return new CommitPart(
          session(), "photos", key, uploadId, number, sizeBytes, MD5, List.of(segment));
    }

    private void upload(boolean end) {
      var key = key();
      var id =
          house.ask(CREATE_UPLOAD, new CreateUpload("photos", key, House.info(0, ""))).uploadId();
      house.ask(COMMIT_PART, part(id, key, 1, MIB_5));
      house.ask(COMMIT_PART, part(id, key, 1, MIB_5));
      house.ask(COMMIT_PART, part(id, key, 2, 10));
      house.ask(COMMIT_PART, part(id, key, 5, 10));
      if (end && random.nextBoolean()) {
        house.ask(ABORT_UPLOAD, new AbortUpload("photos", key, id));
      } else if (end) {
        var parts = List.of(new PartRef(1, MD5), new PartRef(5, MD5));
        house.ask(COMPLETE_UPLOAD, new CompleteUpload("photos", key, id, parts, Condition.NONE));
      }
    }

    private void moveShard() {
      var put = commitment(Condition.NONE);
      house.ask(COMMIT_OBJECT, put);
      var segment = put.segments().getFirst();
      var lost = segment.locations().get(1);
      house.ask(
          REPORT_DAMAGE,
          new ReportDamage(
              List.of(
                  new Damage(
                      segment.writeId(),
                      1,
                      lost.attemptId(),
                      lost.originId(),
                      Evidence.MISSING,
                      false,
                      "gone")),
              "scan",
              null,
              null));
      var tasks =
          house.ask(CLAIM_HEALS, new ClaimHeals("healer", 1000, 60_000, false, null)).tasks();
      for (var task : tasks) {
        if (task.segment().writeId().equals(segment.writeId())) {
          var to = new Location(1, house.id(session()), "o7", House.ORIGIN_INCARNATION, true);
          house.ask(
              MOVE_SHARDS,
              new MoveShards(
                  session(),
                  task.taskId(),
                  task.attempt(),
                  segment.writeId(),
                  List.of(new Move(lost.attemptId(), to))));
        }
      }
    }

    private @Nullable HealTask taskOf(Segment segment) {
      var lost = segment.locations().get(1);
      house.ask(
          REPORT_DAMAGE,
          new ReportDamage(
              List.of(
                  new Damage(
                      segment.writeId(),
                      1,
                      lost.attemptId(),
                      lost.originId(),
                      Evidence.ABSENT,
                      false,
                      "away")),
              "absent",
              null,
              null));
      return house
          .ask(CLAIM_HEALS, new ClaimHeals("healer", 1000, 60_000, false, null))
          .tasks()
          .stream()
          .filter(task -> task.segment().writeId().equals(segment.writeId()))
          .findFirst()
          .orElse(null);
    }

    /// A copy beside one of an absent origin; at times one of the two goes again.
    private void absentShard() {
      var put = commitment(Condition.NONE);
      house.ask(COMMIT_OBJECT, put);
      var segment = put.segments().getFirst();
      var lost = segment.locations().get(1);
      house.ask(
          NOTE_ABSENCES,
          new NoteAbsences(
              List.of(new Absence(lost.originId(), Instant.EPOCH, false, true)), List.of()));
      var task = taskOf(segment);
      if (task == null) {
        return;
      }
      var to = new Location(1, house.id(session()), "o7", House.ORIGIN_INCARNATION, true);
      house.ask(
          MOVE_SHARDS,
          new MoveShards(
              session(),
              task.taskId(),
              task.attempt(),
              segment.writeId(),
              List.of(new Move(null, to))));
      if (random.nextBoolean()) {
        var trim = new Trim(1, lost.attemptId(), to.attemptId());
        house.ask(
            TRIM_SHARDS,
            new TrimShards(
                session(), task.taskId(), task.attempt(), segment.writeId(), List.of(trim)));
      }
      house.ask(NOTE_ABSENCES, new NoteAbsences(List.of(), List.of(lost.originId())));
    }

    private void relay() {
      var put = commitment(Condition.NONE);
      house.ask(COMMIT_OBJECT, put);
      relay(put.segments().getLast(), new Layout(4, 2));
    }

    private void relay(Segment old, Layout layout) {
      var task = taskOf(old);
      if (task != null) {
        var wide = house.segment(session(), 0, 0, old.sizeBytes(), layout);
        house.ask(
            SWAP_SEGMENT,
            new SwapSegment(session(), task.taskId(), task.attempt(), old.writeId(), wide));
      }
    }

    private void declare() {
      boolean lost = random.nextBoolean();
      house.ask(DECLARE_LOST, new DeclareLost("o5", lost, Instant.EPOCH.plusSeconds(5)));
      if (random.nextBoolean()) {
        house.ask(NOTE_ABSENCES, new NoteAbsences(List.of(), List.of("o5")));
      }
    }

    private void nextSession() {
      var old = session();
      if (random.nextBoolean()) {
        house.ask(RENEW_SESSION, new RenewSession(old, 3));
      }
      sessions.add(house.session());
      house.ask(CLOSE_SESSION, new CloseSession(old));
    }

    private void policy() {
      long version = house.sql("SELECT coalesce(max(version), 0) FROM policy");
      house.ask(
          CatalogPolicyContract.SAVE_POLICY_ROW,
          new SavePolicyRow("scan", "{\"n\":" + version + "}", version));
    }
  }

  private static List<Change> changes(House house, long after) {
    return house.ask(READ_CHANGES, new ReadChanges(after, 10_000, 1 << 28)).changes();
  }

  private static void replay(House house, List<Change> changes, Random random) {
    for (int at = 0; at < changes.size(); ) {
      int to = Math.min(changes.size(), at + 1 + random.nextInt(40));
      house.ask(REPLAY_CHANGES, new ReplayChanges(changes.subList(at, to), false));
      // A question that is asked again does nothing.
      house.ask(REPLAY_CHANGES, new ReplayChanges(changes.subList(at, to), false));
      at = to;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @DisplayName("G1: replayed from the first change, and from a snapshot, every row is the same")
  void replayedChangesGiveTheSameRows(long seed) throws SQLException {
    try (var lost = new House();
        var fromChanges = new House(HELD);
        var fromSnapshot = new House(HELD)) {
      var life = new Life(lost, seed);
      life.live(CHANGES / 2);
      long seq = lost.ask(MAKE_SNAPSHOT, new MakeSnapshot()).seq();
      var snapshot = new ArrayList<SnapshotRow>();
      Long next = 0L;
      while (next != null) {
        var page = lost.ask(READ_SNAPSHOT, new ReadSnapshot(next, 50, 1 << 20));
        snapshot.addAll(page.rows());
        next = page.nextAfter();
      }
      life.live(CHANGES / 2);
      var rows = rows(lost);

      fromChanges.ask(BEGIN_REBUILD, new BeginRebuild(true));
      replay(fromChanges, changes(lost, 0), new Random(seed));
      assertThat(rows(fromChanges)).isEqualTo(rows);

      fromSnapshot.ask(BEGIN_REBUILD, new BeginRebuild(true));
      fromSnapshot.ask(LOAD_SNAPSHOT, new LoadSnapshot(snapshot, null));
      fromSnapshot.ask(LOAD_SNAPSHOT, new LoadSnapshot(snapshot, seq));
      replay(fromSnapshot, changes(lost, seq), new Random(seed));
      assertThat(rows(fromSnapshot)).isEqualTo(rows);

      long last = lost.ask(GET_JOURNAL_STATE, new GetJournalState()).seq();
      for (var house : List.of(fromChanges, fromSnapshot)) {
        assertThat(house.ask(FINISH_REBUILD, new FinishRebuild()).seq()).isEqualTo(last);
        assertThat(rows(house)).isEqualTo(rows);
        house.ask(SET_GUARD, new SetGuard("free", null, null));
        house.bus.answer(JournalContract.REACH, _ -> Future.succeededFuture(new Reached(last)));
        house.bucket("after");
        house.put(house.session(), "after", "k");
      }
    }
  }

  @Test
  void aMissingChangeIsNoticedAndSteppedOverOnlyWhenAccepted() {
    try (var lost = new House();
        var found = new House(HELD)) {
      lost.bucket("aaa");
      lost.bucket("bbb");
      lost.bucket("ccc");
      var changes = changes(lost, 0);
      var gap = List.of(changes.get(0), changes.get(2));
      found.ask(BEGIN_REBUILD, new BeginRebuild(true));
      assertThat(found.refusal(REPLAY_CHANGES, new ReplayChanges(gap, false)).detail("what"))
          .isEqualTo("gap");
      assertThat(found.sql("SELECT count(*) FROM bucket")).isZero();
      found.ask(REPLAY_CHANGES, new ReplayChanges(gap, true));
      found.ask(FINISH_REBUILD, new FinishRebuild());
      assertThat(found.sql("SELECT count(*) FROM bucket")).isEqualTo(2);
      // The journal begins anew behind the gap.
      assertThat(found.ask(GET_JOURNAL_STATE, new GetJournalState()).firstKept()).isEqualTo(3);
    }
  }

  @Test
  @DisplayName("only what may have been committed is adopted: not what was refused or given up")
  void onlyWhatMayHaveBeenCommittedIsAdopted() {
    try (var lost = new House();
        var found = new House(HELD)) {
      lost.bucket("bbb");
      var over = lost.session();
      var open = lost.session();
      lost.put(open, "bbb", "there");
      var refused = lost.commitment(open, "bbb", "there", new Condition(null, "*"));
      lost.refusal(COMMIT_OBJECT, refused);
      var givenUp = lost.commitment(over, "bbb", "there", Condition.NONE);
      lost.ask(CLOSE_SESSION, new CloseSession(over));
      var last = lost.commitment(open, "bbb", "there", Condition.NONE);
      var below = lost.session();
      var early = lost.id(below);
      lost.ask(RENEW_SESSION, new RenewSession(below, 1_000_000));

      found.ask(BEGIN_REBUILD, new BeginRebuild(true));
      replay(found, changes(lost, 0), new Random(1));
      var asked = List.of(refused.versionId(), givenUp.versionId(), last.versionId(), early);
      assertThat(found.ask(FIND_UNKNOWN, new FindUnknown(asked)).writeIds())
          .containsExactly(last.versionId());

      // Begun before the key's last change: that one stays.
      var before =
          new AdoptVersion(
              "bbb", "there", last.versionId(), last.info(), last.segments(), Instant.EPOCH);
      assertThat(found.ask(ADOPT_VERSION, before).reason()).contains("changed later");
      var after =
          new AdoptVersion(
              "bbb",
              "there",
              last.versionId(),
              last.info(),
              last.segments(),
              Instant.now().plusSeconds(60));
      assertThat(found.ask(ADOPT_VERSION, after).reason()).isNull();
      assertThat(found.ask(ADOPT_VERSION, after).reason()).isNull();
      found.ask(FINISH_REBUILD, new FinishRebuild());
      assertThat(found.sql("SELECT count(*) FROM version WHERE died_at IS NULL")).isEqualTo(1);
    }
  }

  private static AdoptVersion stray(CommitObject put, Instant began) {
    return new AdoptVersion(
        put.bucket(), put.key(), put.versionId(), put.info(), put.segments(), began);
  }

  @Test
  @DisplayName("G1: two strays of one key follow one another, and none comes into a later bucket")
  void straysOfOneKeyFollowOneAnother() {
    try (var lost = new House();
        var found = new House(HELD)) {
      lost.bucket("bbb");
      var began = Instant.now();
      var session = lost.session();
      var first = lost.commitment(session, "bbb", "k", Condition.NONE);
      var second = lost.commitment(session, "bbb", "k", Condition.NONE);
      var third = lost.commitment(session, "bbb", "k", Condition.NONE);
      var old = lost.commitment(session, "bbb", "old", Condition.NONE);

      found.ask(BEGIN_REBUILD, new BeginRebuild(true));
      replay(found, changes(lost, 0), new Random(1));
      assertThat(found.ask(ADOPT_VERSION, stray(first, began)).reason()).isNull();
      assertThat(found.ask(ADOPT_VERSION, stray(second, began)).reason()).isNull();
      assertThat(found.ask(ADOPT_VERSION, stray(third, began.plusMillis(1))).reason()).isNull();
      assertThat(found.ask(ADOPT_VERSION, stray(old, Instant.EPOCH)).reason())
          .contains("changed later");
      found.ask(FINISH_REBUILD, new FinishRebuild());
      assertThat(
              found.sql(
                  "SELECT count(*) FROM object WHERE replace(version_id::text, '-', '') = '"
                      + third.versionId()
                      + "'"))
          .isEqualTo(1);
      assertThat(found.sql("SELECT count(*) FROM object")).isEqualTo(1);
      assertThat(found.sql("SELECT count(*) FROM version WHERE died_at IS NULL")).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("G1: that an older version was re-laid does not keep a stray of its key away")
  void aStrayFollowsWhatWasRelaidMeanwhile() {
    try (var lost = new House();
        var found = new House(HELD)) {
      var life = new Life(lost, 1);
      var early = Instant.now();
      lost.put(life.session(), "photos", "k");
      var began = Instant.now();
      var first = lost.ask(FIND_OBJECT, new FindObject("photos", "k", null)).segments().getFirst();
      life.relay(first, new Layout(3, 1));
      var second = lost.ask(FIND_OBJECT, new FindObject("photos", "k", null)).segments().getFirst();
      life.relay(second, new Layout(4, 1));
      assertThat(lost.sql("SELECT count(*) FROM segment WHERE relaid")).isEqualTo(2);
      var stray = lost.commitment(life.session(), "photos", "k", Condition.NONE);

      found.ask(BEGIN_REBUILD, new BeginRebuild(true));
      replay(found, changes(lost, 0), new Random(1));
      assertThat(found.ask(ADOPT_VERSION, stray(stray, early)).reason())
          .as("begun before the older one was committed")
          .contains("changed later");
      assertThat(found.ask(ADOPT_VERSION, stray(stray, began)).reason()).isNull();
      assertThat(found.sql("SELECT count(*) FROM segment WHERE live")).isEqualTo(1);
      assertThat(
              found.sql(
                  "SELECT count(*) FROM object WHERE replace(version_id::text, '-', '') = '"
                      + stray.versionId()
                      + "'"))
          .isEqualTo(1);
    }
  }

  /// What died with its version after it was re-laid has died for all that.
  @Test
  void aStrayDoesNotFollowTheDeathOfWhatWasRelaid() {
    try (var lost = new House();
        var found = new House(HELD)) {
      var life = new Life(lost, 1);
      lost.put(life.session(), "photos", "k");
      var first = lost.ask(FIND_OBJECT, new FindObject("photos", "k", null)).segments().getFirst();
      life.relay(first, new Layout(3, 1));
      var began = Instant.now();
      lost.ask(
          DELETE_OBJECTS,
          new DeleteObjects("photos", List.of(new DeleteKey("k", null, Condition.NONE))));
      var stray = lost.commitment(life.session(), "photos", "k", Condition.NONE);

      found.ask(BEGIN_REBUILD, new BeginRebuild(true));
      replay(found, changes(lost, 0), new Random(1));
      assertThat(found.ask(ADOPT_VERSION, stray(stray, began)).reason()).contains("changed later");
    }
  }

  @Test
  @DisplayName("G1: a pack that its rows do not fill may hold what no change tells of")
  void packsThatRowsDoNotFillAreNamed() {
    try (var house = new House()) {
      house.bucket("bbb");
      var session = house.session();
      var segment = Life.packed(house.segment(session, 0, 0, 100, new Layout(2, 1)));
      house.ask(
          COMMIT_OBJECT, House.commitment(session, "bbb", "k", Condition.NONE, List.of(segment)));
      var origin = segment.locations().getFirst().originId();
      var full = "packs/" + "a".repeat(16) + "-1";
      var other = "packs/" + "b".repeat(16) + "-1";
      var files = List.of(new PackFile(full, 5120), new PackFile(other, 64));
      assertThat(house.ask(FIND_GAPPED, new FindGapped(origin, files)).packs())
          .containsExactly(other);
      var longer = List.of(new PackFile(full, 5120 + 64));
      assertThat(house.ask(FIND_GAPPED, new FindGapped(origin, longer)).packs())
          .containsExactly(full);
    }
  }

  @Test
  @DisplayName("G1: that a write was refused is in the journal before anybody is told")
  void aRefusalIsAnsweredOnceTheJournalKnows() {
    try (var house = new House(HELD)) {
      house.ask(SET_GUARD, new SetGuard("free", null, null));
      var asked = new AtomicInteger();
      house.bus.answer(
          JournalContract.REACH,
          _ -> {
            asked.incrementAndGet();
            return Future.succeededFuture(new Reached(1));
          });
      house.bucket("bbb");
      var session = house.session();
      house.put(session, "bbb", "k");
      int before = asked.get();
      var again = house.commitment(session, "bbb", "k", new Condition(null, "*"));
      assertThat(house.refusal(COMMIT_OBJECT, again).code())
          .isEqualTo(FailureCode.PRECONDITION_FAILED);
      assertThat(asked.get()).isEqualTo(before + 1);
    }
  }

  @Test
  @DisplayName("a catalog that was not compared with the origins answers and writes nothing")
  void aHeldCatalogIsNotUsed() {
    try (var held = new House(HELD)) {
      var failure = held.refusal(CREATE_UPLOAD, new CreateUpload("bbb", "k", House.info(0, "")));
      assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
      assertThat(failure.detail("what")).isEqualTo("catalog");
      held.ask(SET_GUARD, new SetGuard("lost", "it is empty", null));
      assertThat(held.refusal(DELETE_BUCKET, new DeleteBucket("b")).detail("hint"))
          .contains("rebuild-catalog");
      held.ask(SET_GUARD, new SetGuard("free", null, null));
      assertThat(held.refusal(BEGIN_REBUILD, new BeginRebuild(true)).code())
          .isEqualTo(FailureCode.CONFLICT);
    }
  }
}
