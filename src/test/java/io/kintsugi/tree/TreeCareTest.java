package io.kintsugi.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.OriginMirrorContract.RefreshFile;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.Care;
import io.kintsugi.contract.TreeCareContract.CopyMended;
import io.kintsugi.contract.TreeCareContract.Damage;
import io.kintsugi.contract.TreeCareContract.GetTreeCare;
import io.kintsugi.contract.TreeCareContract.SourceVerified;
import io.kintsugi.contract.TreeCareContract.TreeCare;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.contract.TreeCareContract.VerifyTree;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.Copy;
import io.kintsugi.contract.TreeContract.FindEntry;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Copies in trees that are verified, mended and kept equal (B2, B10): the tree alone, its origins
/// and its catalog played over the bus.
@Timeout(60)
class TreeCareTest {
  private static final Instant LATER = PlayedFiles.AT.plusSeconds(60);
  private static final Care HEAL = new Care(Care.HEAL, Care.NEVER, 0);
  private static final Care EQUAL = new Care(Care.EQUAL, Care.NEVER, 0);
  private static final Care OFF = new Care(Care.OFF, Care.NEVER, 0);

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours neighbours = new Neighbours();
  private PlayedFiles files;
  private PlayedCare care;
  private String deployed = "";

  /// Those whom the tree asks, on a context of their own.
  private static final class Neighbours extends VerticleBase {
    private final CompletableFuture<World> world = new CompletableFuture<>();
    private final CompletableFuture<PlayedFiles> files = new CompletableFuture<>();
    private final CompletableFuture<PlayedCare> care = new CompletableFuture<>();

    @Override
    public Future<?> start() {
      var mine = VertxWorld.of(vertx, new JsonObject());
      world.complete(mine);
      files.complete(new PlayedFiles(mine));
      care.complete(new PlayedCare(mine, files.join()));
      return mine.bus().registered();
    }

    <T> T on(Supplier<Future<T>> work) {
      Promise<T> done = Promise.promise();
      context.runOnContext(_ -> work.get().onComplete(done));
      return done.future().await();
    }
  }

