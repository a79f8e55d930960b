package io.kintsugi.object;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.LoadReported;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/// The data path says how it is doing, so that background work can give way (A9).
class LoadTest extends InHouse {
  private final LinkedBlockingQueue<LoadReported> reports = new LinkedBlockingQueue<>();

  private List<LoadReported> untilIdle() throws InterruptedException {
    var seen = new ArrayList<LoadReported>();
    var next = Objects.requireNonNull(reports.poll(10, SECONDS), "no report");
    while (next.operations() > 0 || next.inFlight() > 0) {
      seen.add(next);
      next = Objects.requireNonNull(reports.poll(10, SECONDS), "no report that it is idle");
    }
    return seen;
  }

  @Test
  void whatWasAskedIsToldOncePerSecondAndSilenceOnce() throws Exception {
    house.world().bus().listen(ObjectContract.LOAD_REPORTED, reports::add);
    var body = House.random(1, 200_000);
    house.put("a", body);
    house.put("b", body);
    house.get("a", null, null, null);
    var seen = untilIdle();
    assertThat(seen.getFirst().inFlight()).as("the first is told of at once").isEqualTo(1);
    assertThat(seen.getFirst().operations()).isZero();
    assertThat(seen.stream().mapToLong(LoadReported::operations).sum()).isEqualTo(3);
    assertThat(seen).allMatch(load -> load.p50Millis() <= load.p99Millis());
    assertThat(seen).anyMatch(load -> load.p99Millis() > 0);
    assertThat(seen).extracting(LoadReported::source).containsOnly(seen.getFirst().source());
    assertThat(reports.poll(2, SECONDS)).as("silence is told once").isNull();
  }

  @Test
  void theTimeOfALongBodyIsItsSendersAndDoesNotCount() throws Exception {
    house.world().bus().listen(ObjectContract.LOAD_REPORTED, reports::add);
    house.put("long", House.random(2, (int) Load.SHORT_BYTES + 1));
    house.put("short", House.random(2, 1_000));
    assertThat(untilIdle().stream().mapToLong(LoadReported::operations).sum()).isEqualTo(1);
  }
}
