package io.kintsugi.scan;

import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One scan as a state machine: which leaf is looked at next, and how it stands. A leaf is any
/// [Extent] here. Several may be looked at at once; the bookmark only passes one when it and all
/// before it are done.
@Pure
sealed interface Tour {
  String STARTED = "Started";
  String SCANNING = "Scanning";
  String PAUSED = "Paused";
  String COMPLETED = "Completed";
  String CANCELLED = "Cancelled";
  String FAILED = "Failed";

  /// Asked for, or found open at the start of the process: its leaves are not known yet.
  record Waiting(Bookmark from) implements Tour {}

  /// On its way.
  ///
  /// @param from where this walk began
  /// @param leaves in the order they are walked
  /// @param firstCount how many of them are walked first
  /// @param reached all leaves before this position are done
  /// @param next the first position that was never started
  /// @param running positions being looked at
  /// @param again positions whose look was broken off
  /// @param ahead what was found at positions beyond `reached`
  /// @param done what was found up to `reached`, with all earlier walks
  record Walking(
      Bookmark from,
      List<String> leaves,
      int firstCount,
      int reached,
      int next,
      SortedSet<Integer> running,
      SortedSet<Integer> again,
      SortedMap<Integer, Figures> ahead,
      Figures done)
      implements Tour {
    /// All that was found, in order or not.
    Figures found() {
      var sum = done;
      for (var more : ahead.values()) {
        sum = sum.plus(more);
      }
      return sum;
    }

    /// Leaves that nobody looks at yet.
    int left() {
      return leaves.size() - next + again.size();
    }
  }

  record Paused(Tour of) implements Tour {}

  /// Over, with the word for how.
  record Ended(String status, Bookmark at) implements Tour {}

  /// What to do next, and the state to keep.
  record Step(Walking next, Action action) {}

  sealed interface Action {
    /// Look at this extent.
    ///
    /// @param objectsLeft look at no more objects than this; null: at all
    record Look(int position, String extent, @Nullable Long objectsLeft) implements Action {}

    /// Nothing to start until a running look ends.
    record Wait() implements Action {}

    record Finish() implements Action {}
  }

  static String word(Tour tour) {
    return switch (tour) {
      case Waiting(var from) -> from.begun() ? SCANNING : STARTED;
      case Walking _ -> SCANNING;
      case Paused _ -> PAUSED;
      case Ended(var status, _) -> status;
    };
  }

  /// The walk, now that it is known where something lies.
  ///
  /// @param leaves that exist, ascending
  /// @param priority those among them to be walked first; only heeded by a walk that begins
  static Walking begin(
      Bookmark from, List<String> leaves, List<String> priority, Map<String, String> incarnations) {
    var first = from.begun() ? from.first() : List.copyOf(priority);
    var rest = new ArrayList<>(leaves);
    rest.removeAll(new HashSet<>(first));
    var all = new ArrayList<>(first);
    all.addAll(rest);
    int position = positionAfter(from, first, rest);
    var origins = from.begun() ? from.incarnations() : incarnations;
    return new Walking(
        new Bookmark(
            true,
            first,
            from.leaf(),
            from.inFirst(),
            from.figures(),
            from.objectsTotal(),
            from.fraction(),
            from.activeMillis(),
            origins,
            null),
        List.copyOf(all),
        first.size(),
        position,
        position,
        new TreeSet<>(),
        new TreeSet<>(),
        new TreeMap<>(),
        from.figures());
  }

  private static int positionAfter(Bookmark from, List<String> first, List<String> rest) {
    var leaf = from.leaf();
    if (leaf == null) {
      return 0;
    }
    if (from.inFirst()) {
      return first.indexOf(leaf) + 1;
    }
    int position = first.size();
    for (String other : rest) {
      if (other.compareTo(leaf) > 0) {
        break;
      }
      position++;
    }
    return position;
  }

