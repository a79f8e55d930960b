package io.kintsugi.collect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogCollectContract.NamesJudged;
import io.kintsugi.contract.CatalogCollectContract.Remnant;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogPackContract.RecordRow;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.BrakeMoved;
import io.kintsugi.contract.CollectContract.Collection;
import io.kintsugi.contract.CollectContract.Compaction;
import io.kintsugi.contract.CollectContract.GetCollection;
import io.kintsugi.contract.CollectContract.OrphansDoubted;
import io.kintsugi.contract.CollectContract.ReviewBrake;
import io.kintsugi.contract.CollectContract.RunCollection;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.DamageReported;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The collector alone, with the catalog and two origins played over the bus (T12, T18, F13).
@Timeout(60)
class CollectVerticleTest {
  private static final int TRIES = 1_500;
  private static final long SESSION = 0x0123456789abcdefL;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = VertxWorld.of(vertx, new JsonObject()).bus();
  private final PlayedStore store = new PlayedStore(bus);
  private final List<BrakeMoved> brakes = new CopyOnWriteArrayList<>();
  private final List<OrphansDoubted> doubts = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  /// With passes so seldom that only those that are asked for are made.
  private void deploy() {
    bus.listen(CollectContract.BRAKE_MOVED, brakes::add);
    bus.listen(CollectContract.ORPHANS_DOUBTED, doubts::add);
    bus.registered().await();
    var config = new JsonObject().put("periodMillis", 3_600_000).put("namesPerSecond", 100_000);
    vertx.deployVerticle(new CollectVerticle(), new DeploymentOptions().setConfig(config)).await();
  }

  private Collection run() {
    return run(new RunCollection(null));
  }

  private Collection run(RunCollection question) {
    bus.ask(CollectContract.RUN_COLLECTION, question).await();
    until(() -> !collection().running());
    return collection();
  }

  private Collection collection() {
    return bus.ask(CollectContract.GET_COLLECTION, new GetCollection()).await();
  }

  private Subsystem status() {
    return bus.ask(CollectContract.STATUS, new Subsystem.Ask()).await();
  }

  private void until(BooleanSupplier wanted) {
    for (int i = 0; i < TRIES && !wanted.getAsBoolean(); i++) {
      vertx.timer(10, TimeUnit.MILLISECONDS).await();
    }
    assertThat(wanted.getAsBoolean()).isTrue();
  }

  private static Remnant remnant(int number, boolean packed) {
    return new Remnant(id(number), 0, id(1000 + number), packed, 70);
  }

  private static String id(int counter) {
    return new WriteId(SESSION, counter).toString();
  }

  private static String name(int number) {
    return Names.shard(new WriteId(SESSION, number), 0, new WriteId(SESSION, 1000 + number));
  }

  private void remnants(String origin, int count) {
    store.remnants.put(
        origin,
        new CopyOnWriteArrayList<>(
            IntStream.range(0, count).mapToObj(i -> remnant(i, false)).toList()));
  }

  private static String state(Collection collection, int origin) {
    return collection.origins().get(origin).state();
  }

  @Test
  void whatTheCatalogHandsOutIsRemovedPageByPageAndConfirmed() {
    remnants("a", 150);
    deploy();
    var told = run();
    assertThat(store.log).startsWith("retire").contains("a remove " + name(149));
    assertThat(store.log)
        .filteredOn(line -> line.startsWith("a confirmed"))
        .containsExactly(
            "a confirmed 64, 6400 bytes",
            "a confirmed 64, 6400 bytes",
            "a confirmed 22, 2200 bytes");
    assertThat(store.remnants.get("a")).isEmpty();
    assertThat(state(told, 0)).isEqualTo("done");
  }

  @Test
  void whatLiesInAPackIsConfirmedWithoutTouchingIt() {
    store.remnants.put("a", new CopyOnWriteArrayList<>(List.of(remnant(1, true))));
    deploy();
    run();
    assertThat(store.log).contains("a confirmed 1, 0 bytes").noneMatch(l -> l.contains("remove"));
  }

  @Test
  void anOriginThatDoesNotAnswerKeepsItsRowsAndKeepsNobodyElseWaiting() {
    remnants("a", 3);
    remnants("b", 3);
    store.away.add("a");
    deploy();
    var told = run();
    assertThat(store.remnants.get("a")).hasSize(3);
    assertThat(store.remnants.get("b")).isEmpty();
    assertThat(state(told, 0)).startsWith("gave up: ");
    assertThat(state(told, 1)).isEqualTo("done");
    store.away.clear();
    run();
    assertThat(store.remnants.get("a")).isEmpty();
  }

