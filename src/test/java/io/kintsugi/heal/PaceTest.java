package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.heal.Pace.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How fast heals may go (A9), second by second.
class PaceTest {
  private static final Load QUIET = new Load(2, 100, 4, 10);
  private static final Load FELT = new Load(2, 100, 4, 40);

  private static Pace after(Pace pace, int seconds, Load load, boolean healing) {
    var now = pace;
    for (int i = 0; i < seconds; i++) {
      now = now.next(load, healing);
    }
    return now;
  }

  private static Pace busy() {
    return after(Pace.START, 30, QUIET, false);
  }

  /// A foreground that begins to feel heals at a rate, and more with each percent beyond it.
  private static Load kneed(long rate, long knee) {
    double beyond = Math.max(0, (rate - knee) / (double) knee);
    return new Load(2, 100, 4 + 8 * beyond, 10 + 100 * beyond);
  }

  /// The rates of so many seconds.
  private static List<Long> rates(Pace from, int seconds, long knee) {
    var rates = new ArrayList<Long>();
    var now = from;
    for (int second = 0; second < seconds; second++) {
      rates.add(now.bytesPerSecond());
      now = now.next(kneed(now.bytesPerSecond(), knee), true);
    }
    return rates;
  }

  private static Pace settled(long knee) {
    var now = busy();
    for (int second = 0; second < 120; second++) {
      now = now.next(kneed(now.bytesPerSecond(), knee), true);
    }
    return now;
  }

  @Test
  void aloneHealsGoAsFastAsTheyCan() {
    assertThat(after(Pace.START, 60, Load.NONE, true).isBounded()).isFalse();
  }

  @Test
  @DisplayName("A9: under load heals begin with caution")
  void underLoadHealsBeginWithCaution() {
    assertThat(busy().bytesPerSecond()).isEqualTo(Pace.CAUTIOUS);
    var learnt = after(busy(), 3, Load.NONE, false);
    assertThat(learnt.isBounded()).isFalse();
    assertThat(learnt.next(QUIET, true).bytesPerSecond()).isEqualTo(Pace.CAUTIOUS);
  }

  @Test
  @DisplayName("A9: whoever comes while heals are alone does not wait for the next look")
  void whoeverComesWhileHealsAreAloneDoesNotWait() {
    assertThat(Pace.START.woken().bytesPerSecond()).isEqualTo(Pace.FLOOR);
    var known = after(busy(), 3, Load.NONE, false);
    assertThat(known.isBounded()).isFalse();
    assertThat(known.woken().bytesPerSecond()).isEqualTo(Pace.CAUTIOUS);
    var bounded = after(busy(), 20, QUIET, true);
    assertThat(bounded.woken()).isEqualTo(bounded);
  }

  @Test
  void loadThatWasNeverSeenWithoutHealsIsLearntAtTheFloor() {
    var alone = after(Pace.START, 10, Load.NONE, true);
    var first = alone.next(QUIET, true);
    assertThat(first.bytesPerSecond()).isEqualTo(Pace.FLOOR);
    var learnt = after(first, 30, QUIET, true);
    assertThat(learnt.slowest().usualMillis()).isEqualTo(10);
    assertThat(learnt.usual().usualMillis()).isEqualTo(4);
    assertThat(learnt.bytesPerSecond()).isGreaterThan(Pace.CAUTIOUS);
  }

  @Test
  @DisplayName("A9: whom heals slow down, to him they give way within seconds")
  void whomHealsSlowDownTheyGiveWayTo() {
    var fast = after(busy(), 60, QUIET, true);
    assertThat(fast.bytesPerSecond()).isEqualTo(Pace.TOP);
    var slow = after(fast, 11, FELT, true);
    assertThat(slow.bytesPerSecond()).isEqualTo(Pace.FLOOR);
  }

  @Test
  @DisplayName("A9: answers that are slower in the middle count, however short the longest are")
  void slowerAnswersInTheMiddleCount() {
    var fast = after(busy(), 30, QUIET, true);
    var second = fast.next(new Load(2, 100, 8, 10), true);
    var slow = second.next(new Load(2, 100, 8, 10), true);
    assertThat(slow.bytesPerSecond()).isEqualTo(second.bytesPerSecond() / 2);
    assertThat(slow.ceiling()).isEqualTo(second.bytesPerSecond());
  }

