package io.kintsugi.journal;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// On how many origins each change lies, and on which.
@Pure
final class Copies {
  /// From so many origins on, buckets survive two losses unless they are told otherwise.
  private static final int ORIGINS_FOR_TWO = 4;

  /// Objects do not grow: a day of changes may become as many of them as it has seconds.
  private static final String MANY_FILES = "s3";

  private Copies() {}

  /// One more than the losses that any bucket survives, and never a single one where there are two
  /// origins; as far as there are failure domains.
  static int wanted(int parityMax, List<OriginState> origins) {
    int usual = origins.size() >= ORIGINS_FOR_TWO ? 3 : 2;
    int domains = (int) origins.stream().map(OriginState::domain).distinct().count();
    return Math.max(1, Math.min(domains, Math.max(usual, parityMax + 1)));
  }

  /// Also one that is full: records are small, and without them nothing could be deleted there. Not
  /// one that is to be removed.
  static boolean isUsable(OriginState origin) {
    return origin.marker().equals("ours")
        && !origin.flags().contains(OriginState.DRAINING)
        && origin.incarnation() != null
        && (origin.health().equals("healthy") || origin.health().equals("degraded"));
  }

  /// Further origins to write to: usable, of domains that none of `held` is in, those that failed
  /// lately last, then those where every record is a file of its own, else the healthiest and
  /// roomiest first.
  ///
  /// @param failed just now: not one of them
  static List<OriginState> choose(
      List<OriginState> origins,
      Collection<String> held,
      Set<String> failed,
      Set<String> failedLately,
      int count) {
    var domains = new HashSet<String>();
    origins.stream().filter(o -> held.contains(o.id())).forEach(o -> domains.add(o.domain()));
    var chosen = new ArrayList<OriginState>();
    origins.stream()
        .filter(Copies::isUsable)
        .filter(origin -> !failed.contains(origin.id()))
        .sorted(
            Comparator.<OriginState, Boolean>comparing(o -> failedLately.contains(o.id()))
                .thenComparing(o -> o.kind().equals(MANY_FILES))
                .thenComparing(o -> !o.writable())
                .thenComparing(o -> !o.health().equals("healthy"))
                .thenComparingInt(OriginState::priority)
                .thenComparing(Comparator.comparingLong(OriginState::freeBytes).reversed())
                .thenComparing(OriginState::id))
        .forEach(origin -> {
          if (chosen.size() < count && domains.add(origin.domain())) {
            chosen.add(origin);
          }
        });
    return chosen;
  }

  /// How many distinct domains can be written to now.
  static int usableDomains(List<OriginState> origins) {
    return (int)
        origins.stream().filter(Copies::isUsable).map(OriginState::domain).distinct().count();
  }
}