  @Test
  void aNameThatCannotBeRemovedIsNotConfirmedAndDoesNotStandInTheWay() {
    remnants("a", 130);
    store.stubborn.add(name(0));
    store.stubborn.add(name(70));
    deploy();
    run();
    assertThat(store.remnants.get("a")).containsExactly(remnant(0, false), remnant(70, false));
  }

  @Test
  void whatIsJudgedIsCarriedOutAndTold() {
    store.judged.put(
        "a", new NamesJudged(List.of(name(1)), List.of(name(2)), List.of(name(3)), null));
    deploy();
    run();
    assertThat(store.log)
        .containsSubsequence(
            "a restore " + name(2),
            "a quarantine " + name(1),
            "a remove " + name(3),
            "a settled quarantined=[%s] forgotten=[%s, %s] freed=100"
                .formatted(name(1), name(2), name(3)));
  }

  @Test
  void packsThatAreBeingWrittenAreNotSpokenOf() {
    deploy();
    run();
    assertThat(store.log)
        .contains("a seen packs/0000000000000001-1", "a held packs/0000000000000001-0")
        .doesNotContain("a seen packs/0000000000000001-2");
  }

  @Test
  void tooMuchDamageBrakesAnOriginUntilItIsWellAndWhatWasReadSinceIsSound() {
    deploy();
    remnants("a", 3);
    remnants("b", 3);
    store.verdicts.put("a", List.of(new Verdict("a", 1000, 101)));
    bus.publish(HealContract.DAMAGE_REPORTED, new DamageReported("scan", 101));
    until(() -> !brakes.isEmpty());
    var reason = "101 of the last 1000 verified shards were corrupt or stale";
    assertThat(brakes).containsExactly(new BrakeMoved("a", reason));
    until(() -> store.told.containsKey("a"));
    assertThat(store.brakes).containsEntry("a", reason);
    assertThat(status().errorMessage()).isEqualTo("a is braked: " + reason);
    run();
    assertThat(store.remnants.get("a")).hasSize(3);
    assertThat(store.remnants.get("b")).isEmpty();

    assertThat(review(false).reason()).startsWith(reason + "; not released: of 500 shards");
    store.verdicts.put("a", List.of(new Verdict("a", 500, 0), new Verdict("a", 1000, 101)));
    store.verdictsSince = 1;
    store.unwell.add("a");
    assertThat(review(false).reason()).isEqualTo(reason + "; not released: it is not well");
    assertThat(store.brakes).containsKey("a");
    store.unwell.clear();
    assertThat(review(false)).isEqualTo(new BrakeMoved("a", null));
    assertThat(store.told).isEmpty();
    assertThat(store.brakes).isEmpty();
    assertThat(status().errorMessage()).isNull();
    run();
    assertThat(store.remnants.get("a")).isEmpty();
  }

  private BrakeMoved review(boolean force) {
    return bus.ask(CollectContract.REVIEW_BRAKE, new ReviewBrake("a", force)).await();
  }

  @Test
  void anOperatorReleasesABrakeWhateverIsFound() {
    store.brakes.put("a", "rot");
    store.unwell.add("a");
    deploy();
    assertThat(review(true)).isEqualTo(new BrakeMoved("a", null));
    assertThat(store.brakes).isEmpty();
  }

  @Test
  void aBrakeOutlivesTheProcessAndIsToldAgainBeforeAnythingElse() {
    store.brakes.put("a", "rot");
    deploy();
    assertThat(store.told).containsEntry("a", "rot");
    assertThat(store.log).isEmpty();
  }

  @Test
  void moreOrphansThanAreSaneAreLeftAloneUntilSomebodyVouchesForThem() {
    store.orphans.put("a", 5000L);
    remnants("a", 1);
    deploy();
    assertThat(state(run(), 0)).startsWith("left alone: 5000 of 10000 names");
    assertThat(store.log).noneMatch(line -> line.startsWith("a "));
    run();
    until(() -> !doubts.isEmpty());
    assertThat(doubts).containsExactly(new OrphansDoubted("a", 5000, 5000));
    assertThat(status().errorMessage()).startsWith("a is left alone: ");
    assertThat(state(run(new RunCollection("a")), 0)).isEqualTo("done");
    assertThat(store.remnants.get("a")).isEmpty();
    assertThat(status().errorMessage()).isNull();
  }

