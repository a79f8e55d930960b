package io.kintsugi.heal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.OpenSession;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.format.WriteId;
import io.kintsugi.twin.CatalogTwin.Held;
import io.kintsugi.twin.Neighbours;
import io.kintsugi.twin.StoredSegment;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The healer's right to write, and what becomes of claims when it ends (A7, T8).
class HealSessionTest {
  private static final int SIZE = 3_000_000;

  @TempDir Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours near = new Neighbours(10);

  @BeforeEach
  void deployNeighbours() throws Exception {
    await(vertx.deployVerticle(near));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
  }

  private String deploy(String life) throws Exception {
    var keyFile = Files.writeString(folder.resolve("cluster.key"), StoredSegment.KEY_HEX + "\n");
    var config = new JsonObject().put("keyFile", keyFile.toString()).put("life", life);
    return await(
        vertx.deployVerticle(new HealVerticle(), new DeploymentOptions().setConfig(config)));
  }

  /// A segment that lacks its first shard, and a task that says so.
  private StoredSegment damaged(int counter) {
    var stored = near.keep(HealFixture.segment(new Layout(4, 2), SIZE, counter));
    near.origins.disk("disk-a").files.remove(stored.name(0));
    near.catalog.damaged(stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 0));
    return stored;
  }

  private SettleHeal settled() throws InterruptedException {
    return Objects.requireNonNull(
        near.catalog.settled.poll(20, SECONDS), "the claim was not settled");
  }

  private String sessionOfFirstShard(StoredSegment stored) {
    var attempt = near.catalog.segment(stored).locations().getFirst().attemptId();
    return HexFormat.of().toHexDigits(WriteId.parse(attempt).session());
  }

  @Test
  void aNewLifeTakesUpAtOnceWhatAnEarlierLifeOfItsNodeHadClaimed() throws Exception {
    var stored = damaged(1);
    var task = Objects.requireNonNull(near.catalog.due.poll());
    near.catalog.sessions.put("00000000000000aa", new OpenSession("node-1/heal", "life-1"));
    near.catalog.held.put(task.taskId(), new Held("00000000000000aa", task));
    deploy("life-2");
    assertThat(settled().outcome()).isEqualTo("healed");
    assertThat(near.catalog.closedSessions).containsExactly("00000000000000aa");
    assertThat(near.catalog.segment(stored).locations().getFirst().attemptId())
        .isNotEqualTo(stored.segment().locations().getFirst().attemptId());
  }

  @Test
  void whatAnotherNodeHasClaimedIsLeftAlone() throws Exception {
    damaged(1);
    var task = Objects.requireNonNull(near.catalog.due.poll());
    near.catalog.sessions.put("00000000000000aa", new OpenSession("node-2/heal", "life-1"));
    near.catalog.held.put(task.taskId(), new Held("00000000000000aa", task));
    var other = damaged(2);
    deploy("life-2");
    assertThat(settled().outcome()).isEqualTo("healed");
    assertThat(near.catalog.closedSessions).isEmpty();
    assertThat(near.catalog.held).containsOnlyKeys(task.taskId());
    assertThat(sessionOfFirstShard(other)).isNotEqualTo("00000000000000aa");
  }

  @Test
  void underASessionThatWasClosedInMidRepairNothingIsPublishedAndTheTaskIsDoneAnew()
      throws Exception {
    var refused = new LinkedBlockingQueue<MoveShards>();
    near.catalog.beforeMove =
        move -> {
          if (near.catalog.closedSessions.isEmpty()) {
            near.catalog.closeSession(move.sessionId());
            refused.add(move);
          }
        };
    var stored = damaged(1);
    deploy("life-1");
    var end = settled();
    assertThat(end.outcome()).as("%s", end.reason()).isEqualTo("healed");
    var lost = Objects.requireNonNull(refused.poll());
    assertThat(near.catalog.moves)
        .hasSize(1)
        .noneMatch(m -> m.sessionId().equals(lost.sessionId()));
    assertThat(sessionOfFirstShard(stored)).isEqualTo(end.owner()).isNotEqualTo(lost.sessionId());
    assertThat(near.catalog.settled).isEmpty();
  }

  @Test
  void aRepairIsBrokenOffWhenItsSessionIsFoundToBeClosed() throws Exception {
    var stored = damaged(1);
    var disk = near.origins.disk("disk-b");
    disk.hangOnRead.add(stored.name(1));
    deploy("life-1");
    var claim = Objects.requireNonNull(near.catalog.claims.poll(10, SECONDS));
    var asked = new CopyOnWriteArrayList<>(near.catalog.held.values());
    assertThat(asked).extracting(Held::owner).containsExactly(claim.owner());
    disk.hangOnRead.clear();
    near.catalog.closeSession(claim.owner());
    var end = settled();
    assertThat(end.outcome()).isEqualTo("healed");
    assertThat(end.owner()).isNotEqualTo(claim.owner());
    assertThat(near.catalog.moves).extracting(MoveShards::sessionId).containsOnly(end.owner());
  }

  @Test
  void whoeverHasItsSessionClosedClaimsUnderANewOne() throws Exception {
    deploy("life-1");
    var claim = Objects.requireNonNull(near.catalog.claims.poll(10, SECONDS));
    near.catalog.closeSession(claim.owner());
    damaged(1);
    assertThat(settled().owner()).isNotEqualTo(claim.owner());
  }

  /// Kills and restarts count claims; a task that merely could not be done once is tried again
  /// soon.
  @Test
  void claimsThatDiedWithTheirOwnerDoNotLengthenTheBackOff() throws Exception {
    var stored = near.keep(HealFixture.segment(new Layout(4, 2), SIZE, 1));
    near.origins.disk("disk-a").files.remove(stored.name(0));
    near.origins.disk("disk-b").files.remove(stored.name(1));
    near.origins.disk("disk-d").down = true;
    near.catalog.damaged(
        stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 0, 1), 5, 0);
    deploy("life-1");
    var end = settled();
    assertThat(end.outcome()).isEqualTo("retry");
    assertThat(end.attempt()).isEqualTo(5);
    assertThat(end.retryMillis()).isEqualTo(5_000);
    near.catalog.damaged(
        stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 0, 1), 9, 4);
    assertThat(settled().retryMillis()).isEqualTo(240_000);
  }

  @Test
  void whatBacksOffIsHastenedAfterAStartAndWhenAnOriginReturns() throws Exception {
    deploy("life-1");
    assertThat(near.catalog.hastened.poll(10, SECONDS)).isNotNull();
    var disk = near.origins.disk("disk-c");
    disk.down = true;
    near.catalog.claims.clear();
    near.world().bus().publish(OriginContract.ORIGIN_CHANGED, disk.state());
    assertThat(near.catalog.claims.poll(10, SECONDS)).as("it looked up").isNotNull();
    disk.down = false;
    near.world().bus().publish(OriginContract.ORIGIN_CHANGED, disk.state());
    assertThat(near.catalog.hastened.poll(10, SECONDS)).isNotNull();
    near.world().bus().publish(OriginContract.ORIGIN_CHANGED, disk.state());
    assertThat(near.catalog.hastened.poll(3, SECONDS)).as("it was here all the time").isNull();
  }

  @Test
  void aHealerThatIsStoppedGivesBackWhatItHasNotDone() throws Exception {
    near.policy.heal = new HealPolicy(1, 8, 300_000, true, true, Map.of(), 8, 100);
    var stored = damaged(1);
    near.origins.disk("disk-b").hangOnRead.add(stored.name(1));
    deploy("life-1");
    Objects.requireNonNull(near.catalog.claims.poll(10, SECONDS));
    near.policy.status = "Stopped";
    near.policy.publish(near.world());
    var end = settled();
    assertThat(end.outcome()).isEqualTo("interrupted");
    assertThat(near.catalog.moves).isEmpty();
  }
}
