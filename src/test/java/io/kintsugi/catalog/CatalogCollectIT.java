package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogCollectContract.CONFIRM_GONE;
import static io.kintsugi.contract.CatalogCollectContract.GET_LITTER;
import static io.kintsugi.contract.CatalogCollectContract.HOLD_COLLECTION;
import static io.kintsugi.contract.CatalogCollectContract.JUDGE_NAMES;
import static io.kintsugi.contract.CatalogCollectContract.LIST_REMNANTS;
import static io.kintsugi.contract.CatalogCollectContract.LIST_VERDICTS;
import static io.kintsugi.contract.CatalogCollectContract.NOTE_PACKS;
import static io.kintsugi.contract.CatalogCollectContract.NOTE_QUARANTINE;
import static io.kintsugi.contract.CatalogCollectContract.NOTE_VERDICTS;
import static io.kintsugi.contract.CatalogCollectContract.RETIRE_SEGMENTS;
import static io.kintsugi.contract.CatalogCollectContract.SETTLE_NAMES;
import static io.kintsugi.contract.CatalogCollectContract.SET_BRAKE;
import static io.kintsugi.contract.CatalogContract.CHANGE_BUCKET;
import static io.kintsugi.contract.CatalogContract.CLOSE_SESSION;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.RENEW_SESSION;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogJournalContract.SET_GUARD;
import static io.kintsugi.contract.CatalogScanContract.NOTE_UNREFERENCED;
import static io.kintsugi.contract.UploadContract.ABORT_UPLOAD;
import static io.kintsugi.contract.UploadContract.CREATE_UPLOAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogCollectContract.ConfirmGone;
import io.kintsugi.contract.CatalogCollectContract.GetLitter;
import io.kintsugi.contract.CatalogCollectContract.HoldCollection;
import io.kintsugi.contract.CatalogCollectContract.JudgeNames;
import io.kintsugi.contract.CatalogCollectContract.ListRemnants;
import io.kintsugi.contract.CatalogCollectContract.ListVerdicts;
import io.kintsugi.contract.CatalogCollectContract.NameMoved;
import io.kintsugi.contract.CatalogCollectContract.NamesJudged;
import io.kintsugi.contract.CatalogCollectContract.NotePacks;
import io.kintsugi.contract.CatalogCollectContract.NoteQuarantine;
import io.kintsugi.contract.CatalogCollectContract.NoteVerdicts;
import io.kintsugi.contract.CatalogCollectContract.PackSeen;
import io.kintsugi.contract.CatalogCollectContract.Remnant;
import io.kintsugi.contract.CatalogCollectContract.RetireSegments;
import io.kintsugi.contract.CatalogCollectContract.SetBrake;
import io.kintsugi.contract.CatalogCollectContract.SettleNames;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogJournalContract.SetGuard;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.contract.CatalogScanContract.NoteUnreferenced;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.JournalContract.Reached;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.kintsugi.contract.UploadContract.AbortUpload;
import io.kintsugi.contract.UploadContract.CreateUpload;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/// What may be taken away, and when (T5, T12, T13, T18). The catalog errs to one side only: what
/// something could still point to stays.
class CatalogCollectIT {
  private static final String LIFE = House.ORIGIN_INCARNATION;
  private static House house;
  private static int buckets;
  private String session = "";
  private String bucket = "";

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
    for (var table :
        List.of(
            "remnant",
            "unreferenced",
            "origin_verdict",
            "origin_brake",
            "origin",
            "collected",
            "heal_task")) {
      house.sql("DELETE FROM " + table);
    }
    house.sql("UPDATE segment SET retired = true WHERE NOT live");
    for (int i = 0; i < 4; i++) {
      house.sql(
          "INSERT INTO origin VALUES ('o%d', 'local', '/o%d', 'ready', '%s')"
              .formatted(i, i, LIFE));
    }
    session = house.session();
    bucket = "collect-" + ++buckets;
    house.bucket(bucket);
  }

  private static long epoch() {
    return house.ask(HOLD_COLLECTION, new HoldCollection("me", false)).epoch();
  }

  private static long retire() {
    return house.ask(RETIRE_SEGMENTS, new RetireSegments(epoch(), 500)).segments();
  }

  private static List<Remnant> remnants(String origin) {
    return house.ask(LIST_REMNANTS, new ListRemnants(epoch(), origin, LIFE, 0, 100)).remnants();
  }

  private static void confirm(String origin) {
    var gone = remnants(origin);
    house.ask(CONFIRM_GONE, new ConfirmGone(origin, LIFE, gone, 10L * gone.size()));
  }

  private static void age() {
    house.sql("UPDATE segment SET died = died - interval '2 hours' WHERE NOT live");
    house.sql("UPDATE remnant SET since = since - interval '2 hours'");
    house.sql(
        "UPDATE unreferenced SET first_seen = first_seen - interval '2 hours',"
            + " condemned = condemned - interval '2 hours'");
  }

  private static long count(String table, String id) {
    var column = table.equals("version") ? "version_id" : "write_id";
    return house.sql("SELECT count(*) FROM %s WHERE %s = '%s'".formatted(table, column, uuid(id)));
  }

  private static String uuid(String hex) {
    return Ids.uuid(hex).toString();
  }

  private void endSession() {
    house.ask(CLOSE_SESSION, new CloseSession(session));
  }

  private Segment put(String key) {
    house.put(session, bucket, key);
    return house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).segments().getFirst();
  }

  @Test
  void whatWasOverwrittenIsHandedOutAfterTheGraceOnceItsCommitCannotComeAgain() {
    var dead = put("k");
    var alive = put("k");
    endSession();
    assertThat(retire()).as("within the grace").isZero();
    age();
    assertThat(retire()).isEqualTo(1);
    assertThat(remnants("o0")).extracting(Remnant::writeId).containsExactly(dead.writeId());
    assertThat(count("location", alive.writeId())).isEqualTo(3);
    assertThat(count("location", dead.writeId())).isZero();
  }

  @Test
  void aSegmentStaysWhileItsCommitMayBeAskedForAgain() {
    var dead = put("k");
    put("k");
    age();
    assertThat(retire()).as("session open, low water below").isZero();
    long counter = WriteId.parse(dead.writeId()).counter();
    house.ask(RENEW_SESSION, new RenewSession(session, counter));
    assertThat(retire()).isZero();
    house.ask(RENEW_SESSION, new RenewSession(session, counter + 1));
    assertThat(retire()).isEqualTo(1);
  }

  @Test
  void rowsStayUntilEveryOriginThatHeldACopyHasConfirmed() {
    var dead = put("k");
    put("k");
    endSession();
    age();
    retire();
    confirm("o0");
    confirm("o1");
    assertThat(remnants("o0")).isEmpty();
    assertThat(count("segment", dead.writeId())).as("o2 stays away").isEqualTo(1);
    assertThat(count("version", dead.writeId())).isEqualTo(1);
    assertThat(remnants("o2")).as("it comes back with a stale shard").hasSize(1);
    confirm("o2");
    assertThat(count("segment", dead.writeId())).isZero();
    assertThat(count("version", dead.writeId())).isZero();
    var litter = house.ask(GET_LITTER, new GetLitter()).origins().getFirst();
    assertThat(litter.collectedNames()).isEqualTo(1);
    assertThat(litter.collectedBytes()).isEqualTo(10);
  }

  @Test
  void anOriginThatWasReplacedOrRemovedNeedNotConfirm() {
    var dead = put("k");
    put("k");
    endSession();
    age();
    retire();
    confirm("o0");
    house.sql("UPDATE origin SET incarnation = '00000000000000bb' WHERE origin_id = 'o1'");
    house.sql("UPDATE origin SET state = 'removed' WHERE origin_id = 'o2'");
    retire();
    assertThat(count("segment", dead.writeId())).isZero();
    assertThat(count("version", dead.writeId())).isZero();
  }

  @Test
  void twoOriginsThatConfirmAtOnceLeaveNothingBehind() {
    for (int i = 0; i < 30; i++) {
      put("k");
    }
    endSession();
    age();
    retire();
    var asked = new ArrayList<Future<?>>();
    for (var origin : List.of("o0", "o1", "o2")) {
      for (var remnant : remnants(origin)) {
        var question = new ConfirmGone(origin, LIFE, List.of(remnant), 1);
        asked.add(house.bus.ask(CONFIRM_GONE, question));
      }
    }
    House.await(Future.all(asked));
    assertThat(
            house.sql(
                "SELECT count(*) FROM segment s JOIN version v ON version_id = owner_id"
                    + " JOIN bucket b USING (bucket_id) WHERE b.name = '"
                    + bucket
                    + "'"))
        .as("only the last one")
        .isEqualTo(1);
  }

  @Test
  void theOldCopyOfAMendedShardIsARemnantOfALiveSegment() {
    var segment = put("k");
    var old = segment.locations().get(1);
    var damage =
        new Damage(segment.writeId(), 1, old.attemptId(), "o1", Evidence.CORRUPT, false, "flipped");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", null, null));
    var task =
        house.ask(CLAIM_HEALS, new ClaimHeals("me", 1, 60_000, false, null)).tasks().getFirst();
    var fresh = new Location(1, house.id(session), "o3", LIFE, true);
    var move = new Move(old.attemptId(), fresh);
    house.ask(
        MOVE_SHARDS,
        new MoveShards(session, task.taskId(), task.attempt(), segment.writeId(), List.of(move)));
    assertThat(remnants("o1")).as("within the grace").isEmpty();
    age();
    assertThat(remnants("o1")).extracting(Remnant::attemptId).containsExactly(old.attemptId());
    confirm("o1");
    assertThat(remnants("o1")).isEmpty();
    assertThat(count("segment", segment.writeId())).isEqualTo(1);
    assertThat(count("location", segment.writeId())).isEqualTo(3);
  }

  @RepeatedTest(20)
  void aDeleteThatRacesWithAHealLeavesNoCopyUnknown() {
    var segment = put("k");
    var old = segment.locations().get(1);
    var damage =
        new Damage(segment.writeId(), 1, old.attemptId(), "o1", Evidence.CORRUPT, false, "flipped");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", null, null));
    var claim = new ClaimHeals("me", 1, 60_000, false, null);
    var task = house.ask(CLAIM_HEALS, claim).tasks().getFirst();
    var fresh = new Location(1, house.id(session), "o3", LIFE, true);
    var question =
        new MoveShards(
            session,
            task.taskId(),
            task.attempt(),
            segment.writeId(),
            List.of(new Move(old.attemptId(), fresh)));
    var delete = new DeleteObjects(bucket, List.of(new DeleteKey("k", null, Condition.NONE)));
    var moved = house.bus.ask(MOVE_SHARDS, question);
    var deleted = house.bus.ask(DELETE_OBJECTS, delete);
    House.await(Future.join(moved, deleted).transform(_ -> Future.succeededFuture()));
    assertThat(deleted.succeeded()).isTrue();
    endSession();
    age();
    assertThat(retire()).isEqualTo(1);
    boolean did = moved.succeeded() && !moved.result().movedIndexes().isEmpty();
    assertThat(remnants("o1")).extracting(Remnant::attemptId).containsExactly(old.attemptId());
    assertThat(remnants("o3")).hasSize(did ? 1 : 0);
    for (var origin : List.of("o0", "o1", "o2", "o3")) {
      if (!remnants(origin).isEmpty()) {
        confirm(origin);
      }
    }
    assertThat(count("segment", segment.writeId())).isZero();
    assertThat(count("version", segment.writeId())).isZero();
  }

  private static NamesJudged judge(String origin) {
    return house.ask(JUDGE_NAMES, new JudgeNames(epoch(), origin, null, 1000));
  }

  private static String name(Segment segment, int index) {
    return Names.shard(
        WriteId.parse(segment.writeId()),
        index,
        WriteId.parse(segment.locations().get(index).attemptId()));
  }

  private static void see(String origin, String name) {
    var leaf = name.split("/", -1)[1];
    house.ask(NOTE_UNREFERENCED, new NoteUnreferenced(origin, leaf, List.of(name)));
  }

  @Test
  void anOrphanGoesToQuarantineAndAwayAfterASecondLook() {
    var name = name(house.segment(session, 0, 0, 10, new Layout(2, 1)), 0);
    see("o0", name);
    assertThat(judge("o0").quarantine()).isEmpty();
    age();
    assertThat(judge("o0").quarantine()).as("session open").isEmpty();
    endSession();
    assertThat(judge("o0").quarantine()).containsExactly(name);
    assertThat(judge("o0").quarantine()).as("its mover died").containsExactly(name);
    var moved = List.of(new NameMoved(name, 77));
    house.ask(SETTLE_NAMES, new SettleNames("o0", moved, List.of(), 0, 0));
    assertThat(judge("o0")).isEqualTo(new NamesJudged(List.of(), List.of(), List.of(), null));
    assertThat(house.ask(GET_LITTER, new GetLitter()).origins().getFirst().quarantinedBytes())
        .isEqualTo(77);
    age();
    assertThat(judge("o0").remove()).containsExactly(name);
    house.ask(SETTLE_NAMES, new SettleNames("o0", List.of(), List.of(name), 1, 77));
    assertThat(house.sql("SELECT count(*) FROM unreferenced")).isZero();
  }

  @Test
  void aNameThatTurnsOutToHaveARowIsBroughtBack() {
    var segment = put("k");
    var name = name(segment, 0);
    house.ask(NOTE_QUARANTINE, new NoteQuarantine("o0", List.of(name)));
    assertThat(judge("o0").restore()).containsExactly(name);
    age();
    assertThat(judge("o0").restore()).containsExactly(name);
    assertThat(judge("o0").remove()).isEmpty();
  }

  @Test
  void whatLiesInQuarantineAndNobodyKnowsStaysForAGraceFromWhenItWasSeen() {
    var name = name(house.segment(session, 0, 0, 10, new Layout(2, 1)), 0);
    endSession();
    house.ask(NOTE_QUARANTINE, new NoteQuarantine("o0", List.of(name)));
    assertThat(judge("o0").remove()).isEmpty();
    age();
    assertThat(judge("o0").remove()).containsExactly(name);
  }

  @Test
  void namesOfOthersAndOfUnknownSessionsAreNeverJudged() {
    var unknown = name(house.segment("00000000000000ff", 0, 0, 10, new Layout(2, 1)), 0);
    house.sql(
        "INSERT INTO unreferenced (origin_id, name) VALUES ('o0', 'objects/000/notes.txt'),"
            + " ('o0', '"
            + unknown
            + "')");
    age();
    assertThat(judge("o0")).isEqualTo(new NamesJudged(List.of(), List.of(), List.of(), null));
  }

  private Segment packed(String pack) {
    var segment = house.segment(session, 0, 0, 100, new Layout(2, 1));
    var locations = new ArrayList<Location>();
    for (var at : segment.locations()) {
      locations.add(
          new Location(
              at.index(),
              at.attemptId(),
              at.originId(),
              at.incarnation(),
              true,
              new Packed(pack, 512, 500)));
    }
    return House.with(segment, locations);
  }

  private CommitObject commitment(Segment segment) {
    return House.commitment(session, bucket, "k", Condition.NONE, List.of(segment));
  }

  @Test
  void aPackGoesOnceNoRowPointsIntoIt() {
    var packer = house.session();
    var pack = "packs/" + packer + "-7";
    house.ask(COMMIT_OBJECT, commitment(packed(pack)));
    var note = new NotePacks("o0", List.of(new PackSeen(pack, 4096)));
    house.ask(CLOSE_SESSION, new CloseSession(packer));
    house.ask(NOTE_PACKS, note);
    assertThat(house.sql("SELECT count(*) FROM unreferenced")).as("alive").isZero();
    put("k");
    endSession();
    house.ask(NOTE_PACKS, note);
    assertThat(house.sql("SELECT count(*) FROM unreferenced")).as("dead, in the grace").isZero();
    age();
    retire();
    assertThat(remnants("o0")).extracting(Remnant::packed).containsExactly(true);
    house.ask(NOTE_PACKS, note);
    assertThat(house.sql("SELECT count(*) FROM unreferenced")).as("a remnant there").isZero();
    confirm("o0");
    house.ask(NOTE_PACKS, note);
    assertThat(judge("o0").quarantine())
        .as("its grace began when the last of it died")
        .containsExactly(pack);
    house.ask(
        SETTLE_NAMES, new SettleNames("o0", List.of(new NameMoved(pack, 4096)), List.of(), 0, 0));
    age();
    assertThat(judge("o0").remove()).containsExactly(pack);
  }

  @Test
  void aPackOfAnOpenSessionStays() {
    var packer = house.session();
    var pack = "packs/" + packer + "-7";
    house.ask(NOTE_PACKS, new NotePacks("o0", List.of(new PackSeen(pack, 4096))));
    age();
    assertThat(judge("o0").quarantine()).isEmpty();
    house.ask(RENEW_SESSION, new RenewSession(packer, 8));
    assertThat(judge("o0").quarantine()).as("sealed: low water passed it").containsExactly(pack);
  }

  @Test
  void nothingCanBeCommittedIntoACondemnedPack() {
    var packer = house.session();
    var pack = "packs/" + packer + "-7";
    house.ask(CLOSE_SESSION, new CloseSession(packer));
    house.ask(NOTE_PACKS, new NotePacks("o1", List.of(new PackSeen(pack, 4096))));
    age();
    assertThat(judge("o1").quarantine()).containsExactly(pack);
    assertThat(house.refusal(COMMIT_OBJECT, commitment(packed(pack))).detail("what"))
        .isEqualTo("session");
    assertThat(house.sql("SELECT count(*) FROM location WHERE container = '" + pack + "'"))
        .isZero();
  }

  @RepeatedTest(20)
  void aPackThatIsHandedOutHasNoCommitUnderWayAndNoRow() {
    var packer = house.session();
    var pack = "packs/" + packer + "-7";
    house.ask(CLOSE_SESSION, new CloseSession(packer));
    house.ask(NOTE_PACKS, new NotePacks("o1", List.of(new PackSeen(pack, 4096))));
    age();
    long epoch = epoch();
    var commit = house.bus.ask(COMMIT_OBJECT, commitment(packed(pack)));
    var judged = house.bus.ask(JUDGE_NAMES, new JudgeNames(epoch, "o1", null, 10));
    House.await(Future.join(commit, judged).transform(_ -> Future.succeededFuture()));
    if (commit.succeeded()) {
      assertThat(judged.result().quarantine()).isEmpty();
      assertThat(judge("o1").quarantine()).isEmpty();
    } else {
      assertThat(judge("o1").quarantine()).containsExactly(pack);
    }
  }

  /// He looked before it was condemned, and commits after.
  @Test
  void aPackIsNotHandedOutWhileSomebodyIsAtWorkWhoDoesNotKnow() throws Exception {
    var packer = house.session();
    var pack = "packs/" + packer + "-7";
    house.ask(CLOSE_SESSION, new CloseSession(packer));
    house.ask(NOTE_PACKS, new NotePacks("o1", List.of(new PackSeen(pack, 4096))));
    age();
    try (var late = house.connect();
        var statement = late.createStatement()) {
      late.setAutoCommit(false);
      statement.execute("SELECT FROM write_session WHERE session_id = '" + session + "' FOR SHARE");
      assertThat(judge("o1").quarantine()).isEmpty();
      assertThat(house.refusal(COMMIT_OBJECT, commitment(packed(pack))).detail("what"))
          .as("from now on nobody comes in")
          .isEqualTo("session");
      statement.execute(
          "INSERT INTO location VALUES ('%s', 0, '%s', 'o1', '%s', '%s', 0, 9, 'landed')"
              .formatted(uuid(house.id(session)), uuid(house.id(session)), LIFE, pack));
      late.commit();
      assertThat(judge("o1").quarantine()).isEmpty();
      assertThat(judge("o1").restore()).as("it never left its place").containsExactly(pack);
      statement.execute("DELETE FROM location WHERE container = '" + pack + "'");
      late.commit();
      assertThat(judge("o1").quarantine()).containsExactly(pack);
    }
  }

  @RepeatedTest(20)
  void aCommitThatRacesWithTheEndOfItsSessionIsNeverTakenForAnOrphan() {
    var segment = house.segment(session, 0, 0, 100, new Layout(2, 1));
    var name = name(segment, 0);
    see("o0", name);
    age();
    var commit = house.bus.ask(COMMIT_OBJECT, commitment(segment));
    var end = house.bus.ask(CLOSE_SESSION, new CloseSession(session));
    var judged = house.bus.ask(JUDGE_NAMES, new JudgeNames(epoch(), "o0", null, 10));
    House.await(Future.join(commit, end, judged).transform(_ -> Future.succeededFuture()));
    var later = judge("o0").quarantine();
    assertThat(later.isEmpty()).as("committed: " + commit).isEqualTo(commit.succeeded());
    if (commit.succeeded()) {
      assertThat(judged.result().quarantine()).isEmpty();
    }
  }

  /// A database of an older state: the session was open when it was saved, and what was committed
  /// under it later is in no row. Without a journal nobody has compared it with the origins.
  @Test
  void whatASessionLeftOpenLongAgoMayHaveWrittenIsNobodysOnlyWhereAJournalIsKept() {
    var early = name(house.segment(session, 0, 0, 10, new Layout(2, 1)), 0);
    long lowWater = WriteId.parse(early.split("[/.]", -1)[2]).counter() + 1000;
    house.ask(RENEW_SESSION, new RenewSession(session, lowWater));
    var late = late(lowWater + 5);
    see("o0", early);
    see("o0", late);
    age();
    house.sql(
        "UPDATE write_session SET lease_until = now() - interval '1 day' WHERE session_id = '"
            + session
            + "'");
    assertThat(judge("o0").quarantine()).containsExactly(early);
    assertThat(judge("o0").quarantine()).containsExactly(early);
    try (var journalled =
        House.second(house, new JsonObject().put("journal", true).put("graceMillis", 3_600_000))) {
      var question = new JudgeNames(epoch(), "o0", null, 1000);
      assertThat(journalled.refusal(JUDGE_NAMES, question).code())
          .as("not compared yet")
          .isEqualTo(FailureCode.UNAVAILABLE);
      journalled.ask(SET_GUARD, new SetGuard("free", null, null));
      assertThat(journalled.refusal(JUDGE_NAMES, question).code())
          .as("what is dead is not in the journal")
          .isEqualTo(FailureCode.TIMEOUT);
      journalled.bus.answer(JournalContract.REACH, _ -> Future.succeededFuture(new Reached(1)));
      assertThat(journalled.ask(JUDGE_NAMES, question).quarantine())
          .containsExactlyInAnyOrder(early, late);
    }
  }

  private String late(long counter) {
    var id = WriteId.parse(session + "%016x".formatted(counter));
    return Names.shard(id, 0, id);
  }

  @Test
  void whatASessionWroteThatWasClosedSoonAfterItsLeaseIsNobodys() {
    var name = name(house.segment(session, 0, 0, 10, new Layout(2, 1)), 0);
    see("o0", name);
    age();
    house.sql(
        "UPDATE write_session SET lease_until = now() - interval '1 minute' WHERE session_id = '"
            + session
            + "'");
    assertThat(judge("o0").quarantine()).containsExactly(name);
  }

  /// Its number is higher than any that was given back when the name was moved.
  @Test
  void whoeverWasAtWorkWhenANameWasCondemnedIsWaitedForBeforeItIsRemoved() {
    var name = name(house.segment(session, 0, 0, 10, new Layout(2, 1)), 0);
    endSession();
    see("o0", name);
    age();
    var connection = House.await(PgConnection.connect(house.vertx, house.uri()));
    try {
      assertThat(judge("o0").quarantine()).containsExactly(name);
      House.await(connection.query("BEGIN").execute());
      House.await(connection.query("SELECT pg_current_xact_id()").execute());
      var moved = List.of(new NameMoved(name, 77));
      house.ask(SETTLE_NAMES, new SettleNames("o0", moved, List.of(), 0, 0));
      house.sql("UPDATE unreferenced SET condemned = condemned - interval '2 hours'");
      assertThat(judge("o0").remove()).isEmpty();
      House.await(connection.query("ROLLBACK").execute());
      assertThat(judge("o0").remove()).containsExactly(name);
    } finally {
      House.await(connection.close());
    }
  }

  @Test
  void verdictsAreKeptLatestFirstUntilTheBrakeIsReleased() {
    house.ask(NOTE_VERDICTS, new NoteVerdicts(List.of(new Verdict("o0", 10, 1))));
    house.ask(NOTE_VERDICTS, new NoteVerdicts(List.of(new Verdict("o0", 20, 2))));
    house.ask(SET_BRAKE, new SetBrake("o0", "too bad"));
    var told = house.ask(LIST_VERDICTS, new ListVerdicts("o0"));
    assertThat(told.verdicts()).containsExactly(new Verdict("o0", 20, 2), new Verdict("o0", 10, 1));
    assertThat(told.braked()).isEqualTo("too bad");
    house.ask(SET_BRAKE, new SetBrake("o0", null));
    var released = house.ask(LIST_VERDICTS, new ListVerdicts("o0"));
    assertThat(released.verdicts()).isEmpty();
    assertThat(released.braked()).isNull();
  }

  @Test
  void whoeverDoesNotHoldTheCollectionGetsNothingHandedOut() {
    long mine = epoch();
    assertThat(house.ask(HOLD_COLLECTION, new HoldCollection("you", false)).held()).isFalse();
    house.sql("UPDATE lease SET lease_until = now() - interval '1 second'");
    assertThat(house.refusal(RETIRE_SEGMENTS, new RetireSegments(mine, 1)).detail("what"))
        .isEqualTo("lease");
    var yours = house.ask(HOLD_COLLECTION, new HoldCollection("you", false));
    assertThat(yours.held()).isTrue();
    assertThat(yours.epoch()).isGreaterThan(mine);
    assertThat(house.refusal(JUDGE_NAMES, new JudgeNames(mine, "o0", null, 1)).detail("what"))
        .isEqualTo("lease");
    var question = new ListRemnants(mine, "o0", LIFE, 0, 1);
    assertThat(house.refusal(LIST_REMNANTS, question).detail("what")).isEqualTo("lease");
    assertThat(house.ask(HOLD_COLLECTION, new HoldCollection("me", false)).holder())
        .isEqualTo("you");
    house.ask(HOLD_COLLECTION, new HoldCollection("you", true));
    assertThat(house.ask(HOLD_COLLECTION, new HoldCollection("me", false)).held()).isTrue();
  }

  /// One row per version ever written would be a leak.
  @Test
  void noRowIsLeftOfWhatIsGone() {
    house.ask(CHANGE_BUCKET, new ChangeBucket(bucket, null, null, null, null, null, "Enabled"));
    var writeIds = new ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      writeIds.add(put("k").writeId());
      house.ask(
          DELETE_OBJECTS,
          new DeleteObjects(bucket, List.of(new DeleteKey("k", null, Condition.NONE))));
    }
    var upload =
        house.ask(CREATE_UPLOAD, new CreateUpload(bucket, "u", House.info(0, ""))).uploadId();
    house.ask(ABORT_UPLOAD, new AbortUpload(bucket, "u", upload));
    assertThat(versions()).as("three objects and three markers").isEqualTo(6);
    for (var id : ids("SELECT replace(version_id::text, '-', '') FROM version")) {
      house.ask(
          DELETE_OBJECTS,
          new DeleteObjects(bucket, List.of(new DeleteKey("k", id, Condition.NONE))));
    }
    endSession();
    retire();
    assertThat(versions()).as("within the grace").isEqualTo(6);
    age();
    house.sql("UPDATE version SET created = created - interval '2 hours'");
    house.sql("UPDATE upload SET created = created - interval '2 hours'");
    assertThat(retire()).isEqualTo(3);
    assertThat(versions()).as("markers hold no bytes").isEqualTo(3);
    for (var origin : List.of("o0", "o1", "o2")) {
      confirm(origin);
    }
    assertThat(versions()).isZero();
    for (var table : List.of("segment", "location", "remnant")) {
      assertThat(writeIds).as(table).allSatisfy(id -> assertThat(count(table, id)).isZero());
    }
    assertThat(house.sql("SELECT count(*) FROM upload WHERE state = 'aborted'")).isZero();
  }

  private long versions() {
    return house.sql(
        "SELECT count(*) FROM version JOIN bucket USING (bucket_id) WHERE name = '" + bucket + "'");
  }

  private List<String> ids(String sql) {
    var ids = new ArrayList<String>();
    try (var connection = house.connect();
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                sql + " JOIN bucket USING (bucket_id) WHERE name = '" + bucket + "'")) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
    return ids;
  }

  @Test
  void damageThatReadsMeetIsWeighedOnce() {
    var segment = put("k");
    var at = segment.locations().get(1);
    var damage =
        new Damage(segment.writeId(), 1, at.attemptId(), "o1", Evidence.CORRUPT, false, "flipped");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "read", null, null));
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "read", null, null));
    var missing = segment.locations().get(2);
    var gone =
        new Damage(
            segment.writeId(), 2, missing.attemptId(), "o2", Evidence.MISSING, false, "gone");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(gone), "read", null, null));
    assertThat(house.ask(LIST_VERDICTS, new ListVerdicts("o1")).verdicts())
        .containsExactly(new Verdict("o1", 1, 1));
    assertThat(house.ask(LIST_VERDICTS, new ListVerdicts("o2")).verdicts()).isEmpty();
  }

  @Test
  void aBrakeIsToldWithItsOriginAndEndsWithTheDiskThatItWasHeldFor() {
    house.ask(NOTE_VERDICTS, new NoteVerdicts(List.of(new Verdict("o0", 10, 9))));
    house.ask(SET_BRAKE, new SetBrake("o0", "rot"));
    house.ask(NOTE_VERDICTS, new NoteVerdicts(List.of(new Verdict("o0", 7, 0))));
    assertThat(house.ask(LIST_VERDICTS, new ListVerdicts("o0")).sinceBraked()).isEqualTo(1);
    assertThat(braked()).isEqualTo("rot");
    house.ask(
        CatalogOriginContract.SAVE_ORIGIN_ROW,
        new SaveOriginRow("o0", "local", "/o0", "new", "00000000000000bb", LIFE));
    assertThat(braked()).isNull();
    assertThat(house.ask(LIST_VERDICTS, new ListVerdicts("o0")).verdicts()).isEmpty();
  }

  private static @Nullable String braked() {
    return house.ask(CatalogOriginContract.LIST_ORIGIN_ROWS, new ListOriginRows()).rows().stream()
        .filter(row -> row.originId().equals("o0"))
        .findFirst()
        .orElseThrow()
        .braked();
  }
}
