package io.kintsugi.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.Validation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What healing an object did, put together from its segments (A5, A6).
class StrategyMergeTest {
  private static HealResult result(boolean success, int shards, String strategy) {
    var word = strategy.equals("-") ? null : strategy;
    var check = new Validation("Checksum", success, "of " + strategy, 5);
    return new HealResult(success, shards, 8, 10, word, List.of(check));
  }

  @ParameterizedTest
  @CsvSource({
    "-, -, -",
    "-, DataShardRepair, DataShardRepair",
    "ParityShardRepair, ParityShardRepair, ParityShardRepair",
    "DataShardRepair, ParityShardRepair, HybridRepair",
    "HybridRepair, DataShardRepair, HybridRepair",
    "ManifestRepair, ParityShardRepair, ParityShardRepair",
    "ManifestRepair, -, ManifestRepair",
    "ReplicaRepair, ParityShardRepair, HybridRepair",
  })
  void strategiesMerge(String a, String b, String merged) {
    var result = ResultMerge.merge(List.of(result(true, 1, a), result(true, 2, b)), 16);
    assertThat(result.strategyUsed()).isEqualTo(merged.equals("-") ? null : merged);
    assertThat(result.shardsRepaired()).isEqualTo(3);
    assertThat(result.totalShards()).isEqualTo(16);
    assertThat(result.durationMillis()).isEqualTo(20);
  }

  @Test
  void oneSegmentIsAnsweredAsItIs() {
    var only = result(true, 1, "ParityShardRepair");
    assertThat(ResultMerge.merge(List.of(only), 8)).isEqualTo(only);
  }

  @Test
  void whereNothingWasWrongNothingIsNamed() {
    assertThat(ResultMerge.merge(new ArrayList<>(), 8))
        .isEqualTo(new HealResult(true, 0, 8, 0, null, List.of()));
  }

  @Test
  void oneFailedCheckFailsItsTypeAndSaysWhy() {
    var merged =
        ResultMerge.merge(
            List.of(result(true, 1, "DataShardRepair"), result(false, 0, "DataShardRepair")), 16);
    assertThat(merged.success()).isFalse();
    assertThat(merged.validations())
        .containsExactly(new Validation("Checksum", false, "2 segments; of DataShardRepair", 10));
  }
}
