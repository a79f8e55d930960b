package io.kintsugi.origin;

import static io.kintsugi.contract.Evidence.CORRUPT;
import static io.kintsugi.contract.Evidence.HEALTHY;
import static io.kintsugi.contract.Evidence.MISSING;
import static io.kintsugi.contract.Evidence.STALE;
import static io.kintsugi.contract.Evidence.UNKNOWN;
import static io.kintsugi.contract.Evidence.UNREACHABLE;
import static io.kintsugi.contract.OriginContract.Depth.DEEP;
import static io.kintsugi.contract.OriginContract.Depth.FORENSIC;
import static io.kintsugi.contract.OriginContract.Depth.NORMAL;
import static io.kintsugi.contract.OriginContract.Depth.QUICK;
import static io.kintsugi.contract.OriginContract.VERIFY_SHARD;
import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Block;
import io.kintsugi.format.Marker;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.Striping;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Damage done to files on a disk, and how deep one must look to find it (A3, A6). Each depth has
/// damage that it finds and the lesser one must miss (T2 to T4). T16: errors and hangs of the disk
/// are no damage.
@ExtendWith(VertxExtension.class)
class OriginVerifyTest {
  private static final ShardFiles SHARDS = ShardFiles.of(ShardFiles.writeId(1));
  private static final ShardFiles OTHERS = ShardFiles.of(ShardFiles.writeId(2));
  private static final int FOOTER_AT = (int) ShardFiles.footerOffset();

