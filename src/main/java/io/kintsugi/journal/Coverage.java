package io.kintsugi.journal;

import io.kintsugi.format.JournalName;
import io.kintsugi.journal.Found.Bearer;
import io.kintsugi.journal.Found.Piece;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Which changes lie on how many origins.
@Pure
final class Coverage {
  /// Changes that follow one another.
  record Span(long first, long last) {
    @Override
    public String toString() {
      return first == last ? Long.toString(first) : first + ".." + last;
    }
  }

  private Coverage() {}

  /// The last change up to which each one behind `floor` lies on at least `copies` domains.
  static long reached(long floor, List<Bearer> bearers, int copies) {
    var spans = new HashMap<Bearer, List<Span>>();
    var borders = new TreeSet<Long>();
    for (var bearer : bearers) {
      var merged = merged(bearer.pieces());
      spans.put(bearer, merged);
      merged.forEach(span -> {
        borders.add(span.first());
        borders.add(span.last() + 1);
      });
    }
    long reached = floor;
    while (copiesOf(reached + 1, spans) >= copies) {
      // Between two borders nothing changes.
      var next = borders.higher(reached + 1);
      if (next == null) {
        return reached;
      }
      reached = next - 1;
    }
    return reached;
  }

  /// The newest seq whose snapshot lies whole on at least `copies` domains; 0 if there is none.
  static long snapshot(List<Bearer> bearers, int copies) {
    var domains = new TreeMap<Long, Set<String>>();
    bearers.forEach(bearer ->
        bearer
            .snapshots()
            .forEach(snapshot ->
                domains
                    .computeIfAbsent(snapshot.seq(), _ -> new HashSet<>())
                    .add(bearer.origin().domain())));
    return domains.descendingMap().entrySet().stream()
        .filter(entry -> entry.getValue().size() >= copies)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(0L);
  }

  /// Names of files that tell nothing that a snapshot of `kept` does not. A file in which something
  /// was not believed stays, for a person to look at.
  static List<String> dispensable(Bearer bearer, long kept) {
    var lasts = new HashMap<String, Long>();
    bearer.pieces().forEach(piece -> lasts.merge(piece.file(), piece.lastSeq(), Math::max));
    bearer.snapshots().forEach(snapshot -> lasts.put(snapshot.file(), snapshot.seq() + 1));
    return bearer.files().stream()
        .map(JournalName::fileName)
        .filter(file -> lasts.getOrDefault(file, Long.MAX_VALUE) <= kept)
        .toList();
  }

  private static int copiesOf(long seq, Map<Bearer, List<Span>> spans) {
    var domains = new HashSet<String>();
    spans.forEach((bearer, list) -> {
      if (list.stream().anyMatch(span -> span.first() <= seq && seq <= span.last())) {
        domains.add(bearer.origin().domain());
      }
    });
    return domains.size();
  }

  /// The same changes in as few spans as there are.
  private static List<Span> merged(List<Piece> pieces) {
    var spans = new ArrayList<Span>();
    for (var piece : pieces.stream().sorted(Comparator.comparingLong(Piece::firstSeq)).toList()) {
      if (!spans.isEmpty() && piece.firstSeq() <= spans.getLast().last() + 1) {
        var last = spans.removeLast();
        spans.add(new Span(last.first(), Math.max(last.last(), piece.lastSeq())));
      } else {
        spans.add(new Span(piece.firstSeq(), piece.lastSeq()));
      }
    }
    return spans;
  }

  /// Pieces from change `from` on, each beginning at or before where the one before it ended, the
  /// longest first where several do.
  static List<Piece> path(long from, List<Piece> pieces) {
    var sorted =
        pieces.stream()
            .sorted(
                Comparator.comparingLong(Piece::firstSeq)
                    .thenComparing(Comparator.comparingLong(Piece::lastSeq).reversed()))
            .toList();
    var path = new ArrayList<Piece>();
    long next = from;
    int at = 0;
    while (at < sorted.size()) {
      Piece best = null;
      while (at < sorted.size() && sorted.get(at).firstSeq() <= next) {
        var piece = sorted.get(at++);
        if (piece.lastSeq() >= next && (best == null || piece.lastSeq() > best.lastSeq())) {
          best = piece;
        }
      }
      if (best != null) {
        path.add(best);
        next = best.lastSeq() + 1;
      } else if (at < sorted.size() && sorted.get(at).firstSeq() > next) {
        next = sorted.get(at).firstSeq();
      }
    }
    return path;
  }

  /// What lies between the pieces of a path that begins with change `from`.
  static List<Span> gaps(long from, List<Piece> path) {
    var gaps = new ArrayList<Span>();
    long next = from;
    for (var piece : path) {
      if (piece.firstSeq() > next) {
        gaps.add(new Span(next, piece.firstSeq() - 1));
      }
      next = piece.lastSeq() + 1;
    }
    return gaps;
  }
}
