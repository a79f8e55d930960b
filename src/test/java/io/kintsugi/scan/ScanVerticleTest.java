package io.kintsugi.scan;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogScanContract.SaveScan;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.IssueType;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.FilesChanged;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.IssueFound;
import io.kintsugi.contract.ScanContract.ScanEnded;
import io.kintsugi.contract.ScanContract.ScanId;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.contract.ScanContract.StartScan;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.twin.Neighbours;
import io.kintsugi.twin.OriginsTwin;
import io.kintsugi.twin.StoredSegment;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The scanner alone, with catalog and origins played over the bus by twins that hold real shards
/// (A3, A7, A9, F13; T1 to T4 of the torture list).
class ScanVerticleTest {
  private static final Layout LAYOUT = new Layout(4, 2);

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours near = new Neighbours(6);
  private final LinkedBlockingQueue<ScanEnded> ended = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<IssueFound> found = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<HealContract.DamageReported> hints =
      new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<OriginsTwin.Look> looks = new LinkedBlockingQueue<>();

  @BeforeEach
  void deployNeighbours() throws Exception {
    await(vertx.deployVerticle(near));
    var bus = near.world().bus();
    bus.listen(ScanContract.SCAN_ENDED, ended::add);
    bus.listen(ScanContract.ISSUE_FOUND, found::add);
    bus.listen(HealContract.DAMAGE_REPORTED, hints::add);
    near.origins.beforeLook = looks::add;
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
    } catch (ExecutionException | CompletionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
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

  private StoredSegment keep(String bucket, int counter) {
    return near.keep(ScanFixture.segment(bucket, LAYOUT, 400_000, counter));
  }

  private void lose(StoredSegment stored, int index) {
    near.origins
        .disk(stored.segment().locations().get(index).originId())
        .files
        .remove(stored.name(index));
  }

  private void flip(StoredSegment stored, int index, long offset) {
    near.origins
        .disk(stored.segment().locations().get(index).originId())
        .flip(stored.name(index), offset);
  }

  private String start(String mode, Priority priority) throws Exception {
    var wish = new StartScan("Full", mode, List.of(), false, null, priority);
    return ask(ScanContract.START_SCAN, wish).scanId();
  }

  private ScanStatus scan(String mode) throws Exception {
    var id = start(mode, Priority.NORMAL);
    assertThat(next(ended).scanId()).isEqualTo(id);
    return ask(ScanContract.GET_SCAN, new ScanId(id));
  }

  private static ScanPolicy oneLeafAtATime(List<String> priorityBuckets, long limitMbps) {
    return new ScanPolicy(
        1, "Normal", Duration.ofDays(100_000).toMillis(), 0, limitMbps, 1, true, priorityBuckets);
  }

  private List<Damage> damages() {
    return near.catalog.reports.stream().flatMap(report -> report.damages().stream()).toList();
  }

  @Test
  @DisplayName("A3: a scan is not over before the catalog has its issues")
  void anEndIsNotToldBeforeItsIssuesAreSaved() throws Exception {
    var lost = keep("photos", 2);
    lose(lost, 1);
    var saving = new LinkedBlockingQueue<SaveScan>();
    var gate = Promise.<Void>promise();
    near.catalog.beforeScanSave =
        question -> {
          if (!question.status().equals("Completed")) {
            return Future.succeededFuture();
          }
          saving.add(question);
          return gate.future();
        };
    deploy();
    var id = start("Deep", Priority.NORMAL);
    next(saving);
    assertThat(near.catalog.issues).isEmpty();
    assertThat(ask(ScanContract.GET_SCAN, new ScanId(id)).status()).isEqualTo("Scanning");
    gate.complete();
    next(ended);
    assertThat(near.catalog.issues).hasSize(1);
    assertThat(ask(ScanContract.GET_SCAN, new ScanId(id)).status()).isEqualTo("Completed");
  }

  @Test
  void aDeepScanFindsEveryDamageAndReportsIt() throws Exception {
    var sound = keep("photos", 1);
    var lost = keep("photos", 2);
    var rotten = keep("photos", 300);
    lose(lost, 1);
    flip(rotten, 0, 5_000);
    flip(rotten, 5, 5_000);
    deploy();
    var status = scan("Deep");
    assertThat(status.status()).isEqualTo("Completed");
    assertThat(status.progress().objectsScanned()).isEqualTo(3);
    assertThat(status.progress().bytesScanned()).isEqualTo(3 * 400_000);
    assertThat(status.progress().physicalBytes())
        .isEqualTo(
            6 * sound.segment().shardBytes()
                + 5 * lost.segment().shardBytes()
                + 6 * rotten.segment().shardBytes());
    assertThat(status.progress().issuesDetected()).isEqualTo(2);
    assertThat(status.progress().completionPercentage()).isEqualTo(100);
    assertThat(status.complete()).isTrue();
    assertThat(status.unreachableOrigins()).isEmpty();
    assertThat(damages())
        .extracting(
            damage -> damage.writeId() + " " + damage.shardIndex() + " " + damage.evidence())
        .containsExactlyInAnyOrder(
            lost.writeId() + " 1 MISSING",
            rotten.writeId() + " 0 CORRUPT",
            rotten.writeId() + " 5 CORRUPT");
    assertThat(near.catalog.issues)
        .extracting(issue -> issue.type() + " " + issue.severity() + " " + issue.description())
        .containsExactlyInAnyOrder(
            "MISSING_SHARDS HIGH Missing 1 data shard",
            "CORRUPT_SHARDS CRITICAL 2 corrupt shards (1 data, 1 parity)");
    assertThat(near.catalog.reports).allMatch(r -> status.scanId().equals(r.scanId()));
    assertThat(found).hasSize(2);
    assertThat(hints).isNotEmpty();
    assertThat(near.catalog.coverage).hasSize(12).allMatch(note -> note.depth().equals("deep"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Quick", "Normal", "Deep"})
  void eachModeSeesAsDeepAsItSays(String mode) throws Exception {
    var shorter = keep("photos", 1);
    var footer = keep("photos", 2);
    var block = keep("photos", 3);
    var disk = near.origins.disk("disk-a");
    var bytes = disk.bytes(shorter.name(0));
    disk.files.put(shorter.name(0), Arrays.copyOf(bytes, bytes.length - 1));
    flip(footer, 1, footer.segment().shardBytes() - 3);
    flip(block, 2, 5_000);
    deploy();
    var status = scan(mode);
    var expected = new ArrayList<>(List.of(shorter.writeId()));
    if (!mode.equals("Quick")) {
      expected.add(footer.writeId());
    }
    if (mode.equals("Deep")) {
      expected.add(block.writeId());
    }
    assertThat(damages()).extracting(Damage::writeId).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(status.progress().physicalBytes() == 0).isEqualTo(mode.equals("Quick"));
    assertThat(near.catalog.issues.stream().anyMatch(i -> i.type() == IssueType.CORRUPT_MANIFEST))
        .isEqualTo(mode.equals("Deep"));
  }

  @Test
  void anOriginThatIsAwayIsCountedAndNeverDamageNorCovered() throws Exception {
    keep("photos", 1);
    near.origins.disk("disk-b").down = true;
    deploy();
    var status = scan("Normal");
    assertThat(status.status()).isEqualTo("Completed");
    assertThat(status.progress().unreachableShards()).isEqualTo(1);
    assertThat(status.complete()).isFalse();
    assertThat(status.unreachableOrigins()).containsExactly("disk-b");
    assertThat(status.progress().issuesDetected()).isZero();
    assertThat(near.catalog.reports).isEmpty();
    assertThat(near.catalog.coverage).hasSize(5).noneMatch(n -> n.originId().equals("disk-b"));
  }

  @Test
  void nothingIsMissingOnAnOriginWhoseMarkerDoesNotVerify() throws Exception {
    var stored = keep("photos", 1);
    lose(stored, 2);
    near.origins.disk("disk-c").strange = true;
    deploy();
    var status = scan("Normal");
    assertThat(status.progress().unreachableShards()).isEqualTo(1);
    assertThat(near.catalog.reports).isEmpty();
  }

  @Test
  void aShardThatAHealMovedMeanwhileIsNotMissing() throws Exception {
    var stored = keep("photos", 1);
    var old = stored.segment().locations().get(2);
    var moved = new Location(2, "f".repeat(32), "disk-c", old.incarnation(), true);
    near.origins.beforeLook =
        look -> {
          var disk = near.origins.disk("disk-c");
          var bytes = disk.files.remove(stored.name(2));
          if (bytes != null && near.catalog.swap(stored.writeId(), old.attemptId(), moved)) {
            // It appears under its new name only after this look has listed the old one.
            vertx.runOnContext(
                _ -> disk.files.put(StoredSegment.name(stored.segment(), moved), bytes));
          }
        };
    deploy();
    var status = scan("Deep");
    assertThat(status.progress().issuesDetected()).isZero();
    assertThat(near.catalog.reports).isEmpty();
    assertThat(near.origins.verified)
        .contains("DEEP " + StoredSegment.name(stored.segment(), moved));
  }

  @Test
  void beyondParityIsSaidToBeUnrecoverable() throws Exception {
    var stored = keep("photos", 1);
    lose(stored, 0);
    lose(stored, 1);
    lose(stored, 4);
    deploy();
    scan("Quick");
    assertThat(near.catalog.issues)
        .extracting(issue -> issue.type() + " " + issue.severity())
        .containsExactly("UNRECOVERABLE CRITICAL");
    assertThat(damages()).hasSize(3);
  }

  @Test
  void orphansAreOnlyWhatTheCatalogCallsSo() throws Exception {
    keep("photos", 1);
    var orphan = ScanFixture.segment("photos", LAYOUT, 1000, 2);
    var recent = ScanFixture.segment("photos", LAYOUT, 1000, 3);
    near.origins.keep(orphan);
    near.origins.keep(recent);
    for (int i = 0; i < LAYOUT.shards(); i++) {
      near.catalog.orphans.add(orphan.name(i));
    }
    deploy();
    scan("Quick");
    assertThat(near.catalog.unreferenced).hasSize(12);
    assertThat(near.catalog.issues)
        .extracting(issue -> issue.type() + " " + issue.severity() + " " + issue.writeId())
        .containsExactly("ORPHAN_SHARDS LOW " + orphan.writeId());
  }

  @Test
  void aScopeIsKept() throws Exception {
    keep("photos", 1);
    keep("other", 300);
    keep(".system", 301);
    keep("photos", 600);
    deploy();
    var wish = new StartScan("Full", "Quick", List.of("photos"), false, null, Priority.HIGH);
    var first = ask(ScanContract.START_SCAN, wish);
    assertThat(first.status()).isEqualTo("Started");
    assertThat(next(ended).progress().objectsScanned()).isEqualTo(2);
    ask(
        ScanContract.START_SCAN,
        new StartScan("Full", "Quick", List.of(), false, 1L, Priority.HIGH));
    assertThat(next(ended).progress().objectsScanned()).isEqualTo(1);
    ask(
        ScanContract.START_SCAN,
        new StartScan("Full", "Quick", List.of(), true, null, Priority.HIGH));
    assertThat(next(ended).progress().objectsScanned()).isEqualTo(4);
    ask(
        ScanContract.START_SCAN,
        new StartScan("Full", "Quick", List.of(), false, null, Priority.HIGH));
    assertThat(next(ended).progress().objectsScanned()).isEqualTo(3);
  }

  @Test
  void pauseResumeAndCancelSpeakTheWordsOfTheReference() throws Exception {
    var stored = keep("photos", 1);
    near.origins.stuckLeaves.put(stored.leaf(), true);
    deploy();
    var id = new ScanId(start("Deep", Priority.NORMAL));
    next(looks);
    assertThat(ask(ScanContract.GET_SCAN, id).status()).isEqualTo("Scanning");
    assertThat(ask(ScanContract.STATUS, new Subsystem.Ask()).status()).isEqualTo("Scanning");
    assertThat(ask(ScanContract.PAUSE_SCAN, id).status()).isEqualTo("Paused");
    assertThat(ask(ScanContract.PAUSE_SCAN, id).status()).isEqualTo("Paused");
    assertThat(ask(ScanContract.STATUS, new Subsystem.Ask()).status()).isEqualTo("Paused");
    assertThat(ask(ScanContract.RESUME_SCAN, id).status()).isEqualTo("Scanning");
    assertThat(ask(ScanContract.CANCEL_SCAN, id).status()).isEqualTo("Cancelled");
    assertThat(next(ended).status()).isEqualTo("Cancelled");
    assertThat(ask(ScanContract.CANCEL_SCAN, id).status()).isEqualTo("Cancelled");
    assertThat(ask(ScanContract.STATUS, new Subsystem.Ask()).status()).isEqualTo("Idle");
    assertThatThrownBy(() -> ask(ScanContract.RESUME_SCAN, id))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.code()).isEqualTo(FailureCode.CONFLICT));
  }

  @Test
  void theCursorSurvivesARestart() throws Exception {
    var first = keep("photos", 1);
    var second = keep("photos", 300);
    near.origins.stuckLeaves.put(second.leaf(), true);
    near.policy.scan = oneLeafAtATime(List.of(), 0);
    var deployment = deploy();
    var id = new ScanId(start("Deep", Priority.NORMAL));
    for (int i = 0; i < 12; i++) {
      next(looks);
    }
    assertThat(ask(ScanContract.PAUSE_SCAN, id).status()).isEqualTo("Paused");
    await(vertx.undeploy(deployment));
    near.origins.stuckLeaves.clear();
    deploy();
    assertThat(ask(ScanContract.GET_SCAN, id).status()).isEqualTo("Paused");
    assertThat(ask(ScanContract.RESUME_SCAN, id).status()).isEqualTo("Scanning");
    var end = next(ended);
    assertThat(end.status()).isEqualTo("Completed");
    assertThat(end.progress().objectsScanned()).isEqualTo(2);
    assertThat(near.origins.looksAt(first.leaf(), Depth.DEEP)).isEqualTo(6);
    assertThat(near.origins.looksAt(second.leaf(), Depth.DEEP)).isGreaterThan(6);
  }

  @Test
  void aStoppedSystemScansNothingUntilItIsStarted() throws Exception {
    near.policy.status = "Stopped";
    keep("photos", 1);
    deploy();
    var id = new ScanId(start("Quick", Priority.NORMAL));
    assertThat(looks.poll(300, MILLISECONDS)).isNull();
    assertThat(ask(ScanContract.GET_SCAN, id).status()).isEqualTo("Started");
    near.policy.status = "Running";
    near.policy.publish(near.world());
    assertThat(next(ended).status()).isEqualTo("Completed");
  }

  @Test
  void aReplacedOriginIsFoundOutByAQuickScanOfItsOwn() throws Exception {
    var stored = keep("photos", 1);
    deploy();
    scan("Quick");
    var disk = near.origins.disk("disk-d");
    disk.files.clear();
    disk.incarnation = "2".repeat(16);
    var changed =
        ask(OriginContract.LIST_ORIGINS, new OriginContract.ListOrigins()).origins().get(3);
    near.world().bus().publish(OriginContract.ORIGIN_CHANGED, changed);
    near.world().bus().publish(OriginContract.ORIGIN_CHANGED, changed);
    assertThat(next(ended).status()).isEqualTo("Completed");
    assertThat(damages()).hasSize(1);
    assertThat(damages().getFirst().evidence()).isEqualTo(Evidence.MISSING);
    assertThat(damages().getFirst().attemptId())
        .isEqualTo(stored.segment().locations().get(3).attemptId());
    assertThat(near.catalog.scans).hasSize(2);
  }

  @Test
  void anOriginReplacedWhileNobodyLookedIsFoundOutAtTheStart() throws Exception {
    keep("photos", 1);
    var deployment = deploy();
    scan("Quick");
    await(vertx.undeploy(deployment));
    var disk = near.origins.disk("disk-d");
    disk.files.clear();
    disk.incarnation = "2".repeat(16);
    deploy();
    assertThat(next(ended).status()).isEqualTo("Completed");
    assertThat(damages()).hasSize(1);
  }

  @Test
  void aScanThatNobodyAskedForBeginsWhenItsTimeHasCome() throws Exception {
    keep("photos", 1);
    near.policy.scan =
        new ScanPolicy(1, "Normal", Duration.ofHours(12).toMillis(), 1, 0, 4, true, List.of());
    deploy();
    var end = next(ended);
    var status = ask(ScanContract.GET_SCAN, new ScanId(end.scanId()));
    assertThat(status.mode()).isEqualTo("Deep");
    assertThat(status.status()).isEqualTo("Completed");
    assertThat(ended.poll(1_500, MILLISECONDS)).isNull();
  }

  @Test
  void priorityBucketsComeFirstAndBandwidthIsNeverExceeded() throws Exception {
    near.policy.scan = oneLeafAtATime(List.of("vip"), 12);
    keep("photos", 1);
    var vip = keep("vip", 900);
    deploy();
    scan("Deep");
    assertThat(next(looks).question().leaf()).isEqualTo(vip.leaf());
    assertThat(near.origins.looks)
        .allMatch(look -> look.question().bytesPerSecond() == 12_000_000 / 6);
  }

  @Test
  void ofTwoScansTheMoreUrgentRunsFirst() throws Exception {
    keep("photos", 1);
    near.policy.status = "Stopped";
    deploy();
    start("Quick", Priority.LOW);
    var urgent = start("Quick", Priority.CRITICAL);
    near.policy.scan = oneLeafAtATime(List.of(), 0);
    near.policy.status = "Running";
    near.policy.publish(near.world());
    assertThat(next(ended).scanId()).isEqualTo(urgent);
    assertThat(next(ended).status()).isEqualTo("Completed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Incremental", "Smart", "Targeted", "Sideways"})
  void otherStrategiesAreRefusedByName(String strategy) throws Exception {
    deploy();
    var wish = new StartScan(strategy, "Quick", List.of(), false, null, Priority.LOW);
    assertThatThrownBy(() -> ask(ScanContract.START_SCAN, wish))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST);
              assertThat(failure.text()).contains("strategy").contains(strategy);
              assertThat(failure.detail("field")).isEqualTo("strategy");
            });
  }

  private void touched(
      String originId, List<String> changed, List<String> vanished, List<String> unsure) {
    var life = Objects.requireNonNull(near.origins.disk(originId).state().incarnation());
    near.world()
        .bus()
        .publish(
            OriginContract.FILES_CHANGED,
            new FilesChanged(originId, life, changed, vanished, unsure));
  }

  @Test
  @DisplayName("B8: what others did to shards is looked at at once, and reported if it is damage")
  void whatOthersTouchedIsLookedAtAtOnce() throws Exception {
    var sound = keep("photos", 1);
    var lost = keep("photos", 2);
    lose(lost, 1);
    deploy();
    var first = sound.segment().locations().getFirst().originId();
    var second = lost.segment().locations().get(1).originId();
    touched(first, List.of(sound.name(0)), List.of(), List.of());
    touched(second, List.of(), List.of(lost.name(1)), List.of());
    assertThat(next(hints).segments()).isEqualTo(1);
    assertThat(damages())
        .extracting(
            damage -> damage.writeId() + " " + damage.shardIndex() + " " + damage.evidence())
        .containsExactly(lost.writeId() + " 1 MISSING");
    assertThat(near.origins.verified).contains("DEEP " + sound.name(0), "DEEP " + lost.name(1));
    assertThat(ended).isEmpty();
  }

  @Test
  @DisplayName("B8: where more was touched than can be told everything is scanned, once")
  void anOverflowIsAScan() throws Exception {
    keep("photos", 1);
    deploy();
    for (int i = 0; i < 3; i++) {
      touched("disk-a", List.of(), List.of(), List.of("objects"));
    }
    assertThat(next(ended).status()).isEqualTo("Completed");
    assertThat(ask(ScanContract.LIST_SCANS, new ScanContract.ListScans(null, null, 10)).scans())
        .hasSize(1);
  }
}
