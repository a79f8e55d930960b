package io.kintsugi.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.Copy;
import io.kintsugi.contract.TreeContract.DeleteTree;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.EntryPage;
import io.kintsugi.contract.TreeContract.FindEntry;
import io.kintsugi.contract.TreeContract.FoundEntry;
import io.kintsugi.contract.TreeContract.GetTree;
import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.OpenedEntry;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.ReadEntry;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Blobs;
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
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// B2, F13: the tree alone, its origins and its catalog played over the bus.
@Timeout(60)
class TreeVerticleTest {
  private static final Instant LATER = PlayedFiles.AT.plusSeconds(60);

  private final Vertx vertx = Vertx.vertx();
  private final Asker asker = new Asker();
  private PlayedFiles played;

  /// Somebody with a context and streams of its own, on which the neighbours are played too.
  private static final class Asker extends VerticleBase {
    private final CompletableFuture<World> made = new CompletableFuture<>();
    private final CompletableFuture<PlayedFiles> files = new CompletableFuture<>();

    @Override
    public Future<?> start() {
      var world = VertxWorld.of(vertx, new JsonObject());
      made.complete(world);
      files.complete(new PlayedFiles(world));
      return world.bus().registered();
    }

    World world() {
      return made.join();
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
    played = asker.files.join();
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private PlayedFiles.Place origin(String id) {
    return asker.on(() -> {
      var place = played.add(id);
      return asker.world().bus().registered().map(place);
    });
  }

  private void mount(String conflicts, Source... sources) {
    vertx
        .deployVerticle(
            new TreeVerticle(),
            new DeploymentOptions().setConfig(new JsonObject().put("hashBytesPerSecond", 0L)))
        .await();
    ask(TreeContract.PUT_TREE, new PutTree("b-1", List.of(sources), conflicts, null));
  }

  private <Q extends Record, A extends Record> A ask(Call<Q, A> call, Q question) {
    return asker.on(() -> asker.world().bus().ask(call, question));
  }

  private EntryPage list(
      String prefix, @Nullable String delimiter, @Nullable String after, int max) {
    return ask(TreeContract.LIST_ENTRIES, new ListEntries("b-1", prefix, delimiter, after, max));
  }

  private FoundEntry find(String key) {
    return ask(TreeContract.FIND_ENTRY, new FindEntry("b-1", key));
  }

  private record Got(OpenedEntry opened, Buffer content) {
    byte[] bytes() {
      return content.getBytes();
    }
  }

  private Got get(String key, @Nullable Long first, @Nullable Long last) {
    return asker.on(() -> {
      var source = asker.world().blobs().await(Blobs.OBJECT_WINDOW_BYTES);
      source.pause();
      var all = Buffer.buffer();
      Promise<Buffer> whole = Promise.promise();
      source.exceptionHandler(whole::tryFail);
      source.endHandler(_ -> whole.tryComplete(all));
      source.handler(all::appendBuffer);
      return asker
          .world()
          .bus()
          .ask(
              TreeContract.READ_ENTRY,
              new ReadEntry("b-1", key, first, last, null, source.ticket()))
          .onFailure(cause -> source.cancel(Failure.from(cause)))
          .compose(opened -> {
            source.resume();
            return whole.future().map(bytes -> new Got(opened, bytes));
          });
    });
  }

  private byte[] get(String key) {
    return get(key, null, null).bytes();
  }

  private static void assertFails(FailureCode code, ThrowingCallable asking, String... words) {
    assertThatThrownBy(asking)
        .satisfies(thrown -> {
          var failure = Failure.from(thrown);
          assertThat(failure.code()).as(failure.text()).isEqualTo(code);
          for (var word : words) {
            assertThat(failure.text()).contains(word);
          }
        });
  }

  private static List<String> keys(EntryPage page) {
    return page.entries().stream().map(Entry::key).toList();
  }

  private static byte[] random(int seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  @DisplayName("B2: one virtual tree over all origins; duplicates are one entry with all sources")
  void duplicatesAreOneEntryWithAllSources() {
    var a = origin("a");
    var b = origin("b");
    a.put("music/x.flac", "same");
    a.put("only-a", "1");
    b.put("x.flac", "same");
    b.put("only-b", "22");
    mount("priority", new Source("a", "music", 10), new Source("b", "", 20));
    played.know("a", "music/x.flac");
    played.know("b", "x.flac");
    var page = list("", null, null, 1000);
    assertThat(keys(page)).containsExactly("only-b", "x.flac");
    assertThat(page.complete()).isTrue();
    var entry = page.entries().getLast();
    assertThat(entry.copies()).extracting(Copy::originId).containsExactly("a", "b");
    assertThat(entry.copies()).extracting(Copy::relation).containsExactly("chosen", "same");
    assertThat(find("x.flac").entry()).isEqualTo(entry);
    assertThat(get("x.flac")).asString().isEqualTo("same");
  }

  @Test
  @DisplayName("B2: removing one copy shows the next, and removing the last leaves nothing")
  void removingOneCopyShowsTheNext() {
    var a = origin("a");
    var b = origin("b");
    a.put("k", "from a");
    b.put("k", "of b");
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertThat(get("k")).asString().isEqualTo("from a");
    a.files.clear();
    assertThat(get("k")).asString().isEqualTo("of b");
    b.files.clear();
    assertFails(FailureCode.NOT_FOUND, () -> get("k"), "k");
    assertThat(list("", null, null, 10).entries()).isEmpty();
  }

  @Test
  @DisplayName("B2: a listing while an origin is silent says that it is not complete, and why")
  void aSilentOriginIsNamed() {
    origin("a").put("k", "1");
    var b = origin("b");
    b.put("l", "1");
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    b.failing = Failure.of(FailureCode.UNAVAILABLE, "the disk is gone");
    var page = list("", null, null, 10);
    assertThat(keys(page)).containsExactly("k");
    assertThat(page.complete()).isFalse();
    assertThat(page.silent()).containsExactly(new Silent("b", "the disk is gone"));
    b.failing = null;
    assertThat(list("", null, null, 10).complete()).isTrue();
  }

  @Test
  @DisplayName("B2: not found, and could not know, are different answers")
  void notFoundIsNotUnknown() {
    var a = origin("a");
    var b = origin("b");
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertFails(FailureCode.NOT_FOUND, () -> find("k"));
    assertFails(FailureCode.NOT_FOUND, () -> find("../k"));
    b.failing = Failure.of(FailureCode.TIMEOUT, "no answer");
    assertFails(FailureCode.UNAVAILABLE, () -> find("k"), "b: no answer");
    assertFails(FailureCode.UNAVAILABLE, () -> get("k"), "b: no answer");
    a.failing = Failure.of(FailureCode.UNAVAILABLE, "hangs");
    assertFails(FailureCode.UNAVAILABLE, () -> list("", null, null, 10), "a: hangs", "b: no");
    assertFails(FailureCode.NOT_FOUND, () -> ask(TreeContract.GET_TREE, new GetTree("b-2")));
  }

  @Test
  void anOriginThatIsIllIsNotEvenAsked() {
    origin("a").put("k", "1");
    var b = origin("b");
    b.put("k", "1");
    b.health = "unhealthy";
    b.failures = 3;
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    var page = list("", null, null, 10);
    assertThat(page.silent()).containsExactly(new Silent("b", "unplugged"));
    assertThat(played.listings).hasSize(1);
  }

  @Test
  @DisplayName("B5: who is held to be ill but answers is asked, and read from in need")
  void anOriginThatAnswersThoughIllIsAsked() {
    for (var id : List.of("a", "b")) {
      origin(id).put("k", "same");
      played.know(id, "k");
    }
    var a = played.place("a");
    a.put("only", "1");
    a.health = "unhealthy";
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertThat(list("", null, null, 10).complete()).isTrue();
    assertThat(get("k", null, null).opened().servedFrom()).isEqualTo("b");
    assertThat(get("only", null, null).opened().servedFrom()).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  @DisplayName("B2: pages of any length make the same listing, with prefix and delimiter")
  void pagesMakeTheListing(long seed) {
    var random = new Random(seed);
    var all = new TreeSet<>(KeyOrder.INSTANCE);
    var sources = new ArrayList<Source>();
    for (var id : List.of("a", "b", "c")) {
      var place = origin(id);
      sources.add(new Source(id, "", 10));
      for (int i = 0; i < 40; i++) {
        var key =
            "dir" + random.nextInt(4) + (random.nextBoolean() ? "/" : "-") + random.nextInt(30);
        place.put(key, "x");
        all.add(key);
      }
    }
    mount("priority", sources.toArray(Source[]::new));
    for (var prefix : List.of("", "dir1", "dir1/", "dir2/1", "nothing")) {
      for (var delimiter : Arrays.asList(null, "/", "-")) {
        var expected = new TreeSet<>(KeyOrder.INSTANCE);
        for (var key : all) {
          if (key.startsWith(prefix)) {
            int at = delimiter == null ? -1 : key.indexOf(delimiter, prefix.length());
            expected.add(at < 0 ? key : key.substring(0, at + 1));
          }
        }
        int max = 1 + random.nextInt(7);
        assertThat(walked(prefix, delimiter, max))
            .as("prefix=%s delimiter=%s max=%d", prefix, delimiter, max)
            .containsExactlyElementsOf(expected);
      }
    }
  }

  private List<String> walked(String prefix, @Nullable String delimiter, int max) {
    var told = new ArrayList<String>();
    String after = null;
    do {
      var page = list(prefix, delimiter, after, max);
      var units = new ArrayList<>(keys(page));
      units.addAll(page.commonPrefixes());
      units.sort(KeyOrder.INSTANCE);
      assertThat(units).hasSizeLessThanOrEqualTo(max);
      told.addAll(units);
      after = page.next();
    } while (after != null);
    return told;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1000})
  @DisplayName("B2: where both are kept, a copy that differs has a name of its own, on every page")
  void bothAreKept(int max) {
    var a = origin("a");
    var b = origin("b");
    a.put("k", "one");
    b.put("k", "other!");
    a.put("k !", "between");
    a.put("k (from b)", "a file that really bears it");
    a.put("z", "last");
    mount("keep_both", new Source("a", "", 10), new Source("b", "", 20));
    if (max == 1000) {
      assertThat(walked("", null, max))
          .containsExactly("k", "k !", "k (from b)", "k (from b) (from b)", "z");
    }
    assertThat(get("k")).asString().isEqualTo("one");
    assertThat(get("k (from b)")).asString().isEqualTo("a file that really bears it");
    assertThat(get("k (from b) (from b)")).asString().isEqualTo("other!");
    a.files.remove("k (from b)");
    assertThat(walked("", null, max)).containsExactly("k", "k !", "k (from b)", "z");
    assertThat(get("k (from b)")).asString().isEqualTo("other!");
    assertThat(find("k (from b)").entry().conflictOf()).isEqualTo("k");
    assertFails(FailureCode.NOT_FOUND, () -> get("k (from a)"));
  }

  @Test
  void theNewestIsShownWhereThePolicySaysSo() {
    origin("a").put("k", new byte[] {1}, PlayedFiles.AT);
    origin("b").put("k", new byte[] {2, 2}, LATER);
    mount("newest", new Source("a", "", 10), new Source("b", "", 20));
    assertThat(get("k")).containsExactly(2, 2);
  }

  @Test
  @DisplayName(
      "B2, B3: what is the same by hash is read from the nearest: health, priority, latency")
  void theNearestIsRead() {
    for (var id : List.of("a", "b", "c")) {
      origin(id).put("k", "same");
      played.know(id, "k");
    }
    played.place("b").latencyMillis = 50;
    played.place("a").health = "degraded";
    mount("priority", new Source("a", "", 5), new Source("b", "", 10), new Source("c", "", 10));
    assertThat(get("k", null, null).opened().servedFrom()).isEqualTo("c");
    assertThat(played.reads).containsExactly("c 0");
  }

  @Test
  @DisplayName("B6: a read goes on elsewhere at the very byte, if both are the same by hash")
  void aReadGoesOnElsewhere() {
    var bytes = random(1, 1_000_000);
    origin("a").put("k", bytes, PlayedFiles.AT);
    origin("b").put("k", bytes, LATER);
    played.know("a", "k");
    played.know("b", "k");
    played.place("a").breaksAfter = 300_000;
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertThat(get("k")).isEqualTo(bytes);
    assertThat(played.reads).hasSize(2).first().isEqualTo("a 0");
    assertThat(played.reads.getLast()).startsWith("b ").isNotEqualTo("b 0");
    assertThat(get("k", 100_000L, 799_999L).bytes())
        .isEqualTo(Arrays.copyOfRange(bytes, 100_000, 800_000));
  }

  @Test
  @DisplayName("B6: what is not known to be the same is never spliced: the read breaks off")
  void whatIsNotKnownToBeTheSameIsNeverSpliced() {
    var bytes = random(2, 1_000_000);
    var a = origin("a");
    a.put("k", bytes, PlayedFiles.AT);
    origin("b").put("k", random(3, 900_000), LATER);
    a.breaksAfter = 300_000;
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertFails(FailureCode.UNAVAILABLE, () -> get("k"), "the wire broke");
    assertThat(played.reads).containsExactly("a 0");
  }

  @Test
  void aFileThatIsWrittenToMeanwhileBreaksTheReadOffThoughAnotherIsTheSame() {
    var bytes = random(4, 500_000);
    for (var id : List.of("a", "b")) {
      origin(id).put("k", bytes, PlayedFiles.AT);
      played.know(id, "k");
    }
    played.place("a").breaksAfter = 100_000;
    played.place("a").breaksWith =
        Failure.of(FailureCode.CONFLICT, "it was changed", "what", "file-changed");
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertFails(FailureCode.CONFLICT, () -> get("k"), "changed");
  }

  @Test
  @DisplayName("B6: a copy that falls silent is given up for one that is the same")
  void aCopyThatFallsSilentIsGivenUp() {
    for (var id : List.of("a", "b")) {
      origin(id).put("k", "same");
      played.know(id, "k");
    }
    played.place("a").mute = true;
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    var got = get("k", null, null);
    assertThat(got.bytes()).asString().isEqualTo("same");
    assertThat(got.opened().servedFrom()).isEqualTo("b");
    assertThat(got.opened().silent()).extracting(Silent::originId).containsExactly("a");
  }

  @Test
  @DisplayName(
      "B2: what lies twice is read in the background until it is known whether it is the same")
  void whatLiesTwiceIsHashed() throws Exception {
    origin("a").put("k", new byte[] {1, 2}, PlayedFiles.AT);
    origin("b").put("k", new byte[] {1, 2}, LATER);
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertThat(find("k").entry().copies().getLast().relation()).isEqualTo("unverified");
    for (int i = 0; i < 500 && played.records.size() < 2; i++) {
      vertx.timer(10, java.util.concurrent.TimeUnit.MILLISECONDS).await();
    }
    assertThat(find("k").entry().copies().getLast().relation()).isEqualTo("same");
  }

  @Test
  void bytesThatRottedAreNeverRead() {
    var a = origin("a");
    a.put("k", "rot");
    origin("b").put("k", "rat");
    played.know("b", "k");
    var stamp = Objects.requireNonNull(a.files.get("k")).stamp();
    var right = PlayedFiles.sha256("rat".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    var name = new io.kintsugi.contract.CatalogTreeContract.FileName("a", "k");
    played.records.put(
        name,
        new io.kintsugi.contract.CatalogTreeContract.FileRecord(
            "a", "k", stamp, right, PlayedFiles.AT, "f".repeat(64)));
    mount("priority", new Source("a", "", 10), new Source("b", "", 20));
    assertThat(get("k")).asString().isEqualTo("rat");
    played.place("b").files.clear();
    assertFails(FailureCode.CORRUPT, () -> get("k"));
  }

  @Test
  void rangesAndFilesWithoutBytes() {
    var a = origin("a");
    a.put("empty", "");
    a.put("k", "0123456789");
    mount("priority", new Source("a", "", 10));
    assertThat(get("empty")).isEmpty();
    assertThat(get("k", 3L, 5L).bytes()).asString().isEqualTo("345");
    assertThat(get("k", 8L, null).bytes()).asString().isEqualTo("89");
    assertFails(FailureCode.INVALID_RANGE, () -> get("k", 10L, null));
  }

  @Test
  void aTreeThatCannotBeIsRefusedAndOneThatIsForgottenIsGone() {
    origin("a").put("k", "1");
    mount("priority", new Source("a", "", 10));
    assertFails(
        FailureCode.VALIDATION_ERROR,
        () ->
            ask(
                TreeContract.PUT_TREE,
                new PutTree("b-2", List.of(new Source("x", "", 1)), "priority", null)),
        "no origin x");
    ask(TreeContract.DELETE_TREE, new DeleteTree("b-1"));
    assertFails(FailureCode.NOT_FOUND, () -> list("", null, null, 1), "b-1");
  }
}
