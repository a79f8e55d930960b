package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Footer;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Manifest;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardVerdict;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.object.FakeOrigin.Fault;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The data path alone, its neighbours played over the bus (F2, F13).
class ObjectVerticleTest {
  private static final Settings SETTINGS = new Settings(4L << 30, 400, 3_000, 150, 200, 2_000);
  private static final int STRIPE = 3 * 262_080;

  private final Vertx vertx = Vertx.vertx();
  private final House house = new House(7);

  @TempDir Path folder;

  private String deployed = "";

  @BeforeEach
  void deploy() throws Exception {
    await(vertx.deployVerticle(house));
    deploy(SETTINGS, 64_000_000);
  }

  private void redeploy(Settings settings) throws Exception {
    redeploy(settings, 64_000_000);
  }

  private void redeploy(Settings settings, long budgetBytes) throws Exception {
    await(vertx.undeploy(deployed));
    deploy(settings, budgetBytes);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private void deploy(Settings settings, long budgetBytes) throws Exception {
    deploy(settings, budgetBytes, 1);
  }

  private void deploy(Settings settings, long budgetBytes, int instances) throws Exception {
    var keyFile = folder.resolve("cluster.key");
    Files.writeString(keyFile, House.KEY.revealHex());
    var config =
        new JsonObject().put("keyFile", keyFile.toString()).put("streamBudgetBytes", budgetBytes);
    deployed =
        await(
            vertx.deployVerticle(
                () -> new ObjectVerticle(settings),
                new DeploymentOptions().setConfig(config).setInstances(instances)));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void whatIsPutComesBackToTheByte() throws Exception {
    int[] sizes = {
      0, 1, 63, 16_384, 131_071, 131_072, 131_073, STRIPE - 1, STRIPE, STRIPE + 1, 4 * STRIPE + 99
    };
    for (int size : sizes) {
      var body = House.random(size, size);
      var stored = house.put("k" + size, body);
      assertWhole("k" + size, body);
      assertThat(stored.info().etag()).isEqualTo(md5(body));
      assertThat(stored.info().metadata()).containsEntry("owner", "ann");
      var layout = size <= 131_072 ? new Layout(1, 2) : new Layout(3, 2);
      assertThat(house.segment("k" + size, 0).layout()).isEqualTo(layout);
      assertThat(house.segment("k" + size, 0).writeId()).isEqualTo(stored.versionId());
    }
    assertNoDamage();
  }

  /// A report is on its way for a moment after the read.
  private void assertNoDamage() {
    house.on(() -> house.later(150));
    assertThat(house.catalog.reports).isEmpty();
  }

  private void assertWhole(String key, Buffer body) {
    var got = house.get(key);
    assertThat(got.broken()).isNull();
    assertThat(got.head().lengthBytes()).isEqualTo(body.length());
    assertThat(got.bytes().equals(body)).as("bytes of " + key).isTrue();
  }

  private static String md5(Buffer body) throws Exception {
    var digest = MessageDigest.getInstance("MD5").digest(body.getBytes());
    return HexFormat.of().formatHex(digest);
  }

  @Test
  void everyShardOfAPutIsSoundInItself() {
    for (int size : new int[] {0, 1, 200_000, 2 * STRIPE + 1}) {
      house.put("k", House.random(size, size));
      var segment = house.segment("k", 0);
      var footers = new HashSet<String>();
      for (var at : segment.locations()) {
        var file = house.file(segment, at).getBytes();
        assertThat(at.landed()).isTrue();
        assertThat(file).hasSize((int) segment.shardBytes());
        var name = Names.parse(House.name(segment, at)).orElseThrow();
        var report =
            ShardChecker.check(
                ShardChecker.Depth.FORENSIC,
                ShardChecker.Expected.of(name),
                KeyRing.of(House.KEY),
                file);
        assertThat(report.verdict()).as("%s", report).isEqualTo(ShardVerdict.HEALTHY);
        int from = file.length - segment.footerBytes();
        footers.add(ShardDigest.ofFooter(Arrays.copyOfRange(file, from, file.length)));
      }
      assertThat(footers).containsExactly(segment.footerSha256());
    }
  }

  @Test
  void aLongObjectIsCutIntoSegments() throws Exception {
    redeploy(new Settings(1_000_000, 400, 3_000, 150, 200, 2_000));
    var body = House.random(5, 3_000_000);
    var stored = house.put("long", body);
    var segments = Objects.requireNonNull(house.catalog.entry("long")).segments();
    assertThat(segments).extracting(Segment::offset).containsExactly(0L, 1_000_000L, 2_000_000L);
    assertThat(segments).extracting(Segment::ordinal).containsExactly(0, 1, 2);
    assertThat(stored.info().etag()).isEqualTo(md5(body));
    assertThat(manifest(segments.get(0)).etag()).isNull();
    assertThat(manifest(segments.get(2)).etag()).isEqualTo(md5(body));
    assertThat(manifest(segments.get(2)).objectSizeBytes()).isEqualTo(3_000_000);
    assertWhole("long", body);
    var got = house.get("long", 999_990L, 2_000_010L, null);
    assertThat(got.bytes()).isEqualTo(body.getBuffer(999_990, 2_000_011));
  }

  private Manifest manifest(Segment segment) {
    var file = house.file(segment, segment.locations().getFirst()).getBytes();
    var decoded =
        Footer.decode(
            file,
            file.length - segment.footerBytes(),
            segment.footerBytes(),
            KeyRing.of(House.KEY));
    assertThat(decoded).isInstanceOf(Footer.Decoded.Ok.class);
    return ((Footer.Decoded.Ok) decoded).manifest();
  }

  @Test
  void aRangeGivesItsBytesAndNoOthers() {
    int size = 3 * STRIPE + 777;
    var body = House.random(7, size);
    house.put("k", body);
    var random = new Random(7);
    for (int round = 0; round < 30; round++) {
      int first = random.nextInt(size);
      int last =
          round % 3 == 0 ? Math.min(size - 1, first + 9) : first + random.nextInt(size - first);
      var got = house.get("k", (long) first, (long) last, null);
      assertThat(got.head().offset()).isEqualTo(first);
      assertThat(got.bytes().equals(body.getBuffer(first, last + 1)))
          .as("%d-%d", first, last)
          .isTrue();
    }
    var suffix = house.get("k", null, null, 5L);
    assertThat(suffix.bytes()).isEqualTo(body.getBuffer(size - 5, size));
    var rest = house.get("k", size - 1L, 10L * size, null);
    assertThat(rest.bytes()).isEqualTo(body.getBuffer(size - 1, size));
  }

  @Test
  void aSmallRangeReadsOnlyTheCellsConcerned() {
    house.put("k", House.random(7, 3 * STRIPE));
    long before = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum();
    house.get("k", (long) STRIPE, STRIPE + 99L, null);
    long sent = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum() - before;
    assertThat(sent).isEqualTo(262_144);
  }

  @Test
  void aRangeBesideTheObjectIsRefusedWithItsSize() {
    house.put("k", House.random(1, 10));
    house.put("empty", Buffer.buffer());
    var failure = house.failing(() -> house.getting("k", 10L, null, null));
    assertThat(failure.code()).isEqualTo(FailureCode.INVALID_RANGE);
    assertThat(failure.detail("size")).isEqualTo("10");
    assertThat(house.failing(() -> house.getting("empty", 0L, null, null)).code())
        .isEqualTo(FailureCode.INVALID_RANGE);
    assertThat(house.failing(() -> house.getting("none", null, null, null)).code())
        .isEqualTo(FailureCode.NOT_FOUND);
  }

  /// A6: whatever m faults of whatever kind, every byte comes back, and damage is reported.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void anyTwoFaultsLeaveEveryByte(long seed) {
    var random = new Random(seed);
    int size =
        random.nextBoolean() ? 1 + random.nextInt(131_072) : 131_073 + random.nextInt(4 * STRIPE);
    var body = House.random(seed, size);
    house.put("k", body);
    var segment = house.segment("k", 0);
    var indexes = new ArrayList<>(segment.locations());
    Collections.shuffle(indexes, random);
    int damaged = 0;
    for (var at : indexes.subList(0, 2)) {
      damaged += harm(segment, at, random.nextInt(6)) ? 1 : 0;
    }
    assertWhole("k", body);
    assertThat(house.catalog.damages).hasSizeLessThanOrEqualTo(damaged);
    assertWhole("k", body);
  }

  /// @return whether it is damage, and not only silence
  private boolean harm(Segment segment, Location at, int kind) {
    var origin = house.origin(at.originId());
    switch (kind) {
      case 0 -> origin.fault = Fault.GONE;
      case 1 -> house.flip(segment, at.index(), 4096 + 64);
      case 2 ->
          origin.files.put(House.name(segment, at), house.file(segment, at).getBuffer(0, 4100));
      case 3 -> origin.fault = Fault.UNREACHABLE;
      case 4 -> origin.fault = Fault.READ_HANGS;
      default -> origin.fault = Fault.READ_BREAKS;
    }
    return kind < 3;
  }

  @Test
  void aShardThatStallsInMidStreamIsReplaced() {
    var body = House.random(3, 4 * STRIPE);
    house.put("k", body);
    var at = house.segment("k", 0).locations().get(1);
    house.origin(at.originId()).fault = Fault.READ_STALLS;
    assertWhole("k", body);
    assertNoDamage();
  }

  @Test
  void damageOfEveryKindIsReportedOnce() {
    var body = House.random(3, 3 * STRIPE);
    house.put("k", body);
    var segment = house.segment("k", 0);
    house.flip(segment, 0, 4096 + 200);
    house.flip(segment, 0, 4096 + 262_144 + 200);
    var missing = segment.locations().get(2);
    house.origin(missing.originId()).files.clear();
    assertWhole("k", body);
    house.awaitUntil(() -> !house.catalog.hints.isEmpty());
    assertThat(house.catalog.damages)
        .extracting(Damage::shardIndex, Damage::evidence, Damage::attemptId)
        .containsExactlyInAnyOrder(
            tuple(0, Evidence.CORRUPT, segment.locations().get(0).attemptId()),
            tuple(2, Evidence.MISSING, missing.attemptId()));
    assertThat(house.catalog.reports).allMatch(report -> report.cause().equals("read"));
    assertThat(house.catalog.hints.getFirst().cause()).isEqualTo("read");
  }

  /// Each stripe survives two bad blocks, whichever shards they are of.
  @Test
  void everyShardMayHaveABadBlockInAnotherStripe() {
    var body = House.random(4, 3 * STRIPE);
    house.put("k", body);
    var segment = house.segment("k", 0);
    int[][] bad = {{0, 0}, {1, 0}, {2, 1}, {3, 1}, {4, 2}, {0, 2}};
    for (int[] block : bad) {
      house.flip(segment, block[0], 4096 + block[1] * 262_144 + 500);
    }
    assertWhole("k", body);
  }

  @Test
  void shardsOfAnotherWriteAreNotServed() {
    var body = House.random(4, 200_000);
    house.put("k", body);
    house.put("other", House.random(5, 200_000));
    var segment = house.segment("k", 0);
    var other = house.segment("other", 0);
    for (int index = 0; index < 2; index++) {
      var at = segment.locations().get(index);
      house
          .origin(at.originId())
          .files
          .put(House.name(segment, at), house.file(other, other.locations().get(index)));
    }
    assertWhole("k", body);
    house.awaitUntil(() -> house.catalog.damages.size() == 2);
  }

  @Test
  void whatIsLostIsRefusedBeforeItsHead() {
    house.put("k", House.random(4, 2 * STRIPE));
    var segment = house.segment("k", 0);
    for (int index = 0; index < 3; index++) {
      house.flip(segment, index, 4096 + 77);
    }
    var failure = house.failing(() -> house.getting("k", null, null, null));
    assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT);
    house.awaitUntil(() -> house.catalog.damages.size() == 3);
  }

