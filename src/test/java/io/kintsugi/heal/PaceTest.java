package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.heal.Pace.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// How fast heals may go (A9), second by second.
class PaceTest {
  private static final Load QUIET = new Load(2, 100, 10);

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
    var learnt = after(first, 20, QUIET, true);
    assertThat(learnt.usualMillis()).isEqualTo(10);
    assertThat(learnt.bytesPerSecond()).isGreaterThan(Pace.CAUTIOUS);
  }

  @Test
  @DisplayName("A9: whom heals slow down, to him they give way within seconds")
  void whomHealsSlowDownTheyGiveWayTo() {
    var fast = after(busy(), 20, QUIET, true);
    assertThat(fast.bytesPerSecond()).isEqualTo(Pace.TOP);
    var slow = after(fast, 10, new Load(2, 100, 40), true);
    assertThat(slow.bytesPerSecond()).isEqualTo(Pace.FLOOR);
  }

  @Test
  @DisplayName("A9: below the floor heals never go, however long others wait")
  void belowTheFloorItNeverGoes() {
    var now = busy();
    for (int second = 0; second < 600; second++) {
      now = now.next(new Load(500, 3, 5_000 + 100.0 * second), true);
      assertThat(now.bytesPerSecond()).isGreaterThanOrEqualTo(Pace.FLOOR);
    }
  }

  @Test
  void aSlownessThatStaysAtTheFloorIsNotTheHealsAndBecomesTheUsual() {
    var heavier = new Load(20, 900, 60);
    var now = after(busy(), 60, heavier, true);
    assertThat(now.usualMillis()).isBetween(45.0, 60.0);
    assertThat(now.bytesPerSecond()).isGreaterThan(Pace.CAUTIOUS);
  }

  @Test
  void oneSlowSecondAmongManyCostsLittle() {
    var fast = after(busy(), 20, QUIET, true);
    var hiccup = fast.next(new Load(2, 100, 60), true);
    assertThat(after(hiccup, 15, QUIET, true).bytesPerSecond()).isEqualTo(Pace.TOP);
  }

  @Test
  void whoeverIsStillWaitingIsNotSilent() {
    var bounded = busy();
    assertThat(after(bounded, 20, new Load(1, 0, 0), true).isBounded()).isTrue();
    assertThat(after(bounded, 2, Load.NONE, true).isBounded()).isTrue();
    assertThat(after(bounded, 3, Load.NONE, true).isBounded()).isFalse();
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
      now = now.next(new Load(2, 100, millis), true);
      seen.add(millis);
      moved += now.bytesPerSecond();
    }
    var sorted = seen.stream().sorted().toList();
    assertThat(sorted.get(sorted.size() / 2)).isLessThan(15);
    assertThat(sorted.get(sorted.size() * 9 / 10)).isLessThan(20);
    assertThat(moved / 300).isGreaterThan(2 * Pace.FLOOR);
  }
}
