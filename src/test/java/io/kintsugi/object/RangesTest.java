package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Segment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RangesTest {
  @Test
  void withoutBordersItIsTheWhole() {
    assertThat(resolve(10, null, null, null)).isEqualTo(new Ranges.Satisfiable(0, 10));
    assertThat(resolve(0, null, null, null)).isEqualTo(new Ranges.Satisfiable(0, 0));
  }

  @Test
  void anEndBeyondTheObjectIsItsEnd() {
    assertThat(resolve(10, 3L, 99L, null)).isEqualTo(new Ranges.Satisfiable(3, 7));
    assertThat(resolve(10, 3L, null, null)).isEqualTo(new Ranges.Satisfiable(3, 7));
    assertThat(resolve(10, 3L, 3L, null)).isEqualTo(new Ranges.Satisfiable(3, 1));
    assertThat(resolve(10, 0L, Long.MAX_VALUE, null)).isEqualTo(new Ranges.Satisfiable(0, 10));
  }

  @Test
  void aSuffixIsAtMostTheWhole() {
    assertThat(resolve(10, null, null, 4L)).isEqualTo(new Ranges.Satisfiable(6, 4));
    assertThat(resolve(10, null, null, 400L)).isEqualTo(new Ranges.Satisfiable(0, 10));
  }

  @Test
  void whatMissesTheObjectCannotBeSatisfied() {
    assertThat(resolve(10, 10L, 12L, null)).isEqualTo(new Ranges.Unsatisfiable());
    assertThat(resolve(0, 0L, null, null)).isEqualTo(new Ranges.Unsatisfiable());
    assertThat(resolve(10, null, null, 0L)).isEqualTo(new Ranges.Unsatisfiable());
    assertThat(resolve(0, null, null, 5L)).isEqualTo(new Ranges.Unsatisfiable());
  }

  @Test
  void nonsenseIsMalformed() {
    assertThat(resolve(10, 5L, 4L, null)).isInstanceOf(Ranges.Malformed.class);
    assertThat(resolve(10, -1L, 4L, null)).isInstanceOf(Ranges.Malformed.class);
    assertThat(resolve(10, null, 4L, null)).isInstanceOf(Ranges.Malformed.class);
    assertThat(resolve(10, 1L, null, 4L)).isInstanceOf(Ranges.Malformed.class);
    assertThat(resolve(10, null, null, -4L)).isInstanceOf(Ranges.Malformed.class);
  }

  /// Segments of parts count their offsets from the part, so only their order and sizes tell.
  @Test
  void aRangeIsCutAtTheBordersOfSegments() {
    var segments = List.of(segment(0, 10), segment(1, 0), segment(2, 5), segment(3, 20));
    assertThat(Ranges.pieces(segments, 8, 10))
        .extracting(
            piece -> piece.segment().ordinal(), Ranges.Piece::offset, Ranges.Piece::lengthBytes)
        .containsExactly(tuple(0, 8L, 2L), tuple(2, 0L, 5L), tuple(3, 0L, 3L));
    assertThat(Ranges.pieces(segments, 15, 1))
        .extracting(
            piece -> piece.segment().ordinal(), Ranges.Piece::offset, Ranges.Piece::lengthBytes)
        .containsExactly(tuple(3, 0L, 1L));
    assertThat(Ranges.pieces(segments, 0, 0)).isEmpty();
  }

  private static Ranges resolve(
      long size, @Nullable Long first, @Nullable Long last, @Nullable Long suffix) {
    return Ranges.resolve(size, first, last, suffix);
  }

  private static Segment segment(int ordinal, long sizeBytes) {
    return new Segment(
        ordinal, "0".repeat(32), 0, sizeBytes, new Layout(1, 0), 1, "", List.of(), 1, List.of());
  }
}