  @Test
  void whatIsLostFurtherOnBreaksOffAfterGoodBytes() {
    var body = House.random(4, 6 * STRIPE);
    house.put("k", body);
    var segment = house.segment("k", 0);
    for (int index = 0; index < 3; index++) {
      house.flip(segment, index, 4096 + 4 * 262_144 + 77);
    }
    var got = house.get("k");
    assertThat(Objects.requireNonNull(got.broken()).code()).isEqualTo(FailureCode.CORRUPT);
    assertThat(got.bytes().length()).isLessThanOrEqualTo(4 * STRIPE);
    assertThat(got.bytes().equals(body.getBuffer(0, got.bytes().length()))).isTrue();
  }

  @Test
  void whatCannotBeReachedIsUnavailableAndNotDamaged() {
    house.put("k", House.random(4, 2 * STRIPE));
    var segment = house.segment("k", 0);
    for (int index = 0; index < 3; index++) {
      house.origin(segment.locations().get(index).originId()).fault = Fault.UNREACHABLE;
    }
    var failure = house.failing(() -> house.getting("k", null, null, null));
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertNoDamage();
  }

  @Test
  void aShardThatMovedMeanwhileIsNotMissing() {
    var body = House.random(4, 1000);
    house.put("k", body);
    house.catalog.forgetFinds();
    var entry = Objects.requireNonNull(house.catalog.entry("k"));
    house.catalog.beforeSecondFind = () -> house.moveAll("k", entry);
    for (var at : entry.segments().getFirst().locations()) {
      house.origin(at.originId()).fault = Fault.GONE;
    }
    assertWhole("k", body);
    assertNoDamage();
  }

