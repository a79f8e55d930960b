package io.kintsugi.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.JournalContract.GetJournal;
import io.kintsugi.contract.JournalContract.JournalView;
import io.kintsugi.contract.JournalContract.Reach;
import io.kintsugi.contract.JournalContract.RebuildView;
import io.kintsugi.contract.JournalContract.StartRebuild;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The journal alone, the catalog and eight origins played over the bus (G1, F13).
@Timeout(60)
class JournalVerticleTest {
  private static final String CLUSTER = "c".repeat(32);
  private static final String NEW_CLUSTER = "d".repeat(32);
  private static final int DISKS = 8;

  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = VertxWorld.of(vertx, new JsonObject()).bus();
  private final PlayedCatalog catalog = new PlayedCatalog(bus, CLUSTER);
  private final Disks disks = new Disks(bus, CLUSTER, DISKS);
  private String deployment = "";
  private long snapshotBytes = Long.MAX_VALUE;

  @BeforeEach
  void begin() throws Exception {
    Files.writeString(folder.resolve("key"), ClusterKey.parse("5a".repeat(32)).revealHex());
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private void start() {
    var config =
        new JsonObject()
            .put("keyFile", folder.resolve("key").toString())
            .put("snapshotBytes", snapshotBytes)
            .put("tendMillis", 50);
    deployment =
        vertx
            .deployVerticle(new JournalVerticle(), new DeploymentOptions().setConfig(config))
            .await();
  }

  private void stop() {
    vertx.undeploy(deployment).await();
  }

  private void restart() {
    stop();
    start();
  }

  private long reach() {
    return bus.ask(JournalContract.REACH, new Reach()).await().seq();
  }

  private JournalView view() {
    return bus.ask(JournalContract.GET_JOURNAL, new GetJournal()).await();
  }

  private RebuildView rebuild(StartRebuild wish) {
    bus.ask(JournalContract.START_REBUILD, wish).await();
    until(() -> {
      var running = view().rebuild();
      return running != null && running.ended() != null;
    });
    return Objects.requireNonNull(view().rebuild());
  }

  private void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      vertx.timer(10, TimeUnit.MILLISECONDS).await();
    }
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  /// A journal of so many records, one change each, and a catalog that was lost after.
  private void loseAfter(int changes) {
    start();
    for (int i = 0; i < changes; i++) {
      catalog.change(1);
      assertThat(reach()).isEqualTo(catalog.seqs().size());
    }
    stop();
    catalog.lose(NEW_CLUSTER);
  }

  private Map.Entry<String, byte[]> only(String disk) {
    var files = disks.files(disk).entrySet().stream().filter(f -> f.getValue().length > 0).toList();
    assertThat(files).hasSize(1);
    return files.getFirst();
  }

  @Test
  @DisplayName("G1: a change lies on m+1 origins before it is answered for")
  void changesLieOnMPlusOneOrigins() {
    start();
    catalog.change(5);
    assertThat(reach()).isEqualTo(5);
    assertThat(disks.bearers()).hasSize(3);
    assertThat(view().origins()).isEqualTo(disks.bearers());
    assertThat(catalog.guards).containsExactly("free");
  }

  @Test
  void whereFilesDoNotGrowEveryRecordIsAFileOfItsOwnAndAllOfThemAreRead() {
    disks.objects.addAll(IntStream.rangeClosed(1, DISKS).mapToObj(i -> "disk-" + i).toList());
    loseAfter(4);
    for (var bearer : disks.bearers()) {
      assertThat(disks.files(bearer)).hasSize(4);
    }
    start();
    assertThat(rebuild(new StartRebuild(false, false, false)).error()).isNull();
    assertThat(catalog.seqs()).isEqualTo(upTo(4));
  }

