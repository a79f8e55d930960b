package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The arithmetic holds at every border of blocks and stripes.
final class StripingProperties {
  static Stream<Geometry> geometries() {
    return Stream.of(
        new Geometry(1, 0),
        new Geometry(1, 2),
        new Geometry(4, 2),
        new Geometry(6, 2),
        new Geometry(16, 8));
  }

  private static List<Long> sizes(int k) {
    var sizes = new ArrayList<Long>(List.of(0L, 1L, 2L, 131_071L, 131_072L, 131_073L));
    long stripe = k * 262_080L;
    for (long base : new long[] {k, 262_080, stripe, 2 * stripe, 7 * stripe, 1L << 32, 1L << 40}) {
      for (long delta = -2; delta <= 2; delta++) {
        sizes.add(Math.clamp(base + delta, 0, 1L << 40));
      }
    }
    return sizes;
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void everyByteOfASegmentLiesInExactlyOneCell(Geometry geometry) {
    for (long size : sizes(geometry.k())) {
      if (size > 1L << 24) {
        continue;
      }
      var striping = new Striping(geometry, size);
      long total = 0;
      for (int s = 0; s < striping.stripes(); s++) {
        assertThat(striping.stripeOffset(s)).isEqualTo(total);
        int inCells = 0;
        for (int i = 0; i < geometry.k(); i++) {
          inCells += striping.dataBytes(s, i);
        }
        assertThat(inCells).isEqualTo(striping.stripeBytes(s)).isPositive();
        assertThat(striping.cellBytes(s)).isBetween(1, Striping.PAYLOAD_BYTES);
        total += inCells;
      }
      assertThat(total).isEqualTo(size);
    }
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void onlyTheLastBlockIsShortAndTheFooterFollowsItAtOnce(Geometry geometry) {
    for (long size : sizes(geometry.k())) {
      var striping = new Striping(geometry, size);
      int stripes = striping.stripes();
      long fromSize = Math.ceilDiv(size, geometry.k() * 262_080L);
      assertThat((long) stripes).isEqualTo(fromSize);
      if (stripes == 0) {
        assertThat(striping.footerOffset()).isEqualTo(4096);
        assertThat(striping.lastCell()).isZero();
        continue;
      }
      assertThat(striping.blockOffset(stripes - 1)).isEqualTo(4096 + (stripes - 1) * 262_144L);
      assertThat(striping.footerOffset())
          .isEqualTo(striping.blockOffset(stripes - 1) + striping.blockBytes(stripes - 1));
      assertThat(striping.shardFileBytes(77)).isEqualTo(striping.footerOffset() + 77);
      if (stripes > 1) {
        assertThat(striping.blockBytes(0)).isEqualTo(262_144);
        assertThat(striping.blockBytes(stripes - 2)).isEqualTo(262_144);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aRangeNamesExactlyTheStripesAndShardsThatHoldIt(long seed) {
    var random = new Random(seed);
    for (var geometry : geometries().toList()) {
      long size = 1 + random.nextLong(3L * geometry.k() * 262_080);
      var striping = new Striping(geometry, size);
      long offset = random.nextLong(size);
      long length = 1 + random.nextLong(size - offset);
      var range = striping.range(offset, length);
      long covered = 0;
      for (int s = range.firstStripe(); s <= range.lastStripe(); s++) {
        int from = range.from(s);
        int to = range.to(s);
        assertThat(to).isGreaterThan(from);
        assertThat(striping.stripeOffset(s) + from).isEqualTo(offset + covered);
        covered += to - from;
        int cell = striping.cellBytes(s);
        assertThat(from).isBetween(range.firstShard(s) * cell, (range.firstShard(s) + 1) * cell);
        assertThat(to - 1).isBetween(range.lastShard(s) * cell, (range.lastShard(s) + 1) * cell);
        assertThat(range.lastShard(s)).isLessThan(geometry.k());
      }
      assertThat(covered).isEqualTo(length);
    }
  }

  @Test
  void aRangeThatIsEmptyOrLeavesTheSegmentIsRefused() {
    var striping = new Striping(new Geometry(2, 1), 100);
    for (long[] wrong : new long[][] {{0, 0}, {-1, 2}, {100, 1}, {99, 2}, {0, Long.MAX_VALUE}}) {
      assertThatThrownBy(() -> striping.range(wrong[0], wrong[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> striping.stripeBytes(1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aSmallSegmentIsPlainCopies() {
    var wide = new Geometry(6, 2);
    assertThat(wide.forSize(0)).isEqualTo(new Geometry(1, 2));
    assertThat(wide.forSize(131_072)).isEqualTo(new Geometry(1, 2));
    assertThat(wide.forSize(131_073)).isEqualTo(wide);
  }

  /// The length told before any data is the length written.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 1000, 131_072, 131_073, 262_079, 262_080, 262_081, 524_160})
  void theSizeFunctionEqualsTheBytesWritten(int size) {
    for (var geometry : List.of(new Geometry(1, 2), new Geometry(2, 1))) {
      var draft = Samples.draft(Samples.WRITE, geometry, size);
      for (var file : Samples.files(draft, Samples.data(size), Samples.KEY)) {
        assertThat((long) file.length)
            .isEqualTo(draft.striping().shardFileBytes(draft.footerBytes()))
            .isEqualTo(draft.header(0).fileBytes());
      }
    }
  }
}
