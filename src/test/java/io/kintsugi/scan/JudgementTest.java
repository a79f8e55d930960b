package io.kintsugi.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.IssueType;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.Segment;
import io.kintsugi.contract.Severity;
import io.kintsugi.scan.Judgement.Judged;
import io.kintsugi.scan.Judgement.OriginLook;
import io.kintsugi.scan.Judgement.Shard;
import io.kintsugi.twin.StoredSegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a look says of a shard, and what is told of a segment (A3, T1 to T4).
class JudgementTest {
  private static final StoredSegment STORED =
      ScanFixture.segment("photos", new Layout(4, 2), 500_000, 1);
  private static final Segment SEGMENT = STORED.segment();
  private static final String INCARNATION = SEGMENT.locations().getFirst().incarnation();

  private static OriginState origin(String marker, String incarnation) {
    return new OriginState(
        "disk-a",
        "local",
        "/a",
        "a",
        1,
        "healthy",
        marker,
        incarnation,
        true,
        1,
        1,
        1,
        1,
        1,
        0,
        Instant.EPOCH,
        null,
        null,
        List.of());
  }

  private static OriginLook look(boolean trusted, Evidence evidence, long size, String footer) {
    var finding = new ShardFinding(STORED.name(0), size, evidence, "why", false, false, footer, 0);
    return new OriginLook(trusted, Map.of(finding.name(), finding));
  }

  private static Evidence judge(OriginState origin, OriginLook look, Depth depth) {
    return Judgement.judge(SEGMENT, SEGMENT.locations().getFirst(), origin, look, depth).evidence();
  }

  /// Every combination of what an origin is, whether its look can be trusted, and what was found.
  @ParameterizedTest
  @CsvSource({
    "ours,    true,  none,        MISSING",
    "ours,    false, none,        UNREACHABLE",
    "ours,    true,  HEALTHY,     HEALTHY",
    "ours,    false, HEALTHY,     HEALTHY",
    "ours,    true,  CORRUPT,     CORRUPT",
    "ours,    false, CORRUPT,     UNREACHABLE",
    "ours,    true,  STALE,       STALE",
    "ours,    false, STALE,       UNREACHABLE",
    "ours,    true,  MISSING,     MISSING",
    "ours,    false, MISSING,     UNREACHABLE",
    "ours,    true,  UNREACHABLE, UNREACHABLE",
    "ours,    true,  UNKNOWN,     UNKNOWN",
    "blank,   true,  none,        UNREACHABLE",
    "foreign, true,  CORRUPT,     UNREACHABLE",
    "foreign, true,  HEALTHY,     UNREACHABLE",
    "unreadable, true, none,      UNREACHABLE",
    "key-mismatch, true, none,    UNREACHABLE"
  })
  void evidenceIsOnlyWhatWasProven(
      String marker, boolean trusted, String found, Evidence expected) {
    var look =
        found.equals("none")
            ? new OriginLook(trusted, Map.of())
            : look(trusted, Evidence.valueOf(found), SEGMENT.shardBytes(), SEGMENT.footerSha256());
    for (var depth : List.of(Depth.QUICK, Depth.NORMAL, Depth.DEEP)) {
      assertThat(judge(origin(marker, INCARNATION), look, depth)).isEqualTo(expected);
    }
  }

  @Test
  void anOriginThatNobodyKnowsIsAway() {
    var shard =
        Judgement.judge(
            SEGMENT,
            SEGMENT.locations().getFirst(),
            null,
            new OriginLook(true, Map.of()),
            Depth.DEEP);
    assertThat(shard.evidence()).isEqualTo(Evidence.UNREACHABLE);
  }

  @Test
  void aRowOfAnotherIncarnationIsMissing() {
    var look = look(true, Evidence.HEALTHY, SEGMENT.shardBytes(), SEGMENT.footerSha256());
    assertThat(judge(origin("ours", "2".repeat(16)), look, Depth.DEEP)).isEqualTo(Evidence.MISSING);
  }