  @Test
  void shardsThatDidNotLandOrWereReplacedAreNotTried() {
    var body = House.random(4, 1000);
    house.put("k", body);
    var entry = Objects.requireNonNull(house.catalog.entry("k"));
    var segment = entry.segments().getFirst();
    var rows = new ArrayList<>(segment.locations());
    var first = rows.get(0);
    rows.set(0, new Location(0, first.attemptId(), first.originId(), first.incarnation(), false));
    var second = rows.get(1);
    rows.set(1, new Location(1, second.attemptId(), second.originId(), "00000000000000ff", true));
    house.catalog.replace("k", House.withLocations(entry, rows));
    int before = reads(first) + reads(second);
    assertWhole("k", body);
    assertThat(reads(first) + reads(second)).isEqualTo(before);
    assertNoDamage();
  }

  private int reads(Location at) {
    return house.origin(at.originId()).reads.get();
  }

  @Test
  void aReaderThatStopsStopsTheOrigins() {
    house.put("k", House.random(4, 24 * STRIPE));
    long before = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum();
    assertThat(house.on(() -> house.stoppingAfterFirst("k"))).isLessThan(STRIPE);
    house.awaitUntil(() -> house.origins.stream().allMatch(origin -> origin.open.get() == 0));
    long sent = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum() - before;
    assertThat(sent).isLessThan(14L * STRIPE);
  }

