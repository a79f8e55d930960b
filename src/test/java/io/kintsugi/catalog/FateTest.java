package io.kintsugi.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.catalog.Fate.Seen;
import org.junit.jupiter.api.Test;

/// What becomes of a name without a row (T12): never away on the word of one look.
class FateTest {
  @Test
  void aNameIsNobodysOnlyOnceItsSessionIsOverAndTheGraceHasPassed() {
    assertThat(seen("seen", false, true)).isEqualTo(Fate.MAY_BE_COMMITTED);
    assertThat(seen("seen", true, false)).isEqualTo(Fate.SEEN_LATELY);
    assertThat(seen("seen", true, true)).isEqualTo(Fate.CONDEMN);
  }

  @Test
  void aCondemnedNameIsMovedOnceEverybodyKnowsAndAgainByWhoeverDiedMeanwhile() {
    assertThat(seen("condemned", true, true)).isEqualTo(Fate.CONDEMNED_LATELY);
    assertThat(Fate.of(new Seen("condemned", false, true, true, false, true)))
        .isEqualTo(Fate.QUARANTINE);
  }

  @Test
  void itLeavesQuarantineOnlyAfterAnotherGraceAndOnceEverybodyKnows() {
    assertThat(held(true, true, true)).isEqualTo(Fate.REMOVE);
    assertThat(held(true, false, true)).isEqualTo(Fate.IN_QUARANTINE);
    assertThat(held(true, true, false)).isEqualTo(Fate.IN_QUARANTINE);
    assertThat(held(false, true, true)).isEqualTo(Fate.MAY_BE_COMMITTED);
  }

  @Test
  void aNameWithARowIsNeverTakenAwayAndComesBack() {
    for (var over : new boolean[] {false, true}) {
      for (var state : new String[] {"condemned", "quarantined"}) {
        assertThat(Fate.of(new Seen(state, true, over, true, true, true))).isEqualTo(Fate.RESTORE);
      }
      assertThat(Fate.of(new Seen("seen", true, over, true, true, true))).isEqualTo(Fate.FORGET);
    }
  }

  private static Fate seen(String state, boolean over, boolean seenLong) {
    return Fate.of(new Seen(state, false, over, seenLong, false, false));
  }

  private static Fate held(boolean over, boolean heldLong, boolean settled) {
    return Fate.of(new Seen("quarantined", false, over, true, heldLong, settled));
  }
}
