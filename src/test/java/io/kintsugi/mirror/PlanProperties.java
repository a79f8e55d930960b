package io.kintsugi.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.mirror.Plan.Limits;
import io.kintsugi.mirror.Plan.Piece;
import io.kintsugi.mirror.Plan.Pieced;
import io.kintsugi.mirror.Plan.Whole;
import io.kintsugi.mirror.Plan.Why;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How one copy becomes another (B10).
class PlanProperties {
  private static final int BYTES = 2 << 20;
  private static final Limits FREE = new Limits(1, 1 << 20);

  private static Plan plan(byte[] wanted, byte @Nullable [] old, @Nullable Limits limits) {
    return Plan.of(
        CutterProperties.recipe(wanted), old == null ? null : CutterProperties.recipe(old), limits);
  }

  /// What comes of a plan.
  private static byte[] carriedOut(Pieced plan, byte[] wanted, byte[] old) {
    var made = new ByteArrayOutputStream();
    for (var piece : plan.pieces()) {
      assertThat(piece.position()).isEqualTo(made.size());
      int length = (int) piece.lengthBytes();
      switch (piece) {
        case Piece.Old(_, _, _, var from) -> made.write(old, (int) from, length);
        case Piece.Fresh(_, var from, _) -> made.write(wanted, (int) from, length);
      }
    }
    return made.toByteArray();
  }

  /// Inserts, removes, overwrites, swaps and repeats here and there.
  private static byte[] edited(byte[] bytes, Random random) {
    var now = bytes;
    for (int edit = random.nextInt(6); edit >= 0; edit--) {
      int at = random.nextInt(now.length);
      int length = Math.min(now.length - at, 1 + random.nextInt(1 << (4 + random.nextInt(14))));
      var made = new ByteArrayOutputStream();
      made.write(now, 0, at);
      switch (random.nextInt(5)) {
        case 0 -> made.writeBytes(CutterProperties.random(random.nextLong(), length));
        case 1 -> at += length;
        case 2 -> {
          made.writeBytes(CutterProperties.random(random.nextLong(), length));
          at += length;
        }
        case 3 -> made.write(now, at, length);
        default -> made.write(now, 0, at);
      }
      made.write(now, at, now.length - at);
      now = made.toByteArray();
    }
    return now;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  @DisplayName("B10: what a plan says, carried out, is the new file, within what the place takes")
  void aPlanMakesTheNewFileOfTheOld(long seed) {
    var random = new Random(seed);
    var old = CutterProperties.random(seed, BYTES);
    var wanted = edited(old, random);
    long least = seed % 2 == 0 ? 1 : 1 + random.nextInt(300_000);
    var limits = new Limits(least, 1000);
    if (plan(wanted, old, limits) instanceof Pieced pieced) {
      assertThat(carriedOut(pieced, wanted, old)).isEqualTo(wanted);
      assertThat(pieced.freshBytes() + pieced.oldBytes()).isEqualTo(wanted.length);
      for (var piece : pieced.pieces().subList(0, pieced.pieces().size() - 1)) {
        assertThat(piece.lengthBytes()).isGreaterThanOrEqualTo(least);
      }
      var recipe = CutterProperties.recipe(wanted);
      for (var piece : pieced.pieces()) {
        assertThat(recipe.offset(piece.firstChunk())).isEqualTo(piece.position());
      }
    } else {
      assertThat(least).as("where any piece will do there is something to use").isGreaterThan(1);
    }
  }

  @Test
  @DisplayName("B10: a small edit brings less than a tenth, also one that shifts everything")
  void aSmallEditBringsLessThanATenth() {
    var old = CutterProperties.random(1, BYTES);
    var made = new ByteArrayOutputStream();
    made.write('!');
    made.writeBytes(old);
    assertThat(plan(made.toByteArray(), old, FREE))
        .isInstanceOfSatisfying(
            Pieced.class,
            pieced -> {
              assertThat(pieced.freshBytes()).isLessThan(BYTES / 10);
              assertThat(pieced.pieces()).hasSizeLessThan(5);
            });
  }

  @Test
  @DisplayName("B10: a plan says why all of a file is brought")
  void aPlanSaysWhyAllOfAFileIsBrought() {
    var file = CutterProperties.random(1, BYTES);
    var other = CutterProperties.random(2, BYTES);
    var edited = file.clone();
    edited[77] ^= 1;
    assertThat(plan(file, file, null)).isEqualTo(new Plan.Same());
    assertThat(plan(new byte[0], new byte[0], null)).isEqualTo(new Plan.Same());
    assertThat(plan(file, null, FREE)).isEqualTo(new Whole(Why.NOTHING_THERE));
    assertThat(plan(edited, file, null)).isEqualTo(new Whole(Why.NO_COPYING));
    assertThat(plan(file, other, FREE)).isEqualTo(new Whole(Why.LITTLE_IN_COMMON));
    assertThat(plan(new byte[10], file, FREE)).isEqualTo(new Whole(Why.SHORT));
    assertThat(plan(edited, file, new Limits(1, 1))).isEqualTo(new Whole(Why.TOO_MANY_PIECES));
    assertThat(plan(edited, file, new Limits(BYTES, 9))).isEqualTo(new Whole(Why.LITTLE_IN_COMMON));
    var otherwise = new RecipeMaker(new ChunkSizes(256, 2048, 8192));
    otherwise.take(java.nio.ByteBuffer.wrap(file));
    assertThat(Plan.of(CutterProperties.recipe(edited), otherwise.end(), FREE))
        .isEqualTo(new Whole(Why.OTHER_SIZES));
  }

  @Test
  @DisplayName("B10: of a short file all is read back, of a long one both sides of each seam")
  void theSampleHoldsEachSeam() {
    var old = CutterProperties.random(1, BYTES);
    var wanted = old.clone();
    wanted[BYTES / 2] ^= 1;
    var recipe = CutterProperties.recipe(wanted);
    if (!(plan(wanted, old, FREE) instanceof Pieced pieced)) {
      throw new AssertionError("should be pieced");
    }
    var sample = Sample.of(recipe, pieced.pieces(), new Random(1));
    assertThat(sample).isSorted().doesNotHaveDuplicates().contains(0, recipe.count() - 1);
    for (var piece : pieced.pieces()) {
      assertThat(sample).contains(piece.firstChunk());
    }
    assertThat(sample.stream().mapToLong(recipe::lengthBytes).sum()).isLessThan(300 << 10);
    var small = CutterProperties.recipe(CutterProperties.random(3, 100_000));
    assertThat(Sample.of(small, pieced.pieces(), new Random(1))).hasSize(small.count());
  }
}
