package io.kintsugi.heal;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.DamageReported;
import io.kintsugi.contract.HealContract.HealEnded;
import io.kintsugi.contract.HealContract.RequestHeal;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.twin.Neighbours;
import io.kintsugi.twin.StoredSegment;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The healer alone, with catalog and origins played over the bus by twins that hold real shards
/// (A5, A6, F13; T1, T2, T6 to T8, T14, T17 of the torture list).
class HealVerticleTest {
  private static final int SIZE = 3_000_000;

  @TempDir Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours near = new Neighbours(10);
  private final LinkedBlockingQueue<HealEnded> ended = new LinkedBlockingQueue<>();

  @BeforeEach
  void deployNeighbours() throws Exception {
    await(vertx.deployVerticle(near));
    near.world().bus().listen(HealContract.HEAL_ENDED, ended::add);
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

  private String deploy() throws Exception {
    var keyFile = Files.writeString(folder.resolve("cluster.key"), StoredSegment.KEY_HEX + "\n");
    var config = new JsonObject().put("keyFile", keyFile.toString());
    return await(
        vertx.deployVerticle(new HealVerticle(), new DeploymentOptions().setConfig(config)));
  }

  private StoredSegment keep(Layout layout, int sizeBytes, int counter) {
    return near.keep(HealFixture.segment(layout, sizeBytes, counter));
  }

  private void lose(StoredSegment stored, int... indexes) {
    for (int index : indexes) {
      var location = stored.segment().locations().get(index);
      near.origins.disk(location.originId()).files.remove(stored.name(index));
    }
  }

  private void flip(StoredSegment stored, int index, long offset) {
    var location = stored.segment().locations().get(index);
    near.origins.disk(location.originId()).flip(stored.name(index), offset);
  }

  /// Queues a task, deploys the healer and waits for the end of the claim.
  private SettleHeal heal(StoredSegment stored, List<Damage> known) throws Exception {
    return heal(stored, "Background", known);
  }

  private SettleHeal heal(StoredSegment stored, String mode, List<Damage> known) throws Exception {
    near.catalog.damaged(stored, mode, known);
    deploy();
    return settled();
  }

  private SettleHeal settled() throws InterruptedException {
    return Objects.requireNonNull(
        near.catalog.settled.poll(20, SECONDS), "the claim was not settled");
  }

  /// Every row points to a shard that is byte for byte the writer's.
  private void assertWhole(StoredSegment stored) {
    var segment = near.catalog.segment(stored);
    for (var location : segment.locations()) {
      var disk = near.origins.disk(location.originId());
      assertThat(disk.bytes(StoredSegment.name(segment, location)))
          .as("shard %s", location.index())
          .isEqualTo(stored.files().get(location.index()));
    }
    assertThat(segment.locations().stream().map(l -> l.originId()).distinct())
        .hasSize(segment.locations().size());
  }

  /// A6: copies in packs are read from there, and the new ones lie in packs again.
  @ParameterizedTest(name = "bytes={0}")
  @ValueSource(ints = {0, 1, 4_096, 131_071, 131_072})
  void lostCopiesInPacksAreRebuiltIntoPacks(int sizeBytes) throws Exception {
    var stored = near.keep(HealFixture.segment(new Layout(1, 2), sizeBytes, 1).packed());
    lose(stored, 0);
    near.origins.disk("disk-c").records.clear();
    var settled = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0, 2));
    assertThat(settled.outcome()).isEqualTo("healed");
    assertWhole(stored);
    for (var location : near.catalog.segment(stored).locations()) {
      assertThat(location.packed()).isNotNull();
    }
    assertThat(near.origins.verified).anyMatch(look -> look.startsWith("FORENSIC"));
  }

  /// What is too large for a pack goes on having files, whatever lies beside it.
  @Test
  void lostShardsOfLargeSegmentsAreRebuiltAsFiles() throws Exception {
    var stored = keep(new Layout(1, 2), 131_073, 1);
    lose(stored, 1);
    heal(stored, HealFixture.damages(stored, Evidence.MISSING, 1));
    assertWhole(stored);
    assertThat(near.catalog.segment(stored).locations().get(1).packed()).isNull();
  }

  @ParameterizedTest(name = "{0}+{1} bytes={2} lost={3},{4} -> {5}")
  @CsvSource({
    "4,2,3000000,1,1,ParityShardRepair",
    "4,2,3000000,0,3,ParityShardRepair",
    "4,2,3000000,5,5,DataShardRepair",
    "4,2,3000000,2,4,HybridRepair",
    "6,2,3200000,0,7,HybridRepair",
    "2,1,200001,0,0,ParityShardRepair",
    "1,2,100000,0,2,ReplicaRepair",
    "1,2,0,1,1,ReplicaRepair"
  })
  void lostShardsAreRebuiltByteForByte(
      int k, int m, int sizeBytes, int lost, int lostToo, String strategy) throws Exception {
    var stored = keep(new Layout(k, m), sizeBytes, 1);
    var lostOnes = lost == lostToo ? new int[] {lost} : new int[] {lost, lostToo};
    lose(stored, lostOnes);
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, lostOnes));
    assertThat(end.outcome()).as("%s", end.reason()).isEqualTo("healed");
    assertWhole(stored);
    var result = Objects.requireNonNull(end.result());
    assertThat(result.strategyUsed()).isEqualTo(strategy);
    assertThat(result.shardsRepaired()).isEqualTo(lostOnes.length);
    assertThat(result.totalShards()).isEqualTo(k + m);
    assertThat(result.validations())
        .extracting(v -> v.type() + " " + v.passed() + " " + v.details())
        .containsExactly(
            "Checksum true Object checksum verified",
            "ShardCount true All " + (k + m) + " shards present",
            "ReadBack true Read back and verified");
    var told = Objects.requireNonNull(ended.poll(10, SECONDS));
    assertThat(told.outcome()).isEqualTo("healed");
  }

  @ParameterizedTest(name = "byte {0}")
  @CsvSource({"4096", "4200", "266239", "266240", "300000"})
  void aFlippedBitInABlockIsMendedUnderANewNameAndTheEvidenceStays(long offset) throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    flip(stored, 2, offset);
    var rotten = near.origins.disk("disk-c").bytes(stored.name(2));
    var end = heal(stored, HealFixture.damages(stored, Evidence.CORRUPT, 2));
    assertThat(end.outcome()).isEqualTo("healed");
    assertWhole(stored);
    assertThat(near.origins.disk("disk-c").bytes(stored.name(2))).isEqualTo(rotten);
  }

  @Test
  void damageInTheManifestAloneIsAManifestRepair() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    flip(stored, 0, stored.segment().shardBytes() - 40);
    var end = heal(stored, HealFixture.damages(stored, Evidence.CORRUPT, 0));
    assertThat(end.outcome()).isEqualTo("healed");
    assertThat(Objects.requireNonNull(end.result()).strategyUsed()).isEqualTo("ManifestRepair");
    assertWhole(stored);
  }

  @Test
  void blocksUnderADamagedManifestAreBuiltFromWhereNothingElseIsLeft() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 1, 5);
    flip(stored, 0, stored.segment().shardBytes() - 40);
    var end = heal(stored, HealFixture.damages(stored, Evidence.CORRUPT, 0, 1, 5));
    assertThat(end.outcome()).as("%s", end.reason()).isEqualTo("healed");
    assertThat(Objects.requireNonNull(end.result()).shardsRepaired()).isEqualTo(3);
    assertWhole(stored);
  }

  @Test
  void aSourceThatRotsWhileItIsReadIsReplacedAndMendedToo() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0);
    near.origins.disk("disk-b").rotOnRead.add(stored.name(1));
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0));
    assertThat(end.outcome()).as("%s", end.reason()).isEqualTo("healed");
    assertThat(Objects.requireNonNull(end.result()).shardsRepaired()).isEqualTo(2);
    assertWhole(stored);
  }

  @Test
  void moreRotThanParityWhileReadingEndsUnrecoverableAndWritesNothing() throws Exception {
    var stored = keep(new Layout(2, 1), SIZE, 1);
    lose(stored, 0);
    near.origins.disk("disk-b").rotOnRead.add(stored.name(1));
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0));
    assertThat(end.outcome()).isEqualTo("unrecoverable");
    assertThat(near.catalog.moves).isEmpty();
  }

  @Test
  void beyondParityIsUnrecoverableAndTriedSeldom() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0, 1, 5);
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0, 1, 5));
    assertThat(end.outcome()).isEqualTo("unrecoverable");
    assertThat(end.retryMillis()).isEqualTo(3_600_000);
    assertThat(end.reason()).isEqualTo("3 of the 4 shards it takes can be read");
    assertThat(near.catalog.moves).isEmpty();
  }

  @Test
  void aSourceThatIsAwayMakesItARetryAndNotALoss() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0, 1);
    near.origins.disk("disk-d").down = true;
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0, 1));
    assertThat(end.outcome()).isEqualTo("retry");
    assertThat(end.retryMillis()).isEqualTo(5_000);
    assertThat(end.reason()).contains("3 of the 4").contains("1 shard cannot be read now");
    assertThat(near.catalog.moves).isEmpty();
  }

  @Test
  void aFullTargetIsPassedOverForAnotherOrigin() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 3);
    near.origins.disk("disk-d").full = true;
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 3));
    assertThat(end.outcome()).as("%s", end.reason()).isEqualTo("healed");
    assertWhole(stored);
    assertThat(near.catalog.segment(stored).locations().get(3).originId()).isEqualTo("disk-g");
  }

  @Test
  void aTargetThatReadsBackWrongIsNeverPointedTo() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 3);
    near.origins.disk("disk-d").scribbles = true;
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 3));
    assertThat(end.outcome()).isEqualTo("healed");
    assertWhole(stored);
    assertThat(near.catalog.segment(stored).locations().get(3).originId()).isNotEqualTo("disk-d");
  }

  @Test
  void withVerificationOffNothingIsReadBack() throws Exception {
    near.policy.heal = new HealPolicy(1, 8, 300_000, true, false, Map.of(), 8, 100);
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 3);
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 3));
    assertThat(end.outcome()).isEqualTo("healed");
    assertWhole(stored);
    assertThat(near.origins.verified).noneMatch(look -> look.startsWith("FORENSIC"));
    assertThat(Objects.requireNonNull(end.result()).validations())
        .extracting(v -> v.type())
        .doesNotContain("ReadBack");
  }

  @Test
  void aSourceWrittenWrongFromTheStartIsFoundByTheManifestsHash() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0);
    near.origins.disk("disk-b").files.put(stored.name(1), HealFixture.forge(stored, 1));
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0));
    assertThat(end.outcome()).as("%s", end.reason()).isEqualTo("healed");
    assertThat(Objects.requireNonNull(end.result()).shardsRepaired()).isEqualTo(2);
    assertWhole(stored);
  }

  @Test
  void whatDoesNotHashToTheManifestIsNeverFinishedNorPointedTo() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0);
    var disk = near.origins.disk("disk-b");
    disk.files.put(stored.name(1), HealFixture.forge(stored, 1));
    disk.lies = true;
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0));
    assertThat(end.outcome()).isEqualTo("retry");
    assertThat(end.reason()).contains("do not hash");
    assertThat(near.catalog.moves).isEmpty();
    assertThat(near.origins.disk("disk-a").files).isEmpty();
  }

  @Test
  void aLostClaimIsLeftToItsNewOwner() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0);
    near.catalog.claimsLost = true;
    near.catalog.damaged(stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 0));
    deploy();
    var next = keep(new Layout(4, 2), SIZE, 2);
    near.catalog.damaged(next, "Background", List.of());
    near.world().bus().publish(HealContract.DAMAGE_REPORTED, new DamageReported("scan", 1));
    var end = settled();
    assertThat(end.outcome()).isEqualTo("healthy");
    assertThat(near.catalog.segment(stored)).isEqualTo(stored.segment());
  }

  @Test
  void aSegmentThatDiedMeanwhileIsGone() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0);
    near.catalog.damaged(stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 0));
    near.catalog.rows.clear();
    deploy();
    assertThat(settled().outcome()).isEqualTo("gone");
  }

  @Test
  void aCheckOnDemandSeesEveryShardAndFindsNothingWrong() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    var end = heal(stored, "OnDemand", List.of());
    assertThat(end.outcome()).isEqualTo("healthy");
    assertThat(end.verified()).isTrue();
    assertThat(near.origins.verified).hasSize(6).allMatch(look -> look.startsWith("DEEP"));
  }

  @Test
  void aCheckOnDemandFindsWhatNobodyReported() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    flip(stored, 4, 5000);
    var end = heal(stored, "OnDemand", List.of());
    assertThat(end.outcome()).isEqualTo("healed");
    assertThat(end.verified()).isTrue();
    assertWhole(stored);
  }

  @Test
  void aCheckOnDemandDoesNotCallWhatItCannotSeeHealthy() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    near.origins.disk("disk-f").down = true;
    var end = heal(stored, "OnDemand", List.of());
    assertThat(end.outcome()).isEqualTo("retry");
    assertThat(end.verified()).isFalse();
  }

  @Test
  void aShardOfAReplacedOriginIsRebuiltThereUnderItsNewIncarnation() throws Exception {
    var stored = keep(new Layout(4, 2), SIZE, 1);
    var disk = near.origins.disk("disk-a");
    disk.files.clear();
    disk.incarnation = "2".repeat(16);
    var end = heal(stored, HealFixture.damages(stored, Evidence.MISSING, 0));
    assertThat(end.outcome()).isEqualTo("healed");
    assertWhole(stored);
    var location = near.catalog.segment(stored).locations().getFirst();
    assertThat(location.originId()).isEqualTo("disk-a");
    assertThat(location.incarnation()).isEqualTo("2".repeat(16));
  }

  @Test
  void anEmergencyDoesNotWaitForASourceThatHangs() throws Exception {
    near.policy.heal = new HealPolicy(1, 8, 300, true, true, Map.of(), 8, 100);
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0);
    near.origins.disk("disk-b").hangOnRead.add(stored.name(1));
    var end = heal(stored, "Emergency", HealFixture.damages(stored, Evidence.MISSING, 0));
    assertThat(end.outcome()).as("%s", end.reason()).isEqualTo("healed");
    assertWhole(stored);
  }

  @Test
  void oneTaskThatCannotBeDoneDoesNotHoldUpTheOthers() throws Exception {
    var hopeless = keep(new Layout(2, 1), SIZE, 1);
    lose(hopeless, 0, 1);
    near.catalog.damaged(
        hopeless, "Background", HealFixture.damages(hopeless, Evidence.MISSING, 0, 1));
    for (int i = 2; i < 8; i++) {
      var stored = keep(new Layout(2, 1), 300_000, i);
      lose(stored, 1);
      near.catalog.damaged(stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 1));
    }
    near.policy.heal = new HealPolicy(1, 2, 300_000, true, true, Map.of(), 8, 100);
    deploy();
    int healed = 0;
    for (int i = 1; i < 8; i++) {
      healed += settled().outcome().equals("healed") ? 1 : 0;
    }
    assertThat(healed).isEqualTo(6);
    assertThat(near.catalog.claims).allMatch(claim -> claim.max() <= 2);
  }

  @Test
  void aStoppedSystemHealsNothingUntilItIsStarted() throws Exception {
    near.policy.status = "Stopped";
    var stored = keep(new Layout(4, 2), SIZE, 1);
    lose(stored, 0);
    near.catalog.damaged(stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 0));
    deploy();
    near.world().bus().publish(HealContract.DAMAGE_REPORTED, new DamageReported("scan", 1));
    assertThat(await(near.world().bus().ask(HealContract.STATUS, new Subsystem.Ask())).status())
        .isEqualTo("Stopped");
    assertThat(near.catalog.claims.poll(300, MILLISECONDS)).isNull();
    near.policy.status = "Running";
    near.policy.publish(near.world());
    assertThat(settled().outcome()).isEqualTo("healed");
  }

  @Test
  void withoutAutomaticHealingOnlyWhatWasAskedForIsClaimed() throws Exception {
    near.policy.heal = new HealPolicy(1, 8, 300_000, false, true, Map.of(), 3, 100);
    deploy();
    var claim = Objects.requireNonNull(near.catalog.claims.poll(10, SECONDS));
    assertThat(claim.onDemandOnly()).isTrue();
    assertThat(claim.max()).isEqualTo(3);
  }

  @Test
  void aRequestIsCheckedBeforeItIsQueued() throws Exception {
    deploy();
    var stored = keep(new Layout(1, 1), 1000, 1);
    var key = stored.row().key();
    assertRefused(
        new RequestHeal("photos", key, null, Priority.HIGH, "Sometime", 3),
        FailureCode.INVALID_REQUEST,
        "mode");
    assertRefused(
        new RequestHeal("photos", key, null, Priority.HIGH, "OnDemand", 101),
        FailureCode.INVALID_REQUEST,
        "max_retries");
    assertRefused(
        new RequestHeal("photos", "no such", null, Priority.HIGH, "OnDemand", 3),
        FailureCode.NOT_FOUND,
        "no such key");
    var request =
        await(
            near.world()
                .bus()
                .ask(
                    HealContract.REQUEST_HEAL,
                    new RequestHeal("photos", key, null, Priority.LOW, "emergency", 3)));
    assertThat(request.status()).isEqualTo("Queued");
    assertThat(request.priority()).isEqualTo(Priority.EMERGENCY);
    assertThat(near.catalog.requests.getLast().capacity()).isEqualTo(100);
  }

  private void assertRefused(RequestHeal wish, FailureCode code, String word) {
    assertThatThrownBy(() -> await(near.world().bus().ask(HealContract.REQUEST_HEAL, wish)))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(code);
              assertThat(failure.text()).contains(word);
            });
  }
}
