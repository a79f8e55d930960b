package io.kintsugi.heal;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Pure;
import io.kintsugi.route.Rank;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// What can be done for a segment, decided from what is known of its shards.
@Pure
sealed interface RepairPlan {
  /// Read these, rebuild those. A shard of which only header or footer is damaged can be both.
  record Rebuild(List<Integer> sources, List<Integer> targets) implements RepairPlan {
    public Rebuild {
      sources = List.copyOf(sources);
      targets = List.copyOf(targets);
    }
  }

  /// No shard is damaged, and all can be reached.
  record NothingWrong() implements RepairPlan {}

  /// Look at these more deeply before anything is decided.
  record LookFirst(List<Integer> indexes) implements RepairPlan {
    public LookFirst {
      indexes = List.copyOf(indexes);
    }
  }

  /// It may be possible later.
  record NotNow(String reason) implements RepairPlan {}

  /// Too much is gone, and nothing that could come back would change it.
  record Unrecoverable(String reason) implements RepairPlan {}

  /// Sources are sound shards first, seen deeply before presumed ones; those on healthy origins,
  /// and of lower priority number, before others; data before parity; then those of which only
  /// header or footer is damaged.
  private static Comparator<Known> bestSourceFirst(Function<Known, Rank> ranks) {
    return Comparator.comparing((Known shard) -> !shard.isHealthy())
        .thenComparing(shard -> !shard.deep())
        .thenComparing(ranks, Rank::compareGrade)
        .thenComparingInt(Known::index);
  }

  /// Decides where all origins are equally good.
  static RepairPlan of(Layout layout, Collection<Known> shards, Set<Integer> distrusted) {
    return of(layout, shards, distrusted, _ -> Rank.of(null));
  }

  /// Decides.
  ///
  /// @param shards one per index
  /// @param distrusted shards that could not be read well in this attempt, though nothing was found
  ///   wrong with them: neither sources nor targets
  /// @param ranks how good the origin of a shard is
  static RepairPlan of(
      Layout layout,
      Collection<Known> shards,
      Set<Integer> distrusted,
      Function<Known, Rank> ranks) {
    var targets = new ArrayList<Integer>();
    var usable = new ArrayList<Known>();
    var unclear = new ArrayList<Integer>();
    int away = 0;
    int absent = 0;
    int footers = 0;
    for (var shard : shards) {
      boolean trusted = !distrusted.contains(shard.index());
      if (shard.isDamaged()) {
        targets.add(shard.index());
        absent += shard.isAbsent() ? 1 : 0;
      } else if (!shard.isHealthy() || !trusted) {
        away++;
      }
      if (shard.evidence() == Evidence.CORRUPT && !shard.deep()) {
        unclear.add(shard.index());
      }
      if (shard.hasBlocks() && trusted) {
        usable.add(shard);
        footers += shard.isHealthy() ? 1 : 0;
      }
    }
    if (targets.isEmpty()) {
      return away == 0
          ? new NothingWrong()
          : new NotNow(count(away) + " cannot be read now; nothing else is wrong");
    }
    if (usable.size() >= layout.k() && footers > 0) {
      usable.sort(bestSourceFirst(ranks));
      var sources = usable.stream().limit(layout.k()).map(Known::index).sorted().toList();
      return new Rebuild(sources, targets.stream().sorted().toList());
    }
    // What is absent may yet return.
    return shortage(layout, usable.size(), away + absent, unclear);
  }

  private static RepairPlan shortage(Layout layout, int usable, int away, List<Integer> unclear) {
    if (!unclear.isEmpty()) {
      return new LookFirst(unclear);
    }
    boolean blocks = usable >= layout.k();
    var reason =
        blocks
            ? "no shard within reach has a sound footer"
            : "%d of the %d shards it takes can be read".formatted(usable, layout.k());
    boolean hope = blocks ? away > 0 : usable + away >= layout.k();
    return hope
        ? new NotNow(reason + "; " + count(away) + " cannot be read now")
        : new Unrecoverable(reason);
  }

  private static String count(int shards) {
    return shards + (shards == 1 ? " shard" : " shards");
  }
}
