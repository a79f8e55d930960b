package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.kernel.SimulatedTime;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// One bucket of bytes for each origin (A9), in simulated time.
class ThrottleTest {
  private static final long RATE = 1_000_000;
  private static final int PIECE = 100_000;

  private final SimulatedTime time = new SimulatedTime(null);
  private final Throttle throttle = new Throttle(time);

  private List<Future<Void>> take(String origin, int count) {
    var turns = new ArrayList<Future<Void>>();
    for (int i = 0; i < count; i++) {
      turns.add(throttle.take(origin, PIECE));
    }
    return turns;
  }

  private static long served(List<Future<Void>> turns) {
    return turns.stream().filter(Future::succeeded).count();
  }

  @Test
  @DisplayName("A9: over any while no more moves than the rate and one bucket")
  void theRateIsObeyed() {
    throttle.setRate(RATE);
    var turns = take("a", 200);
    long before = served(turns);
    assertThat(before).isBetween(1L, 2L);
    for (int second = 1; second <= 10; second++) {
      time.pass(Duration.ofSeconds(1));
      assertThat(served(turns) - before).isBetween(10L * second - 1, 10L * second + 1);
    }
  }

  @Test
  void eachOriginHasItsOwn() {
    throttle.setRate(RATE);
    take("a", 50);
    assertThat(served(take("b", 1))).isEqualTo(1);
  }

  @Test
  void withoutABoundNobodyWaits() {
    assertThat(served(take("a", 1_000))).isEqualTo(1_000);
  }

  @Test
  void whoWaitsIsReckonedAnewWhenTheRateChanges() {
    throttle.setRate(RATE);
    var turns = take("a", 100);
    throttle.setRate(10 * RATE);
    time.pass(Duration.ofSeconds(1));
    assertThat(served(turns)).isGreaterThan(95);
    throttle.setRate(RATE);
    var more = take("a", 100);
    throttle.setRate(Pace.UNBOUNDED);
    assertThat(served(more)).isEqualTo(100);
  }

  @Test
  void theFirstComeIsServedFirst() {
    throttle.setRate(RATE);
    var turns = take("a", 20);
    time.pass(Duration.ofMillis(700));
    long served = served(turns);
    assertThat(turns.subList(0, (int) served)).allMatch(Future::succeeded);
  }

  @Test
  void aPieceLargerThanTheBucketPassesAndIsPaidForWithinLimits() {
    throttle.setRate(RATE);
    assertThat(throttle.take("a", 100 * RATE).succeeded()).isTrue();
    var next = throttle.take("a", PIECE);
    time.pass(Duration.ofMillis(4_900));
    assertThat(next.succeeded()).isFalse();
    time.pass(Duration.ofMillis(200));
    assertThat(next.succeeded()).isTrue();
  }

  @Test
  void aSmallAccessIsNotFree() {
    throttle.setRate(RATE);
    var turns = new ArrayList<Future<Void>>();
    for (int i = 0; i < 100; i++) {
      turns.add(throttle.take("a", 1));
    }
    time.pass(Duration.ofSeconds(1));
    assertThat(served(turns)).isLessThan(RATE * 5 / 4 / Throttle.ACCESS_BYTES + 2);
  }
}
