package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.object.FakeOrigin.Fault;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Small objects, whose copies share files: how they travel, and what a failure of one means to the
/// others.
class PackedObjectsTest extends InHouse {
  private static final int SMALL_MAX = 131_072;

  private List<Segment> putTogether(int count, int size) {
    house.on(() -> {
      var puts = new ArrayList<Future<?>>();
      for (int i = 0; i < count; i++) {
        puts.add(house.putting("k" + i, House.random(i, size), size, Condition.NONE));
      }
      return Future.all(puts);
    });
    var segments = new ArrayList<Segment>();
    for (int i = 0; i < count; i++) {
      segments.add(house.segment("k" + i, 0));
    }
    return segments;
  }

  private int questions() {
    return house.origins.stream().mapToInt(origin -> origin.questions.size()).sum();
  }

  private Set<String> origins(Segment segment) {
    var ids = new HashSet<String>();
    segment.locations().forEach(at -> ids.add(at.originId()));
    return ids;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4_096, 131_071, 131_072})
  void aSmallObjectLiesInPacks(int size) {
    var body = House.random(size, size);
    house.put("k", body);
    var segment = house.segment("k", 0);
    assertThat(segment.locations()).hasSize(3);
    for (var at : segment.locations()) {
      var packed = Objects.requireNonNull(at.packed());
      assertThat(packed)
          .isEqualTo(house.origin(at.originId()).records.get(House.name(segment, at)));
      assertThat(packed.sizeBytes()).isEqualTo(segment.shardBytes() - 4096 + 128);
    }
    assertWhole("k", body);
    assertNoDamage();
  }

  @Test
  void aLargerObjectHasFilesOfItsOwn() {
    house.put("k", House.random(1, SMALL_MAX + 1));
    assertThat(house.segment("k", 0).locations()).extracting(Location::packed).containsOnlyNulls();
    assertThat(questions()).isZero();
  }

  @Test
  void packsCanBeSwitchedOff() throws Exception {
    redeploy(SETTINGS.withoutPacks());
    var body = House.random(1, 100);
    house.put("k", body);
    assertThat(house.segment("k", 0).locations()).extracting(Location::packed).containsOnlyNulls();
    assertWhole("k", body);
  }

  @Test
  void anOriginWithoutPacksKeepsFiles() {
    house.origins.forEach(origin -> origin.packs = origin.id.endsWith("1"));
    for (int i = 0; i < 3; i++) {
      var body = House.random(i, 5_000);
      house.put("k", body);
      assertThat(house.segment("k", 0).locations())
          .allMatch(at -> at.landed() && (at.packed() == null) != at.originId().endsWith("1"));
      assertWhole("k", body);
    }
  }

  @Test
  void thoseUnderWayTogetherShareQuestions() {
    house.origins.forEach(origin -> origin.flushMillis = 20);
    var segments = putTogether(40, 4_000);
    assertThat(segments)
        .allMatch(segment -> segment.locations().stream().allMatch(Location::landed));
    assertThat(house.origins.stream().flatMap(origin -> origin.questions.stream()))
        .as("records of all questions")
        .satisfies(
            counts -> assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(120));
    // A first one alone, the rest together; twice that if the moment changed in between.
    assertThat(questions()).isLessThanOrEqualTo(3 * 4);
    for (int i = 0; i < 40; i++) {
      assertWhole("k" + i, House.random(i, 4_000));
    }
  }

  @Test
  void noQuestionBringsMoreThanFourMebibytes() {
    house.origins.forEach(origin -> origin.flushMillis = 50);
    putTogether(100, SMALL_MAX);
    assertThat(house.origins)
        .allMatch(origin -> origin.questions.stream().allMatch(records -> records <= 31));
    assertWhole("k99", House.random(99, SMALL_MAX));
  }

  @Test
  void aRecordThatFailsSpoilsNoOther() {
    house.origins.forEach(origin -> origin.flushMillis = 20);
    // No three in a row hold both.
    house.origins.get(0).failsNextRecord = true;
    house.origins.get(3).failsNextRecord = true;
    long lost = 0;
    for (int round = 0; round < 20 && lost == 0; round++) {
      lost =
          putTogether(20, 100).stream()
              .flatMap(segment -> segment.locations().stream())
              .filter(at -> !at.landed())
              .count();
      assertThat(house.catalog.commits).hasSize(20 * (round + 1));
      for (int i = 0; i < 20; i++) {
        assertWhole("k" + i, House.random(i, 100));
      }
      house.on(() -> house.later(100));
    }
    assertThat(lost).isEqualTo(1);
  }

  @Test
  void anOriginThatFailedIsPassedOverForAWhile() {
    house.put("k", House.random(1, 10));
    var bad = house.segment("k", 0).locations().getFirst().originId();
    house.origin(bad).fault = Fault.WRITE_REFUSED;
    boolean met = false;
    for (int i = 0; i < 12; i++) {
      house.put("k", House.random(i, 10));
      boolean used = origins(house.segment("k", 0)).contains(bad);
      assertThat(met && used).as("used again after it failed").isFalse();
      met |= used;
    }
  }

  @Test
  void whoGoesAwayInMidBodyLeavesNothing() {
    var body = House.random(4, 5_000);
    var failure = house.failing(() -> house.aborting("k", body, 9_000));
    assertThat(failure.code()).isEqualTo(FailureCode.CANCELLED);
    var other = house.failing(() -> house.putting("k", body, 4_999, Condition.NONE));
    assertThat(other.code()).isEqualTo(FailureCode.INVALID_REQUEST);
    assertThat(house.failing(() -> house.putting("k", body, 5_001, Condition.NONE)).code())
        .isEqualTo(FailureCode.INVALID_REQUEST);
    house.on(() -> house.later(100));
    assertThat(house.catalog.commits).isEmpty();
    assertThat(questions()).isZero();
  }

  @Test
  void nothingIsCommittedThatIsNotFlushed() {
    house.origins.forEach(origin -> origin.fault = Fault.FLUSH_HANGS);
    house.on(() -> {
      house.putting("k", House.random(1, 10), 10, Condition.NONE);
      return house.later(700);
    });
    assertThat(house.catalog.commits).isEmpty();
  }

  @Test
  void aBucketThatInsistsRefusesWhenTooFewOriginsCanBeWritten() {
    house.origins.subList(2, 7).forEach(origin -> origin.placed = false);
    assertThat(failingPut(10).code()).isEqualTo(FailureCode.UNAVAILABLE);
    house.origins.get(2).placed = true;
    var body = House.random(1, 10);
    house.put("k", body);
    assertWhole("k", body);
  }

  /// Damage in one copy is served from another, and becomes a row.
  @ParameterizedTest
  @ValueSource(ints = {0, 64, 4096 + 10, 4096 + 64, 4096 + 64 + 3_999})
  void aDamagedCopyIsNotServed(int offset) {
    var body = House.random(7, 4_000);
    house.put("k", body);
    var segment = house.segment("k", 0);
    for (int index = 0; index < 2; index++) {
      house.flip(segment, index, offset);
    }
    assertWhole("k", body);
    if (offset >= 4096) {
      house.flip(segment, 2, offset);
      assertThat(house.failing(() -> house.getting("k", null, null, null)).code())
          .isEqualTo(FailureCode.CORRUPT);
      house.awaitUntil(() -> house.catalog.damages.size() >= 3);
    }
  }

  @Test
  void aPackThatIsGoneIsMissingShards() {
    var body = House.random(7, 4_000);
    house.put("k", body);
    var segment = house.segment("k", 0);
    for (var at : segment.locations().subList(0, 2)) {
      house.origin(at.originId()).records.clear();
    }
    assertWhole("k", body);
    var last = segment.locations().get(2);
    house.origin(last.originId()).records.clear();
    assertThat(house.failing(() -> house.getting("k", null, null, null)).code())
        .isEqualTo(FailureCode.CORRUPT);
    house.awaitUntil(() -> house.catalog.damages.size() >= 3);
  }
}
