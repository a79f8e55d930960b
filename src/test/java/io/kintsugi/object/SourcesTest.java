package io.kintsugi.object;

import static io.kintsugi.route.Rank.Tier.DEGRADED;
import static io.kintsugi.route.Rank.Tier.HEALTHY;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.object.Sources.Candidate;
import io.kintsugi.object.Sources.Hope;
import io.kintsugi.route.Rank;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SourcesTest {
  private static final int K = 3;

  private final List<Candidate> shards = new ArrayList<>();

  private void sound(int... indexes) {
    for (int index : indexes) {
      shards.add(new Candidate(index, "a" + index, Hope.GOOD, rank(HEALTHY, 100, 10)));
    }
  }

  private void poor(int... indexes) {
    for (int index : indexes) {
      shards.add(new Candidate(index, "p" + index, Hope.POOR, rank(DEGRADED, 100, 10)));
    }
  }

  private void arrived(int... indexes) {
    for (int index : indexes) {
      shards.add(new Candidate(index, "h" + index, Hope.ARRIVED, rank(DEGRADED, 100, 10)));
    }
  }

  private void ranked(int index, Rank rank) {
    shards.add(new Candidate(index, "r" + index, Hope.GOOD, rank));
  }

  private static Rank rank(Rank.Tier tier, int priority, double millis) {
    return new Rank(tier, 0, priority, millis);
  }

  private Object choose(int first, int last) {
    return switch (Sources.choose(K, first, last, shards, false)) {
      case Sources.Direct(var chosen) -> "direct " + indexes(chosen);
      case Sources.Rebuild(var chosen) -> "rebuild " + indexes(chosen);
      case Sources.Lost() -> "lost";
    };
  }

  private static List<Integer> indexes(List<Candidate> chosen) {
    return chosen.stream().map(Candidate::index).toList();
  }

  @Test
  void dataIsReadAsItLies() {
    sound(0, 1, 2, 3, 4);
    assertThat(choose(0, 2)).isEqualTo("direct [0, 1, 2]");
    assertThat(choose(1, 1)).isEqualTo("direct [1]");
  }

  @Test
  void whatIsGoneIsRebuiltFromAsMuchDataAsThereIs() {
    sound(0, 2, 3, 4);
    assertThat(choose(0, 2)).isEqualTo("rebuild [0, 2, 3]");
    assertThat(choose(1, 1)).isEqualTo("rebuild [0, 2, 3]");
    assertThat(choose(2, 2)).isEqualTo("direct [2]");
  }

  @Test
  void parityAloneIsEnough() {
    sound(1, 3, 4);
    assertThat(choose(0, 2)).isEqualTo("rebuild [1, 3, 4]");
  }

  @Test
  void tooFewAreLost() {
    sound(1, 3);
    assertThat(choose(0, 0)).isEqualTo("lost");
    assertThat(choose(1, 1)).isEqualTo("direct [1]");
  }

  @Test
  void twoCopiesOfOneShardCountOnce() {
    sound(1, 3);
    poor(1, 3);
    assertThat(choose(0, 0)).isEqualTo("lost");
  }

  @Test
  void whatIsPoorIsReplacedByParity() {
    sound(0, 2, 4);
    poor(1, 3);
    assertThat(choose(0, 2)).isEqualTo("rebuild [0, 2, 4]");
  }

  @Test
  void whatIsPoorIsTakenInNeed() {
    sound(0);
    poor(1, 2);
    assertThat(choose(0, 2)).isEqualTo("direct [0, 1, 2]");
    assertThat(choose(2, 2)).isEqualTo("direct [2]");
  }

  /// However doubtful the others are: else a read would wait for ever for what it gave up.
  @Test
  void whatIsLateIsWaitedForLast() {
    sound(0, 2);
    shards.add(new Candidate(1, "l1", Hope.LATE, rank(HEALTHY, 100, 10)));
    poor(3, 4);
    assertThat(choose(0, 2)).isEqualTo("rebuild [0, 2, 3]");
    assertThat(choose(1, 1)).isEqualTo("rebuild [0, 2, 3]");
    assertThat(Sources.choose(1, 0, 0, shards.subList(2, 4), false))
        .isEqualTo(new Sources.Direct(List.of(shards.get(3))));
  }

  @Test
  void whatIsLateIsWaitedForWhereNobodyElseIsLeft() {
    shards.add(new Candidate(0, "l0", Hope.LATE, rank(HEALTHY, 100, 10)));
    poor(1, 2);
    assertThat(choose(0, 2)).isEqualTo("direct [0, 1, 2]");
  }

  @Test
  void whatIsHereAlreadyIsUsed() {
    sound(3, 4);
    arrived(0, 1, 2);
    assertThat(choose(0, 2)).isEqualTo("direct [0, 1, 2]");
  }

  @Test
  void ofCopiesTheBestIsRead() {
    shards.add(new Candidate(0, "far", Hope.GOOD, rank(HEALTHY, 200, 1)));
    shards.add(new Candidate(1, "ill", Hope.GOOD, rank(DEGRADED, 100, 1)));
    shards.add(new Candidate(2, "near", Hope.GOOD, rank(HEALTHY, 100, 5)));
    shards.add(new Candidate(3, "nearer", Hope.GOOD, rank(HEALTHY, 100, 4)));
    assertThat(Sources.choose(1, 0, 0, shards, false))
        .isEqualTo(new Sources.Direct(List.of(shards.get(3))));
    assertThat(Sources.choose(1, 0, 0, List.of(), false)).isEqualTo(new Sources.Lost());
  }

  @Test
  void nowAndThenTheSecondBestCopyIsReadThatItStaysKnown() {
    ranked(0, rank(HEALTHY, 100, 5));
    ranked(1, rank(HEALTHY, 100, 9));
    assertThat(Sources.choose(1, 0, 0, shards, true))
        .isEqualTo(new Sources.Direct(List.of(shards.get(1))));
    shards.removeLast();
    ranked(1, rank(HEALTHY, 200, 9));
    assertThat(Sources.choose(1, 0, 0, shards, true))
        .isEqualTo(new Sources.Direct(List.of(shards.get(0))));
  }

  /// B3: the priority dominates, whatever the latency, and whatever it costs to decode.
  @Test
  void aWholeStripeIsReadFromTheOriginsThatComeFirst() {
    ranked(0, rank(HEALTHY, 200, 1));
    ranked(1, rank(HEALTHY, 100, 90));
    ranked(2, rank(HEALTHY, 100, 90));
    ranked(3, rank(HEALTHY, 100, 90));
    ranked(4, rank(HEALTHY, 100, 80));
    assertThat(choose(0, 2)).isEqualTo("rebuild [1, 2, 4]");
    assertThat(choose(0, 0)).isEqualTo("direct [0]");
  }

  @Test
  void whoIsEquallyGoodIsNotDecodedForItsLatency() {
    ranked(0, rank(HEALTHY, 100, 50));
    ranked(1, rank(HEALTHY, 100, 50));
    ranked(2, rank(HEALTHY, 100, 50));
    ranked(3, rank(HEALTHY, 100, 1));
    assertThat(choose(0, 2)).isEqualTo("direct [0, 1, 2]");
  }

  @Test
  void whatDawdlesIsReplacedByParityThatDoesNot() {
    ranked(0, rank(HEALTHY, 100, 5));
    ranked(1, rank(HEALTHY, 100, 5).dawdling());
    ranked(2, rank(HEALTHY, 100, 5));
    ranked(3, rank(HEALTHY, 100, 5));
    assertThat(choose(0, 2)).isEqualTo("rebuild [0, 2, 3]");
  }

  @Test
  void onlyWhatMayAnswerAgainIsAReasonToTryAgain() {
    assertThat(Sources.mayReturn(3, 2, 1)).isTrue();
    assertThat(Sources.mayReturn(3, 2, 0)).isFalse();
  }
}
