package io.kintsugi.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.FindEntry;
import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeWriteContract;
import io.kintsugi.contract.TreeWriteContract.DeleteEntries;
import io.kintsugi.contract.TreeWriteContract.DeleteEntry;
import io.kintsugi.contract.TreeWriteContract.DeletedEntry;
import io.kintsugi.contract.TreeWriteContract.EntryChanged;
import io.kintsugi.contract.TreeWriteContract.PutEntry;
import io.kintsugi.contract.TreeWriteContract.StoredEntry;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// B2, F2, F13: writing to a tree, its origins and its catalog played over the bus.
@Timeout(60)
class TreeWriteTest {
  private final Failure away = Failure.of(FailureCode.UNAVAILABLE, "unplugged");
  private final Failure lost = Failure.of(FailureCode.TIMEOUT, "no answer");
  private final Failure full = Failure.of(FailureCode.STORAGE_ERROR, "no space left");

  private final Vertx vertx = Vertx.vertx();
  private final BlockingQueue<EntryChanged> changes = new LinkedBlockingQueue<>();
  private final Asker asker = new Asker();
  private World world;
  private PlayedFiles files;
  private PlayedWrites writes;

  /// Somebody with a context and streams of its own.
  private static final class Asker extends VerticleBase {
    @Override
    public Future<?> start() {
      return Future.succeededFuture();
    }

    <T> T on(Supplier<Future<T>> work) {
      Promise<T> done = Promise.promise();
      context.runOnContext(_ -> {
        try {
          work.get().onComplete(done);
        } catch (RuntimeException e) {
          done.fail(e);
        }
      });
      return done.future().await();
    }
  }