  @TempDir Path folder;
  private House house;
  private FaultyDriver driver;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").with("operationTimeoutMillis", 1_500).start(_ -> driver);
    house.write("disk-1", SHARDS, 0);
  }

  @Test
  void aSoundShardIsHealthyAtEveryDepth() throws Exception {
    var footer = Arrays.copyOfRange(SHARDS.file(0), FOOTER_AT, SHARDS.file(0).length);
    for (var depth : Depth.values()) {
      var found = look(depth);
      assertThat(found.evidence()).isEqualTo(HEALTHY);
      assertThat(found.detail()).isNull();
      assertThat(found.sizeBytes()).isEqualTo(SHARDS.file(0).length);
      assertThat(found.footerSha256())
          .isEqualTo(depth == QUICK ? null : ShardDigest.ofFooter(footer));
    }
    assertThat(look(QUICK).readBytes()).isZero();
    assertThat(look(NORMAL).readBytes()).isEqualTo(4096 + footer.length);
    assertThat(look(DEEP).readBytes()).isGreaterThanOrEqualTo(SHARDS.file(0).length - 1);
  }

  @Test
  void quickFindsWhatIsNotThereOrCanBeNoShard() throws Exception {
    damage(file -> Arrays.copyOf(file, 100));
    assertEvidence(CORRUPT, CORRUPT, CORRUPT, CORRUPT);
    Files.delete(file());
    assertEvidence(MISSING, MISSING, MISSING, MISSING);
  }

  @Test
  void normalFindsALostTailThatQuickMisses() throws Exception {
    damage(file -> Arrays.copyOf(file, file.length - 1));
    assertEvidence(HEALTHY, CORRUPT, CORRUPT, CORRUPT);
    assertThat(look(NORMAL).manifestMissing()).isFalse();
    damage(file -> Arrays.copyOf(file, FOOTER_AT));
    assertThat(look(NORMAL).manifestMissing()).isTrue();
    assertThat(look(DEEP).manifestMissing()).isTrue();
    assertThat(look(DEEP).manifestOnly()).isTrue();
  }

  @Test
  void normalFindsAFileThatIsTooLongForItsHeader() throws Exception {
    damage(file -> Arrays.copyOf(file, file.length + 1));
    assertEvidence(HEALTHY, CORRUPT, CORRUPT, CORRUPT);
  }

  @Test
  void normalFindsAFlippedBitInHeaderOrFooterThatQuickMisses() throws Exception {
    for (int at : new int[] {0, 20, 127, 3000, FOOTER_AT, FOOTER_AT + 40}) {
      damage(file -> flip(file, at));
      assertEvidence(HEALTHY, CORRUPT, CORRUPT, CORRUPT);
      var deep = look(DEEP);
      assertThat(deep.manifestOnly()).as("offset %s: %s", at, deep.detail()).isTrue();
      assertThat(look(NORMAL).manifestOnly()).isFalse();
    }
  }

  @Test
  void deepFindsAFlippedBitInABlockThatNormalMisses() throws Exception {
    for (int at :
        new int[] {4096, ShardFiles.blockOffset(1) + 5000, ShardFiles.blockOffset(2) + 64}) {
      damage(file -> flip(file, at));
      assertEvidence(HEALTHY, HEALTHY, CORRUPT, CORRUPT);
      assertThat(look(DEEP).manifestOnly()).isFalse();
    }
  }

  @Test
  void deepFindsBlocksThatChangedPlacesThoughEachIsSound() throws Exception {
    damage(file -> {
      var swapped = file.clone();
      System.arraycopy(file, 4096, swapped, ShardFiles.blockOffset(1), Striping.BLOCK_BYTES);
      System.arraycopy(file, ShardFiles.blockOffset(1), swapped, 4096, Striping.BLOCK_BYTES);
      return swapped;
    });
    assertEvidence(HEALTHY, HEALTHY, CORRUPT, CORRUPT);
  }

  @Test
  void forensicFindsABlockThatWasForgedWithItsChecksum() throws Exception {
    damage(file -> {
      var forged = flip(file, 9000);
      var geometry = ShardFiles.GEOMETRY;
      Block.encodeHead(
          forged, 4096, SHARDS.writeId(), 0, geometry.k(), geometry.m(), 0, Striping.PAYLOAD_BYTES);
      return forged;
    });
    assertEvidence(HEALTHY, HEALTHY, HEALTHY, CORRUPT);
    assertThat(look(FORENSIC).detail()).contains("DIGEST_MISMATCH");
  }

  @Test
  void anotherWritesSoundShardIsStaleOnceAllOfItIsSeen() throws Exception {
    damage(_ -> OTHERS.file(0));
    assertEvidence(HEALTHY, CORRUPT, STALE, STALE);
    damage(_ -> flip(OTHERS.file(0), 9000));
    assertEvidence(HEALTHY, CORRUPT, CORRUPT, CORRUPT);
  }

  @Test
  void theRightWriteUnderTheWrongIndexIsCorrupt() throws Exception {
    damage(_ -> SHARDS.file(1));
    assertEvidence(HEALTHY, CORRUPT, CORRUPT, CORRUPT);
  }

  @Test
  void aKeyThatIsNotKnownIsUnknownAndNeverDamage() throws Exception {
    damage(_ -> ShardFiles.of(SHARDS.writeId(), ShardFiles.OTHER_KEY).file(0));
    assertEvidence(HEALTHY, UNKNOWN, UNKNOWN, UNKNOWN);
  }

  @Test
  void anErrorOfTheDiskIsUnreachableAndNeverDamage() throws Exception {
    driver.onRead = new Fault.Io("x", "Input/output error");
    assertThat(look(DEEP).evidence()).isEqualTo(UNREACHABLE);
    driver.onRead = null;
    house.check("disk-1");
    assertThat(look(DEEP).evidence()).isEqualTo(HEALTHY);
  }

  @Test
  @DisplayName("T16: who may open no more files (EMFILE) knows of no damage and of no ill origin")
  void tooManyOpenFilesSayNothingOfAShardNorOfItsOrigin() throws Exception {
    driver.onRead = new Fault.TooManyFiles("x");
    for (var depth : List.of(NORMAL, DEEP, FORENSIC)) {
      assertThat(look(depth).evidence()).isEqualTo(UNREACHABLE);
    }
    var starved = house.check("disk-1");
    assertThat(starved.health()).isEqualTo("degraded");
    assertThat(starved.reason()).contains("too many open files");
    assertThat(starved.marker()).isEqualTo("ours");
    assertThat(starved.writable()).isTrue();
    Files.delete(file());
    assertThat(look(QUICK).evidence()).as("gone, but whose disk is it?").isEqualTo(UNREACHABLE);
    driver.onRead = null;
    var well = house.check("disk-1");
    assertThat(well.health()).isEqualTo("healthy");
    assertThat(well.reason()).isNull();
    assertThat(look(QUICK).evidence()).isEqualTo(MISSING);
  }

  @Test
  @DisplayName("T16: a write that may open no file (EMFILE) is refused, and its origin asked again")
  void aWriteThatMayOpenNoFileLeavesItsOriginWell() throws Exception {
    driver.onWrite = new Fault.TooManyFiles("x");
    OriginVerticleTest.assertFails(UNAVAILABLE, () -> house.write("disk-1", OTHERS, 0));
    assertThat(house.state("disk-1").health()).isEqualTo("degraded");
    driver.onWrite = null;
    house.write("disk-1", OTHERS, 1);
    assertThat(house.checkUntil("disk-1", "healthy").health()).isEqualTo("healthy");
  }

  @Test
  void aNameThatIsGoneTogetherWithTheMarkerIsUnreachable() throws Exception {
    Files.delete(file());
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    assertThat(look(DEEP).evidence()).isEqualTo(UNREACHABLE);
  }

  @Test
  void aReadThatHangsEndsInTimeAndSaysNothingOfTheShard() throws Exception {
    var latch = new CountDownLatch(1);
    driver.hangOnRead = latch;
    assertThat(look(DEEP).evidence()).isEqualTo(UNREACHABLE);
    driver.hangOnRead = null;
    latch.countDown();
    assertThat(house.checkUntil("disk-1", "healthy").health()).isEqualTo("healthy");
    assertThat(look(DEEP).evidence()).isEqualTo(HEALTHY);
  }

  @Test
  void aLeafIsToldNameByNameInOrder() throws Exception {
    house.write("disk-1", SHARDS, 2);
    house.write("disk-1", SHARDS, 1);
    house.write("disk-1", OTHERS, 0);
    Files.createFile(file().resolveSibling("notes.txt"));
    damage(file -> flip(file, 4200));
    for (var depth : Depth.values()) {
      var extent = house.extent("disk-1", SHARDS.name(0).leaf(), depth, 0);
      assertThat(extent.findings())
          .extracting(ShardFinding::name)
          .containsExactly(
              SHARDS.name(0).path(),
              SHARDS.name(1).path(),
              SHARDS.name(2).path(),
              OTHERS.name(0).path());
      boolean deep = depth == DEEP || depth == FORENSIC;
      assertThat(extent.findings())
          .extracting(ShardFinding::evidence)
          .containsExactly(deep ? CORRUPT : HEALTHY, HEALTHY, HEALTHY, HEALTHY);
      assertThat(extent.end().markerVerified()).isTrue();
      assertThat(extent.end().names()).isEqualTo(4);
      assertThat(extent.end().readBytes() == 0).isEqualTo(depth == QUICK);
    }
  }

  @Test
  void aLeafThatIsNotThereHasNoNamesUnderAVerifiedMarker() throws Exception {
    var extent = house.extent("disk-1", "fff", QUICK, 0);
    assertThat(extent.findings()).isEmpty();
    assertThat(extent.end().markerVerified()).isTrue();
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    assertThat(house.extent("disk-1", "fff", QUICK, 0).end().markerVerified()).isFalse();
  }

  @Test
  void aLeafThatCannotBeListedIsAFailureAndNoEmptyLeaf() {
    driver.onRead = new Fault.Io("x", "Input/output error");
    OriginVerticleTest.assertFails(
        UNAVAILABLE, () -> house.extent("disk-1", SHARDS.name(0).leaf(), QUICK, 0));
  }

  @Test
  void aLookKeepsItsPace() throws Exception {
    long begin = System.nanoTime();
    house.extent("disk-1", SHARDS.name(0).leaf(), DEEP, 2_000_000);
    long unpaced = System.nanoTime();
    house.extent("disk-1", SHARDS.name(0).leaf(), DEEP, 0);
    assertThat(unpaced - begin).isGreaterThan(200_000_000L);
    assertThat(System.nanoTime() - unpaced).isLessThan(unpaced - begin);
  }

  @Test
  void aLookAtOneShardKeepsItsPaceToo() throws Exception {
    long begin = System.nanoTime();
    house.ask(VERIFY_SHARD.at("disk-1"), look(2_000_000));
    long unpaced = System.nanoTime();
    house.ask(VERIFY_SHARD.at("disk-1"), look(0));
    assertThat(unpaced - begin).isGreaterThan(200_000_000L);
    assertThat(System.nanoTime() - unpaced).isLessThan(unpaced - begin);
    OriginVerticleTest.assertFails(
        INVALID_REQUEST, () -> house.ask(VERIFY_SHARD.at("disk-1"), look(-1)));
  }

  private VerifyShard look(long bytesPerSecond) {
    return new VerifyShard(
        SHARDS.name(0).path(), house.incarnation("disk-1"), DEEP, null, bytesPerSecond);
  }

  @Test
  void whatIsNoLeafIsRefused() {
    OriginVerticleTest.assertFails(INVALID_REQUEST, () -> house.extent("disk-1", "../", QUICK, 0));
  }

  private void assertEvidence(Evidence quick, Evidence normal, Evidence deep, Evidence forensic)
      throws Exception {
    assertThat(List.of(look(QUICK), look(NORMAL), look(DEEP), look(FORENSIC)))
        .extracting(ShardFinding::evidence)
        .containsExactly(quick, normal, deep, forensic);
  }

  private ShardFinding look(Depth depth) throws Exception {
    return house.verify("disk-1", SHARDS, 0, depth);
  }

  private Path file() {
    return house.path(SHARDS, 0, "disk-1");
  }

  private void damage(UnaryOperator<byte[]> how) throws Exception {
    Files.write(file(), how.apply(SHARDS.file(0)));
  }

  private static byte[] flip(byte[] file, int at) {
    var flipped = file.clone();
    flipped[at] ^= 0x10;
    return flipped;
  }
}
