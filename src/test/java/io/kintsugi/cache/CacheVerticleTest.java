package io.kintsugi.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CacheContract;
import io.kintsugi.contract.CacheContract.CacheView;
import io.kintsugi.contract.CacheContract.GetCache;
import io.kintsugi.contract.CacheContract.ReadCopy;
import io.kintsugi.contract.CacheContract.StoreCopy;
import io.kintsugi.contract.CacheContract.WantCopy;
import io.kintsugi.kernel.Blobs;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// B7, F13: the cache alone, spoken to over the bus.
@Timeout(60)
class CacheVerticleTest {
  private static final long LIMIT_BYTES = 4_000_000;

  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final Asker asker = new Asker();
  private String deployment = "";

  /// Somebody with a context and streams of its own.
  private static final class Asker extends VerticleBase {
    private final CompletableFuture<World> made = new CompletableFuture<>();

    @Override
    public Future<?> start() {
      var world = VertxWorld.of(vertx, new JsonObject());
      made.complete(world);
      return world.bus().registered();
    }

    World world() {
      return made.join();
    }

    <T> T on(Supplier<Future<T>> work) {
      Promise<T> done = Promise.promise();
      context.runOnContext(_ -> work.get().onComplete(done));
      return done.future().await();
    }
  }

  @BeforeEach
  void begin() {
    vertx.deployVerticle(asker).await();
    start("all");
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private void start(String mode) {
    var config =
        new JsonObject()
            .put("folder", folder.resolve("cache").toString())
            .put("mode", mode)
            .put("limitBytes", LIMIT_BYTES);
    deployment =
        vertx
            .deployVerticle(new CacheVerticle(), new DeploymentOptions().setConfig(config))
            .await();
  }

  private void restart() {
    vertx.undeploy(deployment).await();
    start("all");
  }

  private static String version(int number) {
    return String.format("%032x", number);
  }

  private static byte[] content(int seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private void store(int number, byte[] content) {
    asker.on(() -> {
      var sink = asker.world().blobs().offer();
      var question = new StoreCopy(version(number), content.length, sink.offer());
      var stored = asker.world().bus().askWhile(sink, CacheContract.STORE_COPY, question);
      for (int at = 0; at < content.length; at += 10_000) {
        sink.write(
            Buffer.buffer(Arrays.copyOfRange(content, at, Math.min(content.length, at + 10_000))));
      }
      sink.end();
      return stored;
    });
  }

  private byte[] read(int number, long offset, long length) {
    return asker
        .on(() -> {
          var source = asker.world().blobs().await(Blobs.OBJECT_WINDOW_BYTES);
          source.pause();
          var all = Buffer.buffer();
          Promise<Buffer> whole = Promise.promise();
          source.exceptionHandler(whole::tryFail);
          source.endHandler(_ -> whole.tryComplete(all));
          source.handler(all::appendBuffer);
          var question = new ReadCopy(version(number), offset, length, source.ticket());
          return asker
              .world()
              .bus()
              .ask(CacheContract.READ_COPY, question)
              .onFailure(cause -> source.cancel(Failure.from(cause)))
              .compose(_ -> {
                source.resume();
                return whole.future();
              });
        })
        .getBytes();
  }

  private CacheView view() {
    return asker.on(() -> asker.world().bus().ask(CacheContract.GET_CACHE, new GetCache()));
  }

  private String want(int number, long sizeBytes) {
    return asker
        .on(() ->
            asker
                .world()
                .bus()
                .ask(CacheContract.WANT_COPY, new WantCopy(version(number), sizeBytes, true)))
        .reason();
  }

  private Path file(int number) {
    return folder.resolve("cache").resolve(version(number).substring(30)).resolve(version(number));
  }

  private void assertNoCopy(int number, FailureCode code) {
    assertThatThrownBy(() -> read(number, 0, 1))
        .satisfies(e -> assertThat(Failure.from(e).is(code)).as(e.toString()).isTrue());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 300_000})
  void whatIsStoredIsGivenOutInAnyRange(int length) {
    var content = content(length, length);
    store(7, content);
    assertThat(read(7, 0, length)).isEqualTo(content);
    var random = new Random(1);
    for (int i = 0; i < 20 && length > 0; i++) {
      int from = random.nextInt(length);
      int to = from + random.nextInt(length - from + 1);
      assertThat(read(7, from, to - from)).isEqualTo(Arrays.copyOfRange(content, from, to));
    }
    assertThatThrownBy(() -> read(7, length, 1))
        .satisfies(e -> assertThat(Failure.from(e).is(FailureCode.INVALID_RANGE)).isTrue());
  }

  @Test
  @DisplayName("B7: copies survive a restart, and what was never finished does not")
  void copiesSurviveARestart() throws Exception {
    store(1, content(1, 100_000));
    Files.writeString(file(1).resolveSibling(version(2) + ".part"), "half");
    Files.writeString(folder.resolve("cache").resolve("readme"), "of somebody else");
    restart();
    assertThat(read(1, 0, 100_000)).isEqualTo(content(1, 100_000));
    assertThat(view().copies()).isEqualTo(1);
    assertThat(file(1).resolveSibling(version(2) + ".part")).doesNotExist();
    assertThat(folder.resolve("cache").resolve("readme")).exists();
    assertThat(Files.getPosixFilePermissions(folder.resolve("cache")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 60, 64, 70, 200_000})
  @DisplayName("B7: a damaged copy is not given out, and is dropped")
  void aDamagedCopyIsDropped(int at) throws Exception {
    store(1, content(1, 300_000));
    var bytes = Files.readAllBytes(file(1));
    bytes[at] ^= 4;
    Files.write(file(1), bytes);
    assertThatThrownBy(() -> read(1, 0, 300_000))
        .satisfies(e -> assertThat(Failure.from(e).is(FailureCode.CORRUPT)).isTrue());
    assertNoCopy(1, FailureCode.NOT_FOUND);
    assertThat(view().damaged()).isEqualTo(1);
    assertThat(want(1, 300_000)).isEqualTo("wanted");
    store(1, content(1, 300_000));
    assertThat(read(1, 0, 300_000)).isEqualTo(content(1, 300_000));
  }

  @Test
  void aCopyThatIsCutShortOrGoneOrAnothersIsNone() throws Exception {
    store(1, content(1, 100_000));
    store(2, content(2, 100_000));
    store(3, content(3, 100_000));
    Files.write(file(1), Arrays.copyOf(Files.readAllBytes(file(1)), 70_000));
    Files.delete(file(2));
    Files.write(file(3), content(9, 10));
    for (int number = 1; number <= 3; number++) {
      assertNoCopy(number, FailureCode.CORRUPT);
      assertNoCopy(number, FailureCode.NOT_FOUND);
    }
  }

  @Test
  void aReaderWhoGoesAwayLeavesTheCopy() {
    var content = content(1, 3_900_000 / Keep.LARGEST_SHARE);
    for (int i = 0; i < 20; i++) {
      store(i, Arrays.copyOf(content, content.length - i));
      int number = i;
      asker.on(() -> {
        var source = asker.world().blobs().await(Blobs.SHARD_WINDOW_BYTES / 8);
        source.pause();
        var question = new ReadCopy(version(number), 0, content.length - number, source.ticket());
        return asker
            .world()
            .bus()
            .ask(CacheContract.READ_COPY, question)
            .onComplete(
                _ -> source.cancel(Failure.of(FailureCode.CANCELLED, "the client went away")));
      });
    }
    assertThat(read(19, 0, content.length - 19)).hasSize(content.length - 19);
    assertThat(view().damaged()).isZero();
  }

  @Test
  @DisplayName("B7: a copy that cannot be read just now is not taken for damaged")
  void aCopyThatCannotBeReadStays() throws Exception {
    store(1, content(1, 1000));
    var aside = file(1).resolveSibling("aside");
    Files.move(file(1), aside);
    Files.createDirectory(file(1));
    assertNoCopy(1, FailureCode.UNAVAILABLE);
    Files.delete(file(1));
    Files.move(aside, file(1));
    assertThat(read(1, 0, 1000)).isEqualTo(content(1, 1000));
  }

  @Test
  void theLongestUnusedGivesWay() {
    for (int i = 0; i < 10; i++) {
      store(i, content(i, 400_000 - 100));
    }
    // The first is used again; so the second is the longest unused.
    read(0, 0, 1);
    store(10, content(10, 400_000));
    assertThat(view().bytes()).isLessThanOrEqualTo(LIMIT_BYTES);
    assertThat(read(0, 0, 10)).hasSize(10);
    assertNoCopy(1, FailureCode.NOT_FOUND);
    assertThat(file(1)).doesNotExist();
    assertThat(view().evicted()).isPositive();
  }

  @Test
  @DisplayName("B7: the order of use survives a restart")
  void theOrderOfUseSurvivesARestart() throws Exception {
    for (int i = 0; i < 9; i++) {
      store(i, content(i, 400_000));
      Files.setLastModifiedTime(file(i), FileTime.from(Instant.ofEpochSecond(1_000_000L - i)));
    }
    restart();
    store(20, content(20, 400_000));
    store(21, content(21, 400_000));
    assertNoCopy(8, FailureCode.NOT_FOUND);
    assertThat(read(0, 0, 10)).hasSize(10);
  }

  @Test
  void aStreamThatIsBrokenOffOrOfAnotherLengthLeavesNoCopy() {
    for (long claimed : new long[] {99, 101}) {
      assertThatThrownBy(() ->
              asker.on(() -> {
                var sink = asker.world().blobs().offer();
                var question = new StoreCopy(version(1), claimed, sink.offer());
                var stored = asker.world().bus().askWhile(sink, CacheContract.STORE_COPY, question);
                sink.write(Buffer.buffer(new byte[100]));
                sink.end();
                return stored;
              }))
          .isInstanceOf(Exception.class);
    }
    assertThatThrownBy(() ->
            asker.on(() -> {
              var sink = asker.world().blobs().offer();
              var question = new StoreCopy(version(1), 1000, sink.offer());
              var stored = asker.world().bus().askWhile(sink, CacheContract.STORE_COPY, question);
              sink.write(Buffer.buffer(new byte[100]));
              sink.abort(Failure.of(FailureCode.CANCELLED, "the client went away"));
              return stored;
            }))
        .isInstanceOf(Exception.class);
    assertNoCopy(1, FailureCode.NOT_FOUND);
    assertThat(want(1, 100)).isEqualTo("wanted");
  }

  @Test
  void whatIsThereIsNotWantedAgainAndNothingIsWhereTheCacheIsOff() {
    assertThat(want(1, 100)).isEqualTo("wanted");
    store(1, content(1, 100));
    assertThat(want(1, 100)).isEqualTo("there");
    assertThat(want(2, LIMIT_BYTES)).isEqualTo("too-large");
    vertx.undeploy(deployment).await();
    start("off");
    assertThat(want(3, 100)).isEqualTo("off");
    assertThat(read(1, 0, 100)).as("what is there is given out all the same").hasSize(100);
  }
}
