package io.kintsugi.heal;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.kernel.Pure;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How unevenly origins are filled, in bytes that would have to move to make them equally full.
///
/// Full is what is needed of an origin, of all that could lie there: what is dead and not yet
/// collected counts as free, else every move would have to wait for the grace before it showed.
///
/// @param excess what an origin has too much, by its id
/// @param lack what it could take
@Pure
record Balance(Map<String, Long> excess, Map<String, Long> lack) {
  static final Balance EVEN = new Balance(Map.of(), Map.of());

  /// Closer than this to its due share an origin is left alone.
  private static final double TOLERANCE = 0.05;

  private static final long TOLERANCE_BYTES = 64 << 10;

  Balance {
    excess = Map.copyOf(excess);
    lack = Map.copyOf(lack);
  }

  /// A shard, and where it is to go.
  record Move(int index, OriginState to) {}

  /// Compares.
  ///
  /// @param towards the one origin that is to be filled or emptied to its share; null: all
  static Balance of(
      Collection<OriginState> origins, Map<String, Usage> usage, @Nullable String towards) {
    double live = 0;
    double size = 0;
    var taking = origins.stream().filter(Shards::canTake).toList();
    for (var origin : taking) {
      live += use(usage, origin).liveBytes();
      size += size(usage, origin);
    }
    var excess = new HashMap<String, Long>();
    var lack = new HashMap<String, Long>();
    for (var origin : taking) {
      double due = size == 0 ? 0 : live / size * size(usage, origin);
      double over = use(usage, origin).liveBytes() - due;
      if (Math.abs(over) > Math.max(TOLERANCE_BYTES, due * TOLERANCE)) {
        (over > 0 ? excess : lack).put(origin.id(), (long) Math.abs(over));
      }
    }
    if (towards != null) {
      (excess.containsKey(towards) ? excess : lack).keySet().retainAll(java.util.Set.of(towards));
    }
    return excess.isEmpty() || lack.isEmpty() ? EVEN : new Balance(excess, lack);
  }

  private static Usage use(Map<String, Usage> usage, OriginState origin) {
    return usage.getOrDefault(origin.id(), Usage.NONE);
  }

  private static double size(Map<String, Usage> usage, OriginState origin) {
    return (double) use(usage, origin).usedBytes() + origin.freeBytes();
  }

  boolean isEven() {
    return excess.isEmpty();
  }

  /// The move of one of these shards that helps most: from where most is too much to where most is
  /// lacking, of those that leave the shards on distinct failure domains.
  @Nullable Move choose(Collection<Known> shards, Collection<OriginState> origins, long bytes) {
    Known best = null;
    for (var shard : shards) {
      if (shard.isHealthy()
          && excess(shard) * 2 >= bytes
          && (best == null || excess(shard) > excess(best))) {
        best = shard;
      }
    }
    if (best == null || excess(best) == 0) {
      return null;
    }
    var from = best;
    var taken = new HashSet<String>();
    for (var origin : origins) {
      if (shards.stream().anyMatch(s -> !s.equals(from) && lies(s, origin))) {
        taken.add(origin.domain());
      }
    }
    return origins.stream()
        .filter(origin -> !taken.contains(origin.domain()) && Shards.canTake(origin))
        .filter(origin -> lack.getOrDefault(origin.id(), 0L) * 2 >= Math.max(1, bytes))
        .max(java.util.Comparator.comparingLong(origin -> lack.getOrDefault(origin.id(), 0L)))
        .map(to -> new Move(from.index(), to))
        .orElse(null);
  }

  private static boolean lies(Known shard, OriginState origin) {
    return shard.location().originId().equals(origin.id());
  }

  private long excess(Known shard) {
    return excess.getOrDefault(shard.location().originId(), 0L);
  }

  /// What is left to be done once a shard has been moved.
  Balance less(String from, String to, long bytes) {
    var over = new HashMap<>(excess);
    var under = new HashMap<>(lack);
    over.computeIfPresent(from, (_, left) -> Math.max(0, left - bytes));
    under.computeIfPresent(to, (_, left) -> Math.max(0, left - bytes));
    return new Balance(over, under);
  }
}
