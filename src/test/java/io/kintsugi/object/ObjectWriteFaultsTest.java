package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.object.FakeOrigin.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Writing while bodies, origins or the catalog fail (F2).
class ObjectWriteFaultsTest extends InHouse {
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

  @Test
  void aPutFailsWhenTooManyOriginsDo() {
    house.origins.forEach(origin -> origin.fault = Fault.WRITE_REFUSED);
    assertThat(failingPut(200_000).code()).isEqualTo(FailureCode.UNAVAILABLE);
    house.origins.forEach(origin -> origin.fault = Fault.FULL);
    assertThat(failingPut(2 * STRIPE).code()).isEqualTo(FailureCode.STORAGE_ERROR);
    assertThat(house.catalog.commits).isEmpty();
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
      if ((fault != Fault.WRITE_STALLS && fault != Fault.WRITE_BREAKS) || size > 5) {
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
}