  @Test
  void originsWhereFilesGrowAreChosenBeforeThoseWhereTheyDoNot() {
    disks.objects.addAll(List.of("disk-1", "disk-2", "disk-3", "disk-4", "disk-5", "disk-6"));
    start();
    catalog.change(1);
    reach();
    assertThat(disks.bearers()).hasSize(3).contains("disk-7", "disk-8");
  }

  @Test
  void nobodyHasToAskForChangesToBeWritten() {
    start();
    catalog.change(1);
    until(() -> view().reachedSeq() == 1);
    assertThat(disks.bearers()).hasSize(3);
  }

  @Test
  @DisplayName("G1: a lost catalog is not used, and comes back from one origin of three")
  void aLostCatalogComesBackFromOneOrigin() {
    loseAfter(7);
    var bearers = disks.bearers();
    disks.gone.addAll(bearers.subList(0, 2));
    start();
    assertThat(catalog.guards.getLast()).isEqualTo("lost");
    assertThat(Failure.from(catchThrowable(this::reach)).is(FailureCode.UNAVAILABLE)).isTrue();
    var health = bus.ask(JournalContract.STATUS, new Subsystem.Ask()).await();
    assertThat(health.errorMessage()).contains("rebuild-catalog");

    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.error()).isNull();
    assertThat(ended.sources()).containsExactly(bearers.get(2));
    assertThat(catalog.seqs()).isEqualTo(upTo(7));
    assertThat(catalog.cluster()).isEqualTo(CLUSTER);
    until(() -> catalog.guards.getLast().equals("free"));
    // What two origins took with them lies on three again.
    catalog.change(1);
    // The rebuild has ended a moment before the catalog is in use again.
    until(() -> view().reachedSeq() > 0);
    assertThat(reach()).isEqualTo(8);
    assertThat(view().origins()).hasSize(3).doesNotContainAnyElementsOf(bearers.subList(0, 2));
  }

  @Test
  void aDryRunChangesNothing() {
    loseAfter(4);
    start();
    var ended = rebuild(new StartRebuild(true, false, false));
    assertThat(ended.counts()).containsEntry("changes", 4L).containsEntry("open_uploads", 4L);
    assertThat(catalog.seqs()).isEmpty();
    assertThat(catalog.guards.getLast()).isEqualTo("lost");
  }

  @Test
  @DisplayName("G1: an old catalog beside newer origins is replayed forward before it is used")
  void anOlderCatalogIsReplayedForward() {
    start();
    catalog.change(9);
    reach();
    stop();
    catalog.goBack(4);
    start();
    assertThat(catalog.guards.getLast()).isEqualTo("behind");
    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.fromSeq()).isEqualTo(4);
    assertThat(catalog.seqs()).isEqualTo(upTo(9));
    until(() -> catalog.guards.getLast().equals("free"));
  }

  /// A catalog that is older than what all who could say so know, who are silent at its start.
  private void startUnheard(int changes, int kept) {
    start();
    catalog.change(changes);
    reach();
    stop();
    catalog.goBack(kept);
    disks.gone.addAll(disks.bearers());
    start();
    assertThat(catalog.guards.getLast()).isEqualTo("free");
    assertThat(trouble()).contains("no journal was found").contains("disk-");
  }

  private @Nullable String trouble() {
    return bus.ask(JournalContract.STATUS, new Subsystem.Ask()).await().errorMessage();
  }

  @Test
  @DisplayName("G1: an old catalog is noticed when those answer who were silent at its start")
  void anOlderCatalogIsNoticedOnceTheJournalsAnswer() {
    startUnheard(9, 4);
    disks.gone.clear();
    until(() -> catalog.guards.getLast().equals("behind"));
    assertThat(rebuild(new StartRebuild(false, false, false)).error()).isNull();
    assertThat(catalog.seqs()).isEqualTo(upTo(9));
    until(() -> catalog.guards.getLast().equals("free"));
    catalog.change(1);
    assertThat(reach()).isEqualTo(10);
    assertThat(trouble()).isNull();
  }

  @Test
  @DisplayName("G1: an old catalog that was written on is noticed when the journals answer")
  void anOlderCatalogThatWasWrittenOnMeanwhileIsNoticedOnceTheJournalsAnswer() {
    startUnheard(9, 4);
    catalog.change(7);
    catalog.takeAnotherWay(9);
    assertThat(reach()).isEqualTo(11);
    disks.gone.clear();
    until(() -> catalog.guards.getLast().equals("forked"));
    assertThat(trouble()).contains("forked");
  }

  @Test
  void aCurrentCatalogStaysInUseWhenTheJournalsAnswerLate() {
    startUnheard(5, 5);
    catalog.change(2);
    assertThat(reach()).isEqualTo(7);
    disks.gone.clear();
    until(() -> trouble() == null);
    assertThat(catalog.guards).doesNotContain("behind", "forked");
    assertThat(catalog.guards.getLast()).isEqualTo("free");
  }

  @Test
  void anOlderCatalogThatWasWrittenOnIsNotUsed() {
    start();
    catalog.change(5);
    reach();
    stop();
    catalog.takeAnotherWay();
    start();
    assertThat(catalog.guards.getLast()).isEqualTo("forked");
    var refused = catchThrowable(() -> rebuild(new StartRebuild(false, false, false)));
    assertThat(Failure.from(refused).is(FailureCode.CONFLICT)).isTrue();
    assertThat(rebuild(new StartRebuild(false, false, true)).error()).isNull();
    assertThat(catalog.seqs()).isEqualTo(upTo(5));
  }

  @Test
  void anOlderCatalogThatTookAnotherWayIsNotReplayedForward() {
    start();
    catalog.change(9);
    reach();
    stop();
    catalog.goBack(5);
    catalog.takeAnotherWay();
    start();
    assertThat(catalog.guards.getLast()).isEqualTo("forked");
    var refused = catchThrowable(() -> rebuild(new StartRebuild(false, false, false)));
    assertThat(Failure.from(refused).is(FailureCode.CONFLICT)).isTrue();
  }

  @Test
  @DisplayName("G1: an origin that was away and knows other changes than the rest is named")
  void oneOriginWithAnotherTailIsNoticed() {
    start();
    catalog.change(7);
    reach();
    stop();
    var before = new TreeMap<>(disks.files("disk-1"));
    for (int disk = 1; disk <= DISKS; disk++) {
      disks.files("disk-" + disk).clear();
    }
    // Without the one that knows 7 it ended at 5, and went on from there.
    catalog.goBack(4);
    catalog.change(1);
    catalog.takeAnotherWay();
    start();
    reach();
    stop();
    assertThat(disks.bearers()).doesNotContain("disk-8");
    disks.files("disk-8").putAll(before);
    start();
    assertThat(view().state()).isEqualTo("forked");
    assertThat(view().reason()).contains("not those of disk-8");
  }

  @Test
  void aRebuildNamesTheOriginsThatItCouldNotAsk() {
    loseAfter(3);
    disks.gone.add(disks.bearers().getFirst());
    start();
    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.error()).isNull();
    assertThat(ended.refused()).singleElement().asString().contains("cannot be read");
  }

  @Test
  void aCatalogInUseIsNotRebuilt() {
    start();
    var refused = catchThrowable(() -> rebuild(new StartRebuild(false, false, false)));
    assertThat(Failure.from(refused).is(FailureCode.CONFLICT)).isTrue();
  }

  @Test
  void recordsThatWereCutShortEndNothingButThemselves() {
    loseAfter(6);
    // Cut in the last record, at every kind of place: in its trailer, its body, its header.
    int[] cuts = {10, 60, 200};
    for (int i = 0; i < cuts.length; i++) {
      var disk = disks.bearers().get(i);
      var file = only(disk);
      disks
          .files(disk)
          .put(file.getKey(), Arrays.copyOf(file.getValue(), file.getValue().length - cuts[i]));
    }
    start();
    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.refused()).isEmpty();
    assertThat(catalog.seqs()).isEqualTo(upTo(5));
  }

  @Test
  void aByteThatFlippedInEveryCopyCostsNothingIfItIsAnotherRecordEachTime() {
    loseAfter(9);
    var copies = disks.bearers();
    for (int i = 0; i < copies.size(); i++) {
      var bytes = only(copies.get(i)).getValue();
      // A length in a header, a magic, a body.
      int record = bytes.length / 9;
      bytes[record * (2 * i + 1) + List.of(45, 3, 80).get(i)] ^= 1;
    }
    start();
    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.error()).isNull();
    assertThat(ended.refused()).hasSize(3);
    assertThat(catalog.seqs()).isEqualTo(upTo(9));
  }

  @Test
  void whatOneCopyLacksOrHasWrongAnotherMakesGood() {
    loseAfter(12);
    var copies = disks.bearers();
    var first = only(copies.get(0));
    first.getValue()[first.getValue().length / 2] ^= 1;
    disks.files(copies.get(1)).clear();
    start();
    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.error()).isNull();
    assertThat(ended.gaps()).isEmpty();
    assertThat(ended.refused()).singleElement().asString().startsWith(copies.get(0));
    assertThat(catalog.seqs()).isEqualTo(upTo(12));
  }

  @Test
  void aFileThatShrankSinceItWasListedIsReadAsFarAsItGoes() {
    loseAfter(3);
    disks.shrunk.addAll(disks.bearers());
    start();
    assertThat(rebuild(new StartRebuild(false, false, false)).error()).isNull();
    assertThat(catalog.seqs()).isEqualTo(upTo(3));
  }

  @Test
  void aRecordOfAnotherKeyIsNotBelieved() throws Exception {
    loseAfter(3);
    Files.writeString(folder.resolve("key"), ClusterKey.parse("6b".repeat(32)).revealHex());
    start();
    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.error()).contains("no origin holds a journal");
    assertThat(ended.refused()).hasSize(3).allMatch(why -> why.contains("unknown key"));
    assertThat(catalog.seqs()).isEmpty();
  }

  @Test
  void aGapInAllCopiesIsToldAndStepsOverOnlyWhenAccepted() {
    loseAfter(4);
    start();
    rebuild(new StartRebuild(false, false, false));
    until(() -> catalog.guards.getLast().equals("free"));
    // A second file; the first one is then lost everywhere but for its first half.
    stop();
    var before = disks.copy();
    start();
    catalog.change(3);
    reach();
    stop();
    catalog.lose(NEW_CLUSTER);
    before.forEach((disk, files) ->
        files.forEach((name, bytes) -> {
          if (bytes.length > 0) {
            disks.files(disk).put(name, Arrays.copyOf(bytes, bytes.length / 2));
          }
        }));
    start();
    var refused = rebuild(new StartRebuild(false, false, false));
    assertThat(refused.gaps()).containsExactly("3..4");
    assertThat(refused.error()).contains("3..4", "--accept-gap");
    assertThat(catalog.seqs()).isEmpty();

    var accepted = rebuild(new StartRebuild(false, true, false));
    assertThat(accepted.error()).isNull();
    assertThat(accepted.gaps()).containsExactly("3..4");
    assertThat(catalog.seqs()).containsExactly(1L, 2L, 5L, 6L, 7L);
  }

  @Test
  void aFullOriginIsLeftForAnother() {
    start();
    catalog.change(1);
    reach();
    var before = view().origins();
    disks.full.add(before.getFirst());
    catalog.change(1);
    assertThat(reach()).isEqualTo(2);
    assertThat(view().origins()).hasSize(3).doesNotContain(before.getFirst());
  }

  @Test
  void onFullOriginsNothingIsAnsweredForUntilThereIsRoom() {
    IntStream.rangeClosed(1, DISKS).forEach(i -> disks.full.add("disk-" + i));
    catalog.change(1);
    start();
    var failure = Failure.from(catchThrowable(this::reach));
    assertThat(failure.is(FailureCode.UNAVAILABLE)).isTrue();
    assertThat(failure.text()).contains("no origin takes the journal");
    assertThat(view().warning()).isNotNull();
    disks.full.clear();
    assertThat(reach()).isEqualTo(1);
    restart();
    assertThat(catalog.guards.getLast()).isEqualTo("free");
    assertThat(view().reachedSeq()).isEqualTo(1);
  }

  @Test
  void aHungOriginHoldsNobodyUpForLong() {
    start();
    catalog.change(1);
    reach();
    var hung = view().origins().getFirst();
    disks.hung.add(hung);
    catalog.change(1);
    long began = System.nanoTime();
    assertThat(reach()).isEqualTo(2);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    assertThat(view().origins()).hasSize(3).doesNotContain(hung);
  }

  @Test
  void whatAnOriginTookWithItIsWrittenToAnother() {
    start();
    catalog.change(10);
    reach();
    var lost = view().origins().getFirst();
    disks.gone.add(lost);
    catalog.change(1);
    assertThat(reach()).isEqualTo(11);
    var now = view().origins().stream().filter(id -> !id.equals(lost)).toList();
    assertThat(now).hasSize(3);
    var latecomer = disks.bearers().stream().filter(now::contains).toList();
    assertThat(latecomer).hasSize(3);
    long wanted = disks.files(now.get(0)).values().stream().mapToLong(b -> b.length).sum();
    until(() ->
        now.stream()
            .allMatch(
                id -> disks.files(id).values().stream().mapToLong(b -> b.length).sum() >= wanted));
    // Any one of them knows everything.
    stop();
    catalog.lose(NEW_CLUSTER);
    now.subList(0, 2).forEach(disks.gone::add);
    start();
    assertThat(rebuild(new StartRebuild(false, false, false)).error()).isNull();
    assertThat(catalog.seqs()).isEqualTo(upTo(11));
  }

  @Test
  @DisplayName("snapshots keep the journal short, and a rebuild begins with one")
  void snapshotsMakeOlderFilesDispensable() {
    snapshotBytes = 1000;
    start();
    int last = 0;
    while (catalog.firstKept() < 5) {
      catalog.change(1);
      last++;
      reach();
      vertx.timer(20, TimeUnit.MILLISECONDS).await();
      if (last % 5 == 0) {
        restart();
      }
    }
    stop();
    catalog.lose(NEW_CLUSTER);
    start();
    var ended = rebuild(new StartRebuild(false, false, false));
    assertThat(ended.error()).isNull();
    assertThat(ended.snapshotSeq()).isPositive();
    assertThat(catalog.seqs()).isEqualTo(upTo(last));
  }

  @Test
  void aSnapshotThatWasCutShortIsNoneAndTheOneBeforeItServes() {
    snapshotBytes = 1000;
    start();
    int last = 0;
    while (catalog.firstKept() < 5) {
      catalog.change(1);
      last++;
      reach();
      vertx.timer(20, TimeUnit.MILLISECONDS).await();
    }
    stop();
    catalog.lose(NEW_CLUSTER);
    for (var disk : disks.bearers()) {
      var newest =
          disks.files(disk).keySet().stream().filter(name -> name.endsWith(".snapshot")).toList();
      var file = newest.getLast();
      var bytes = disks.files(disk).getOrDefault(file, new byte[0]);
      disks.files(disk).put(file, Arrays.copyOf(bytes, bytes.length - 1));
    }
    start();
    assertThat(rebuild(new StartRebuild(false, false, false)).error()).isNull();
    assertThat(catalog.seqs()).isEqualTo(upTo(last));
  }
}
