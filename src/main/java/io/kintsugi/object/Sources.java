package io.kintsugi.object;

import io.kintsugi.kernel.Pure;
import io.kintsugi.route.Rank;
import io.kintsugi.route.Route;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;

/// From which shards a stripe is read.
@Pure
sealed interface Sources {
  /// These hold the very bytes that are wanted.
  record Direct(List<Candidate> shards) implements Sources {}

  /// Exactly k shards, ascending, from which the bytes that are wanted can be rebuilt.
  record Rebuild(List<Candidate> shards) implements Sources {}

  /// Too few shards are left.
  record Lost() implements Sources {}

  /// What may be expected of a copy, best first.
  enum Hope {
    /// Its block is here already.
    ARRIVED,
    GOOD,
    /// It was slow or bad elsewhere, or lies on an origin that is unhealthy or dawdles: only in
    /// need.
    POOR,
    /// It was asked for this very block, and is late: the last that is waited for.
    LATE
  }

  /// One copy of one shard that might be read.
  ///
  /// @param rank how good its origin is
  record Candidate(int index, String attemptId, Hope hope, Rank rank) {
    boolean isPoor() {
      return hope.compareTo(Hope.POOR) >= 0;
    }

    private boolean isLate() {
      return hope == Hope.LATE;
    }
  }

  Comparator<Candidate> QUALITY =
      Comparator.comparing(Candidate::hope)
          .thenComparing(Candidate::rank)
          .thenComparingInt(Candidate::index)
          .thenComparing(Candidate::attemptId);

  /// To go on waiting for what is late is worse than any number of poor ones.
  Comparator<List<Candidate>> FEWER_POOR =
      Comparator.<List<Candidate>>comparingLong(list -> count(list, Candidate::isLate))
          .thenComparingLong(list -> count(list, Candidate::isPoor));

  /// A whole stripe is read from the origins that come first by health and priority; among equals
  /// the data shards are read, because what need not be rebuilt is cheapest. Less than a stripe is
  /// read where it lies, unless that is poor.
  ///
  /// @param first first data shard that holds a wanted byte
  /// @param last last data shard that holds a wanted byte
  /// @param freshen whether of several copies the second best is read, to keep it known
  static Sources choose(int k, int first, int last, List<Candidate> candidates, boolean freshen) {
    if (k == 1) {
      return copy(candidates, freshen);
    }
    var best = new TreeMap<Integer, Candidate>();
    candidates.forEach(c -> best.merge(c.index(), c, Sources::better));
    var wanted = List.copyOf(best.subMap(first, last + 1).values());
    boolean complete = wanted.size() == last - first + 1;
    boolean sound = complete && wanted.stream().noneMatch(Candidate::isPoor);
    if (sound && wanted.size() < k) {
      return new Direct(wanted);
    }
    var sources = bestSources(k, List.copyOf(best.values()));
    if (sources.size() < k) {
      return complete ? new Direct(wanted) : new Lost();
    }
    if (complete && sources.containsAll(wanted)) {
      return new Direct(wanted);
    }
    if (complete && !sound && FEWER_POOR.compare(wanted, sources) <= 0) {
      return new Direct(wanted);
    }
    return new Rebuild(sources);
  }

  private static Sources copy(List<Candidate> candidates, boolean freshen) {
    var sorted = candidates.stream().sorted(QUALITY).toList();
    if (sorted.isEmpty()) {
      return new Lost();
    }
    boolean second =
        freshen
            && sorted.getFirst().hope() != Hope.ARRIVED
            && !sorted.get(Math.min(1, sorted.size() - 1)).isPoor()
            && Route.mayFreshen(sorted.stream().map(Candidate::rank).toList());
    return new Direct(List.of(sorted.get(second ? 1 : 0)));
  }

  private static Candidate better(Candidate left, Candidate right) {
    return QUALITY.compare(left, right) <= 0 ? left : right;
  }

  private static List<Candidate> bestSources(int k, List<Candidate> candidates) {
    var sorted = new ArrayList<>(candidates);
    sorted.sort(
        Comparator.comparing(Candidate::hope)
            .thenComparing(Candidate::rank, Rank::compareGrade)
            .thenComparing(candidate -> candidate.index() >= k)
            .thenComparing(QUALITY));
    return sorted.stream().limit(k).sorted(Comparator.comparingInt(Candidate::index)).toList();
  }

  private static long count(List<Candidate> candidates, Predicate<Candidate> what) {
    return candidates.stream().filter(what).count();
  }

  /// Whether a stripe that is lost now may be read again once origins that do not answer do.
  ///
  /// @param sound how many distinct shards are good
  /// @param unreachable how many others could not be judged
  static boolean mayReturn(int k, int sound, int unreachable) {
    return sound + unreachable >= k;
  }
}
