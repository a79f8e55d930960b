package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.STORAGE_ERROR;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.Pack;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Marker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A disk that fails, fills, hangs or goes away while a pack is written: what is acknowledged is
/// there, and nothing is acknowledged that is not (F2).
@ExtendWith(VertxExtension.class)
class OriginPackFaultsTest {
  private static final Fault BROKEN = new Fault.Io("x", "Input/output error");

  @TempDir Path folder;
  private House house;
  private FaultyDriver driver;
  private String deployment = "";

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    driver = new FaultyDriver(house.root("disk-1"));
    deployment = house.origin("disk-1").with("operationTimeoutMillis", 1_500).start(_ -> driver);
  }

  @Test
  void aFailedFlushGivesThePackUpAndWhatWasNotAcknowledgedGoesOnceMoreIntoANewOne()
      throws Exception {
    var before = house.packed("disk-1", small(1), 0);
    driver.onFlush.add(BROKEN);
    var after = house.packed("disk-1", small(2), 0);
    assertThat(after.pack()).isNotEqualTo(before.pack());
    assertThat(bytes(before)).isEqualTo(small(1).packed(0));
    assertThat(bytes(after)).isEqualTo(small(2).packed(0));
    assertThat(driver.closed).hasValue(1);
    assertThat(house.packs("disk-1")).extracting(Pack::open).containsExactly(false, true);
    assertThat(house.packed("disk-1", small(3), 0).pack()).isEqualTo(after.pack());
    assertThat(house.check("disk-1").health()).isEqualTo("healthy");
  }

  @Test
  void aRecordThatFailsTwiceIsToldSo() throws Exception {
    driver.onFlush.addAll(List.of(BROKEN, BROKEN));
    assertCode("UNAVAILABLE", house.records("disk-1", small(1).record(0), small(2).record(0)));
    house.checkUntil("disk-1", "healthy");
    assertThat(house.packed("disk-1", small(1), 0).pack()).endsWith("-3");
  }

  @Test
  void aWriteThatFindsNoRoomIsAStorageErrorOfEachRecordAndTheOriginIsFull() throws Exception {
    house.packed("disk-1", small(1), 0);
    driver.onWrite = new Fault.Full("x");
    assertCode("STORAGE_ERROR", house.records("disk-1", small(2).record(0), small(3).record(0)));
    driver.onWrite = null;
    OriginVerticleTest.assertFails(
        STORAGE_ERROR, () -> house.records("disk-1", small(2).record(0)));
    assertThat(house.check("disk-1").writable()).isTrue();
    assertThat(house.packed("disk-1", small(2), 0).pack()).endsWith("-2");
  }

  @Test
  void theReserveOfADiskIsNotWrittenInto() throws Exception {
    driver.freeBytes = Placing.RESERVE_BYTES - 1;
    house.check("disk-1");
    OriginVerticleTest.assertFails(
        STORAGE_ERROR, () -> house.records("disk-1", small(1).record(0)));
    driver.freeBytes = Placing.RESERVE_BYTES + 1_000_000;
    long before = house.check("disk-1").freeBytes();
    var place = house.packed("disk-1", small(1), 0);
    for (int i = 0; i < 200 && house.state("disk-1").freeBytes() == before; i++) {
      House.await(house.vertx.timer(10));
    }
    assertThat(house.state("disk-1").freeBytes()).isEqualTo(before - place.sizeBytes());
  }

  @Test
  void aDiskThatTakesNoWritesIsSaidToBeSoAndIsStillRead() throws Exception {
    var place = house.packed("disk-1", small(1), 0);
    driver.onWrite = new Fault.ReadOnly("x");
    driver.readOnly = true;
    assertCode("UNAVAILABLE", house.records("disk-1", small(2).record(0)));
    assertThat(house.check("disk-1").writable()).isFalse();
    OriginVerticleTest.assertFails(UNAVAILABLE, () -> house.records("disk-1", small(2).record(0)));
    assertThat(read(small(1), place)).isEqualTo(small(1).file(0));
  }

  @Test
  void aFlushThatHangsEndsInTimeForAllThatWaitAndLaterWritesUseANewPack() throws Exception {
    var before = house.packed("disk-1", small(1), 0);
    var hanging = new CountDownLatch(1);
    driver.hangOnFlush = hanging;
    var first = begin(small(2).record(0));
    var second = begin(small(3).record(0));
    assertCode("TIMEOUT", House.await(first).records());
    assertThat(House.await(second).records().getFirst().packed()).isNull();
    driver.hangOnFlush = null;
    hanging.countDown();
    house.checkUntil("disk-1", "healthy");
    var after = house.packed("disk-1", small(2), 0);
    assertThat(after.pack()).isNotEqualTo(before.pack());
    assertThat(bytes(after)).isEqualTo(small(2).packed(0));
  }

  @Test
  void whatWasFlushedToADiskThatIsNotOursAnyMoreIsNotAcknowledged() throws Exception {
    house.packed("disk-1", small(1), 0);
    var flushing = new CountDownLatch(1);
    driver.hangOnFlush = flushing;
    int flushes = driver.flushes.get();
    var answer = begin(small(2).record(0));
    driver.awaitHanging();
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    assertThat(house.check("disk-1").marker()).isEqualTo("blank");
    driver.hangOnFlush = null;
    flushing.countDown();
    assertCode("UNAVAILABLE", House.await(answer).records());
    assertThat(driver.flushes.get()).isEqualTo(flushes + 1);
  }

  @Test
  void aPackWhoseNameWasTakenAwayDuringAFlushAcknowledgesNothing() throws Exception {
    var before = house.packed("disk-1", small(1), 0);
    var flushing = new CountDownLatch(1);
    driver.hangOnFlush = flushing;
    var answer = begin(small(2).record(0));
    driver.awaitHanging();
    Files.delete(house.root("disk-1").resolve(before.pack()));
    driver.hangOnFlush = null;
    flushing.countDown();
    var after = House.await(answer).records().getFirst().packed();
    assertThat(after).isNotNull();
    assertThat(after.pack()).isNotEqualTo(before.pack());
    assertThat(bytes(after)).isEqualTo(small(2).packed(0));
  }

  @Test
  void aRootThatVanishedIsNotMadeByARecordAndComesBackByItself() throws Exception {
    var before = house.packed("disk-1", small(1), 0);
    var aside = folder.resolve("aside");
    Files.move(house.root("disk-1"), aside);
    assertCode("UNAVAILABLE", house.records("disk-1", small(2).record(0)));
    assertThat(house.root("disk-1")).doesNotExist();
    Files.createDirectory(house.root("disk-1"));
    house.check("disk-1");
    OriginVerticleTest.assertFails(UNAVAILABLE, () -> house.records("disk-1", small(2).record(0)));
    assertThat(house.root("disk-1").toFile().list()).isEmpty();

    Files.delete(house.root("disk-1"));
    Files.move(aside, house.root("disk-1"));
    assertThat(house.check("disk-1").health()).isEqualTo("healthy");
    var after = house.packed("disk-1", small(2), 0);
    assertThat(after.pack()).isNotEqualTo(before.pack());
    assertThat(read(small(1), before)).isEqualTo(small(1).file(0));
  }

  @Test
  void aReplacedDiskGetsAPackOfItsOwnAndTheOldOneIsReadNoMore() throws Exception {
    var before = house.packed("disk-1", small(1), 0);
    assertThat(read(small(1), before)).isEqualTo(small(1).file(0));
    Files.move(house.root("disk-1"), folder.resolve("old"));
    Files.createDirectory(house.root("disk-1"));
    house.replace("disk-1");
    var after = house.packed("disk-1", small(2), 0);
    assertThat(after.pack()).isNotEqualTo(before.pack());
    assertThat(folder.resolve("old").resolve(after.pack())).doesNotExist();
    assertThat(bytes(after)).isEqualTo(small(2).packed(0));
    OriginVerticleTest.assertFails(NOT_FOUND, () -> read(small(1), before));
  }

  @Test
  void aStopDoesNotWaitForAFlushThatHangsAndLeavesTheSessionToItsLease() throws Exception {
    house.stop(deployment);
    deployment = house.with("operationTimeoutMillis", 30_000).start(_ -> driver);
    house.packed("disk-1", small(1), 0);
    var hanging = new CountDownLatch(1);
    driver.hangOnFlush = hanging;
    var answer = begin(small(2).record(0));
    driver.awaitHanging();
    house.stop(deployment);
    assertThat(answer.result()).isNull();
    assertThat(house.sessions.closed).isEmpty();
    hanging.countDown();
  }

  private Future<RecordsWritten> begin(ShardRecord... records) throws Exception {
    return house.on(() -> Future.succeededFuture(house.beginRecords("disk-1", records)));
  }

  private static void assertCode(String code, List<RecordWritten> written) {
    assertThat(written)
        .isNotEmpty()
        .allSatisfy(record -> {
          assertThat(record.packed()).isNull();
          assertThat(record.failedCode()).isEqualTo(code);
          assertThat(record.failedText()).isNotBlank();
        });
  }

  private static ShardFiles small(int counter) {
    return OriginPacksTest.small(counter);
  }

  private byte[] read(ShardFiles shards, Packed place) throws Exception {
    return house.read("disk-1", shards.name(0).path(), place, 0, 1 << 20);
  }

  private byte[] bytes(Packed place) throws Exception {
    var bytes = Files.readAllBytes(house.root("disk-1").resolve(place.pack()));
    int from = (int) place.offset();
    return Arrays.copyOfRange(bytes, from, from + (int) place.sizeBytes());
  }
}
