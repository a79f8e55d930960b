package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.kernel.Pure;
import io.kintsugi.origin.Placing.Strategy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/// The order in which a strategy takes origins that all would do: healthy before degraded, then the
/// lower priority number, then what the strategy goes by; equals take turns. Rendezvous goes by its
/// score alone, and SizeBased looks at the size first.
///
/// @param byHealth whether one that is ill comes later; not if it keeps its place
@Pure
record Ranking(
    Map<String, OriginDefinition> definitions, Place wanted, Strategy strategy, boolean byHealth) {
  private static final double LOAD_STEPS = 20;

  /// One in so many is a try of another order.
  private static final int EXPLORED = 64;

  /// The leading bits of a hash that make up a number below one.
  private static final int MANTISSA_BITS = 53;

  List<OriginState> order(List<OriginState> fit) {
    var sorted = new ArrayList<>(fit);
    sorted.sort(Comparator.comparing(OriginState::id));
    rotate(sorted, wanted.spread());
    var order =
        Comparator.comparing((OriginState o) -> byHealth ? health(o) : Health.Word.HEALTHY)
            .thenComparingInt(OriginState::priority);
    sorted.sort(
        switch (strategy) {
          case ROUND_ROBIN, REPLICATED -> order;
          case SIZE_BASED -> {
            var tiers = tiers(fit);
            yield Comparator.comparingInt((OriginState o) -> distance(tiers, o))
                .thenComparing(order);
          }
          case LEAST_LOADED -> order.thenComparingLong(this::load);
          case COST_AWARE -> order.thenComparingDouble(this::cost);
          case LATENCY_AWARE ->
              isExploring() ? order : order.thenComparingDouble(OriginState::latencyP50Millis);
          case CONSISTENT_HASH -> Comparator.comparingDouble(this::score).reversed();
        });
    return sorted;
  }

  /// What the strategy made of an origin, for a person.
  String rank(OriginState origin) {
    return switch (strategy) {
      case ROUND_ROBIN, REPLICATED -> "priority " + origin.priority();
      case SIZE_BASED -> "size_threshold " + threshold(origin);
      case LEAST_LOADED -> String.format(Locale.ROOT, "load %.1f %%", 100 * fill(origin));
      case COST_AWARE -> String.format(Locale.ROOT, "cost_per_gb %s", cost(origin));
      case LATENCY_AWARE -> String.format(Locale.ROOT, "p50 %.1f ms", origin.latencyP50Millis());
      case CONSISTENT_HASH -> String.format(Locale.ROOT, "score %.6f", score(origin));
    };
  }

  private boolean isExploring() {
    return Math.floorMod(weight("explore", wanted.spread()), (long) EXPLORED) == 0;
  }

  static Health.Word health(OriginState origin) {
    for (var word : Health.Word.values()) {
      if (word.word().equals(origin.health())) {
        return word;
      }
    }
    return Health.Word.UNKNOWN;
  }

  private long reserve(OriginState origin) {
    var definition = definitions.get(origin.id());
    return definition == null ? Placing.RESERVE_BYTES : definition.reserveBytes();
  }

  /// Of what could lie there, how much does or must be left free.
  private double fill(OriginState origin) {
    double used = (double) origin.totalBytes() - origin.freeBytes() + reserve(origin);
    return Math.min(1, used / Math.max(1, origin.totalBytes()));
  }

  private long load(OriginState origin) {
    return (long) (fill(origin) * LOAD_STEPS);
  }

  private double cost(OriginState origin) {
    var definition = definitions.get(origin.id());
    return definition == null ? 0 : definition.costPerGb();
  }

  private long threshold(OriginState origin) {
    var definition = definitions.get(origin.id());
    var threshold = definition == null ? null : definition.sizeThresholdBytes();
    return threshold == null ? 0 : threshold;
  }

  private List<Long> tiers(List<OriginState> fit) {
    var tiers = new TreeSet<Long>();
    fit.forEach(origin -> tiers.add(threshold(origin)));
    return List.copyOf(tiers);
  }

  /// How many tiers lie between the size's own and an origin's; of two that are equally far the one
  /// for larger sizes is nearer.
  private int distance(List<Long> tiers, OriginState origin) {
    var told = wanted.sizeBytes();
    long size = told == null ? wanted.shardBytes() : told;
    int own = 0;
    for (int i = 0; i < tiers.size(); i++) {
      if (tiers.get(i) <= size) {
        own = i;
      }
    }
    int off = tiers.indexOf(threshold(origin)) - own;
    return off >= 0 ? 2 * off : -2 * off + 1;
  }

  /// Rendezvous with weights: the share of the keys that an origin wins is its share of all
  /// weights.
  private double score(OriginState origin) {
    var definition = definitions.get(origin.id());
    double weight = definition == null ? 1 : definition.weight();
    double u =
        ((weight(origin.id(), wanted.spread()) >>> (64 - MANTISSA_BITS)) + 0.5)
            / (1L << MANTISSA_BITS);
    return -weight / Math.log(u);
  }

  static long weight(String originId, long spread) {
    var sum = new CRC32C();
    sum.update(originId.getBytes(StandardCharsets.UTF_8));
    long z = spread ^ (sum.getValue() * 0x9E3779B97F4A7C15L);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  static void rotate(List<?> list, long spread) {
    if (!list.isEmpty()) {
      Collections.rotate(list, (int) -Math.floorMod(spread, (long) list.size()));
    }
  }
}
