package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.CONFLICT;
import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.TIMEOUT;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListLeaves;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Marker;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Shards on their way to an origin and back (B9, F2), also where it hangs (T16).
@ExtendWith(VertxExtension.class)
class OriginStreamsTest {
  private static final ShardFiles SHARDS = ShardFiles.of(ShardFiles.writeId(1));

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
  }

  @Test
  void whatIsWrittenIsReadInAnyRange() throws Exception {
    house.origin("disk-1").start();
    for (int index = 0; index < 3; index++) {
      var file = SHARDS.file(index);
      assertThat(house.write("disk-1", SHARDS, index).sizeBytes()).isEqualTo(file.length);
      assertThat(house.path(SHARDS, index, "disk-1")).hasBinaryContent(file);
      assertThat(house.read("disk-1", SHARDS, index, 0, file.length)).isEqualTo(file);
      assertThat(house.read("disk-1", SHARDS, index, 4096, 262_144))
          .isEqualTo(Arrays.copyOfRange(file, 4096, 4096 + 262_144));
      assertThat(house.read("disk-1", SHARDS, index, file.length - 5L, 1000))
          .isEqualTo(Arrays.copyOfRange(file, file.length - 5, file.length));
      assertThat(house.read("disk-1", SHARDS, index, file.length + 5L, 1000)).isEmpty();
      assertThat(house.read("disk-1", SHARDS, index, 0, 0)).isEmpty();
    }
    assertThat(
            house
                .ask(
                    OriginContract.LIST_LEAVES.at("disk-1"),
                    new ListLeaves(house.incarnation("disk-1")))
                .leaves())
        .containsExactly(SHARDS.name(0).leaf());
  }

  @Test
  void manyWritersOfOneLeafShareItsFlushes() throws Exception {
    var driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").start(_ -> driver);
    int before = driver.folderFlushes.get();
    var writes = new ArrayList<Future<?>>();
    house.on(() -> {
      for (int i = 0; i < 40; i++) {
        writes.add(house.begin("disk-1", ShardFiles.of(ShardFiles.writeId(i)), 0));
      }
      return Future.all(writes);
    });
    assertThat(driver.folderFlushes.get() - before).isBetween(2, 40);
    assertThat(house.extent("disk-1", SHARDS.name(0).leaf(), OriginContract.Depth.DEEP, 0).end())
        .extracting(OriginContract.ExtentEnd::names)
        .isEqualTo(40L);
  }

  @Test
  void aLongShardGoesToTheDiskWhileTheRestOfItComes() throws Exception {
    var driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").start(_ -> driver);
    var bytes = new byte[9 << 20];
    new Random(5).nextBytes(bytes);
    var life = house.incarnation("disk-1");
    var name = SHARDS.name(0);
    house.on(() -> house.begin("disk-1", life, name.path(), bytes, bytes.length, true));
    assertThat(driver.fileFlushes.get()).isBetween(2, 5);
    assertThat(house.path(SHARDS, 0, "disk-1")).hasBinaryContent(bytes);
  }

  /// After a failed flush nothing is known of what came before it, however well the last one goes.
  @Test
  void aFlushThatFailsOnTheWaySpoilsTheShard() throws Exception {
    var driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").start(_ -> driver);
    driver.onFileFlush.add(new Fault.Io("shard", "Input/output error"));
    var bytes = new byte[3 << 20];
    var life = house.incarnation("disk-1");
    assertFails(
        UNAVAILABLE,
        () ->
            house.on(() ->
                house.begin("disk-1", life, SHARDS.name(0).path(), bytes, bytes.length, true)));
    assertThat(driver.onFileFlush).isEmpty();
  }

  @Test
  void aNameIsWrittenOnceAndOnlyUnderItsRules() throws Exception {
    house.origin("disk-1").start();
    house.write("disk-1", SHARDS, 0);
    assertFails(CONFLICT, () -> house.write("disk-1", SHARDS, 0));
    assertThat(house.path(SHARDS, 0, "disk-1")).hasBinaryContent(SHARDS.file(0));
    var bytes = new byte[10];
    var life = house.incarnation("disk-1");
    for (var name : List.of("objects/000/../../x", "x", SHARDS.name(0).path() + "x")) {
      assertFails(
          INVALID_REQUEST,
          () -> house.on(() -> house.begin("disk-1", life, name, bytes, 10, true)));
    }
    assertFails(
        UNAVAILABLE,
        () ->
            house.on(() ->
                house.begin("disk-1", "f".repeat(16), SHARDS.name(1).path(), bytes, 10, true)));
  }

  @Test
  void aStreamThatIsShortLongOrBrokenIsNotAcknowledged() throws Exception {
    house.origin("disk-1").start();
    var file = SHARDS.file(0);
    var life = house.incarnation("disk-1");
    assertFails(
        INVALID_REQUEST,
        () ->
            house.on(() ->
                house.begin("disk-1", life, SHARDS.name(0).path(), file, file.length + 1L, true)));
    assertFails(
        INVALID_REQUEST,
        () ->
            house.on(() ->
                house.begin("disk-1", life, SHARDS.name(1).path(), file, file.length - 1L, true)));
    assertFails(
        FailureCode.CANCELLED,
        () ->
            house.on(() ->
                house.begin("disk-1", life, SHARDS.name(2).path(), file, file.length + 1L, false)));
  }

  @Test
  void notFoundIsSaidOnlyUnderAMarkerThatVerifies() throws Exception {
    house.origin("disk-1").start();
    assertFails(NOT_FOUND, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
  }

  @Test
  void anOriginThatHangsIsRefusedAtOnceAndStopsNoOther() throws Exception {
    var hung = new FaultyDriver(house.root("disk-1"));
    house
        .origin("disk-1")
        .origin("disk-2")
        .with("threads", 2)
        .with("operationTimeoutMillis", 300)
        .start(root -> root.endsWith("disk-1") ? hung : new FaultyDriver(root));
    house.write("disk-1", SHARDS, 0);
    house.write("disk-2", SHARDS, 0);
    var latch = new CountDownLatch(1);
    hung.hangOnRead = latch;
    for (int i = 0; i < 2; i++) {
      assertFails(UNAVAILABLE, TIMEOUT, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    }
    long begin = System.nanoTime();
    assertFails(UNAVAILABLE, UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    assertThat(System.nanoTime() - begin).isLessThan(200_000_000L);
    assertThat(house.read("disk-2", SHARDS, 0, 0, 10)).hasSize(10);
    assertThat(house.check("disk-1").health()).isEqualTo("unhealthy");
    assertThat(house.check("disk-1").reason()).contains("2 operations hang");

    hung.hangOnRead = null;
    latch.countDown();
    assertThat(house.checkUntil("disk-1", "healthy").health()).isEqualTo("healthy");
    assertThat(house.read("disk-1", SHARDS, 0, 0, 10)).hasSize(10);
  }

  /// Hedges end many reads half-way, and so do clients that go away (B3).
  @Test
  void whoeverStopsReadingSpeaksNoIllOfTheOrigin() throws Exception {
    var driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").with("threads", 4).start(_ -> driver);
    house.write("disk-1", SHARDS, 0);
    int length = SHARDS.file(0).length;
    for (int i = 0; i < 3; i++) {
      var latch = new CountDownLatch(1);
      driver.hangOnRead = latch;
      var source = house.reading("disk-1", SHARDS, 0, length);
      driver.awaitHanging();
      house.cancel(source);
      // The origin has heard of it by the time that it answers this.
      house.ask(
          OriginContract.LIST_LEAVES.at("disk-1"), new ListLeaves(house.incarnation("disk-1")));
      driver.hangOnRead = null;
      latch.countDown();
      driver.awaitClosedReads(1);
      assertThat(house.read("disk-1", SHARDS, 0, 0, 10)).hasSize(10);
      driver.awaitClosedReads(2);
      driver.closedReads.set(0);
    }
    assertThat(driver.closedUnderWay).hasValue(0);
    assertThat(house.changes).noneMatch(state -> state.health().equals("unhealthy"));
    assertThat(house.write("disk-1", SHARDS, 1).sizeBytes()).isPositive();
  }

  private static void assertFails(FailureCode one, FailureCode other, ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.code()).isIn(one, other));
  }

  private static void assertFails(FailureCode code, ThrowingCallable work) {
    assertFails(code, code, work);
  }
}