  @Test
  void whatNeverLandedIsMissingEvenWhileItsOriginIsAway() {
    var location = new Location(0, "a".repeat(32), "disk-a", INCARNATION, false);
    var shard = Judgement.judge(SEGMENT, location, null, OriginLook.NONE, Depth.QUICK);
    assertThat(shard.evidence()).isEqualTo(Evidence.MISSING);
  }

  @Test
  void aWrongSizeIsCorruptAtEveryDepth() {
    var look = look(true, Evidence.HEALTHY, SEGMENT.shardBytes() - 1, SEGMENT.footerSha256());
    for (var depth : List.of(Depth.QUICK, Depth.NORMAL, Depth.DEEP)) {
      assertThat(judge(origin("ours", INCARNATION), look, depth)).isEqualTo(Evidence.CORRUPT);
    }
  }

  @Test
  void aSoundFooterThatWasNotCommittedIsCorruptFromNormalOn() {
    var look = look(true, Evidence.HEALTHY, SEGMENT.shardBytes(), "0".repeat(64));
    var ours = origin("ours", INCARNATION);
    assertThat(judge(ours, look, Depth.QUICK)).isEqualTo(Evidence.HEALTHY);
    assertThat(judge(ours, look, Depth.NORMAL)).isEqualTo(Evidence.CORRUPT);
    assertThat(judge(ours, look, Depth.DEEP)).isEqualTo(Evidence.CORRUPT);
  }

  @Test
  void aFooterThatWasNotReadProvesNothing() {
    var finding =
        new ShardFinding(
            STORED.name(0), SEGMENT.shardBytes(), Evidence.HEALTHY, null, false, false, null, 0);
    var look = new OriginLook(true, Map.of(finding.name(), finding));
    assertThat(judge(origin("ours", INCARNATION), look, Depth.NORMAL)).isEqualTo(Evidence.UNKNOWN);
  }

  @Test
  void onlyAnOriginWhereEveryShardWasJudgedIsCovered() {
    var sound = judged(List.of(), Evidence.HEALTHY);
    var away = judged(List.of(1), Evidence.UNREACHABLE);
    var lost = judged(List.of(2), Evidence.MISSING);
    var trusted = new OriginLook(true, Map.of());
    var looks = Map.of("disk-a", trusted, "disk-b", trusted, "disk-c", OriginLook.NONE);
    assertThat(Judgement.covered(List.of(sound, lost), looks)).containsExactly("disk-a", "disk-b");
    assertThat(Judgement.covered(List.of(sound, away), looks)).containsExactly("disk-a");
  }

  @Test
  void namesWithoutARowAreToldApart() {
    var stray = STORED.name(0).replace(".00.", ".01.");
    var known = look(true, Evidence.HEALTHY, 1, "").findings().get(STORED.name(0));
    var look = new OriginLook(true, Map.of(STORED.name(0), known, stray, known));
    assertThat(Judgement.unreferenced("disk-a", List.of(STORED.row()), look))
        .containsExactly(stray);
    assertThat(Judgement.unreferenced("disk-z", List.of(STORED.row()), look))
        .containsExactlyInAnyOrder(STORED.name(0), stray);
  }

  private static Judged judged(List<Integer> hit, Evidence evidence) {
    return judged(STORED, hit, evidence, false);
  }

  private static Judged judged(
      StoredSegment stored, List<Integer> hit, Evidence evidence, boolean manifestOnly) {
    var shards = new ArrayList<Shard>();
    for (var location : stored.segment().locations()) {
      boolean damaged = hit.contains(location.index());
      shards.add(
          new Shard(
              location, damaged ? evidence : Evidence.HEALTHY, damaged && manifestOnly, false, ""));
    }
    return new Judged(stored.row(), shards);
  }

  private static Issue only(Judged judged) {
    var issues = Issues.of(judged, Instant.EPOCH);
    assertThat(issues).hasSize(1);
    return issues.getFirst();
  }

