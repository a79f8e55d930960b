package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.CLOSE_SESSION;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.GET_STANDING;
import static io.kintsugi.contract.CatalogContract.RENEW_SESSION;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogOriginContract.GET_CLUSTER;
import static io.kintsugi.contract.CatalogOriginContract.LIST_ORIGIN_ROWS;
import static io.kintsugi.contract.CatalogOriginContract.SAVE_ORIGIN_ROW;
import static io.kintsugi.contract.CatalogPolicyContract.LIST_POLICY_ROWS;
import static io.kintsugi.contract.CatalogPolicyContract.SAVE_POLICY_ROW;
import static io.kintsugi.contract.CatalogScanContract.CREATE_SCAN;
import static io.kintsugi.contract.CatalogScanContract.FIND_SCAN;
import static io.kintsugi.contract.CatalogScanContract.LIST_EXTENTS;
import static io.kintsugi.contract.CatalogScanContract.LIST_ISSUES;
import static io.kintsugi.contract.CatalogScanContract.LIST_SCANS;
import static io.kintsugi.contract.CatalogScanContract.LIST_SHARDS;
import static io.kintsugi.contract.CatalogScanContract.NOTE_UNREFERENCED;
import static io.kintsugi.contract.CatalogScanContract.NOTE_VERIFIED;
import static io.kintsugi.contract.CatalogScanContract.SAVE_SCAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.BucketStanding;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.GetStanding;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogOriginContract.GetCluster;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.contract.CatalogPolicyContract.ListPolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.SavePolicyRow;
import io.kintsugi.contract.CatalogScanContract.CreateScan;
import io.kintsugi.contract.CatalogScanContract.FindScan;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.CatalogScanContract.ListIssues;
import io.kintsugi.contract.CatalogScanContract.ListScans;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.CatalogScanContract.NoteUnreferenced;
import io.kintsugi.contract.CatalogScanContract.NoteVerified;
import io.kintsugi.contract.CatalogScanContract.SaveScan;
import io.kintsugi.contract.CatalogScanContract.ScanRow;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.IssueType;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.Segment;
import io.kintsugi.contract.Severity;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Scans, coverage, orphans, origins, policies and how safe a bucket is (A3, A7, A8, G5).
class CatalogScanIT {
  private House house = new House(new JsonObject().put("graceMillis", 3_600_000));
  private String session = "";

  @BeforeEach
  void open() {
    session = house.session();
  }

  @AfterEach
  void close() {
    house.close();
  }

  private void origin(int number, String state, String incarnation, @Nullable String replaces) {
    var id = "o" + number;
    house.ask(
        SAVE_ORIGIN_ROW, new SaveOriginRow(id, "local", "/" + id, state, incarnation, replaces));
  }

  private void readyOrigins(int count) {
    for (int i = 0; i < count; i++) {
      origin(i, "new", House.ORIGIN_INCARNATION, null);
      origin(i, "ready", House.ORIGIN_INCARNATION, House.ORIGIN_INCARNATION);
    }
  }

