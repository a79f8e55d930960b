package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which copies go where a shard is there more than once.
class SurplusTest {
  private static final String WRITE = "000000000000000a0000000000000001";
  private static final String FIRST = "000000000000000a0000000000000002";
  private static final String ADDED = "000000000000000b0000000000000001";

  private static Known copy(String attempt, Evidence evidence, boolean deep) {
    var location = new Location(3, attempt, "on-" + attempt.substring(15, 16), "i", true);
    return Known.of(location, evidence, deep, "");
  }

  private static List<Trim> trims(boolean sound, Known... copies) {
    return Surplus.of(WRITE, List.of(copies), sound, _ -> true);
  }

  @Test
  void whatWasWrittenWithTheSegmentStays() {
    var first = copy(FIRST, Evidence.HEALTHY, true);
    var added = copy(ADDED, Evidence.HEALTHY, true);
    assertThat(trims(true, added, first)).containsExactly(new Trim(3, ADDED, FIRST));
    assertThat(trims(false, added, first)).as("nobody asked for it").isEmpty();
  }

  @Test
  void nothingGoesOnTheWordOfAShallowLook() {
    var first = copy(FIRST, Evidence.HEALTHY, false);
    var added = copy(ADDED, Evidence.HEALTHY, false);
    assertThat(trims(true, added, first)).isEmpty();
    assertThat(trims(true, copy(ADDED, Evidence.HEALTHY, true), first))
        .as("the one that was looked at stays")
        .containsExactly(new Trim(3, FIRST, ADDED));
  }

  @Test
  void aDamagedCopyBesideASoundOneGoes() {
    for (var damage : List.of(Evidence.MISSING, Evidence.CORRUPT, Evidence.STALE)) {
      assertThat(trims(false, copy(FIRST, damage, true), copy(ADDED, Evidence.HEALTHY, false)))
          .containsExactly(new Trim(3, FIRST, ADDED));
    }
  }

  @Test
  void whatCannotBeSeenStaysAndTheLastOneToo() {
    var added = copy(ADDED, Evidence.HEALTHY, true);
    for (var unseen : List.of(Evidence.ABSENT, Evidence.UNREACHABLE, Evidence.UNKNOWN)) {
      assertThat(trims(true, copy(FIRST, unseen, false), added)).isEmpty();
    }
    assertThat(trims(true, added)).isEmpty();
    assertThat(
            trims(true, copy(FIRST, Evidence.MISSING, true), copy(ADDED, Evidence.CORRUPT, true)))
        .isEmpty();
  }

  @Test
  void nothingIsReliedOnThatHasJustReturned() {
    var first = copy(FIRST, Evidence.HEALTHY, true);
    var added = copy(ADDED, Evidence.HEALTHY, true);
    assertThat(Surplus.of(WRITE, List.of(first, added), true, "on-b"::equals)).isEmpty();
  }

  @Test
  void aDamagedCopyCountsAsLongAsItIsThere() {
    var sound = copy(FIRST, Evidence.HEALTHY, true);
    var rotten = copy(ADDED, Evidence.CORRUPT, true);
    assertThat(Surplus.damaged(List.of(sound, rotten))).containsExactly(rotten);
    assertThat(Surplus.damaged(List.of(sound, copy(ADDED, Evidence.ABSENT, false))))
        .as("what is absent may come back sound")
        .isEmpty();
    assertThat(Surplus.damaged(List.of(rotten, copy(FIRST, Evidence.MISSING, true))))
        .as("a shard without a sound copy is for the plan")
        .isEmpty();
  }
}