  @Test
  @DisplayName("A9: below the floor heals never go, however long others wait")
  void belowTheFloorItNeverGoes() {
    var now = busy();
    for (int second = 0; second < 600; second++) {
      now = now.next(new Load(500, 3, 900 + 50.0 * second, 5_000 + 100.0 * second), true);
      assertThat(now.bytesPerSecond()).isGreaterThanOrEqualTo(Pace.FLOOR);
    }
  }

  @Test
  void aSlownessThatStaysAtTheFloorIsNotTheHealsAndBecomesTheUsual() {
    var heavier = new Load(20, 900, 20, 60);
    var now = after(busy(), 90, heavier, true);
    assertThat(now.slowest().usualMillis()).isBetween(45.0, 60.0);
    assertThat(now.ceiling()).as("what it was taken for").isZero();
    assertThat(now.bytesPerSecond()).isGreaterThan(Pace.CAUTIOUS);
  }

  @Test
  void whoeverIsStillWaitingIsNotSilent() {
    var bounded = busy();
    assertThat(after(bounded, 20, new Load(1, 0, 0, 0), true).isBounded()).isTrue();
    assertThat(after(bounded, 2, Load.NONE, true).isBounded()).isTrue();
    assertThat(after(bounded, 3, Load.NONE, true).isBounded()).isFalse();
  }

  @Test
  @DisplayName("A9: one slow second is none of the heals' doing")
  void oneSlowSecondIsBorne() {
    var fast = after(busy(), 20, QUIET, true);
    var hiccup = fast.next(new Load(2, 100, 40, 400), true);
    assertThat(hiccup.ceiling()).isZero();
    assertThat(hiccup.next(QUIET, true).bytesPerSecond()).isGreaterThan(fast.bytesPerSecond());
  }

  @Test
  @DisplayName("A9: heals remember the rate at which they were felt")
  void theRateAtWhichTheyWereFeltIsRemembered() {
    var fast = after(busy(), 20, QUIET, true);
    var felt = fast.next(FELT, true).next(FELT, true);
    assertThat(felt.ceiling()).isGreaterThanOrEqualTo(fast.bytesPerSecond());
    assertThat(felt.bytesPerSecond()).isEqualTo(felt.ceiling() / 2);
    var still = after(felt, 3, FELT, true);
    assertThat(still.ceiling()).as("the same trouble still").isEqualTo(felt.ceiling());
    assertThat(still.bytesPerSecond()).isLessThan(felt.bytesPerSecond());
  }

  @Test
  @DisplayName("A9: three quarters of the ceiling are there within seconds, the rest in a minute")
  void farBelowTheCeilingTheyAreFastAndNearItSlow() {
    var felt = after(after(busy(), 20, QUIET, true), 2, FELT, true);
    var calm = after(felt, 12, QUIET, true);
    assertThat(calm.bytesPerSecond())
        .isBetween(felt.ceiling() * 3 / 4 - 1, felt.ceiling() * 83 / 100);
    var minute = after(calm, 40, QUIET, true);
    assertThat(minute.bytesPerSecond()).isLessThanOrEqualTo(felt.ceiling());
    assertThat(after(minute, 100, QUIET, true).bytesPerSecond())
        .as("nobody feels it there this time")
        .isGreaterThan(felt.ceiling());
  }

  @Test
  @DisplayName("A9: what is felt near the floor does not keep heals there")
  void nearTheFloorNothingIsRemembered() {
    var low = after(after(busy(), 11, FELT, true), 6, QUIET, true);
    assertThat(low.bytesPerSecond()).isGreaterThan(Pace.FLOOR).isLessThan(Pace.LEAST_CEILING / 2);
    var felt = after(low, 2, FELT, true);
    assertThat(felt.ceiling()).isEqualTo(Pace.LEAST_CEILING);
    assertThat(after(felt, 12, QUIET, true).bytesPerSecond())
        .isGreaterThanOrEqualTo(Pace.LEAST_CEILING * 3 / 4);
  }

