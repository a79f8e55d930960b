package io.kintsugi.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where content cuts files (B10).
class CutterProperties {
  private static final ChunkSizes SIZES = new ChunkSizes(1024, 4096, 16384);
  private static final int BYTES = 1 << 20;

  static byte[] random(long seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /// The ends of all chunks, looked for in one array.
  private static List<Integer> ends(byte[] bytes) {
    var cutter = new Cutter(SIZES);
    var ends = new ArrayList<Integer>();
    int at = 0;
    for (int end = cutter.next(bytes, 0, bytes.length);
        end >= 0;
        end = cutter.next(bytes, at, bytes.length)) {
      ends.add(end);
      at = end;
    }
    assertThat(cutter.pendingBytes()).isEqualTo(bytes.length - at);
    if (cutter.pendingBytes() > 0) {
      ends.add(bytes.length);
    }
    return ends;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  @DisplayName("B10: chunks follow one another and keep to their bounds")
  void chunksKeepToTheirBoundsAndAreAboutAsLongAsWished(long seed) {
    var bytes = random(seed, BYTES + (int) seed * 977);
    var ends = ends(bytes);
    assertThat(ends).isSorted().doesNotHaveDuplicates().last().isEqualTo(bytes.length);
    int begin = 0;
    for (int i = 0; i < ends.size(); i++) {
      int length = ends.get(i) - begin;
      assertThat(length).isLessThanOrEqualTo(SIZES.maxBytes());
      if (i < ends.size() - 1) {
        assertThat(length).isGreaterThan(SIZES.minBytes());
      }
      begin = ends.get(i);
    }
    assertThat(bytes.length / ends.size())
        .isBetween(SIZES.normalBytes() / 2, SIZES.normalBytes() * 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  @DisplayName("B10: the same bytes are cut alike however they come")
  void theSameBytesAreCutAlikeHoweverTheyCome(long seed) {
    var bytes = random(seed, BYTES / 4);
    var random = new Random(seed);
    var cutter = new Cutter(SIZES);
    var ends = new ArrayList<Integer>();
    for (int from = 0; from < bytes.length; ) {
      int length = Math.min(bytes.length - from, 1 + random.nextInt(1 + random.nextInt(9000)));
      var piece = piece(bytes, from, length, random.nextInt(3));
      int begin = piece.position();
      while (piece.hasRemaining()) {
        if (cutter.next(piece)) {
          ends.add(from + piece.position() - begin);
        }
      }
      from += length;
    }
    if (cutter.pendingBytes() > 0) {
      ends.add(bytes.length);
    }
    assertThat(ends).isEqualTo(ends(bytes));
  }

  private static ByteBuffer piece(byte[] bytes, int from, int length, int kind) {
    return switch (kind) {
      case 0 -> ByteBuffer.wrap(bytes, from, length).slice();
      case 1 ->
          ByteBuffer.allocateDirect(length + 3)
              .position(3)
              .put(bytes, from, length)
              .flip()
              .position(3);
      default -> ByteBuffer.wrap(bytes, from, length).asReadOnlyBuffer();
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  @DisplayName("B10: an insertion or a deletion moves only the borders near it")
  void anEditMovesOnlyTheBordersNearIt(long seed) {
    var random = new Random(seed);
    var before = random(seed, BYTES);
    int at = random.nextInt(BYTES - 2000);
    int length = 1 + random.nextInt(1000);
    boolean inserts = random.nextBoolean();
    var after = new byte[inserts ? BYTES + length : BYTES - length];
    System.arraycopy(before, 0, after, 0, at);
    if (inserts) {
      System.arraycopy(random(seed + 99, length), 0, after, at, length);
      System.arraycopy(before, at, after, at + length, BYTES - at);
    } else {
      System.arraycopy(before, at + length, after, at, BYTES - at - length);
    }
    var old = recipe(before);
    var wanted = recipe(after);
    var known = new HashSet<Recipe.Key>();
    for (int i = 0; i < old.count(); i++) {
      known.add(old.key(i));
    }
    int fresh = 0;
    for (int i = 0; i < wanted.count(); i++) {
      fresh += known.contains(wanted.key(i)) ? 0 : 1;
    }
    assertThat(fresh).as("new chunks of %d", wanted.count()).isBetween(1, 12);
  }

  static Recipe recipe(byte[] bytes) {
    var maker = new RecipeMaker(SIZES);
    maker.take(ByteBuffer.wrap(bytes));
    return maker.end();
  }

  @Test
  @DisplayName("B10: bytes that are all alike are cut at the longest length")
  void bytesThatAreAllAlikeAreCutAtTheLongestLength() {
    var recipe = recipe(new byte[BYTES]);
    assertThat(recipe.count()).isEqualTo(BYTES / SIZES.maxBytes());
    assertThat(recipe(new byte[0]).count()).isZero();
    assertThat(recipe(new byte[1]).sizeBytes()).isEqualTo(1);
  }

  /// Recipes that are kept stay true for ever, so this must never need to be changed.
  @Test
  @DisplayName("B10: where content is cut is the same for ever")
  void whereContentIsCutIsTheSameForEver() {
    assertThat(Gear.table()[0]).isEqualTo(FIRST_OF_GEAR);
    assertThat(ends(random(42, 60_000))).containsExactly(ENDS_FOR_EVER);
  }

  private static final long FIRST_OF_GEAR = -6579110553831796933L;
  private static final Integer[] ENDS_FOR_EVER = {
    3178, 7869, 12347, 17303, 23544, 27732, 32382, 36759, 38173, 42637, 48832, 53605, 59257, 60000
  };
}
