package io.kintsugi.mirror;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How the copy of a file that lies at a place becomes what it should be.
public sealed interface Plan {
  /// It is that already.
  record Same() implements Plan {}

  /// The pieces of the new file in their order, without a gap.
  ///
  /// @param freshBytes that have to be brought
  /// @param oldBytes that the place copies by itself
  record Pieced(List<Piece> pieces, long freshBytes, long oldBytes) implements Plan {
    public Pieced {
      pieces = List.copyOf(pieces);
    }
  }

  /// All of it is brought.
  record Whole(Why why) implements Plan {}

  /// Why nothing is made of the old copy.
  enum Why {
    /// There is none.
    NOTHING_THERE,
    /// The file is so short that looking for differences costs more than it saves.
    SHORT,
    /// The place cannot copy ranges of a file by itself.
    NO_COPYING,
    /// The old copy was cut otherwise.
    OTHER_SIZES,
    /// Hardly anything of it can be used.
    LITTLE_IN_COMMON,
    /// It would fall into more pieces than the place takes.
    TOO_MANY_PIECES,
    /// What was put together of it was not what it should have been.
    WRONG_WHEN_READ
  }

  /// Some whole chunks of the new file that lie one behind the other.
  sealed interface Piece {
    /// Its number in the new file.
    int firstChunk();

    /// Of its first byte in the new file.
    long position();

    long lengthBytes();

    /// They lie in the old file, in the same order.
    ///
    /// @param oldPosition where
    record Old(int firstChunk, long position, long lengthBytes, long oldPosition)
        implements Piece {}

    record Fresh(int firstChunk, long position, long lengthBytes) implements Piece {}
  }

  /// What a place takes.
  ///
  /// @param leastBytes of every piece but the last
  /// @param piecesMax how many there may be
  record Limits(long leastBytes, int piecesMax) {}

  /// Below this a file is brought whole without a look at what is there.
  long SHORT_BYTES = 256 << 10;

  /// A piece costs as much as sending so many bytes, so that what is torn to shreds is brought
  /// whole.
  long PIECE_COST_BYTES = 2 << 10;

  /// Decides.
  ///
  /// @param old null if nothing is known to be there
  /// @param limits null if the place cannot copy by itself
  static Plan of(Recipe wanted, @Nullable Recipe old, @Nullable Limits limits) {
    if (old == null) {
      return new Whole(Why.NOTHING_THERE);
    }
    if (wanted.isOfTheSameFile(old)) {
      return new Same();
    }
    if (wanted.sizeBytes() < SHORT_BYTES) {
      return new Whole(Why.SHORT);
    }
    if (limits == null) {
      return new Whole(Why.NO_COPYING);
    }
    if (!wanted.sizes().equals(old.sizes())) {
      return new Whole(Why.OTHER_SIZES);
    }
    return judged(widened(runs(wanted, old), wanted, limits.leastBytes()), wanted, limits);
  }

  private static Plan judged(List<Piece> pieces, Recipe wanted, Limits limits) {
    long fresh = 0;
    for (var piece : pieces) {
      if (piece instanceof Piece.Fresh) {
        fresh += piece.lengthBytes();
      }
    }
    if (pieces.size() > limits.piecesMax()) {
      return new Whole(Why.TOO_MANY_PIECES);
    }
    if (fresh + pieces.size() * PIECE_COST_BYTES >= wanted.sizeBytes()) {
      return new Whole(Why.LITTLE_IN_COMMON);
    }
    return new Pieced(pieces, fresh, wanted.sizeBytes() - fresh);
  }

  /// The longest pieces: neighbours in the new file that are neighbours in the old one, too.
  private static List<Piece> runs(Recipe wanted, Recipe old) {
    var places = places(old);
    var runs = new ArrayList<Piece>();
    int next = -1;
    for (int i = 0; i < wanted.count(); i++) {
      var key = wanted.key(i);
      // Of several that are alike, the one that goes on where the last one ended.
      Integer found =
          next >= 0 && next < old.count() && old.key(next).equals(key)
              ? Integer.valueOf(next)
              : places.get(key);
      append(runs, found == null ? fresh(wanted, i, i + 1) : oldPiece(wanted, i, old, found));
      next = found == null ? -1 : found + 1;
    }
    return runs;
  }

  private static Map<Recipe.Key, Integer> places(Recipe old) {
    var places = new HashMap<Recipe.Key, Integer>(old.count() * 2);
    for (int i = 0; i < old.count(); i++) {
      places.putIfAbsent(old.key(i), i);
    }
    return places;
  }

  private static Piece oldPiece(Recipe wanted, int chunk, Recipe old, int oldChunk) {
    return new Piece.Old(
        chunk, wanted.offset(chunk), wanted.lengthBytes(chunk), old.offset(oldChunk));
  }

  private static Piece fresh(Recipe wanted, int first, int end) {
    long from = wanted.offset(first);
    return new Piece.Fresh(
        first, from, wanted.offset(end - 1) + wanted.lengthBytes(end - 1) - from);
  }

  private static void append(List<Piece> pieces, Piece piece) {
    var last = pieces.isEmpty() ? null : pieces.getLast();
    var joined = last == null ? null : joined(last, piece);
    if (joined == null) {
      pieces.add(piece);
    } else {
      pieces.set(pieces.size() - 1, joined);
    }
  }

  /// Null if they are no neighbours at their source.
  private static @Nullable Piece joined(Piece first, Piece second) {
    long length = first.lengthBytes() + second.lengthBytes();
    return switch (first) {
      case Piece.Old a
          when second instanceof Piece.Old b
              && b.oldPosition() == a.oldPosition() + a.lengthBytes() ->
          new Piece.Old(a.firstChunk(), a.position(), length, a.oldPosition());
      case Piece.Fresh a when second instanceof Piece.Fresh ->
          new Piece.Fresh(a.firstChunk(), a.position(), length);
      default -> null;
    };
  }

  /// Brings more where a piece would be too short: what is old in part, or old and short.
  private static List<Piece> widened(List<Piece> runs, Recipe wanted, long leastBytes) {
    var pieces = new ArrayList<Piece>();
    for (int i = 0; i < runs.size(); i++) {
      var run = runs.get(i);
      boolean last = i == runs.size() - 1;
      if (!pieces.isEmpty()
          && pieces.getLast() instanceof Piece.Fresh open
          && open.lengthBytes() < leastBytes) {
        run = lend(pieces, open, run, wanted, leastBytes);
      }
      if (run != null) {
        boolean tooShort = run.lengthBytes() < leastBytes && !last;
        append(pieces, tooShort ? asFresh(run) : run);
      }
    }
    return pieces;
  }

  /// Lets a short piece have the first chunks of what follows it.
  ///
  /// @return what is left of that; null if nothing is
  private static @Nullable Piece lend(
      List<Piece> pieces, Piece.Fresh open, Piece run, Recipe wanted, long leastBytes) {
    if (!(run instanceof Piece.Old old)) {
      return run;
    }
    int chunk = run.firstChunk();
    long end = run.position() + run.lengthBytes();
    long lent = 0;
    while (open.lengthBytes() + lent < leastBytes && run.position() + lent < end) {
      lent += wanted.lengthBytes(chunk++);
    }
    append(pieces, new Piece.Fresh(run.firstChunk(), run.position(), lent));
    return lent == run.lengthBytes()
        ? null
        : new Piece.Old(
            chunk, run.position() + lent, run.lengthBytes() - lent, old.oldPosition() + lent);
  }

  private static Piece asFresh(Piece piece) {
    return new Piece.Fresh(piece.firstChunk(), piece.position(), piece.lengthBytes());
  }
}
