package io.kintsugi.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.mirror.RecipeRecord.Decoded;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Recipes as they are kept (B10).
class RecipeRecordTest {
  private static final Instant TIME = Instant.parse("2026-03-04T05:06:07.123456789Z");

  private static RecipeRecord record(long seed, int length, @Nullable String tag) {
    var recipe = CutterProperties.recipe(CutterProperties.random(seed, length));
    return new RecipeRecord("a folder/\u00e9", new Stamp(length, TIME, tag), recipe);
  }

  private static RecipeRecord read(byte[] bytes) {
    if (RecipeRecord.decode(bytes) instanceof Decoded.Sound(var value)) {
      return value;
    }
    throw new AssertionError("cannot be read");
  }

  @Test
  void whatIsWrittenIsRead() {
    for (int length : new int[] {0, 1, 1000, 300_000}) {
      for (var tag : new @Nullable String[] {null, "", "17-99"}) {
        var written = record(length, length, tag);
        var bytes = written.encode();
        var read = read(bytes);
        assertThat(read.path()).isEqualTo(written.path());
        assertThat(read.stamp()).isEqualTo(written.stamp());
        assertThat(read.recipe().isOfTheSameFile(written.recipe())).isTrue();
        assertThat((long) bytes.length).isLessThanOrEqualTo(RecipeRecord.bytesMax(length));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsDamagedOrCutShortIsNotRead(long seed) {
    var random = new Random(seed);
    var bytes = record(seed, 50_000, "tag").encode();
    var damaged = bytes.clone();
    damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    assertThat(RecipeRecord.decode(damaged)).isInstanceOf(Decoded.Unreadable.class);
    var cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
    assertThat(RecipeRecord.decode(cut)).isInstanceOf(Decoded.Unreadable.class);
  }

  /// The sum is right, and what it is of is nonsense.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void nonsenseUnderARightSumIsNotReadEither(long seed) throws Exception {
    var random = new Random(seed);
    var bytes = record(seed, 50_000, "tag").encode();
    var body = Arrays.copyOf(bytes, bytes.length - Recipe.HASH_BYTES);
    ByteBuffer.wrap(body).putInt(random.nextInt(60), random.nextInt());
    var sum = MessageDigest.getInstance("SHA-256").digest(body);
    var forged = Arrays.copyOf(body, bytes.length);
    System.arraycopy(sum, 0, forged, body.length, sum.length);
    switch (RecipeRecord.decode(forged)) {
      case Decoded.Unreadable(var why) -> assertThat(why).isNotBlank();
      case Decoded.Sound(var value) ->
          assertThat(value.recipe().sizeBytes()).isEqualTo(value.stamp().sizeBytes());
    }
  }

  @Test
  void theChunkOfEachByteIsFound() {
    var recipe = record(1, 100_000, null).recipe();
    for (int i = 0; i < recipe.count(); i++) {
      assertThat(recipe.chunkAt(recipe.offset(i))).isEqualTo(i);
      assertThat(recipe.chunkAt(recipe.offset(i) + recipe.lengthBytes(i) - 1)).isEqualTo(i);
    }
  }

  @Test
  void longFilesHaveLongChunksAndRecipesStaySmall() {
    assertThat(ChunkSizes.of(1L << 30).normalBytes()).isEqualTo(64 << 10);
    for (long size = 1; size < 1L << 44; size *= 3) {
      var sizes = ChunkSizes.of(size);
      assertThat(sizes.suit(size)).isTrue();
      assertThat(size / sizes.normalBytes()).isLessThanOrEqualTo(1 << 18);
    }
    assertThat(ChunkSizes.of(1L << 30).suit(1L << 36)).isFalse();
  }
}