  @BeforeEach
  void begin() {
    vertx.deployVerticle(neighbours).await();
    files = neighbours.files.join();
    care = neighbours.care.join();
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private PlayedFiles.Place origin(String id) {
    return neighbours.on(() -> {
      var place = files.add(id);
      care.mirrors(id);
      return neighbours.world.join().bus().registered().map(place);
    });
  }

  private void deploy() {
    deployed =
        vertx
            .deployVerticle(
                new TreeVerticle(),
                new DeploymentOptions()
                    .setConfig(
                        new JsonObject().put("hashBytesPerSecond", 0L).put("careTickMillis", 20L)))
            .await();
  }

  private void put(String conflicts, Care wish, Source... sources) {
    ask(
        TreeContract.PUT_TREE,
        new PutTree("b-1", List.of(sources), conflicts, null, false, null, wish));
  }

  private void mount(Care wish, Source... sources) {
    deploy();
    put("priority", wish, sources);
  }

  private <Q extends Record, A extends Record> A ask(Call<Q, A> call, Q question) {
    return neighbours.on(() -> neighbours.world.join().bus().ask(call, question));
  }

  private TreeCare care() {
    return ask(TreeCareContract.GET_TREE_CARE, new GetTreeCare("b-1"));
  }

  private void until(BooleanSupplier thing) {
    while (!thing.getAsBoolean()) {
      vertx.timer(10, TimeUnit.MILLISECONDS).await();
    }
  }

  /// Waits for the end of a reading that was begun now.
  private TreeCare verify() {
    ask(TreeCareContract.VERIFY_TREE, new VerifyTree("b-1"));
    until(() -> Objects.requireNonNull(care().verification()).ended() != null);
    return care();
  }

  private List<String> states(TreeCare told) {
    return told.damages().stream().map(one -> one.originId() + " " + one.state()).toList();
  }

  private String text(String origin, String path) {
    var file = files.place(origin).files.get(path);
    return file == null ? "" : file.content().toString(UTF_8);
  }

  private String relation(String key, String origin) {
    return ask(TreeContract.FIND_ENTRY, new FindEntry("b-1", key)).entry().copies().stream()
        .filter(copy -> copy.originId().equals(origin))
        .map(Copy::relation)
        .findFirst()
        .orElse("none");
  }

  private @Nullable String complaint() {
    return ask(TreeCareContract.STATUS, new Subsystem.Ask()).errorMessage();
  }

  @Test
  @DisplayName("B2: all files are read, and what was read is known; no error forgets any of it")
  void allFilesAreRead() {
    var a = origin("a");
    for (int i = 0; i < 450; i++) {
      a.put("d/%03d".formatted(i), "text " + i);
    }
    origin("b").put("x", "x");
    mount(OFF, new Source("a", "d", 10), new Source("b", "", 20));
    assertThat(care().verification()).isNull();
    assertThat(care().due()).isNull();
    var told = Objects.requireNonNull(verify().verification());
    assertThat(told.sources()).extracting(SourceVerified::files).containsExactly(450L, 1L);
    assertThat(told.sources()).allMatch(source -> source.unread() == 0 && source.ended());
    assertThat(files.records).hasSize(451);
    a.failing = Failure.of(FailureCode.UNAVAILABLE, "the disk is gone");
    ask(TreeCareContract.VERIFY_TREE, new VerifyTree("b-1"));
    until(() -> Objects.requireNonNull(care().verification()).sources().getFirst().error() != null);
    var open = Objects.requireNonNull(care().verification());
    assertThat(open.ended()).isNull();
    assertThat(open.sources().getFirst().error()).isEqualTo("the disk is gone");
    assertThat(files.records).hasSize(451);
    a.failing = null;
    assertThat(Objects.requireNonNull(verify().verification()).sources().getFirst().files())
        .isEqualTo(450);
  }

  @Test
  @DisplayName("B2: the next life goes on from where the last one was")
  void theNextLifeGoesOn() {
    var a = origin("a");
    for (int i = 0; i < 9; i++) {
      a.put("k" + i, "text " + i);
    }
    var so = new SourceVerified("a", "", "k5", false, 6, 36, 36, 0, 0, null);
    care.verifications.put(
        "b-1",
        new Verification("b-1", neighbours.world.join().clock().instant(), null, List.of(so)));
    mount(OFF, new Source("a", "", 10));
    until(() -> {
      var now = care().verification();
      return now != null && now.ended() != null;
    });
    assertThat(files.hashed).containsExactly("a k6", "a k7", "a k8");
    var told = Objects.requireNonNull(care().verification()).sources().getFirst();
    assertThat(told.files()).isEqualTo(9);
    until(() -> Objects.requireNonNull(care.verifications.get("b-1")).ended() != null);
  }

  @Test
  @DisplayName("B2: rot is told once, and a component degraded, where nothing is to be mended")
  void rotIsTold() {
    origin("a").put("k", "right");
    origin("b").put("k", "right");
    mount(OFF, new Source("a", "", 10), new Source("b", "", 20));
    verify();
    assertThat(complaint()).isNull();
    files.place("a").put("k", "wrong");
    assertThat(states(verify())).containsExactly("a found");
    until(() ->
        "a found".equals(states(care()).getFirst())
            && care().damages().getFirst().reason() != null);
    assertThat(care().damages().getFirst().reason()).contains("mirror of b-1 is off");
    verify();
    assertThat(care.rots).hasSize(1);
    assertThat(care.refreshes).isEmpty();
    assertThat(relation("k", "a")).isEqualTo(Copy.ROTTEN);
    assertThat(complaint()).contains("1 rotten", "a:k");
    files.place("a").put("k", "right");
    verify();
    until(() -> care().damages().isEmpty());
    assertThat(complaint()).isNull();
  }

  @Test
  @DisplayName("B2, B10: rot is mended from a copy that was read just before, and kept aside")
  void rotIsMended() {
    origin("a").put("k", "right");
    origin("b").put("k", "right");
    mount(HEAL, new Source("a", "", 10), new Source("b", "", 20));
    verify();
    files.place("a").put("k", "wrong");
    var judged = Objects.requireNonNull(files.place("a").files.get("k")).stamp();
    verify();
    until(() -> !care.mended.isEmpty() && care().damages().isEmpty());
    assertThat(text("a", "k")).isEqualTo("right");
    assertThat(relation("k", "a")).isNotEqualTo(Copy.ROTTEN);
    var order = care.refreshes.getFirst();
    assertThat(order.trust()).isEqualTo(Trust.SOURCE_ONLY);
    assertThat(order.fromStamp())
        .isEqualTo(Objects.requireNonNull(files.place("b").files.get("k")).stamp());
    var replaced = Objects.requireNonNull(order.replaced());
    assertThat(replaced.stamp()).isEqualTo(judged);
    assertThat(replaced.keep()).isTrue();
    assertThat(care.mended)
        .singleElement()
        .satisfies(event -> {
          assertThat(event.how()).isEqualTo(CopyMended.MENDED);
          assertThat(event.fromOriginId()).isEqualTo("b");
          assertThat(event.keptAs()).isEqualTo("kept");
        });
    assertThat(Objects.requireNonNull(files.records.get(new FileName("a", "k"))).rotSha256())
        .isNull();
  }

  @Test
  @DisplayName("B2: the only copy, or one whose others have other bytes, is told as unmendable")
  void whatNobodyHasIsUnmendable() {
    origin("a").put("only", "right");
    files.place("a").put("k", "right");
    origin("b").put("k", "other");
    mount(HEAL, new Source("a", "", 10), new Source("b", "", 20));
    verify();
    files.place("a").put("only", "wrong");
    files.place("a").put("k", "wrong");
    verify();
    until(() -> states(care()).equals(List.of("a unmendable", "a unmendable")));
    assertThat(care.refreshes).isEmpty();
    assertThat(complaint()).contains("2 rotten", "unmendable");
    assertThat(text("a", "k")).isEqualTo("wrong");
  }

  @Test
  @DisplayName("B2: rot waits for an origin that is silent, and nothing is said to be lost")
  void rotWaitsForASilentOrigin() {
    origin("a").put("k", "right");
    var b = origin("b");
    b.put("k", "right");
    mount(HEAL, new Source("a", "", 10), new Source("b", "", 20));
    verify();
    b.failing = Failure.of(FailureCode.UNAVAILABLE, "unplugged");
    files.place("a").put("k", "wrong");
    ask(TreeCareContract.VERIFY_TREE, new VerifyTree("b-1"));
    until(() -> states(care()).equals(List.of("a waiting")));
    assertThat(care().damages().getFirst().reason()).contains("unplugged");
    b.failing = null;
    verify();
    until(() -> text("a", "k").equals("right"));
  }

  @Test
  @DisplayName("G2: what was brought is read before it counts, and told if it is wrong again")
  void whatWasBroughtIsRead() {
    origin("a").put("k", "right");
    origin("b").put("k", "right");
    mount(HEAL, new Source("a", "", 10), new Source("b", "", 20));
    verify();
    care.wrong = "worse";
    files.place("a").put("k", "wrong");
    verify();
    until(() -> states(care()).equals(List.of("a failed")));
    assertThat(care.mended).isEmpty();
    assertThat(relation("k", "a")).isEqualTo(Copy.ROTTEN);
    care.wrong = null;
    verify();
    until(() -> text("a", "k").equals("right") && care().damages().isEmpty());
  }

  @Test
  @DisplayName("B10: copies that lack or differ become equal to the one that is shown")
  void copiesAreKeptEqual() {
    var a = origin("a");
    var b = origin("b");
    origin("c").put("p/k", "same");
    a.put("k", "same");
    a.put("new", "only on a");
    a.put("old", "the newest text".getBytes(UTF_8), LATER);
    b.put("old", "older");
    b.put("wrong", "somebody wrote here".getBytes(UTF_8), LATER);
    a.put("wrong", "preferred");
    mount(EQUAL, new Source("a", "", 10), new Source("b", "", 20), new Source("c", "p", 30));
    until(() -> {
      var pass = care().mirroring();
      return pass != null && pass.ended() != null && care.mended.size() == 7;
    });
    for (var key : List.of("k", "new", "old", "wrong")) {
      assertThat(text("b", key)).as(key).isEqualTo(text("a", key));
      assertThat(text("c", "p/" + key)).as(key).isEqualTo(text("a", key));
    }
    assertThat(care.mended).extracting(CopyMended::how).containsOnly("copied", "updated");
    assertThat(kept()).containsExactlyInAnyOrder("old", "wrong");
    var pass = Objects.requireNonNull(care().mirroring());
    assertThat(pass.left()).isZero();
    assertThat(pass.brought()).isEqualTo(7);
    ask(TreeCareContract.VERIFY_TREE, new VerifyTree("b-1"));
    until(() ->
        Objects.requireNonNull(care().mirroring()).keys() == 4
            && Objects.requireNonNull(care().mirroring()).brought() == 0
            && Objects.requireNonNull(care().mirroring()).ended() != null);
    assertThat(care.refreshes).hasSize(7);
  }

  private List<String> kept() {
    return care.refreshes.stream()
        .filter(order -> Objects.requireNonNull(order.replaced()).keep())
        .map(RefreshFile::path)
        .toList();
  }

  @Test
  @DisplayName("B10: while an origin is silent no copy is said to be missing")
  void nothingIsMadeEqualWhileAnOriginIsSilent() {
    origin("a").put("k", "text");
    var b = origin("b");
    b.failing = Failure.of(FailureCode.UNAVAILABLE, "unplugged");
    mount(EQUAL, new Source("a", "", 10), new Source("b", "", 20));
    until(() ->
        care().mirroring() != null && Objects.requireNonNull(care().mirroring()).reason() != null);
    assertThat(Objects.requireNonNull(care().mirroring()).reason()).contains("b: unplugged");
    assertThat(care.refreshes).isEmpty();
    b.failing = null;
    ask(TreeCareContract.VERIFY_TREE, new VerifyTree("b-1"));
    until(() -> text("b", "k").equals("text"));
  }

  @Test
  void whatATreeWantsIsChecked() {
    origin("a");
    deploy();
    assertRefused("keep_both", EQUAL, "keep_both");
    assertRefused("priority", new Care("always", Care.NEVER, 0), "off, heal or equal");
    assertRefused("priority", new Care(Care.OFF, 1000, 0), "hour");
    assertRefused("priority", new Care(Care.OFF, Care.NEVER, -1), "negative");
    put("priority", EQUAL, new Source("a", "", 10));
    vertx.undeploy(deployed).await();
  }

  private void assertRefused(String conflicts, Care wish, String word) {
    assertThatThrownBy(() -> put(conflicts, wish, new Source("a", "", 10)))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(FailureCode.VALIDATION_ERROR);
              assertThat(failure.text()).contains(word);
            });
  }

  @Test
  void aTreeIsReadWhenItIsTime() {
    origin("a").put("k", "text");
    mount(new Care(Care.OFF, 3_600_000, 0), new Source("a", "", 10));
    until(() -> {
      var now = care().verification();
      return now != null && now.ended() != null;
    });
    assertThat(files.hashed).containsExactly("a k");
    var told = care();
    assertThat(told.due())
        .isEqualTo(
            Objects.requireNonNull(Objects.requireNonNull(told.verification()).ended())
                .plusSeconds(3_600));
    assertThat(told.damages()).extracting(Damage::path).isEmpty();
  }
}
