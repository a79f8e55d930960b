package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StallTest {
  private static final long LIMIT = 2_000;
  private static final long LAST = 30_000;

  @Test
  void whoIsNotSlowIsKept() {
    assertThat(decide(2_000, 1, 0, 0, 0)).isEqualTo(Stall.KEEP);
  }

  @Test
  void whoHoldsUpTheOthersIsDropped() {
    assertThat(decide(2_001, 1, 0, 0, 0)).isEqualTo(Stall.DROP);
  }

  @Test
  void whoIsAsSlowAsTheOthersIsKept() {
    assertThat(decide(7_000, 1, 2_000, 2_000, 2_000)).isEqualTo(Stall.KEEP);
    assertThat(decide(8_001, 1, 2_000, 2_000, 2_000)).isEqualTo(Stall.DROP);
  }

  @Test
  void whoCannotBeSparedIsWaitedForLonger() {
    assertThat(decide(29_000, 0, 0, 0, 0)).isEqualTo(Stall.KEEP);
    assertThat(decide(30_001, 0, 0, 0, 0)).isEqualTo(Stall.FAIL);
  }

  @Test
  void nobodyIsWaitedForForEver() {
    assertThat(decide(30_001, 2, 30_001, 30_001)).isEqualTo(Stall.FAIL);
  }

  private static Stall decide(long waited, int spare, long... siblings) {
    return Stall.decide(waited, siblings, spare, LIMIT, LAST);
  }
}
