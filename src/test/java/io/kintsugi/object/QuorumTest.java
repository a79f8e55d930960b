package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Layout;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QuorumTest {
  @Test
  void allLandedIsACommit() {
    assertThat(decide(6, 2, 8, 0)).isEqualTo(new Quorum.Commit());
    assertThat(decide(1, 0, 1, 0)).isEqualTo(new Quorum.Commit());
  }

  @Test
  void bareSurvivalIsNotEnough() {
    assertThat(decide(6, 2, 6, 0)).isEqualTo(new Quorum.Wait());
    assertThat(decide(6, 2, 6, 1)).isEqualTo(new Quorum.Wait());
  }

  @Test
  void oneMoreThanSurvivalWaitsForTheStragglerALittle() {
    assertThat(decide(6, 2, 7, 0)).isEqualTo(new Quorum.WaitAtMost(200));
    assertThat(Quorum.decide(new Quorum.Tally(8, 7, 7, 0), 500, 200))
        .isEqualTo(new Quorum.WaitAtMost(1_000));
  }

  @Test
  void aFailureThatCanBeSparedIsCommittedWithout() {
    assertThat(decide(6, 2, 7, 1)).isEqualTo(new Quorum.Commit());
  }

  @Test
  void oneFailureTooManyFails() {
    assertThat(decide(6, 2, 0, 2)).isInstanceOf(Quorum.Fail.class);
    assertThat(decide(2, 1, 2, 1)).isInstanceOf(Quorum.Fail.class);
    assertThat(decide(1, 0, 0, 1)).isInstanceOf(Quorum.Fail.class);
  }

  @Test
  void withoutParityAllMustLandAndNoMore() {
    assertThat(decide(3, 0, 2, 0)).isEqualTo(new Quorum.Wait());
    assertThat(decide(3, 0, 3, 0)).isEqualTo(new Quorum.Commit());
  }

  @Test
  @DisplayName("C1: copies everywhere are acknowledged once as many as wished are flushed")
  void ofCopiesEverywhereAsManyAsWishedSuffice() {
    assertThat(Quorum.decide(new Quorum.Tally(5, 3, 2, 0), 10, 200)).isEqualTo(new Quorum.Wait());
    assertThat(Quorum.decide(new Quorum.Tally(5, 3, 3, 0), 10, 200))
        .isEqualTo(new Quorum.WaitAtMost(200));
    assertThat(Quorum.decide(new Quorum.Tally(5, 3, 3, 2), 10, 200)).isEqualTo(new Quorum.Commit());
    assertThat(Quorum.decide(new Quorum.Tally(5, 3, 2, 3), 10, 200))
        .isInstanceOf(Quorum.Fail.class);
  }

  private static Quorum decide(int k, int m, int landed, int failed) {
    return Quorum.decide(
        new Quorum.Tally(k + m, Quorum.needed(new Layout(k, m)), landed, failed), 10, 200);
  }
}
