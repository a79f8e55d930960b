package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Pack;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.Packed;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.PackRecord;
import io.kintsugi.kernel.Payload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Small shards written into packs, many of them with one flush.
@ExtendWith(VertxExtension.class)
class OriginPacksTest {
  private static final Geometry COPIES = new Geometry(1, 2);

  @TempDir Path folder;
  private House house;
  private FaultyDriver driver;
  private String deployment = "";

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    driver = new FaultyDriver(house.root("disk-1"));
    deployment = house.origin("disk-1").start(_ -> driver);
  }

  @Test
  void aRecordLiesInAPackAsItCameAndItsNameIsFlushedBefore() throws Exception {
    int before = driver.folderFlushes.get();
    var shard = small(1);
    var place = house.packed("disk-1", shard, 0);
    assertThat(place).isEqualTo(new Packed("packs/abcdef0000000000-1", 0, shard.packed(0).length));
    assertThat(bytes(place)).isEqualTo(shard.packed(0));
    assertThat(driver.flushes).hasValue(1);
    assertThat(driver.folderFlushes.get() - before).isEqualTo(2);

    house.packed("disk-1", small(2), 0);
    assertThat(driver.flushes).hasValue(2);
    assertThat(driver.folderFlushes.get() - before).isEqualTo(2);
  }

  @Test
  void recordsOfOneQuestionShareOneFlushAndLieAtMultiplesOf64WithZerosBetween() throws Exception {
    var shards = List.of(small(1), small(2), small(3));
    var written =
        house.records(
            "disk-1", shards.get(0).record(0), shards.get(1).record(1), shards.get(2).record(2));
    assertThat(driver.flushes).hasValue(1);
    long end = 0;
    for (int i = 0; i < 3; i++) {
      var place = Objects.requireNonNull(written.get(i).packed());
      assertThat(place.offset()).isEqualTo(PackRecord.aligned(end));
      assertThat(bytes(place)).isEqualTo(shards.get(i).packed(i));
      assertThat(file(place.pack(), end, place.offset()))
          .isEqualTo(new byte[(int) (place.offset() - end)]);
      end = place.offset() + place.sizeBytes();
    }
  }

  @Test
  void whatArrivesWhileAFlushRunsSharesTheNextOne() throws Exception {
    var flushing = new CountDownLatch(1);
    driver.hangOnFlush = flushing;
    var answers = new ArrayList<Future<OriginContract.RecordsWritten>>();
    answers.add(begin(small(1).record(0)));
    while (driver.created.get() == 0) {
      Thread.onSpinWait();
    }
    for (int i = 2; i <= 100; i++) {
      answers.add(begin(small(i).record(0)));
    }
    settle();
    assertThat(answers).noneMatch(Future::isComplete);
    driver.hangOnFlush = null;
    flushing.countDown();
    for (var answer : answers) {
      assertThat(House.await(answer).records()).allMatch(written -> written.packed() != null);
    }
    assertThat(driver.flushes.get()).isBetween(2, 3);
    assertThat(house.packs("disk-1")).hasSize(1);
  }

  @Test
  void aMistakeOfAnAskerIsToldByItselfAndReachesNoPack() throws Exception {
    var good = small(1);
    var torn = good.packed(0);
    torn[20] ^= 1;
    var cut = Arrays.copyOf(good.packed(0), good.packed(0).length - 1);
    var written =
        house.records(
            "disk-1",
            new ShardRecord("objects/../x", Payload.of(good.packed(0))),
            new ShardRecord(good.name(1).path(), Payload.of(good.packed(0))),
            new ShardRecord(small(2).name(0).path(), Payload.of(good.packed(0))),
            new ShardRecord(good.name(0).path(), Payload.of(torn)),
            new ShardRecord(good.name(0).path(), Payload.of(cut)),
            new ShardRecord(good.name(0).path(), Payload.of(new byte[5])),
            new ShardRecord(good.name(0).path(), Payload.of(good.file(0))),
            good.record(0));
    assertThat(written.subList(0, 7))
        .extracting(RecordWritten::failedCode)
        .containsOnly("INVALID_REQUEST");
    assertThat(written.get(1).failedText()).contains("of another index, 0");
    assertThat(written.get(7).packed())
        .isEqualTo(new Packed("packs/abcdef0000000000-1", 0, good.packed(0).length));
    assertThat(house.packs("disk-1").getFirst().sizeBytes())
        .isEqualTo(PackRecord.aligned(good.packed(0).length));
  }

  @Test
  void tooMuchAtOnceIsRefusedAndTooMuchWaitingIsBusy() throws Exception {
    var large = ShardFiles.of(ShardFiles.writeId(1), COPIES, 2_050_000);
    var two = new ShardRecord[] {large.record(0), large.record(1)};
    OriginVerticleTest.assertFails(
        INVALID_REQUEST,
        () -> house.records("disk-1", large.record(0), large.record(1), large.record(2)));
    var flushing = new CountDownLatch(1);
    driver.hangOnFlush = flushing;
    var answers = new ArrayList<Future<OriginContract.RecordsWritten>>();
    for (int i = 0; i < 8; i++) {
      answers.add(begin(two));
    }
    OriginVerticleTest.assertFails(UNAVAILABLE, () -> house.records("disk-1", two));
    driver.hangOnFlush = null;
    flushing.countDown();
    for (var answer : answers) {
      assertThat(House.await(answer).records()).allMatch(written -> written.packed() != null);
    }
    assertThat(house.records("disk-1", two)).allMatch(written -> written.packed() != null);
  }

  @Test
  void aPackIsSealedBeforeItGrowsBeyond64MebibytesAndNeverTouchedAgain() throws Exception {
    var large = ShardFiles.of(ShardFiles.writeId(1), COPIES, 2_050_000);
    var places = new ArrayList<Packed>();
    for (int i = 0; i < 17; i++) {
      for (var written : house.records("disk-1", large.record(0), large.record(1))) {
        places.add(Objects.requireNonNull(written.packed()));
      }
    }
    assertThat(places).extracting(Packed::pack).contains("packs/abcdef0000000000-2");
    assertThat(bytes(places.getLast())).isEqualTo(large.packed(1));
    assertThat(bytes(places.getFirst())).isEqualTo(large.packed(0));
    var packs = house.packs("disk-1");
    assertThat(packs).extracting(Pack::open).containsExactly(false, true);
    assertThat(packs.getFirst().sizeBytes()).isBetween(60L << 20, OpenPack.MAX_BYTES);
    settle();
    assertThat(driver.closed).hasValue(1);
  }

  @Test
  void packsThatExistAreListedByNameAndStrangeFilesAreNot() throws Exception {
    assertThat(house.packs("disk-1")).isEmpty();
    house.packed("disk-1", small(1), 0);
    var packs = house.root("disk-1").resolve("packs");
    Files.write(packs.resolve("0000000000000001-7"), new byte[100]);
    Files.write(packs.resolve("notes.txt"), new byte[100]);
    assertThat(house.packs("disk-1"))
        .containsExactly(
            new Pack("packs/0000000000000001-7", 100, false),
            new Pack(
                "packs/abcdef0000000000-1", PackRecord.aligned(small(1).packed(0).length), true));
  }

  @Test
  void aSessionThatIsLostEndsItsPackAndAnotherOneBeginsTheNext() throws Exception {
    house.sessions.leaseMillis = 60;
    house.packed("disk-1", small(1), 0);
    house.sessions.lost = true;
    House.await(house.vertx.timer(100));
    house.sessions.lost = false;
    house.sessions.leaseMillis = 30_000;
    assertThat(house.packed("disk-1", small(2), 0).pack()).isEqualTo("packs/abcdef0000000001-1");
    assertThat(house.packs("disk-1")).extracting(Pack::open).containsExactly(false, true);
  }

  @Test
  void aPackWhoseSessionIsOverIsLetGoOfBySomebodyWhoLooksThoughNobodyWrites() throws Exception {
    house.sessions.leaseMillis = 60;
    var first = house.packed("disk-1", small(1), 0);
    house.sessions.lost = true;
    House.await(house.vertx.timer(100));
    assertThat(driver.closed).as("while nobody looks").hasValue(0);
    assertThat(house.packs("disk-1")).extracting(Pack::open).containsExactly(false);
    settle();
    assertThat(driver.closed).hasValue(1);
    house.sessions.lost = false;
    house.sessions.leaseMillis = 30_000;
    assertThat(house.packed("disk-1", small(2), 0).pack()).isEqualTo("packs/abcdef0000000001-1");
    assertThat(bytes(first)).isEqualTo(small(1).packed(0));
  }

  @Test
  void aPackIsNotLetGoOfUnderAFlush() throws Exception {
    house.sessions.leaseMillis = 60;
    var flushing = new CountDownLatch(1);
    driver.hangOnFlush = flushing;
    var answer = begin(small(1).record(0));
    driver.awaitHanging();
    house.sessions.lost = true;
    House.await(house.vertx.timer(100));
    assertThat(house.packs("disk-1")).extracting(Pack::open).containsExactly(true);
    assertThat(driver.closed).hasValue(0);
    driver.hangOnFlush = null;
    flushing.countDown();
    assertThat(House.await(answer).records()).allMatch(written -> written.packed() != null);
    assertThat(house.packs("disk-1")).extracting(Pack::open).containsExactly(false);
  }

  @Test
  void withoutAWriteSessionNothingIsWritten() throws Exception {
    house.sessions.refuse = true;
    assertThat(house.records("disk-1", small(1).record(0)))
        .extracting(RecordWritten::failedCode)
        .containsExactly("UNAVAILABLE");
    assertThat(house.packs("disk-1")).isEmpty();
    assertThat(house.check("disk-1").health()).isEqualTo("healthy");
    house.sessions.refuse = false;
    house.packed("disk-1", small(1), 0);
  }

  @Test
  void aStopEndsTheRightToWrite() throws Exception {
    house.packed("disk-1", small(1), 0);
    house.stop(deployment);
    assertThat(house.sessions.closed).containsExactly("abcdef0000000000");
    assertThat(driver.closed).hasValue(1);
  }

  @Test
  void anotherLifeBeginsAPackOfItsOwn() throws Exception {
    var first = house.packed("disk-1", small(1), 0);
    house.stop(deployment);
    house.start(_ -> driver);
    var second = house.packed("disk-1", small(2), 0);
    assertThat(second.pack()).isNotEqualTo(first.pack());
    assertThat(bytes(first)).isEqualTo(small(1).packed(0));
    assertThat(house.packs("disk-1")).extracting(Pack::open).containsExactly(false, true);
  }

  @Test
  void whereFilesCannotGrowEachRecordBecomesAFileOfItsOwn() throws Exception {
    driver.appends = false;
    var shard = small(1);
    assertThat(house.records("disk-1", shard.record(0), shard.record(1)))
        .containsOnly(new RecordWritten(null, null, null));
    assertThat(house.path(shard, 0, "disk-1")).hasBinaryContent(shard.file(0));
    assertThat(house.path(shard, 1, "disk-1")).hasBinaryContent(shard.file(1));
    assertThat(house.packs("disk-1")).isEmpty();
    assertThat(house.records("disk-1", shard.record(0)))
        .extracting(RecordWritten::failedCode)
        .containsExactly("CONFLICT");
  }

  @Test
  void flushesAndRecordsAreCounted() throws Exception {
    var told = new ArrayList<MetricsContract.Usage>();
    house.listen(MetricsContract.USAGE, told::add);
    house.records("disk-1", small(1).record(0), small(2).record(0));
    for (int i = 0; i < 200 && told.isEmpty(); i++) {
      House.await(house.vertx.timer(10));
    }
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().source()).isEqualTo("origin");
    assertThat(told.getFirst().counts())
        .containsEntry("pack_flushes_total{origin=\"disk-1\"}", 1L)
        .containsEntry("pack_records_total{origin=\"disk-1\"}", 2L)
        .containsEntry("pack_bytes_total{origin=\"disk-1\"}", 2L * small(1).packed(0).length);
  }

  private Future<OriginContract.RecordsWritten> begin(ShardRecord... records) throws Exception {
    return house.on(() -> Future.succeededFuture(house.beginRecords("disk-1", records)));
  }

  /// Everything asked so far has reached the origin.
  private void settle() throws Exception {
    house.packs("disk-1");
    house.check("disk-1");
  }

  static ShardFiles small(int counter) {
    return ShardFiles.of(ShardFiles.writeId(counter), COPIES, 1000);
  }

  private byte[] bytes(Packed place) throws Exception {
    return file(place.pack(), place.offset(), place.offset() + place.sizeBytes());
  }

  private byte[] file(String pack, long from, long to) throws Exception {
    var bytes = Files.readAllBytes(house.root("disk-1").resolve(pack));
    return Arrays.copyOfRange(bytes, (int) from, (int) to);
  }
}
