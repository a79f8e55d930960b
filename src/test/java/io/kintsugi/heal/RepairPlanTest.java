package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.route.Rank;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is decided for every pattern of loss (A6, T1, T7, T14).
class RepairPlanTest {
  private static Known shard(int index, Evidence evidence) {
    return Known.of(location(index), evidence, true, "");
  }

  private static Known manifestOnly(int index) {
    return new Known(location(index), Evidence.CORRUPT, true, true, "");
  }

  private static Location location(int index) {
    return new Location(index, "a", "disk-" + index, "1", true);
  }

  private static List<Known> shards(Layout layout, int lostBits, Evidence evidence) {
    var shards = new ArrayList<Known>();
    for (int i = 0; i < layout.shards(); i++) {
      shards.add(shard(i, (lostBits >> i & 1) == 1 ? evidence : Evidence.HEALTHY));
    }
    return shards;
  }

  @ParameterizedTest
  @CsvSource({"1,0", "1,2", "2,1", "4,2", "6,2"})
  void everyPatternOfLossUpToParityIsRebuiltAndOneMoreIsExactlyUnrecoverable(int k, int m) {
    var layout = new Layout(k, m);
    for (int lost = 0; lost < 1 << layout.shards(); lost++) {
      var plan = RepairPlan.of(layout, shards(layout, lost, Evidence.MISSING), Set.of());
      int count = Integer.bitCount(lost);
      if (count == 0) {
        assertThat(plan).isEqualTo(new RepairPlan.NothingWrong());
      } else if (count > m) {
        assertThat(plan).as("lost %s", lost).isInstanceOf(RepairPlan.Unrecoverable.class);
      } else {
        var rebuild = (RepairPlan.Rebuild) plan;
        assertThat(rebuild.sources())
            .hasSize(k)
            .isSorted()
            .doesNotContainAnyElementsOf(rebuild.targets());
        assertThat(rebuild.targets()).hasSize(count).isSorted();
        for (int target : rebuild.targets()) {
          assertThat(lost >> target & 1).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void sourcesLieOnTheOriginsThatComeFirst() {
    var layout = new Layout(2, 2);
    var well = new Rank(Rank.Tier.HEALTHY, 0, 100, 10);
    var plan =
        RepairPlan.of(
            layout,
            shards(layout, 1, Evidence.MISSING),
            Set.of(),
            shard -> shard.index() == 1 ? well.dawdling() : well);
    assertThat(plan).isEqualTo(new RepairPlan.Rebuild(List.of(2, 3), List.of(0)));
  }

  @ParameterizedTest
  @CsvSource({"2,1", "4,2", "6,2"})
  void whatIsOnlyAwayIsNeverATargetAndNeverMakesALossFinal(int k, int m) {
    var layout = new Layout(k, m);
    for (int away = 1; away < 1 << layout.shards(); away++) {
      var shards = shards(layout, away, Evidence.UNREACHABLE);
      assertThat(RepairPlan.of(layout, shards, Set.of())).isInstanceOf(RepairPlan.NotNow.class);
      // One is really lost as well: of those that are not away, the first.
      int first = Integer.numberOfTrailingZeros(~away);
      if (first < layout.shards()) {
        shards.set(first, shard(first, Evidence.CORRUPT));
        var plan = RepairPlan.of(layout, shards, Set.of());
        if (Integer.bitCount(away) + 1 <= m) {
          assertThat(((RepairPlan.Rebuild) plan).targets()).containsExactly(first);
        } else {
          assertThat(plan).isInstanceOf(RepairPlan.NotNow.class);
        }
      }
    }
  }

  @Test
  void moreLossThanParityIsFinalEvenIfWhatIsAwayCameBack() {
    var layout = new Layout(4, 2);
    var shards = shards(layout, 0b000111, Evidence.CORRUPT);
    shards.set(5, shard(5, Evidence.UNREACHABLE));
    assertThat(RepairPlan.of(layout, shards, Set.of()))
        .isInstanceOf(RepairPlan.Unrecoverable.class);
  }

  /// T14, T9: what is absent is built anew where that can be done, and is never a loss for good.
  @Test
  void whatIsAbsentIsATargetAndMayYetReturn() {
    var layout = new Layout(4, 2);
    var one = RepairPlan.of(layout, shards(layout, 0b000100, Evidence.ABSENT), Set.of());
    assertThat(one).isEqualTo(new RepairPlan.Rebuild(List.of(0, 1, 3, 4), List.of(2)));
    var three = RepairPlan.of(layout, shards(layout, 0b000111, Evidence.ABSENT), Set.of());
    assertThat(three).isInstanceOf(RepairPlan.NotNow.class);
  }

  @Test
  void aShardOfUnknownStateIsNeitherSourceNorTarget() {
    var layout = new Layout(2, 1);
    var shards = shards(layout, 0b001, Evidence.MISSING);
    shards.set(1, shard(1, Evidence.UNKNOWN));
    assertThat(RepairPlan.of(layout, shards, Set.of())).isInstanceOf(RepairPlan.NotNow.class);
  }

  @Test
  void aShardWithADamagedManifestIsTheLastSourceAndATarget() {
    var layout = new Layout(2, 1);
    var shards = shards(layout, 0b100, Evidence.MISSING);
    shards.set(0, manifestOnly(0));
    assertThat(RepairPlan.of(layout, shards, Set.of()))
        .isEqualTo(new RepairPlan.Rebuild(List.of(0, 1), List.of(0, 2)));
  }

  @Test
  void aDamagedManifestAloneIsRebuiltFromSoundShards() {
    var layout = new Layout(2, 1);
    var shards = shards(layout, 0, Evidence.MISSING);
    shards.set(0, manifestOnly(0));
    assertThat(RepairPlan.of(layout, shards, Set.of()))
        .isEqualTo(new RepairPlan.Rebuild(List.of(1, 2), List.of(0)));
  }

  @Test
  void withoutAnySoundManifestNothingIsBuilt() {
    var layout = new Layout(1, 1);
    var shards = List.of(manifestOnly(0), manifestOnly(1));
    assertThat(RepairPlan.of(layout, shards, Set.of()))
        .isInstanceOf(RepairPlan.Unrecoverable.class);
  }

  @Test
  void beforeALossIsFinalEveryShallowVerdictIsLookedAtDeeply() {
    var layout = new Layout(2, 1);
    var shards = shards(layout, 0b011, Evidence.MISSING);
    shards.set(0, Known.of(location(0), Evidence.CORRUPT, false, "wrong size"));
    assertThat(RepairPlan.of(layout, shards, Set.of()))
        .isEqualTo(new RepairPlan.LookFirst(List.of(0)));
  }

  @Test
  void aDistrustedSourceIsLeftAloneAndMakesNoLossFinal() {
    var layout = new Layout(2, 1);
    var shards = shards(layout, 0b001, Evidence.MISSING);
    assertThat(RepairPlan.of(layout, shards, Set.of(1))).isInstanceOf(RepairPlan.NotNow.class);
    assertThat(
            RepairPlan.of(new Layout(2, 2), shards(new Layout(2, 2), 1, Evidence.STALE), Set.of(1)))
        .isEqualTo(new RepairPlan.Rebuild(List.of(2, 3), List.of(0)));
  }
}