  @Test
  void aSlowReaderHoldsTheOriginsBack() {
    house.put("k", House.random(4, 20 * STRIPE));
    long before = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum();
    house.on(() -> house.pausingAfterFirst("k"));
    long sent = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum() - before;
    assertThat(sent).isLessThan(12L * STRIPE);
  }

  @Test
  void aBodyOfAnotherSizeLeavesNothing() {
    var body = House.random(4, 300_000);
    for (long announced : new long[] {0, 299_999, 300_001}) {
      var failure = house.failing(() -> house.putting("k", body, announced, Condition.NONE));
      assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST);
    }
    assertThat(house.catalog.commits).isEmpty();
  }

  @Test
  void aSenderThatGoesAwayLeavesNothing() {
    var body = House.random(4, 300_000);
    var failure = house.failing(() -> house.aborting("k", body, 300_000));
    assertThat(failure.code()).isEqualTo(FailureCode.CANCELLED);
    house.on(() -> house.later(200));
    assertThat(house.catalog.commits).isEmpty();
    assertThat(house.origins).allMatch(origin -> origin.files.isEmpty());
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {
        "WRITE_REFUSED",
        "FULL",
        "WRITE_HANGS",
        "WRITE_STALLS",
        "FLUSH_HANGS",
        "WRITE_BREAKS"
      })
  void oneOriginThatTakesNoBytesDoesNotStopAPut(Fault fault) {
    house.origins.get(2).fault = fault;
    for (int size : new int[] {5, 6 * STRIPE}) {
      var body = House.random(size, size);
      house.catalog.hints.clear();
      house.put("k", body);
      var unlanded = house.segment("k", 0).locations().stream().filter(at -> !at.landed()).toList();
      assertWhole("k", body);
      if (fault != Fault.WRITE_STALLS && fault != Fault.WRITE_BREAKS || size > 5) {
        boolean used =
            house.segment("k", 0).locations().stream()
                .anyMatch(at -> at.originId().equals("disk-2"));
        assertThat(unlanded)
            .extracting(Location::originId)
            .isEqualTo(used ? List.of("disk-2") : List.of());
        assertThat(house.catalog.hints).hasSize(used ? 1 : 0);
      }
    }
  }

  @Test
  void aPutFailsWhenTooManyOriginsDo() {
    house.origins.forEach(origin -> origin.fault = Fault.WRITE_REFUSED);
    assertThat(failingPut(200_000).code()).isEqualTo(FailureCode.UNAVAILABLE);
    house.origins.forEach(origin -> origin.fault = Fault.FULL);
    assertThat(failingPut(2 * STRIPE).code()).isEqualTo(FailureCode.STORAGE_ERROR);
    assertThat(house.catalog.commits).isEmpty();
  }

  private Failure failingPut(int size) {
    var body = House.random(1, size);
    return house.failing(() -> house.putting("k", body, size, Condition.NONE));
  }

  @Test
  void shortageKeepsParityAndNarrowsData() {
    house.origins.subList(4, 7).forEach(origin -> origin.placed = false);
    var body = House.random(1, 2 * STRIPE);
    house.put("k", body);
    assertThat(house.segment("k", 0).layout()).isEqualTo(new Layout(2, 2));
    assertWhole("k", body);
    house.catalog.onShortage = "refuse";
    house.on(() -> house.later(1_100));
    assertThat(failingPut(2 * STRIPE).code()).isEqualTo(FailureCode.UNAVAILABLE);
    house.catalog.onShortage = "degrade";
    house.on(() -> house.later(1_100));
    house.origins.subList(2, 7).forEach(origin -> origin.placed = false);
    assertThat(failingPut(2 * STRIPE).code()).isEqualTo(FailureCode.UNAVAILABLE);
  }

  @Test
  void aCommitWithoutAnAnswerIsAskedForAgain() {
    house.catalog.mishaps.add(FakeCatalog.Mishap.ANSWER_LOST);
    var body = House.random(1, 1000);
    house.put("k", body);
    assertThat(house.catalog.commits).hasSize(2);
    assertThat(house.catalog.commits.get(0)).isEqualTo(house.catalog.commits.get(1));
    assertWhole("k", body);
  }

  @Test
  void aCommitThatIsRefusedIsNotAskedForAgain() {
    house.catalog.mishaps.add(FakeCatalog.Mishap.REFUSED);
    assertThat(failingPut(10).code()).isEqualTo(FailureCode.PRECONDITION_FAILED);
    assertThat(house.catalog.commits).hasSize(1);
  }

  @Test
  void aCommitWhoseOutcomeStaysUnknownHoldsItsLowWater() throws Exception {
    house.catalog.leaseMillis = 600;
    redeploy(SETTINGS);
    for (int asked = 0; asked < 3; asked++) {
      house.catalog.mishaps.add(FakeCatalog.Mishap.SILENT);
    }
    assertThat(failingPut(10).code()).isEqualTo(FailureCode.TIMEOUT);
    assertThat(house.catalog.commits).hasSizeGreaterThan(1);
    var unknown = house.catalog.commits.getFirst().sessionId();
    house.catalog.mishaps.clear();
    house.put("k", House.random(1, 10));
    assertThat(house.catalog.commits.getLast().sessionId()).isNotEqualTo(unknown);
    assertThat(house.catalog.renewals)
        .filteredOn(renewal -> renewal.sessionId().equals(unknown))
        .isNotEmpty()
        .allMatch(renewal -> renewal.lowWater() == 1);
  }

  @Test
  void severalInstancesWriteUnderSessionsOfTheirOwn() throws Exception {
    await(vertx.undeploy(deployed));
    house.catalog.sessions.set(0);
    deploy(SETTINGS, 64_000_000, 2);
    house.awaitUntil(() -> house.catalog.sessions.get() == 2);
    for (int i = 0; i < 6; i++) {
      var body = House.random(i, 1000);
      house.put("k" + i, body);
      assertWhole("k" + i, body);
    }
    assertThat(house.catalog.commits)
        .extracting(CommitObject::sessionId)
        .contains("0000123456789abd", "0000123456789abe");
    assertThat(house.catalog.commits).extracting(CommitObject::versionId).doesNotHaveDuplicates();
  }

  @Test
  void whoFindsNoRoomIsToldToSlowDown() throws Exception {
    redeploy(SETTINGS, 1_000_000);
    var body = House.random(1, STRIPE);
    var failure =
        house.failing(() -> {
          // It never ends, so its room stays taken.
          house.stuck("stuck", body, body.length() + 1L);
          return house.putting("k", body, body.length(), Condition.NONE);
        });
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(failure.detail("what")).isEqualTo("slow-down");
  }

  @Test
  void aLostSessionIsFollowedByANewOne() {
    house.catalog.mishaps.add(FakeCatalog.Mishap.SESSION_CLOSED);
    assertThat(failingPut(10).code()).isEqualTo(FailureCode.UNAVAILABLE);
    var first = house.catalog.commits.getFirst().sessionId();
    house.put("k", House.random(1, 10));
    assertThat(house.catalog.commits.getLast().sessionId()).isNotEqualTo(first);
  }

  @Test
  void aSessionIsRenewedAndLowWaterWaitsForWhatIsUnderWay() throws Exception {
    house.catalog.leaseMillis = 300;
    redeploy(SETTINGS);
    house.put("k", House.random(1, 10));
    house.origins.forEach(origin -> origin.fault = Fault.FLUSH_HANGS);
    long under = house.catalog.renewals.size();
    house.on(() -> {
      house.putting("slow", House.random(1, 10), 10, Condition.NONE);
      return house.later(500);
    });
    assertThat(house.catalog.renewals.size()).isGreaterThan((int) under + 2);
    // The first PUT drew four ids from 1 on; the one under way holds the next.
    assertThat(house.catalog.renewals.getLast().lowWater()).isEqualTo(5);
  }

  @Test
  void aPartIsStoredUnderItsUpload() throws Exception {
    var body = House.random(1, STRIPE + 5);
    var part = house.on(() -> house.puttingPart("k", FakeCatalog.UPLOAD, 7, body));
    assertThat(part.etag()).isEqualTo(md5(body));
    var commit = house.catalog.parts.getFirst();
    assertThat(commit.number()).isEqualTo(7);
    assertThat(commit.segments()).hasSize(1);
    var manifest = manifest(commit.segments().getFirst());
    assertThat(manifest.partMd5()).isEqualTo(md5(body));
    assertThat(manifest.draft().version()).isNull();
    assertThat(manifest.draft().attributes().metadata()).containsEntry("a", "b");
    var failure = house.failing(() -> house.puttingPart("k", "f".repeat(32), 7, body));
    assertThat(failure.detail("what")).isEqualTo("upload");
  }

  @Test
  void aCopyIsWrittenAnewFromVerifiedBytes() {
    var body = House.random(1, 2 * STRIPE + 5);
    house.put("k", body);
    house.flip(house.segment("k", 0), 0, 4096 + 300);
    var copied = house.on(() -> house.copying("k", "copy", null, null));
    assertThat(copied.info().metadata()).containsEntry("owner", "ann");
    assertWhole("copy", body);
    assertThat(house.segment("copy", 0).writeId()).isNotEqualTo(house.segment("k", 0).writeId());
    house.awaitUntil(() -> house.catalog.damages.size() == 1);
  }

  @Test
  void aCopyOntoItselfMayReplaceTheMetadata() {
    var body = House.random(1, 500);
    var before = house.put("k", body);
    var info = new ObjectInfo(0, "", "image/png", Map.of(), Map.of("owner", "bob"), Instant.EPOCH);
    var after = house.on(() -> house.copying("k", "k", null, info));
    assertThat(after.versionId()).isNotEqualTo(before.versionId());
    assertThat(after.info().etag()).isEqualTo(before.info().etag());
    assertThat(after.info().contentType()).isEqualTo("image/png");
    assertWhole("k", body);
  }

  @Test
  void aCopyIsRefusedIfItsSourceIsNotAsExpected() {
    house.put("k", House.random(1, 500));
    var other = new Condition("0".repeat(32), null);
    assertThat(house.failing(() -> house.copying("k", "copy", other, null)).code())
        .isEqualTo(FailureCode.PRECONDITION_FAILED);
    assertThat(house.catalog.entry("copy")).isNull();
  }

  @Test
  void aPartMayBeCopiedFromARange() throws Exception {
    var body = House.random(1, 2 * STRIPE);
    house.put("k", body);
    var part = house.on(() -> house.copyingPart("k", 100L, STRIPE + 99L));
    assertThat(part.sizeBytes()).isEqualTo(STRIPE);
    assertThat(part.etag()).isEqualTo(md5(body.getBuffer(100, STRIPE + 100)));
  }

  @Test
  void manyAtOnceWaitForRoomAndAllComeThrough() throws Exception {
    redeploy(SETTINGS, 3_000_000);
    var body = House.random(1, STRIPE);
    house.on(() -> {
      var puts = new ArrayList<Future<?>>();
      for (int i = 0; i < 12; i++) {
        puts.add(house.putting("k" + i, body, body.length(), Condition.NONE));
      }
      return Future.all(puts);
    });
    for (int i = 0; i < 12; i++) {
      assertWhole("k" + i, body);
    }
  }
}
