package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.object.Sources.Candidate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SourcesTest {
  private static final int K = 3;

  private final List<Candidate> shards = new ArrayList<>();

  private void sound(int... indexes) {
    for (int index : indexes) {
      shards.add(new Candidate(index, "a" + index, false, false, 0, 100, 10));
    }
  }

  private void poor(int... indexes) {
    for (int index : indexes) {
      shards.add(new Candidate(index, "p" + index, false, true, 1, 100, 10));
    }
  }

  private void arrived(int... indexes) {
    for (int index : indexes) {
      shards.add(new Candidate(index, "h" + index, true, true, 1, 100, 10));
    }
  }

  private Object choose(int first, int last) {
    return switch (Sources.choose(K, first, last, shards)) {
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

  @Test
  void whatIsHereAlreadyIsUsed() {
    sound(3, 4);
    arrived(0, 1, 2);
    assertThat(choose(0, 2)).isEqualTo("direct [0, 1, 2]");
  }

  @Test
  void ofCopiesTheBestIsRead() {
    shards.add(new Candidate(0, "far", false, false, 0, 200, 1));
    shards.add(new Candidate(1, "ill", false, false, 1, 100, 1));
    shards.add(new Candidate(2, "near", false, false, 0, 100, 5));
    shards.add(new Candidate(3, "nearer", false, false, 0, 100, 4));
    assertThat(Sources.choose(1, 0, 0, shards))
        .isEqualTo(new Sources.Direct(List.of(shards.get(3))));
    assertThat(Sources.choose(1, 0, 0, List.of())).isEqualTo(new Sources.Lost());
  }

  @Test
  void onlyWhatMayAnswerAgainIsAReasonToTryAgain() {
    assertThat(Sources.mayReturn(3, 2, 1)).isTrue();
    assertThat(Sources.mayReturn(3, 2, 0)).isFalse();
  }
}
