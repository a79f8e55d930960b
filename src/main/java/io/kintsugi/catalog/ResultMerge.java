package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.Validation;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What healing an object did, from what healing each of its segments did.
@Pure
final class ResultMerge {
  private static final String HYBRID = "HybridRepair";
  private static final String MANIFEST = "ManifestRepair";

  private ResultMerge() {}

  /// @param totalShards of all segments, also of those that had nothing wrong
  static HealResult merge(List<HealResult> results, int totalShards) {
    return new HealResult(
        results.stream().allMatch(HealResult::success),
        results.stream().mapToInt(HealResult::shardsRepaired).sum(),
        totalShards,
        results.stream().mapToLong(HealResult::durationMillis).sum(),
        strategy(results),
        validations(results));
  }

  /// Two strategies make a hybrid; mending a manifest beside mending data is a detail.
  private static @Nullable String strategy(List<HealResult> results) {
    var used = new TreeSet<String>();
    for (var result : results) {
      if (result.strategyUsed() != null) {
        used.add(result.strategyUsed());
      }
    }
    if (used.size() > 1) {
      used.remove(MANIFEST);
    }
    return switch (used.size()) {
      case 0 -> null;
      case 1 -> used.first();
      default -> HYBRID;
    };
  }

  /// One of each type: passed if all passed, in the words of the first that did not.
  private static List<Validation> validations(List<HealResult> results) {
    Map<String, List<Validation>> byType = new LinkedHashMap<>();
    for (var result : results) {
      for (var validation : result.validations()) {
        byType.computeIfAbsent(validation.type(), _ -> new ArrayList<>()).add(validation);
      }
    }
    return byType.values().stream().map(ResultMerge::together).toList();
  }

  private static Validation together(List<Validation> all) {
    var first = all.stream().filter(v -> !v.passed()).findFirst().orElse(all.getFirst());
    return new Validation(
        first.type(),
        first.passed(),
        all.size() == 1 ? first.details() : all.size() + " segments; " + first.details(),
        all.stream().mapToLong(Validation::durationMillis).sum());
  }
}
