package io.kintsugi.scan;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogPackContract.NotePacksVerified;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.IssueFound;
import io.kintsugi.contract.ScanContract.ScanEnded;
import io.kintsugi.contract.ScanContract.ScanId;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.contract.ScanContract.StartScan;
import io.kintsugi.kernel.Call;
import io.kintsugi.twin.Disk;
import io.kintsugi.twin.Neighbours;
import io.kintsugi.twin.OriginsTwin;
import io.kintsugi.twin.StoredSegment;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Scans over small shards that share packs, with catalog and origins played over the bus (A3, A7,
/// F13).
class ScanPacksTest {
  private static final Layout COPIES = new Layout(1, 2);
  private static final String FIRST = "packs/" + "a".repeat(16) + "-1";
  private static final String SECOND = "packs/" + "b".repeat(16) + "-1";

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours near = new Neighbours(3);
  private final LinkedBlockingQueue<ScanEnded> ended = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<IssueFound> found = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<OriginsTwin.PackLook> looks = new LinkedBlockingQueue<>();
  private int counter = 1;

  @BeforeEach
  void deployNeighbours() throws Exception {
    await(vertx.deployVerticle(near));
    near.world().bus().listen(ScanContract.SCAN_ENDED, ended::add);
    near.world().bus().listen(ScanContract.ISSUE_FOUND, found::add);
    near.origins.beforePackLook = looks::add;
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
  }

  private static <T> T next(LinkedBlockingQueue<T> queue) throws InterruptedException {
    return Objects.requireNonNull(queue.poll(20, SECONDS), "nothing came");
  }

  private <Q extends Record, A extends Record> A ask(Call<Q, A> call, Q question) throws Exception {
    return await(near.world().bus().ask(call, question));
  }

  private String deploy() throws Exception {
    return await(vertx.deployVerticle(new ScanVerticle()));
  }

  private ScanStatus scan(String mode) throws Exception {
    return scan(mode, List.of(), null);
  }

  private ScanStatus scan(String mode, List<String> buckets, @Nullable Long maxObjects)
      throws Exception {
    var wish = new StartScan("Full", mode, buckets, false, maxObjects, Priority.NORMAL);
    var id = ask(ScanContract.START_SCAN, wish).scanId();
    assertThat(next(ended).scanId()).isEqualTo(id);
    return ask(ScanContract.GET_SCAN, new ScanId(id));
  }

  private StoredSegment made(String bucket) {
    return ScanFixture.segment(bucket, COPIES, 4_000, counter++);
  }

  /// Segments one behind the other in one pack of each disk.
  private List<StoredSegment> keep(String bucket, String pack, int count) {
    var kept = new ArrayList<StoredSegment>();
    for (int i = 0; i < count; i++) {
      kept.add(near.keep(made(bucket).packed(pack, 8192L * counter)));
    }
    return kept;
  }

  private Disk disk(String id) {
    return near.origins.disk(id);
  }

  private List<String> damages() {
    return near.catalog.reports.stream()
        .flatMap(report -> report.damages().stream())
        .map(ScanPacksTest::told)
        .distinct()
        .sorted()
        .toList();
  }

  private static String told(Damage damage) {
    return damage.writeId() + " " + damage.originId() + " " + damage.evidence();
  }

  private List<String> issues() {
    return near.catalog.issues.stream()
        .map(issue -> issue.writeId() + " " + issue.severity() + " " + issue.description())
        .distinct()
        .sorted()
        .toList();
  }

  @Test
  void aQuickScanAsksEachOriginOnceForItsPacksAndReadsNothing() throws Exception {
    keep("photos", FIRST, 7);
    keep("photos", SECOND, 4);
    deploy();
    var status = scan("Quick");
    assertThat(status.complete()).isTrue();
    assertThat(status.progress().objectsScanned()).isEqualTo(11);
    assertThat(status.progress().bytesScanned()).isEqualTo(11 * 4_000);
    assertThat(status.progress().physicalBytes()).isZero();
    assertThat(status.progress().issuesDetected()).isZero();
    assertThat(near.origins.packLists).containsExactlyInAnyOrder("disk-a", "disk-b", "disk-c");
    assertThat(near.origins.packLooks).isEmpty();
    assertThat(near.origins.looks).isEmpty();
    assertThat(near.catalog.packs.coverage)
        .hasSize(3)
        .allMatch(note -> note.packs().equals(List.of(FIRST, SECOND)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Quick", "Normal", "Deep"})
  @DisplayName("A3: a pack that is gone is a copy of each of its objects that is missing")
  void aLostPackIsFoundInEveryMode(String mode) throws Exception {
    var lost = keep("photos", FIRST, 5);
    keep("photos", SECOND, 4);
    disk("disk-b").lostPacks.add(FIRST);
    deploy();
    var status = scan(mode);
    assertThat(status.status()).isEqualTo("Completed");
    assertThat(status.complete()).isTrue();
    assertThat(status.progress().objectsScanned()).isEqualTo(9);
    assertThat(status.progress().issuesDetected()).isEqualTo(5);
    assertThat(damages())
        .containsExactlyElementsOf(
            lost.stream().map(s -> s.writeId() + " disk-b MISSING").sorted().toList());
    assertThat(issues())
        .hasSize(5)
        .allMatch(text -> text.endsWith(" HIGH Missing 1 copy (" + FIRST + " on disk-b)"));
    assertThat(found).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Quick", "Normal", "Deep"})
  void aPackThatWasCutOffLosesOnlyItsEnd(String mode) throws Exception {
    var kept = keep("photos", FIRST, 5);
    var third = Objects.requireNonNull(kept.get(2).segment().locations().getFirst().packed());
    disk("disk-c").packEnds.put(FIRST, third.offset() + third.sizeBytes());
    deploy();
    var status = scan(mode);
    assertThat(status.progress().issuesDetected()).isEqualTo(2);
    assertThat(damages())
        .containsExactlyElementsOf(
            kept.subList(3, 5).stream()
                .map(s -> s.writeId() + " disk-c CORRUPT")
                .sorted()
                .toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Quick", "Normal", "Deep"})
  void eachModeSeesAsDeepAsItSays(String mode) throws Exception {
    var kept = keep("photos", FIRST, 5);
    var footer = kept.get(1);
    var block = kept.get(3);
    disk("disk-a").flip(footer.name(0), footer.segment().shardBytes() - 3);
    disk("disk-b").flip(block.name(1), 5_000);
    deploy();
    var status = scan(mode);
    var expected = new ArrayList<String>();
    if (!mode.equals("Quick")) {
      expected.add(footer.writeId() + " disk-a CORRUPT");
    }
    if (mode.equals("Deep")) {
      expected.add(block.writeId() + " disk-b CORRUPT");
    }
    assertThat(damages()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(status.progress().physicalBytes() == 0).isEqualTo(mode.equals("Quick"));
    assertThat(status.progress().issuesDetected()).isEqualTo(expected.size());
    assertThat(near.catalog.packs.coverage)
        .extracting(NotePacksVerified::originId)
        .containsExactlyInAnyOrder("disk-a", "disk-b", "disk-c");
  }

  @Test
  void aSegmentThatIsDamagedInManyPacksIsOneIssueThatKnowsOfAll() throws Exception {
    var kept = keep("photos", FIRST, 2).getFirst();
    disk("disk-a").flip(kept.name(0), 5_000);
    disk("disk-b").flip(kept.name(1), 5_000);
    deploy();
    var status = scan("Deep");
    assertThat(status.progress().issuesDetected()).isEqualTo(1);
    assertThat(found).hasSize(1);
    assertThat(issues())
        .containsExactly(
            kept.writeId()
                + " CRITICAL 2 corrupt copies ("
                + FIRST
                + " on disk-a, "
                + FIRST
                + " on disk-b)");
    disk("disk-c").lostPacks.add(FIRST);
    assertThat(scan("Deep").progress().issuesDetected()).isEqualTo(2);
    assertThat(issues()).anyMatch(text -> text.startsWith(kept.writeId() + " CRITICAL Only 0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Quick", "Normal"})
  @DisplayName("an origin that is away makes a scan incomplete, and nothing damaged")
  void anOriginThatIsAwayIsCountedAndNeverDamageNorCovered(String mode) throws Exception {
    keep("photos", FIRST, 5);
    disk("disk-b").down = true;
    deploy();
    var status = scan(mode);
    assertThat(status.status()).isEqualTo("Completed");
    assertThat(status.complete()).isFalse();
    assertThat(status.unreachableOrigins()).containsExactly("disk-b");
    assertThat(status.progress().unreachableShards()).isEqualTo(5);
    assertThat(status.progress().objectsScanned()).isEqualTo(5);
    assertThat(damages()).isEmpty();
    assertThat(near.catalog.packs.coverage)
        .extracting(NotePacksVerified::originId)
        .containsExactlyInAnyOrder("disk-a", "disk-c");
    long asked = near.origins.packLooks.stream().filter(l -> l.originId().equals("disk-b")).count();
    assertThat(asked).isZero();
  }

  @Test
  void nothingIsMissingOnAnOriginWhoseMarkerDoesNotVerify() throws Exception {
    keep("photos", FIRST, 5);
    disk("disk-c").strange = true;
    disk("disk-c").lostPacks.add(FIRST);
    deploy();
    assertThat(scan("Quick").progress().unreachableShards()).isEqualTo(5);
    assertThat(scan("Deep").progress().unreachableShards()).isEqualTo(5);
    assertThat(damages()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Quick", "Normal"})
  void whatLayOnAnOriginThatWasReplacedIsMissing(String mode) throws Exception {
    var kept = keep("photos", FIRST, 4);
    deploy();
    disk("disk-a").incarnation = "2".repeat(16);
    var status = scan(mode);
    assertThat(status.complete()).isTrue();
    assertThat(damages())
        .containsExactlyElementsOf(
            kept.stream().map(s -> s.writeId() + " disk-a MISSING").sorted().toList());
  }

  @Test
  void aShardThatAHealMovedMeanwhileIsNotMissing() throws Exception {
    var kept = keep("photos", FIRST, 1).getFirst();
    var old = kept.segment().locations().get(2);
    var moved = new Location(2, "f".repeat(32), "disk-c", old.incarnation(), true);
    near.origins.beforePackLook =
        look -> {
          var disk = disk("disk-c");
          if (look.originId().equals("disk-c")
              && disk.lostPacks.add(FIRST)
              && near.catalog.swap(kept.writeId(), old.attemptId(), moved)) {
            var bytes = disk.bytes(kept.name(2));
            disk.files.put(StoredSegment.name(kept.segment(), moved), bytes);
          }
        };
    deploy();
    assertThat(scan("Deep").progress().issuesDetected()).isZero();
    assertThat(damages()).isEmpty();
    assertThat(near.origins.verified).contains("DEEP " + StoredSegment.name(kept.segment(), moved));
  }

  @Test
  void aSegmentThatIsPartlyInPacksIsJudgedWholeAndCountedOnce() throws Exception {
    var made = made("photos").packed(FIRST, 0);
    var places = new ArrayList<>(made.segment().locations());
    var first = places.getFirst();
    places.set(0, new Location(0, first.attemptId(), "disk-a", first.incarnation(), false));
    var mixed = near.keep(made.with(places));
    disk("disk-a").files.clear();
    disk("disk-b").flip(mixed.name(1), 5_000);
    deploy();
    var status = scan("Deep");
    assertThat(status.progress().objectsScanned()).isEqualTo(1);
    assertThat(status.progress().bytesScanned()).isEqualTo(4_000);
    assertThat(status.progress().issuesDetected()).isEqualTo(2);
    assertThat(damages())
        .containsExactlyInAnyOrder(
            mixed.writeId() + " disk-a MISSING", mixed.writeId() + " disk-b CORRUPT");
    assertThat(near.catalog.unreferenced).isEmpty();
    assertThat(issues()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Quick", "Normal"})
  void aScopeIsKept(String mode) throws Exception {
    var photos = keep("photos", FIRST, 4);
    var other = keep("other", FIRST, 3);
    keep(".system", SECOND, 2);
    disk("disk-a").lostPacks.add(FIRST);
    deploy();
    assertThat(scan(mode, List.of("other"), null).progress().objectsScanned()).isEqualTo(3);
    assertThat(damages())
        .containsExactlyElementsOf(
            other.stream().map(s -> s.writeId() + " disk-a MISSING").sorted().toList());
    assertThat(near.catalog.packs.coverage).isEmpty();
    assertThat(scan(mode, List.of("photos"), 3L).progress().objectsScanned()).isEqualTo(3);
    assertThat(damages()).hasSize(6);
    assertThat(scan(mode).progress().objectsScanned()).isEqualTo(7);
    assertThat(damages()).hasSize(7);
    assertThat(photos).hasSize(4);
  }

  @Test
  @DisplayName("A7: packs that were looked at are not looked at again after a restart")
  void theCursorSurvivesARestart() throws Exception {
    keep("photos", FIRST, 4);
    keep("photos", SECOND, 4);
    near.origins.stuckLeaves.put(SECOND, true);
    near.policy.scan =
        new ScanPolicy(1, "Normal", Duration.ofDays(100_000).toMillis(), 0, 0, 1, true, List.of());
    var deployment = deploy();
    var wish = new StartScan("Full", "Deep", List.of(), false, null, Priority.NORMAL);
    var id = new ScanId(ask(ScanContract.START_SCAN, wish).scanId());
    for (var look = next(looks); !look.question().pack().equals(SECOND); ) {
      look = next(looks);
    }
    assertThat(ask(ScanContract.PAUSE_SCAN, id).status()).isEqualTo("Paused");
    await(vertx.undeploy(deployment));
    near.origins.stuckLeaves.clear();
    long before = looksAt(FIRST);
    deploy();
    assertThat(ask(ScanContract.RESUME_SCAN, id).status()).isEqualTo("Scanning");
    var end = next(ended);
    assertThat(end.progress().objectsScanned()).isEqualTo(8);
    assertThat(looksAt(FIRST)).isEqualTo(before).isEqualTo(6);
    assertThat(looksAt(SECOND)).isGreaterThanOrEqualTo(6);
  }

  private long looksAt(String pack) {
    return near.origins.packLooks.stream()
        .filter(
            look -> look.question().pack().equals(pack) && look.question().depth() == Depth.DEEP)
        .count();
  }

  @Test
  void priorityBucketsComeFirstAndThePaceIsPassedOn() throws Exception {
    near.policy.scan =
        new ScanPolicy(
            1, "Normal", Duration.ofDays(100_000).toMillis(), 0, 12, 1, true, List.of("vip"));
    keep("photos", FIRST, 2);
    keep("vip", SECOND, 2);
    deploy();
    scan("Deep");
    assertThat(near.origins.packLooks.getFirst().question().pack()).isEqualTo(SECOND);
    assertThat(near.origins.packLooks)
        .allMatch(look -> look.question().bytesPerSecond() == 12_000_000);
  }
}