  @Test
  void whatSomebodyElseCollectsIsLeftToHim() {
    remnants("a", 3);
    store.held = "node-2/collect/1";
    deploy();
    run();
    assertThat(store.log).isEmpty();
    store.held = null;
    run();
    assertThat(store.remnants.get("a")).isEmpty();
  }

  private static final String OLD_PACK = "packs/0000000000000001-1";

  private void sparse(int records) {
    var rows = new CopyOnWriteArrayList<RecordRow>();
    for (int i = 0; i < records; i++) {
      rows.add(
          new RecordRow(
              id(i), 0, id(5000 + i), "life-of-a", 64L * i, 60, "ab".repeat(32), true, 10));
    }
    store.packs.live.put(OLD_PACK, rows);
  }

  @Test
  void whatLivesInASparsePackIsCopiedAndItsRowsPointedToTheCopies() {
    sparse(150);
    deploy();
    var told = run();
    assertThat(store.packs.live.get(OLD_PACK)).isEmpty();
    assertThat(store.log)
        .containsSubsequence("a sparse? 50", "a copies 64", "a copies 64", "a copies 22");
    var moves = store.packs.moves.stream().flatMap(m -> m.moves().stream()).toList();
    assertThat(moves).hasSize(150);
    assertThat(moves.stream().map(m -> m.attemptId()).distinct()).hasSize(150);
    assertThat(moves.getFirst().oldAttemptId()).isEqualTo(id(5000));
    assertThat(moves.getFirst().attemptId()).startsWith(PlayedPacks.SESSION);
    assertThat(moves.getFirst().packed()).isEqualTo(new Packed(PlayedPacks.NEW_PACK, 0, 60));
    assertThat(told.origins().getFirst().compaction())
        .isEqualTo(new Compaction(0, 0, null, 150, 150 * 60));
    assertThat(told.origins().get(1).compaction()).isEqualTo(Compaction.NONE);
  }

  @Test
  void aDamagedRecordIsNotMovedButReportedAndWeighed() {
    sparse(3);
    store.packs.found.put(64L, Evidence.CORRUPT);
    deploy();
    var told = run();
    assertThat(store.packs.live.get(OLD_PACK)).hasSize(1);
    assertThat(store.packs.damages)
        .containsExactly(new Damage(id(1), 0, id(5001), "a", Evidence.CORRUPT, false, "flipped"));
    assertThat(store.packs.verdicts).containsExactly(new Verdict("a", 3, 1));
    assertThat(told.origins().getFirst().compaction().sparsePacks()).isEqualTo(1);
  }

  @Test
  void anOriginThatTakesNoCopiesIsNotAskedAgainInThisPass() {
    sparse(150);
    store.packs.full = true;
    remnants("a", 3);
    deploy();
    assertThat(state(run(), 0)).isEqualTo("done");
    assertThat(store.remnants.get("a")).isEmpty();
    assertThat(store.packs.live.get(OLD_PACK)).hasSize(150);
    assertThat(store.log).containsOnlyOnce("a copies 64");
  }

  @Test
  void aMoveWhoseAnswerIsLostIsAskedForOnceMore() {
    sparse(3);
    store.packs.lostAnswers.set(1);
    deploy();
    run();
    assertThat(store.packs.moves).hasSize(2);
    assertThat(store.packs.moves.get(1)).isEqualTo(store.packs.moves.get(0));
    assertThat(store.packs.live.get(OLD_PACK)).isEmpty();
  }

  @Test
  void copiesWhoseRowsDidNotMoveAreMadeAnewUnderOtherNames() {
    sparse(3);
    store.packs.refuseMoves = true;
    deploy();
    run();
    assertThat(store.packs.live.get(OLD_PACK)).hasSize(3);
    store.packs.refuseMoves = false;
    run();
    assertThat(store.packs.live.get(OLD_PACK)).isEmpty();
    var attempts =
        store.packs.moves.stream()
            .flatMap(m -> m.moves().stream())
            .map(move -> move.attemptId())
            .toList();
    assertThat(attempts).hasSize(6).doesNotHaveDuplicates();
  }
}