  @Test
  void issuesSpeakAsTheReferenceDoes() {
    assertThat(only(judged(List.of(0), Evidence.MISSING)).description())
        .isEqualTo("Missing 1 data shard");
    assertThat(only(judged(List.of(0, 1), Evidence.MISSING)).description())
        .isEqualTo("Missing 2 data shards");
    assertThat(only(judged(List.of(5), Evidence.MISSING)).description())
        .isEqualTo("Missing 1 parity shard");
    assertThat(only(judged(List.of(0, 5), Evidence.CORRUPT)).description())
        .isEqualTo("2 corrupt shards (1 data, 1 parity)");
    assertThat(only(judged(List.of(5), Evidence.STALE)).description())
        .isEqualTo("1 stale parity shard");
    var manifest = only(judged(STORED, List.of(1), Evidence.CORRUPT, true));
    assertThat(manifest.type()).isEqualTo(IssueType.CORRUPT_MANIFEST);
    assertThat(manifest.description()).isEqualTo("Corrupt manifest on 1 data shard");
  }

  @Test
  void severityIsWhatIsLeftToSpare() {
    assertThat(only(judged(List.of(0), Evidence.MISSING)).severity()).isEqualTo(Severity.HIGH);
    assertThat(only(judged(List.of(0, 1), Evidence.MISSING)).severity())
        .isEqualTo(Severity.CRITICAL);
    var copies = ScanFixture.segment("photos", new Layout(1, 3), 1000, 2);
    assertThat(only(judged(copies, List.of(0), Evidence.MISSING, false)).severity())
        .isEqualTo(Severity.MEDIUM);
  }

  @Test
  void beyondParityIsUnrecoverableButWhatIsOnlyAwayIsNot() {
    var lost = only(judged(List.of(0, 1, 5), Evidence.MISSING));
    assertThat(lost.type()).isEqualTo(IssueType.UNRECOVERABLE);
    assertThat(lost.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(lost.description())
        .isEqualTo("Only 3 of the 4 shards it takes are left: missing 3 shards (2 data, 1 parity)");
    var away = new ArrayList<>(judged(List.of(0), Evidence.MISSING).shards());
    for (int index : List.of(1, 2)) {
      var shard = away.get(index);
      away.set(index, new Shard(shard.location(), Evidence.UNREACHABLE, false, false, ""));
    }
    var issue = only(new Judged(STORED.row(), away));
    assertThat(issue.type()).isEqualTo(IssueType.MISSING_SHARDS);
    assertThat(issue.severity()).isEqualTo(Severity.CRITICAL);
  }

  @Test
  void whatIsOnlyAwayIsNoIssue() {
    assertThat(Issues.of(judged(List.of(0, 1, 2), Evidence.UNREACHABLE), Instant.EPOCH)).isEmpty();
    assertThat(Issues.of(judged(List.of(0), Evidence.UNKNOWN), Instant.EPOCH)).isEmpty();
  }

  @Test
  void orphansOfOneWriteAreOneLowIssue() {
    var issues =
        Issues.ofOrphans(
            Map.of("disk-a", List.of(STORED.name(0)), "disk-b", List.of(STORED.name(1))),
            Instant.EPOCH);
    assertThat(issues).hasSize(1);
    assertThat(issues.getFirst().severity()).isEqualTo(Severity.LOW);
    assertThat(issues.getFirst().description()).isEqualTo("2 orphan shards on disk-a, disk-b");
  }

  @Test
  void bandwidthIsSharedSoThatTheSumNeverExceedsTheLimit() {
    assertThat(Pace.share(0, 5, 3, 3)).isEqualTo(Pace.UNLIMITED);
    long taken = 0;
    for (int free = 4; free > 0; free--) {
      long share = Pace.share(100_000_000, taken, free, 1000);
      assertThat(share).isEqualTo(25_000_000);
      taken += share;
    }
    assertThat(Pace.share(100_000_000, 0, 4, 1)).isEqualTo(100_000_000);
    assertThat(Pace.share(100_000_000, 100_000_000, 3, 7)).isEqualTo(Pace.NONE);
    assertThat(Pace.share(10_000_000, 25_000_000, 3, 7)).isEqualTo(Pace.NONE);
    assertThat(Pace.perOrigin(25_000_000, 8)).isEqualTo(3_125_000);
    assertThat(Pace.perOrigin(Pace.UNLIMITED, 8)).isZero();
  }
}