  @BeforeEach
  void begin() {
    vertx.deployVerticle(asker).await();
    world = asker.on(() -> Future.succeededFuture(VertxWorld.of(vertx, new JsonObject())));
    files = asker.on(() -> Future.succeededFuture(new PlayedFiles(world)));
    writes = asker.on(() -> Future.succeededFuture(new PlayedWrites(world, files)));
    asker.on(() -> {
      world.bus().listen(TreeWriteContract.ENTRY_CHANGED, changes::add);
      for (var id : List.of("a", "b", "c")) {
        files.add(id);
        writes.add(id);
      }
      return world.bus().registered();
    });
    vertx.deployVerticle(new TreeVerticle()).await();
    ask(
        TreeContract.PUT_TREE,
        new PutTree(
            "t",
            List.of(new Source("a", "", 10), new Source("b", "in", 20), new Source("c", "", 30)),
            "priority",
            null,
            true,
            2));
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private <Q extends Record, A extends Record> A ask(Call<Q, A> call, Q question) {
    return asker.on(() -> world.bus().ask(call, question));
  }

  private StoredEntry put(String key, byte[] bytes, Condition condition) {
    return asker.on(() -> {
      var sink = world.blobs().offer();
      var stored =
          world
              .bus()
              .askWhile(
                  sink,
                  TreeWriteContract.PUT_ENTRY,
                  new PutEntry("t", key, bytes.length, condition, sink.offer()));
      for (int at = 0; at < bytes.length; at += 200_000) {
        sink.write(
            Buffer.buffer(Arrays.copyOfRange(bytes, at, Math.min(at + 200_000, bytes.length))));
      }
      sink.end();
      return stored;
    });
  }

  private StoredEntry put(String key, String text) {
    return put(key, text.getBytes(UTF_8), Condition.NONE);
  }

  private DeletedEntry delete(String key) {
    return ask(
            TreeWriteContract.DELETE_ENTRIES,
            new DeleteEntries("t", List.of(new DeleteEntry(key, Condition.NONE))))
        .entries()
        .getFirst();
  }

  private @Nullable String at(String origin, String path) {
    var file = files.place(origin).files.get(path);
    return file == null ? null : file.content().toString(UTF_8);
  }

  private PlayedWrites.Faults faults(String origin) {
    return Objects.requireNonNull(writes.faults.get(origin));
  }

  private List<String> listed() {
    return ask(TreeContract.LIST_ENTRIES, new ListEntries("t", "", null, null, 100))
        .entries()
        .stream()
        .map(TreeContract.Entry::key)
        .toList();
  }

  private List<String> shown(String key) {
    return ask(TreeContract.FIND_ENTRY, new FindEntry("t", key)).entry().copies().stream()
        .map(copy -> copy.originId() + " " + copy.relation())
        .toList();
  }

  private static void assertFails(FailureCode code, ThrowingCallable asking, String... words) {
    assertThatThrownBy(asking)
        .satisfies(thrown -> {
          var failure = Failure.from(thrown);
          assertThat(failure.code()).as(failure.text()).isEqualTo(code);
          for (var word : words) {
            assertThat(failure.text() + failure.details()).contains(word);
          }
        });
  }

  private void unplug(String origin) {
    var place = files.place(origin);
    place.failing = away;
    place.health = "unhealthy";
    place.failures = 3;
    tell(origin);
  }

  private void plugIn(String origin) {
    var place = files.place(origin);
    place.failing = null;
    place.health = "healthy";
    place.failures = 0;
    tell(origin);
  }

  private void tell(String origin) {
    asker.on(() -> {
      world
          .bus()
          .publish(
              FilesContract.FILE_ORIGIN_CHANGED, PlayedFiles.state(origin, files.place(origin)));
      return Future.succeededFuture(true);
    });
  }

  private void awaitChange(String change) throws InterruptedException {
    EntryChanged heard;
    do {
      heard = changes.poll(30, TimeUnit.SECONDS);
      assertThat(heard).as("nothing was " + change).isNotNull();
    } while (!heard.change().equals(change));
  }

  @Test
  @DisplayName("C3: a file goes to as many origins as the tree wants, the preferred ones first")
  void aFileGoesToAsManyOriginsAsWanted() throws Exception {
    var bytes = new byte[3_000_000];
    new Random(1).nextBytes(bytes);
    var stored = put("x/film", bytes, Condition.NONE);
    assertThat(stored.copies()).isEqualTo(2);
    assertThat(stored.created()).isTrue();
    assertThat(stored.pending()).isEmpty();
    assertThat(Objects.requireNonNull(files.place("a").files.get("x/film")).bytes())
        .isEqualTo(bytes);
    assertThat(Objects.requireNonNull(files.place("b").files.get("in/x/film")).bytes())
        .isEqualTo(bytes);
    assertThat(files.place("c").files).isEmpty();
    assertThat(stored.entry().etag()).isEqualTo(PlayedFiles.sha256(bytes).substring(0, 40));
    assertThat(shown("x/film")).containsExactly("a chosen", "b same");
    assertThat(writes.deeds).isEmpty();
    awaitChange("written");
  }

  @Test
  @DisplayName(
      "an overwritten key leaves no older copy anywhere, though more have it than are wanted")
  void everyOldCopyIsWrittenOver() {
    files.place("a").put("k", "old");
    files.place("b").put("in/k", "old");
    files.place("c").put("k", "older");
    assertThat(put("k", "new").created()).isFalse();
    assertThat(List.of("a k", "b in/k", "c k"))
        .allMatch(where -> "new".equals(at(where.substring(0, 1), where.substring(2))));
  }

  @Test
  void anEmptyFileIsAFile() {
    assertThat(put("empty", "").copies()).isEqualTo(2);
    assertThat(at("a", "empty")).isEmpty();
  }

  @Test
  @DisplayName(
      "RF 2 never silently becomes 1: with too few origins nothing is written, and why is told")
  void withTooFewOriginsNothingIsWritten() {
    unplug("a");
    faults("b").begin = full;
    assertFails(
        FailureCode.UNAVAILABLE, () -> put("k", "new"), "nothing was written", "no space left");
    assertThat(files.place("c").files).isEmpty();
    assertThat(writes.drafts()).isZero();
    assertThat(writes.deeds).isEmpty();
  }

  @Test
  @DisplayName(
      "an origin that fails while it is written gives way if enough others hold everything")
  void whatFailsOnTheWayIsLeftOut() {
    files.place("a").put("k", "old");
    files.place("b").put("in/k", "old");
    files.place("c").put("k", "old");
    faults("c").seal = lost;
    var stored = put("k", "new");
    assertThat(stored.copies()).isEqualTo(2);
    assertThat(stored.pending()).extracting(TreeContract.Silent::originId).containsExactly("c");
    assertThat(shown("k"))
        .as("the old copy is there, and not shown")
        .containsExactly("a chosen", "b same");
    assertThat(at("c", "k")).isEqualTo("old");
    assertThat(writes.deeds.get("k"))
        .satisfies(deed -> assertThat(deed.kind()).isEqualTo(Deed.WRITTEN));
  }

  @Test
  @DisplayName("a new key that too few take in the last step is taken back")
  void aNewKeyIsTakenBack() {
    faults("b").publish = full;
    assertFails(FailureCode.UNAVAILABLE, () -> put("k", "new"), "taken back", "no space left");
    assertThat(at("a", "k")).isNull();
    assertThat(writes.deeds).isEmpty();
    assertThat(listed()).isEmpty();
  }

  @Test
  @DisplayName("of an old key that too few take in the last step the new content stands, alone")
  void anOldKeyGoesOn() {
    files.place("a").put("k", "old");
    files.place("b").put("in/k", "old");
    faults("b").publish = lost;
    assertFails(FailureCode.UNAVAILABLE, () -> put("k", "new"), "the new content stands on 1");
    assertThat(shown("k")).containsExactly("a chosen");
    unplug("a");
    assertFails(
        FailureCode.UNAVAILABLE,
        () -> ask(TreeContract.FIND_ENTRY, new FindEntry("t", "k")),
        "unplugged");
  }

  @Test
  @DisplayName("if nobody knows whether a copy stands, what is shown waits for who can tell")
  void anUnknownOutcomeIsNotGuessed() {
    files.place("a").put("k", "old");
    files.place("b").put("in/k", "old");
    faults("a").publish = lost;
    faults("b").publish = lost;
    assertFails(FailureCode.UNAVAILABLE, () -> put("k", "new"), "not known yet");
    assertThat(shown("k")).as("all told, and nothing new is there").hasSize(2);
    unplug("b");
    assertFails(
        FailureCode.UNAVAILABLE,
        () -> ask(TreeContract.FIND_ENTRY, new FindEntry("t", "k")),
        "unknown");
  }

  @Test
  @DisplayName(
      "an origin that was away gets what was written meanwhile, and its old copy is never shown")
  void anOriginThatWasAwayCatchesUp() throws Exception {
    files.place("c").put("k", "old");
    unplug("c");
    var stored = put("k", "new");
    assertThat(stored.pending()).extracting(TreeContract.Silent::originId).containsExactly("c");
    assertThat(writes.deeds).containsKey("k");
    plugIn("c");
    awaitChange(EntryChanged.SETTLED);
    assertThat(at("c", "k")).isEqualTo("new");
    assertThat(writes.deeds).isEmpty();
    assertThat(shown("k")).containsExactly("a chosen", "b same", "c same");
  }

  @Test
  @DisplayName(
      "deletes do not resurrect: a copy on an origin that was away is removed when it is back")
  void aDeletedKeyStaysDeleted() throws Exception {
    for (var where : List.of("a", "c")) {
      files.place(where).put("k", "old");
    }
    unplug("c");
    assertThat(delete("k").existed()).isTrue();
    assertThat(at("a", "k")).isNull();
    assertFails(
        FailureCode.NOT_FOUND, () -> ask(TreeContract.FIND_ENTRY, new FindEntry("t", "k")), "no k");
    files.place("c").failing = null;
    files.place("c").health = "degraded";
    assertThat(listed()).as("back, and not told of yet").isEmpty();
    plugIn("c");
    awaitChange(EntryChanged.SETTLED);
    assertThat(at("c", "k")).isNull();
    assertThat(writes.deeds).isEmpty();
  }

  @Test
  @DisplayName("a file that somebody wrote while its origin was away is kept and shown")
  void aNewFileOfOthersIsKept() throws Exception {
    files.place("a").put("k", "old");
    files.place("c").put("k", "old");
    unplug("c");
    delete("k");
    files.place("c").put("k", "theirs".getBytes(UTF_8), PlayedFiles.AT.plusSeconds(100_000));
    plugIn("c");
    awaitChange(EntryChanged.SETTLED);
    assertThat(at("c", "k")).isEqualTo("theirs");
    assertThat(shown("k")).containsExactly("c chosen");
  }

  @Test
  @DisplayName("a tombstone does not outlive a writing of the same key")
  void aDeletedKeyCanBeWrittenAnew() {
    files.place("c").put("k", "old");
    unplug("c");
    delete("k");
    put("k", "new");
    files.place("c").failing = null;
    files.place("c").health = "healthy";
    assertThat(shown("k")).doesNotContain("c chosen").contains("a chosen");
  }

  @Test
  void conditionsHoldOrNothingIsWritten() {
    put("k", "one");
    assertFails(
        FailureCode.PRECONDITION_FAILED,
        () -> put("k", "two".getBytes(UTF_8), new Condition(null, "*")));
    assertFails(
        FailureCode.PRECONDITION_FAILED,
        () -> put("l", "two".getBytes(UTF_8), new Condition("*", null)));
    assertThat(at("a", "k")).isEqualTo("one");
    var etag = ask(TreeContract.FIND_ENTRY, new FindEntry("t", "k")).entry().etag();
    put("k", "two".getBytes(UTF_8), new Condition(etag, null));
    assertThat(at("a", "k")).isEqualTo("two");
  }

  @Test
  void keysThatNoFileCanBearAreRefused() {
    for (var key : List.of("../x", "a//b", "a/", "/a", "a/./b", "x".repeat(300))) {
      assertFails(FailureCode.INVALID_REQUEST, () -> put(key, "new"), "no file can bear");
      assertThat(delete(key).existed()).isFalse();
    }
  }

  @Test
  @DisplayName(
      "a tree that does not say so takes no writes, and stays readable without its catalog")
  void aTreeIsReadOnlyUnlessItSaysSo() {
    files.place("a").put("k", "old");
    ask(
        TreeContract.PUT_TREE,
        new PutTree("t", List.of(new Source("a", "", 10)), "priority", null, false, 1));
    assertFails(FailureCode.FORBIDDEN, () -> put("k", "new"), "read-only");
    assertFails(FailureCode.FORBIDDEN, () -> delete("k"), "read-only");
    assertThat(at("a", "k")).isEqualTo("old");
  }

  @Test
  void asManyCopiesAsOriginsAndNoMore() {
    assertFails(
        FailureCode.VALIDATION_ERROR,
        () ->
            ask(
                TreeContract.PUT_TREE,
                new PutTree("t", List.of(new Source("a", "", 1)), "priority", null, true, 2)),
        "replication_factor");
  }
}