  @Test
  void whatBeginsToBeFeltEndsTheFirstSearch() {
    var fast = after(busy(), 20, QUIET, true);
    var nearly = after(fast, 5, new Load(2, 100, 4, 14.4), true);
    assertThat(nearly.ceiling()).isEqualTo(nearly.bytesPerSecond());
    var later = after(nearly, 20, new Load(2, 100, 4, 14.4), true);
    assertThat(later.bytesPerSecond()).isEqualTo(nearly.bytesPerSecond());
  }

  @Test
  void theNextHealBeginsBelowTheCeilingOfTheLastOne() {
    var settled = settled(6_000_000);
    assertThat(settled.ceiling()).isPositive();
    var between = after(settled, 60, QUIET, false);
    assertThat(between.ceiling()).isEqualTo(settled.ceiling());
    assertThat(between.bytesPerSecond()).isEqualTo(settled.ceiling() / 2);
    var pause = after(between, 60, Load.NONE, true);
    assertThat(pause.isBounded()).isFalse();
    assertThat(pause.woken().bytesPerSecond()).isEqualTo(settled.ceiling() / 2);
  }

  @Test
  @DisplayName("A9: after a long time without anybody the ceiling is forgotten")
  void aLongSilenceMakesThemForget() {
    var settled = settled(40_000_000);
    assertThat(after(settled, Pace.FORGETTING_SECONDS - 1, Load.NONE, true).ceiling())
        .isEqualTo(settled.ceiling());
    assertThat(after(settled, Pace.FORGETTING_SECONDS, Load.NONE, true).ceiling()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {5_000_000, 20_000_000, 60_000_000, 200_000_000})
  @DisplayName("A9: once the ceiling is known, heals are felt in one second of a hundred at most")
  void theySettleBelowTheKnee(long knee) {
    var rates = rates(settled(knee), 1_000, knee);
    long felt = rates.stream().filter(rate -> kneed(rate, knee).p99Millis() > 15).count();
    double mean = rates.stream().mapToLong(rate -> rate).average().orElseThrow();
    assertThat(felt).isLessThanOrEqualTo(10);
    assertThat(mean).isGreaterThan(0.6 * knee);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  @DisplayName("A9: seconds that differ by chance do not drive heals to the floor")
  void theyBearNoise(long seed) {
    var random = new Random(seed);
    long knee = 60_000_000;
    var now = busy();
    long sum = 0;
    for (int second = 0; second < 1_200; second++) {
      var load = kneed(now.bytesPerSecond(), knee);
      double chance = Math.exp(0.2 * random.nextGaussian());
      now =
          now.next(
              new Load(2, 100, load.p50Millis() * Math.sqrt(chance), load.p99Millis() * chance),
              true);
      sum += second < 200 ? 0 : now.bytesPerSecond();
    }
    assertThat(sum / 1_000).isGreaterThan(knee / 8);
  }

  @Test
  void aFallOfWhatTheForegroundBearsIsFollowed() {
    var rates = rates(settled(60_000_000), 300, 10_000_000);
    var late = rates.subList(150, 300);
    assertThat(late.stream().filter(rate -> rate > 12_000_000).count()).isLessThanOrEqualTo(4);
  }

  /// A foreground that heals slow down in proportion: the pace settles where they are hardly felt.
  @Test
  @DisplayName("A9: the foreground's p99 settles near its usual, and heals still progress")
  void itSettlesWhereHealsAreHardlyFelt() {
    LongToDoubleFunction p99 = rate -> 10 + rate / 4e6;
    var now = busy();
    List<Double> seen = new ArrayList<>();
    long moved = 0;
    for (int second = 0; second < 300; second++) {
      double millis = p99.applyAsDouble(now.bytesPerSecond());
      now = now.next(new Load(2, 100, 4, millis), true);
      seen.add(millis);
      moved += now.bytesPerSecond();
    }
    var sorted = seen.stream().sorted().toList();
    assertThat(sorted.get(sorted.size() / 2)).isLessThan(15);
    assertThat(sorted.get(sorted.size() * 99 / 100)).isLessThan(20);
    assertThat(moved / 300).isGreaterThan(2 * Pace.FLOOR);
  }
}
