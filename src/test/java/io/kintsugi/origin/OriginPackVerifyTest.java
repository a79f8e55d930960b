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
import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExpectedRecord;
import io.kintsugi.contract.OriginContract.ListPacked;
import io.kintsugi.contract.OriginContract.PackedShard;
import io.kintsugi.contract.OriginContract.RecordFindings;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Block;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.Marker;
import io.kintsugi.format.ShardHeader;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Damage done to a pack, and how deep one must look to find it (A3, A6). Each depth has damage
/// that it finds and the lesser one must miss, and neighbours of what is damaged stay healthy.
@ExtendWith(VertxExtension.class)
class OriginPackVerifyTest {
  /// Small ones, with a few among them whose shards have several blocks.
  private static final int COUNT = 120;

  private static final int LARGE_EVERY = 20;
  private static final int VICTIM = 57;

  private static final List<ShardFiles> SHARDS = new ArrayList<>();

  static {
    for (int i = 0; i < COUNT; i++) {
      SHARDS.add(shard(i, i % LARGE_EVERY == 3));
    }
  }

  @TempDir Path folder;
  private House house;
  private FaultyDriver driver;
  private final List<Packed> places = new ArrayList<>();
  private byte[] sound;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").with("operationTimeoutMillis", 1_500).start(_ -> driver);
    for (int from = 0; from < COUNT; from += 40) {
      var records =
          SHARDS.subList(from, from + 40).stream()
              .map(shards -> shards.record(0))
              .toArray(ShardRecord[]::new);
      for (var written : house.records("disk-1", records)) {
        places.add(Objects.requireNonNull(written.packed()));
      }
    }
    assertThat(places).extracting(Packed::pack).containsOnly(places.getFirst().pack());
    sound = Files.readAllBytes(pack());
    assertThat(sound.length).isGreaterThan(3 << 20);
  }

  private static ShardFiles shard(int i, boolean large) {
    return large
        ? ShardFiles.of(ShardFiles.writeId(i), new Geometry(2, 1), 1_048_000)
        : ShardFiles.of(ShardFiles.writeId(i), new Geometry(1, 1), 1 + 137L * i);
  }

  @Test
  void aSoundPackHasNoFindingsAndIsReadInLargePieces() throws Exception {
    for (var depth : Depth.values()) {
      var told = look(depth);
      assertThat(told.findings()).isEmpty();
      assertThat(told.markerVerified()).isTrue();
      assertThat(verify(VICTIM, depth).evidence()).isEqualTo(HEALTHY);
    }
    assertThat(look(QUICK).readBytes()).isZero();
    assertThat(look(NORMAL).readBytes()).isBetween(100_000L, (long) sound.length / 2);
    driver.reads.set(0);
    assertThat(look(DEEP).readBytes()).isBetween((long) sound.length - 64, sound.length * 6L / 5);
    assertThat(driver.reads.get()).isLessThan(10);
  }

  @Test
  @DisplayName("G1: who lost every row is told whose shards a pack holds")
  void aPackTellsWhoseShardsItHolds() throws Exception {
    var all = IntStream.range(0, COUNT).mapToObj(this::told).toList();
    assertThat(walk()).isEqualTo(all);
    flip(VICTIM, 20);
    assertThat(walk())
        .as("one damaged header hides none but its own")
        .isEqualTo(all.stream().filter(shard -> !shard.equals(told(VICTIM))).toList());
    int end = (int) places.get(100).offset() + 200;
    Files.write(pack(), Arrays.copyOf(sound, end));
    assertThat(walk()).as("one that was cut short is none").isEqualTo(all.subList(0, 100));
    Files.write(pack(), new byte[0]);
    assertThat(walk()).isEmpty();
  }

  private PackedShard told(int i) {
    var place = places.get(i);
    return new PackedShard(
        SHARDS.get(i).writeId().toString(), 0, place.offset(), place.sizeBytes());
  }

  private List<PackedShard> walk() throws Exception {
    var found = new ArrayList<PackedShard>();
    Long next = 0L;
    while (next != null) {
      var question = new ListPacked(packName(), house.incarnation("disk-1"), next);
      var page = house.ask(OriginContract.LIST_PACKED.at("disk-1"), question);
      found.addAll(page.shards());
      next = page.nextOffset();
    }
    return found;
  }

  @Test
  void quickFindsThatThePackEndsTooEarly() throws Exception {
    int end = (int) places.get(100).offset() + 10;
    Files.write(pack(), Arrays.copyOf(sound, end));
    for (var depth : Depth.values()) {
      var told = look(depth);
      assertThat(told.findings())
          .hasSize(20)
          .extracting(ShardFinding::evidence)
          .containsOnly(CORRUPT);
      assertThat(told.findings().getFirst().name()).isEqualTo(name(100));
      assertThat(told.findings().getFirst().sizeBytes()).isEqualTo(10);
      assertThat(told.findings().getLast().sizeBytes()).isZero();
    }
    assertThat(look(QUICK).findings().getFirst().detail())
        .isEqualTo("the pack ends before it does, at " + (end - 10) + " of " + packName());
    assertThat(verify(100, QUICK).evidence()).isEqualTo(CORRUPT);
    assertThat(verify(99, QUICK).evidence()).isEqualTo(HEALTHY);
  }

  @Test
  void normalFindsAFlippedBitInHeaderOrFooterThatQuickMisses() throws Exception {
    int size = (int) places.get(VICTIM).sizeBytes();
    for (int at : new int[] {0, 20, 127, size - 1, size - 40, size - 300}) {
      flip(VICTIM, at);
      assertEvidence(HEALTHY, CORRUPT, CORRUPT, CORRUPT);
      var deep = look(DEEP).findings().getFirst();
      assertThat(deep.manifestOnly()).as("offset %s: %s", at, deep.detail()).isTrue();
      assertThat(deep.detail()).contains(", at " + places.get(VICTIM).offset() + " of packs/");
    }
  }

  @Test
  void deepFindsAFlippedBitInABlockThatNormalMisses() throws Exception {
    flip(VICTIM, 128 + 64 + 500);
    assertEvidence(HEALTHY, HEALTHY, CORRUPT, CORRUPT);
    assertThat(look(DEEP).findings().getFirst().manifestOnly()).isFalse();
    flip(43, 400_000);
    assertThat(look(NORMAL).findings()).isEmpty();
    assertThat(look(DEEP).findings()).extracting(ShardFinding::name).containsExactly(name(43));
  }

  @Test
  void forensicFindsABlockThatWasForgedWithItsChecksum() throws Exception {
    var record = SHARDS.get(VICTIM).packed(0);
    record[128 + 64 + 7] ^= 1;
    var header = ((ShardHeader.Decoded.Ok) ShardHeader.decode(record, 0)).header();
    Block.encodeHead(record, 128, header.writeId(), 0, 1, 1, 0, header.lastCell());
    put(VICTIM, record);
    assertEvidence(HEALTHY, HEALTHY, HEALTHY, CORRUPT);
  }

  @Test
  void anotherWritesSoundShardInItsPlaceIsStaleOnceAllOfItIsSeen() throws Exception {
    var other = ShardFiles.of(ShardFiles.writeId(9999), new Geometry(1, 1), 1 + 137L * VICTIM);
    put(VICTIM, other.packed(0));
    assertEvidence(HEALTHY, CORRUPT, STALE, STALE);
    put(VICTIM, SHARDS.get(VICTIM).packed(1));
    assertEvidence(HEALTHY, CORRUPT, CORRUPT, CORRUPT);
  }

  @Test
  void aFooterThatIsNotTheCommittedOneIsCorruptThoughTheShardIsSound() throws Exception {
    var records = expected();
    var victim = records.get(VICTIM);
    records.set(
        VICTIM,
        new ExpectedRecord(victim.name(), victim.offset(), victim.sizeBytes(), "0".repeat(64)));
    for (var depth : List.of(NORMAL, DEEP, FORENSIC)) {
      var told = house.verifyRecords("disk-1", packName(), depth, 0, records);
      assertThat(told.findings()).hasSize(1);
      var finding = told.findings().getFirst();
      assertThat(finding.evidence()).isEqualTo(CORRUPT);
      assertThat(finding.detail()).contains("its footer is not the one that was committed");
      assertThat(finding.manifestOnly()).isEqualTo(depth != NORMAL);
    }
  }

  @Test
  void aRecordThatIsNotWhereOrAsLongAsTheRowSaysIsCorrupt() throws Exception {
    var records = expected();
    var victim = records.get(VICTIM);
    var next = records.get(VICTIM + 1);
    records.set(
        VICTIM,
        new ExpectedRecord(
            victim.name(), victim.offset(), victim.sizeBytes() - 64, victim.footerSha256()));
    records.set(
        VICTIM + 1,
        new ExpectedRecord(
            next.name(), victim.offset() + 64, next.sizeBytes(), next.footerSha256()));
    for (var depth : List.of(NORMAL, DEEP, FORENSIC)) {
      var told = house.verifyRecords("disk-1", packName(), depth, 0, records);
      assertThat(told.findings())
          .extracting(ShardFinding::name)
          .containsExactly(name(VICTIM), name(VICTIM + 1));
      assertThat(told.findings()).extracting(ShardFinding::evidence).containsOnly(CORRUPT);
    }
  }

  @Test
  void aKeyThatIsNotKnownIsUnknownAndNeverDamage() throws Exception {
    var strange =
        ShardFiles.of(
            ShardFiles.writeId(VICTIM),
            ShardFiles.OTHER_KEY,
            new Geometry(1, 1),
            1 + 137L * VICTIM);
    put(VICTIM, strange.packed(0));
    assertEvidence(HEALTHY, UNKNOWN, UNKNOWN, UNKNOWN);
  }

  @Test
  void aPackThatIsGoneIsMissingOnlyUnderAVerifiedMarker() throws Exception {
    Files.delete(pack());
    for (var depth : Depth.values()) {
      var told = look(depth);
      assertThat(told.markerVerified()).isTrue();
      assertThat(told.findings())
          .hasSize(COUNT)
          .extracting(ShardFinding::evidence)
          .containsOnly(MISSING);
      assertThat(verify(VICTIM, depth).evidence()).isEqualTo(MISSING);
    }
    assertThat(look(QUICK).findings().getFirst().detail()).isEqualTo("no pack " + packName());
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    var told = look(DEEP);
    assertThat(told.markerVerified()).isFalse();
    assertThat(told.findings())
        .hasSize(COUNT)
        .extracting(ShardFinding::evidence)
        .containsOnly(UNREACHABLE);
  }

  @Test
  void oneBadSpotHidesNothingAroundIt() throws Exception {
    driver.badSpot = places.get(VICTIM).offset() + 200;
    for (var depth : List.of(DEEP, FORENSIC)) {
      var told = look(depth);
      assertThat(told.findings()).extracting(ShardFinding::name).containsExactly(name(VICTIM));
      assertThat(told.findings().getFirst().evidence()).isEqualTo(UNREACHABLE);
      driver.badSpot = -1;
      house.checkUntil("disk-1", "healthy");
      driver.badSpot = places.get(VICTIM).offset() + 200;
    }
  }

  @Test
  void aDiskThatCannotBeReadIsUnreachableAndNeverDamage() throws Exception {
    driver.onRead = new Fault.Io("x", "Input/output error");
    assertThat(look(DEEP).findings())
        .hasSize(COUNT)
        .extracting(ShardFinding::evidence)
        .containsOnly(UNREACHABLE);
    driver.onRead = null;
    house.checkUntil("disk-1", "healthy");
    assertThat(look(DEEP).findings()).isEmpty();
  }

  @Test
  void aDiskThatHangsIsUnreachableAfterOneDeadlineNotAfterMany() throws Exception {
    var hanging = new CountDownLatch(1);
    driver.hangOnRead = hanging;
    assertThat(look(DEEP).findings())
        .hasSize(COUNT)
        .extracting(ShardFinding::evidence)
        .containsOnly(UNREACHABLE);
    driver.hangOnRead = null;
    hanging.countDown();
    house.checkUntil("disk-1", "healthy");
    assertThat(look(DEEP).findings()).isEmpty();
  }

  @Test
  void aLookKeepsItsPace() throws Exception {
    long begin = System.nanoTime();
    house.verifyRecords("disk-1", packName(), DEEP, 10_000_000, expected());
    long unpaced = System.nanoTime();
    house.verifyRecords("disk-1", packName(), DEEP, 0, expected());
    assertThat(unpaced - begin).isGreaterThan(250_000_000L);
    assertThat(System.nanoTime() - unpaced).isLessThan(unpaced - begin);
  }

  @Test
  void whatIsNoPlaceAndWhatIsNotOursIsRefused() {
    var record = expected().getFirst();
    for (var wrong :
        List.of(
            new ExpectedRecord("objects/x", 0, 100, ""),
            new ExpectedRecord(record.name(), 1, 100, ""),
            new ExpectedRecord(record.name(), 0, 0, ""))) {
      OriginVerticleTest.assertFails(
          INVALID_REQUEST,
          () -> house.verifyRecords("disk-1", packName(), QUICK, 0, List.of(wrong)));
    }
    OriginVerticleTest.assertFails(
        INVALID_REQUEST, () -> house.verifyRecords("disk-1", packName(), QUICK, -1, List.of()));
    house.rows.clear();
    OriginVerticleTest.assertFails(UNAVAILABLE, () -> look(DEEP));
  }

  private void assertEvidence(Evidence quick, Evidence normal, Evidence deep, Evidence forensic)
      throws Exception {
    var wanted = Map.of(QUICK, quick, NORMAL, normal, DEEP, deep, FORENSIC, forensic);
    for (var depth : Depth.values()) {
      var evidence = wanted.get(depth);
      var findings = look(depth).findings();
      assertThat(verify(VICTIM, depth).evidence()).as("%s alone", depth).isEqualTo(evidence);
      if (evidence == HEALTHY) {
        assertThat(findings).as("%s", depth).isEmpty();
      } else {
        assertThat(findings).as("%s", depth).hasSize(1);
        assertThat(findings.getFirst().name()).isEqualTo(name(VICTIM));
        assertThat(findings.getFirst().evidence()).as("%s", depth).isEqualTo(evidence);
      }
    }
  }

  private RecordFindings look(Depth depth) throws Exception {
    return house.verifyRecords("disk-1", packName(), depth, 0, expected());
  }

  private ShardFinding verify(int i, Depth depth) throws Exception {
    return house.verify("disk-1", SHARDS.get(i), 0, places.get(i), depth);
  }

  private List<ExpectedRecord> expected() {
    var records = new ArrayList<ExpectedRecord>();
    for (int i = 0; i < COUNT; i++) {
      var place = places.get(i);
      records.add(
          new ExpectedRecord(
              name(i), place.offset(), place.sizeBytes(), SHARDS.get(i).footerSha256(0)));
    }
    return records;
  }

  private static String name(int i) {
    return SHARDS.get(i).name(0).path();
  }

  private String packName() {
    return places.getFirst().pack();
  }

  private Path pack() {
    return house.root("disk-1").resolve(packName());
  }

  private void flip(int i, int at) throws Exception {
    var bytes = sound.clone();
    bytes[(int) places.get(i).offset() + at] ^= 0x10;
    Files.write(pack(), bytes);
  }

  private void put(int i, byte[] record) throws Exception {
    assertThat(record.length).isEqualTo((int) places.get(i).sizeBytes());
    var bytes = sound.clone();
    System.arraycopy(record, 0, bytes, (int) places.get(i).offset(), record.length);
    Files.write(pack(), bytes);
  }
}
