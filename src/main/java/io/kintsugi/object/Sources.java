package io.kintsugi.object;

import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/// From which shards a stripe is read.
@Pure
sealed interface Sources {
  /// These hold the very bytes that are wanted.
  record Direct(List<Candidate> shards) implements Sources {}

  /// Exactly k shards, ascending, from which the bytes that are wanted can be rebuilt.
  record Rebuild(List<Candidate> shards) implements Sources {}

  /// Too few shards are left.
  record Lost() implements Sources {}

  /// One copy of one shard that might be read.
  ///
  /// @param arrived its block is here already
  /// @param suspect it was slow, bad elsewhere, or lies on an unhealthy origin: only in need
  /// @param healthClass 0 healthy, 1 not quite
  record Candidate(
      int index,
      String attemptId,
      boolean arrived,
      boolean suspect,
      int healthClass,
      int priority,
      double latencyMillis) {
    boolean isPoor() {
      return suspect && !arrived;
    }
  }

  Comparator<Candidate> QUALITY =
      Comparator.comparing(Candidate::isPoor)
          .thenComparing(candidate -> !candidate.arrived())
          .thenComparingInt(Candidate::healthClass)
          .thenComparingInt(Candidate::priority)
          .thenComparingDouble(Candidate::latencyMillis)
          .thenComparingInt(Candidate::index)
          .thenComparing(Candidate::attemptId);

  /// Data shards are read where they are not poor: what need not be rebuilt is cheapest.
  ///
  /// @param first first data shard that holds a wanted byte
  /// @param last last data shard that holds a wanted byte
  static Sources choose(int k, int first, int last, List<Candidate> candidates) {
    if (k == 1) {
      return candidates.stream()
          .min(QUALITY)
          .<Sources>map(best -> new Direct(List.of(best)))
          .orElse(new Lost());
    }
    var best = new TreeMap<Integer, Candidate>();
    candidates.forEach(c -> best.merge(c.index(), c, Sources::better));
    var wanted = List.copyOf(best.subMap(first, last + 1).values());
    boolean complete = wanted.size() == last - first + 1;
    if (complete && wanted.stream().noneMatch(Candidate::isPoor)) {
      return new Direct(wanted);
    }
    var sources = bestSources(k, List.copyOf(best.values()));
    if (sources.size() < k) {
      return complete ? new Direct(wanted) : new Lost();
    }
    if (complete && (sources.containsAll(wanted) || countPoor(wanted) <= countPoor(sources))) {
      return new Direct(wanted);
    }
    return new Rebuild(sources);
  }

  private static Candidate better(Candidate left, Candidate right) {
    return QUALITY.compare(left, right) <= 0 ? left : right;
  }

  private static List<Candidate> bestSources(int k, List<Candidate> candidates) {
    var sorted = new ArrayList<>(candidates);
    sorted.sort(
        Comparator.comparing(Candidate::isPoor)
            .thenComparing(candidate -> !candidate.arrived())
            .thenComparing(candidate -> candidate.index() >= k)
            .thenComparing(QUALITY));
    return sorted.stream().limit(k).sorted(Comparator.comparingInt(Candidate::index)).toList();
  }

  private static long countPoor(List<Candidate> candidates) {
    return candidates.stream().filter(Candidate::isPoor).count();
  }

  /// Whether a stripe that is lost now may be read again once origins that do not answer do.
  ///
  /// @param sound how many distinct shards are good
  /// @param unreachable how many others could not be judged
  static boolean mayReturn(int k, int sound, int unreachable) {
    return sound + unreachable >= k;
  }
}