  private Segment segmentOf(String bucket, String key) {
    return house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).segments().getFirst();
  }

  @Test
  void aScanKeepsItsCursorAndItsIssuesOnce() {
    var first = house.ask(CREATE_SCAN, new CreateScan("{\"a\":1}", Priority.HIGH));
    var second = house.ask(CREATE_SCAN, new CreateScan("{}", Priority.LOW));
    assertThat(first.scanId()).matches("scan-[0-9]+");
    var issue = issue(IssueType.MISSING_SHARDS, Severity.HIGH, "k", "v1", "w1");
    var orphanA = issue(IssueType.ORPHAN_SHARDS, Severity.LOW, "a", null, null);
    var orphanB = issue(IssueType.ORPHAN_SHARDS, Severity.LOW, "b", null, null);
    var save =
        new SaveScan(first.scanId(), 1, "Scanning", "{\"at\":5}", List.of(issue, orphanA, orphanB));
    var saved = house.ask(SAVE_SCAN, save);
    assertThat(saved.version()).isEqualTo(2);
    assertThat(house.ask(SAVE_SCAN, save)).isEqualTo(saved);
    var other = new SaveScan(first.scanId(), 1, "Scanning", "{}", List.of());
    assertThat(house.refusal(SAVE_SCAN, other).code()).isEqualTo(FailureCode.CONFLICT);
    var ended =
        house.ask(SAVE_SCAN, new SaveScan(first.scanId(), 2, "Completed", "{}", List.of(issue)));
    assertThat(ended.ended()).isNotNull();
    assertThat(house.ask(FIND_SCAN, new FindScan(first.scanId()))).isEqualTo(ended);

    assertThat(house.ask(LIST_SCANS, new ListScans(true, null, 9)).scans()).containsExactly(second);
    var page = house.ask(LIST_SCANS, new ListScans(false, null, 1));
    assertThat(page.scans()).extracting(ScanRow::scanId).containsExactly(second.scanId());
    assertThat(house.ask(LIST_SCANS, new ListScans(false, page.nextAfter(), 1)).scans())
        .containsExactly(ended);

    var issues = house.ask(LIST_ISSUES, new ListIssues(first.scanId(), 0, 2));
    assertThat(issues.issues()).containsExactly(issue, orphanA);
    assertThat(issues.bySeverity()).containsExactly(2L, 0L, 1L, 0L);
    var after = issues.nextAfter();
    assertThat(after).isNotNull();
    assertThat(
            house
                .ask(LIST_ISSUES, new ListIssues(first.scanId(), after == null ? 0 : after, 2))
                .issues())
        .containsExactly(orphanB);
    assertThat(house.refusal(FIND_SCAN, new FindScan("scan-x")).code())
        .isEqualTo(FailureCode.NOT_FOUND);
  }

  private static Issue issue(
      IssueType type,
      Severity severity,
      String key,
      @Nullable String version,
      @Nullable String write) {
    var now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    return new Issue(type, severity, "b", key, version, write, "words", now);
  }

  @Test
  void theScannerIsShownEveryLiveSegmentByLeafAndNoDeadOne() {
    house.bucket("tour");
    assertThat(house.ask(GET_CLUSTER, new GetCluster()).empty()).isTrue();
    var alive = new ArrayList<String>();
    for (int i = 0; i < 30; i++) {
      alive.add(house.put(session, "tour", "k" + i).versionId());
    }
    alive.removeFirst();
    alive.add(house.put(session, "tour", "k0").versionId());
    var extents = house.ask(LIST_EXTENTS, new ListExtents());
    assertThat(extents.objects()).isEqualTo(30);
    assertThat(extents.bytes()).isEqualTo(30 * 3 * 5100L);
    assertThat(extents.leaves()).isSorted().isNotEmpty();
    var seen = new ArrayList<SegmentRow>();
    for (var leaf : extents.leaves()) {
      String after = null;
      do {
        var page = house.ask(LIST_SHARDS, new ListShards(leaf, after, 7));
        page.segments()
            .forEach(row ->
                assertThat(Names.leaf(WriteId.parse(row.segment().writeId()))).isEqualTo(leaf));
        seen.addAll(page.segments());
        after = page.nextAfter();
      } while (after != null);
    }
    assertThat(seen).extracting(SegmentRow::versionId).containsExactlyInAnyOrderElementsOf(alive);
    assertThat(seen)
        .allSatisfy(row -> {
          assertThat(row.bucketClass()).isEqualTo("standard");
          assertThat(row.segmentsInVersion()).isEqualTo(1);
          assertThat(row.segment().locations()).hasSize(3);
        });
    assertThat(house.ask(GET_CLUSTER, new GetCluster()).empty()).isFalse();
  }

  @Test
  void aNameIsAnOrphanOnlyOnceNothingCanPointToItAndTheGraceHasPassed() {
    house.bucket("orphans");
    house.put(session, "orphans", "k");
    var dead = segmentOf("orphans", "k");
    house.put(session, "orphans", "k");
    var leaf = Names.leaf(WriteId.parse(dead.writeId()));
    var referenced = name(dead.writeId(), 0, dead.locations().getFirst().attemptId());
    var stray = name(dead.writeId(), 0, house.id(session));
    var unknown = name(dead.writeId(), 0, "ffffffffffffffff0000000000000001");
    var question =
        new NoteUnreferenced("o0", leaf, List.of(referenced, stray, unknown, "lost+found"));
    assertThat(house.ask(NOTE_UNREFERENCED, question).names()).isEmpty();
    house.sql("UPDATE unreferenced SET first_seen = now() - interval '2 hours'");
    assertThat(house.ask(NOTE_UNREFERENCED, question).names()).as("session open").isEmpty();
    house.ask(RENEW_SESSION, new RenewSession(session, 1_000_000));
    assertThat(house.ask(NOTE_UNREFERENCED, question).names()).containsExactly(stray);

    var other = house.session();
    var young = name(dead.writeId(), 1, house.id(other));
    house.ask(CLOSE_SESSION, new CloseSession(other));
    var second = new NoteUnreferenced("o0", leaf, List.of(young));
    assertThat(house.ask(NOTE_UNREFERENCED, second).names()).as("young").isEmpty();
    var elsewhere = new NoteUnreferenced("o1", leaf, List.of(referenced));
    house.ask(NOTE_UNREFERENCED, elsewhere);
    house.sql("UPDATE unreferenced SET first_seen = now() - interval '2 hours'");
    assertThat(house.ask(NOTE_UNREFERENCED, second).names()).containsExactly(young);
    assertThat(house.ask(NOTE_UNREFERENCED, elsewhere).names())
        .as("its row names another origin")
        .containsExactly(referenced);
  }

  private static String name(String writeId, int index, String attemptId) {
    return Names.shard(WriteId.parse(writeId), index, WriteId.parse(attemptId));
  }

  @Test
  void anExpiredSessionCommitsNothingAndItsStrayNamesAreOrphans() {
    house.bucket("expired");
    var commitment = house.commitment(session, "expired", "k", Condition.NONE);
    house.sql("UPDATE write_session SET lease_until = now() - interval '1 s'");
    assertThat(house.refusal(COMMIT_OBJECT, commitment).detail("what")).isEqualTo("session");
    assertThat(house.refusal(RENEW_SESSION, new RenewSession(session, 0)).code())
        .isEqualTo(FailureCode.CONFLICT);
    var segment = commitment.segments().getFirst();
    var stray = name(segment.writeId(), 0, segment.locations().getFirst().attemptId());
    var leaf = Names.leaf(WriteId.parse(segment.writeId()));
    var question = new NoteUnreferenced("o0", leaf, List.of(stray));
    house.ask(NOTE_UNREFERENCED, question);
    house.sql("UPDATE unreferenced SET first_seen = now() - interval '2 hours'");
    assertThat(house.ask(NOTE_UNREFERENCED, question).names()).containsExactly(stray);
  }

  @Test
  void theStandingCountsOnlyWhatCanBeCountedOn() {
    readyOrigins(3);
    house.bucket("safe");
    house.bucket("none");
    for (int i = 0; i < 4; i++) {
      house.put(session, "safe", "k" + i);
    }
    assertThat(standing("safe").objectsBySpare()).isEqualTo(Map.of("1", 4L));
    assertThat(standing("none").survivesLosses()).isEqualTo(1);
    house.away.add("o1");
    assertThat(standing("safe").objectsBySpare()).isEqualTo(Map.of("0", 4L));
    assertThat(standing("safe").unreachableOrigins()).containsExactly("o1");
    assertThat(standing("none").unreachableOrigins()).isEmpty();
    house.away.clear();
    assertThat(standing("safe").unreachableOrigins()).isEmpty();

    var missing = House.missing(house.segment(session, 0, 0, 100, new Layout(2, 1)), 0);
    house.ask(
        COMMIT_OBJECT, House.commitment(session, "safe", "k4", Condition.NONE, List.of(missing)));
    report(segmentOf("safe", "k0"), 1);
    report(segmentOf("safe", "k1"), 1);
    report(segmentOf("safe", "k1"), 2);
    var damaged = standing("safe");
    assertThat(damaged.objects()).isEqualTo(5);
    assertThat(damaged.bytes()).isEqualTo(500);
    assertThat(damaged.survivesLosses()).isEqualTo(-1);
    assertThat(damaged.objectsBySpare()).isEqualTo(Map.of("1", 2L, "0", 2L, "-1", 1L));

    origin(0, "new", "00000000000000bb", House.ORIGIN_INCARNATION);
    assertThat(standing("safe").objectsBySpare()).isEqualTo(Map.of("0", 3L, "-1", 2L));
    origin(0, "ready", "00000000000000bb", "00000000000000bb");
    assertThat(standing("safe").objectsBySpare())
        .as("what lay on the origin that was replaced does not come back with the new one")
        .isEqualTo(Map.of("0", 3L, "-1", 2L));
  }

  private void report(Segment segment, int index) {
    var location = segment.locations().get(index);
    var damage =
        new Damage(
            segment.writeId(),
            index,
            location.attemptId(),
            location.originId(),
            Evidence.CORRUPT,
            false,
            "bad");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", null, null));
  }

  private BucketStanding standing(String bucket) {
    return house.ask(GET_STANDING, new GetStanding()).buckets().stream()
        .filter(b -> b.bucket().equals(bucket))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void verifiedIsWhatEveryShardWasReadWholeForSinceItWasWritten() {
    readyOrigins(3);
    house.bucket("age");
    house.put(session, "age", "k");
    var leaf = Names.leaf(WriteId.parse(segmentOf("age", "k").writeId()));
    var at = Instant.now().plusSeconds(60).truncatedTo(ChronoUnit.MILLIS);
    house.ask(NOTE_VERIFIED, new NoteVerified(leaf, "o0", "deep", at));
    house.ask(NOTE_VERIFIED, new NoteVerified(leaf, "o1", "deep", at.plusSeconds(5)));
    house.ask(NOTE_VERIFIED, new NoteVerified(leaf, "o2", "normal", at));
    assertThat(standing("age").oldestVerified()).isNull();
    house.ask(NOTE_VERIFIED, new NoteVerified(leaf, "o2", "deep", at.plusSeconds(5)));
    assertThat(standing("age").oldestVerified()).isEqualTo(at);
    house.ask(NOTE_VERIFIED, new NoteVerified(leaf, "o0", "deep", at.minusSeconds(3600)));
    assertThat(standing("age").oldestVerified()).as("coverage never goes back").isEqualTo(at);
    house.sql("UPDATE coverage SET at = now() - interval '1 day'");
    assertThat(standing("age").oldestVerified()).as("before it was written").isNull();
  }

  @Test
  void anOriginRowMovesOnOnlyFromWhatItsWriterSaw() {
    origin(0, "new", "00000000000000aa", null);
    origin(0, "new", "00000000000000aa", null);
    origin(0, "ready", "00000000000000aa", "00000000000000aa");
    var back = new SaveOriginRow("o0", "local", "/o0", "new", "00000000000000aa", null);
    assertThat(house.refusal(SAVE_ORIGIN_ROW, back).detail("what")).isEqualTo("origin");
    origin(0, "new", "00000000000000bb", "00000000000000aa");
    var late =
        new SaveOriginRow("o0", "local", "/o0", "new", "00000000000000cc", "00000000000000aa");
    assertThat(house.refusal(SAVE_ORIGIN_ROW, late).code()).isEqualTo(FailureCode.CONFLICT);
    origin(0, "removed", "00000000000000bb", "00000000000000bb");
    var revived =
        new SaveOriginRow("o0", "local", "/o0", "ready", "00000000000000bb", "00000000000000bb");
    assertThat(house.refusal(SAVE_ORIGIN_ROW, revived).code()).isEqualTo(FailureCode.CONFLICT);
    assertThat(house.ask(LIST_ORIGIN_ROWS, new ListOriginRows()).rows()).hasSize(1);
  }

  @Test
  void aPolicyIsReplacedOnlyFromTheVersionThatWasSeen() {
    var first = house.ask(SAVE_POLICY_ROW, new SavePolicyRow("scan", "{\"a\":1}", 0));
    assertThat(first.version()).isEqualTo(1);
    assertThat(house.refusal(SAVE_POLICY_ROW, new SavePolicyRow("scan", "{}", 0)).code())
        .isEqualTo(FailureCode.CONFLICT);
    var second = house.ask(SAVE_POLICY_ROW, new SavePolicyRow("scan", "{\"a\":2}", 1));
    assertThat(house.ask(SAVE_POLICY_ROW, new SavePolicyRow("scan", "{\"a\":2}", 1)))
        .isEqualTo(second);
    assertThat(house.refusal(SAVE_POLICY_ROW, new SavePolicyRow("scan", "{\"a\":3}", 1)).code())
        .isEqualTo(FailureCode.CONFLICT);
    assertThat(house.ask(LIST_POLICY_ROWS, new ListPolicyRows()).rows()).containsExactly(second);
  }
}
