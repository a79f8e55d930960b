package io.kintsugi.object;

import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which bytes of an object a reader wants, and in which segments they lie.
@Pure
sealed interface Ranges {
  record Satisfiable(long offset, long lengthBytes) implements Ranges {}

  /// Misses the object.
  record Unsatisfiable() implements Ranges {}

  /// Not a range at all.
  record Malformed(String reason) implements Ranges {}

  /// A piece of a segment.
  ///
  /// @param offset of its first byte in the segment
  record Piece(Segment segment, long offset, long lengthBytes) {}

  static Ranges resolve(
      long sizeBytes, @Nullable Long first, @Nullable Long last, @Nullable Long suffixBytes) {
    if (suffixBytes != null) {
      return resolveSuffix(sizeBytes, first, last, suffixBytes);
    }
    if (first == null) {
      return last == null
          ? new Satisfiable(0, sizeBytes)
          : new Malformed("a range has an end and no beginning");
    }
    if (first < 0 || (last != null && last < first)) {
      return new Malformed("a range ends before it begins");
    }
    if (first >= sizeBytes) {
      return new Unsatisfiable();
    }
    long end = last == null ? sizeBytes - 1 : Math.min(last, sizeBytes - 1);
    return new Satisfiable(first, end - first + 1);
  }

  private static Ranges resolveSuffix(
      long sizeBytes, @Nullable Long first, @Nullable Long last, long suffixBytes) {
    if (first != null || last != null || suffixBytes < 0) {
      return new Malformed("a range is either from an offset or a suffix");
    }
    if (suffixBytes == 0 || sizeBytes == 0) {
      return new Unsatisfiable();
    }
    long length = Math.min(suffixBytes, sizeBytes);
    return new Satisfiable(sizeBytes - length, length);
  }

  /// The pieces of the segments that hold a range, in order; none of them is empty. The segments
  /// follow one another in the list's order, whatever their own offsets count from.
  static List<Piece> pieces(List<Segment> segments, long offset, long lengthBytes) {
    var pieces = new ArrayList<Piece>();
    long end = offset + lengthBytes;
    long begin = 0;
    for (var segment : segments) {
      long from = Math.max(offset, begin);
      long to = Math.min(end, begin + segment.sizeBytes());
      if (from < to) {
        pieces.add(new Piece(segment, from - begin, to - from));
      }
      begin += segment.sizeBytes();
    }
    return pieces;
  }
}