  /// Decides what is done next. With a limit of objects, one leaf is looked at at a time, because
  /// only its end tells how many are left.
  static Step next(Walking walk, @Nullable Long maxObjects) {
    Long left = maxObjects == null ? null : (Long) (maxObjects - walk.found().objects());
    boolean enough = left != null && left <= 0;
    if (enough || walk.left() == 0) {
      return new Step(walk, walk.running().isEmpty() ? new Action.Finish() : new Action.Wait());
    }
    if (left != null && !walk.running().isEmpty()) {
      return new Step(walk, new Action.Wait());
    }
    boolean repeat = !walk.again().isEmpty();
    int position = repeat ? walk.again().first() : walk.next();
    var started =
        new Walking(
            walk.from(),
            walk.leaves(),
            walk.firstCount(),
            walk.reached(),
            repeat ? walk.next() : position + 1,
            with(walk.running(), position),
            without(walk.again(), position),
            walk.ahead(),
            walk.done());
    return new Step(started, new Action.Look(position, walk.leaves().get(position), left));
  }

  /// A leaf was looked at.
  static Walking looked(Walking walk, int position, Figures found) {
    var ahead = new TreeMap<>(walk.ahead());
    ahead.put(position, found);
    var done = walk.done();
    int reached = walk.reached();
    for (var next = ahead.remove(reached); next != null; next = ahead.remove(reached)) {
      done = done.plus(next);
      reached++;
    }
    return new Walking(
        walk.from(),
        walk.leaves(),
        walk.firstCount(),
        reached,
        walk.next(),
        without(walk.running(), position),
        walk.again(),
        ahead,
        done);
  }

  /// A look was broken off: the leaf is looked at again.
  static Walking dropped(Walking walk, int position) {
    return new Walking(
        walk.from(),
        walk.leaves(),
        walk.firstCount(),
        walk.reached(),
        walk.next(),
        without(walk.running(), position),
        with(walk.again(), position),
        walk.ahead(),
        walk.done());
  }

  /// The same without its looks, which the shell has broken off.
  static Tour still(Tour tour) {
    return switch (tour) {
      case Walking walk -> {
        for (int position : List.copyOf(walk.running())) {
          walk = dropped(walk, position);
        }
        yield walk;
      }
      case Waiting _, Paused _, Ended _ -> tour;
    };
  }

  static Tour pause(Tour tour) {
    return switch (tour) {
      case Waiting _, Walking _ -> new Paused(still(tour));
      case Paused _, Ended _ -> tour;
    };
  }

  static Tour resume(Tour tour) {
    return switch (tour) {
      case Paused(var of) -> of;
      case Waiting _, Walking _, Ended _ -> tour;
    };
  }

  static Tour end(Tour tour, String status, @Nullable String reason, long activeMillis) {
    if (tour instanceof Ended) {
      return tour;
    }
    var at = bookmark(tour, activeMillis);
    if (status.equals(COMPLETED) && tour instanceof Walking walk) {
      at = at(walk, walk.found(), 1, activeMillis);
    }
    return new Ended(status, reason == null ? at : at.because(reason));
  }

  /// Where this tour could be taken up again.
  static Bookmark bookmark(Tour tour, long activeMillis) {
    return switch (tour) {
      case Waiting(var from) -> from;
      case Walking walk -> at(walk, walk.done(), fraction(walk), activeMillis);
      case Paused(var of) -> bookmark(of, activeMillis);
      case Ended(_, var at) -> at;
    };
  }

  /// How much of the way is behind, 0 to 1.
  static double fraction(Walking walk) {
    return walk.leaves().isEmpty()
        ? 0
        : (double) (walk.reached() + walk.ahead().size()) / walk.leaves().size();
  }

  private static Bookmark at(Walking walk, Figures done, double fraction, long activeMillis) {
    int last = walk.reached() - 1;
    var from = walk.from();
    return new Bookmark(
        true,
        from.first(),
        last < 0 ? null : walk.leaves().get(last),
        last >= 0 && last < walk.firstCount(),
        done,
        from.objectsTotal(),
        fraction,
        activeMillis,
        from.incarnations(),
        null);
  }

  private static SortedSet<Integer> with(SortedSet<Integer> set, int position) {
    var copy = new TreeSet<>(set);
    copy.add(position);
    return copy;
  }

  private static SortedSet<Integer> without(SortedSet<Integer> set, int position) {
    var copy = new TreeSet<>(set);
    copy.remove(position);
    return copy;
  }
}
