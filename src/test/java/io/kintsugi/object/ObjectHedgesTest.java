package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.object.FakeOrigin.Fault;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Reading beside what is late, and again what has no other source (B5, B6, G3).
class ObjectHedgesTest extends InHouse {
  /// Enough for each origin to be known.
  private static final int READS = 12;

  private final Map<String, Long> counts = new ConcurrentHashMap<>();
  private final Buffer body = House.random(7, 2 * STRIPE);

  @BeforeEach
  void begin() {
    house.on(() -> {
      house
          .world()
          .bus()
          .listen(
              MetricsContract.USAGE,
              usage -> usage.counts().forEach((name, more) -> counts.merge(name, more, Long::sum)));
      return house.world().bus().registered();
    });
    house.put("k", body);
  }

  private long count(String name) {
    return counts.getOrDefault(name, 0L);
  }

  private FakeOrigin originOf(int shard) {
    return house.origin(house.segment("k", 0).locations().get(shard).originId());
  }

  private void read(int times) {
    for (int i = 0; i < times; i++) {
      assertWhole("k", body);
    }
  }

  @Test
  @DisplayName("G3: a shard that is late is read elsewhere as well, and the loser is cancelled")
  void late() {
    read(READS);
    var slow = originOf(1);
    slow.fault = Fault.READ_STALLS;
    read(1);
    house.awaitUntil(() -> count("hedges_won_total") >= 1 && slow.open.get() == 0);
    assertThat(count("hedged_reads_total")).isBetween(1L, (long) Hedge.SAVED_MAX + 2);
  }

  @Test
  @DisplayName("G3: an origin that is late half of the time is not waited for any more")
  void dawdler() {
    read(READS);
    var slow = originOf(2);
    slow.fault = Fault.READ_HANGS;
    read(6);
    int asked = slow.reads.get();
    read(6);
    assertThat(slow.reads.get()).isEqualTo(asked);
  }

  @Test
  @DisplayName("test_failover_to_backup")
  void failover() {
    originOf(0).fault = Fault.UNREACHABLE;
    originOf(2).fault = Fault.UNREACHABLE;
    read(2);
    assertThat(house.catalog.damages).isEmpty();
  }

  @Test
  @DisplayName("B6: a read that has no other source is tried again after 100, 500, 2000 ms")
  void triedAgain() {
    var away = List.of(originOf(0), originOf(1), originOf(2));
    away.forEach(origin -> origin.fault = Fault.UNREACHABLE);
    house.on(() -> {
      house
          .world()
          .after(Duration.ofMillis(300), () -> away.forEach(origin -> origin.fault = Fault.NONE));
      return Future.succeededFuture();
    });
    read(1);
    assertThat(away).allSatisfy(origin -> assertThat(origin.reads.get()).isGreaterThanOrEqualTo(2));
  }

  @Test
  @DisplayName("B6: when all fail, NO_ORIGIN_AVAILABLE is told with the reason of each origin")
  void noneAvailable() {
    var away = List.of(originOf(0), originOf(1), originOf(2));
    away.forEach(origin -> origin.fault = Fault.UNREACHABLE);
    var failure = house.failing(() -> house.getting("k", null, null, null));
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(failure.detail("what")).isEqualTo("NO_ORIGIN_AVAILABLE");
    assertThat(away)
        .allSatisfy(
            origin -> assertThat(failure.detail(origin.id)).isEqualTo(origin.id + " is away"));
    // One try and three retries, of each of the two stripes, which share what they can.
    assertThat(away).allSatisfy(origin -> assertThat(origin.reads.get()).isBetween(4, 8));
  }

  @Test
  @DisplayName("B6: what does not exist is not tried again")
  void missing() {
    List.of(originOf(0), originOf(1), originOf(2)).forEach(origin -> origin.fault = Fault.GONE);
    int before = originOf(0).reads.get();
    var failure = house.failing(() -> house.getting("k", null, null, null));
    assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT);
    assertThat(originOf(0).reads.get() - before).isLessThanOrEqualTo(2);
  }
}
