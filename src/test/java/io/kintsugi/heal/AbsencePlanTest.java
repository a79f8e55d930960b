package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogAbsenceContract.Absence;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.heal.AbsencePlan.Decision;
import io.kintsugi.heal.AbsencePlan.State;
import io.kintsugi.heal.AbsencePlan.Stretch;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// When an origin counts as absent, and when it is back (T9, T10).
class AbsencePlanTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Map<String, Absence> noted = new HashMap<>();
  private Map<String, Stretch> seen = Map.of();
  private Instant now = BEGIN;
  private HealPolicy policy = policy(null);

  private static HealPolicy policy(@Nullable Long rebuildAfterMillis) {
    return new HealPolicy(1, 8, 300_000, true, true, Map.of(), 8, 100, rebuildAfterMillis);
  }

  /// One look, as the catalog would keep what it brings.
  private Decision look(boolean here) {
    seen = AbsencePlan.stretches(seen, Map.of("disk", here), now);
    var decision = AbsencePlan.decide(policy, seen, noted, now);
    decision.away().forEach(absence -> noted.put(absence.originId(), absence));
    decision.back().forEach(noted::remove);
    return decision;
  }

  /// What it is taken for after so long; null: it is here.
  private @Nullable State after(Duration time, boolean here) {
    var end = now.plus(time);
    var state = look(here).states().get("disk");
    while (now.isBefore(end)) {
      now = now.plus(LOOK);
      state = look(here).states().get("disk");
    }
    return state;
  }

  @Test
  void halfAnHourMakesItAbsentUnlessSomebodySaysOtherwise() {
    assertThat(after(Duration.ofMinutes(5), true)).isNull();
    assertThat(after(Duration.ofMinutes(29), false)).isEqualTo(State.AWAY);
    assertThat(after(Duration.ofMinutes(2), false)).isEqualTo(State.ABSENT);
    assertThat(noted.get("disk")).extracting(Absence::absent).isEqualTo(true);
  }

  @Test
  void neverMeansNever() {
    policy = policy(HealPolicy.NEVER);
    assertThat(after(Duration.ofDays(1), false)).isEqualTo(State.AWAY);
  }

  @Test
  void whatIsDeclaredLostIsNotWaitedFor() {
    policy = policy(HealPolicy.NEVER);
    assertThat(after(LOOK, false)).isEqualTo(State.AWAY);
    noted.put("disk", new Absence("disk", BEGIN, true, false));
    assertThat(after(LOOK, false)).isEqualTo(State.LOST);
    assertThat(after(LOOK, true)).isEqualTo(State.RETURNING);
    assertThat(after(Duration.ofMinutes(5), true)).isNull();
    assertThat(noted).isEmpty();
  }

  @Test
  void itIsBackOnlyOnceItHasStayed() {
    after(Duration.ofMinutes(40), false);
    assertThat(after(Duration.ofMinutes(4), true)).isEqualTo(State.RETURNING);
    assertThat(after(LOOK, false)).as("it was not back").isEqualTo(State.AWAY);
    assertThat(after(Duration.ofMinutes(1), false)).isEqualTo(State.ABSENT);
    after(Duration.ofMinutes(4), true);
    assertThat(after(Duration.ofMinutes(2), true)).isNull();
    assertThat(after(Duration.ofMinutes(20), false)).as("counted anew").isEqualTo(State.AWAY);
  }

  @Test
  void aLifeThatHasJustBegunFirstLooksForItself() {
    noted.put("disk", new Absence("disk", BEGIN.minus(Duration.ofDays(1)), false, true));
    assertThat(after(LOOK, false)).isEqualTo(State.AWAY);
    assertThat(after(Duration.ofMinutes(1), false)).isEqualTo(State.ABSENT);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @DisplayName("T10: an origin that comes and goes every 5 to 30 s is never absent, however long")
  void whatFlapsIsNeverAbsent(long seed) {
    var random = new Random(seed);
    boolean here = false;
    for (int i = 0; i < 1_000; i++) {
      var state = after(Duration.ofSeconds(5 + random.nextInt(26)), here);
      assertThat(Objects.requireNonNull(state).isAbsent()).as("flap %s", i).isFalse();
      here = !here;
    }
    assertThat(after(Duration.ofMinutes(2), false)).as("gone for good").isEqualTo(State.ABSENT);
  }

  @Test
  void whatNoConfigurationNamesIsAwayToo() {
    noted.put("gone", new Absence("gone", BEGIN, true, false));
    var decision = AbsencePlan.decide(policy, Map.of(), noted, now);
    assertThat(decision.states()).containsEntry("gone", State.LOST);
    assertThat(decision.isNews(noted)).isTrue();
  }
}
