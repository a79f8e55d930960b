package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.object.FakeOrigin.Fault;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Reading while shards are gone, damaged, silent or slow (A5, A6, F2; T9, T14, T16).
class ObjectReadFaultsTest extends InHouse {
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
      damaged += harm(segment, at, random.nextInt(7)) ? 1 : 0;
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
      case 5 -> origin.fault = Fault.READ_BREAKS;
      default -> origin.fault = Fault.READ_STALLS;
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
    house.catalog.beforeSecondFind = () -> Rows.moveAll(house, "k", entry);
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
    house.catalog.replace("k", Rows.withLocations(entry, rows));
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
}
