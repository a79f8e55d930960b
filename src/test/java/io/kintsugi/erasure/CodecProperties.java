package io.kintsugi.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecProperties {
  private static final int SAMPLES_PER_SHAPE = 12;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void parityEqualsTheDefinitionAndNothingElseIsTouched(long seed) {
    var random = new Random(seed);
    int k = 1 + random.nextInt(Codec.K_MAX);
    int m = random.nextInt(Codec.M_MAX + 1);
    int offset = random.nextInt(70);
    int cellBytes = 1 + random.nextInt(1500);
    byte[][] shards = randomShards(random, k + m, offset + cellBytes + random.nextInt(70));
    byte[][] before = copy(shards);

    Codec.of(k, m).encode(shards, offset, cellBytes);

    for (int i = 0; i < m; i++) {
      byte[] expected = before[k + i].clone();
      byte[] parity = SlowCode.parity(k, i, before, offset, cellBytes);
      System.arraycopy(parity, 0, expected, offset, cellBytes);
      before[k + i] = expected;
    }
    assertThat(shards).isDeepEqualTo(before);
  }

  @ParameterizedTest(name = "{0}+{1}")
  @MethodSource("smallShapes")
  void everyLossUpToTheParityIsMendedFromEverySetOfSources(int k, int m) {
    var random = new Random(31L * k + m);
    byte[][] shards = encoded(random, k, m, 37);
    int patterns = 0;
    for (int sources = 0; sources < 1 << (k + m); sources++) {
      int others = ~sources & ((1 << (k + m)) - 1);
      if (Integer.bitCount(sources) == k) {
        for (int missing = others; missing > 0; missing = (missing - 1) & others) {
          requireMended(shards, k, m, indexes(sources), indexes(missing));
          patterns++;
        }
      }
    }
    assertThat(patterns).isEqualTo(choose(k + m, k) * ((1 << m) - 1));
  }

  static Stream<Arguments> smallShapes() {
    return IntStream.rangeClosed(1, 6)
        .boxed()
        .flatMap(k -> IntStream.rangeClosed(0, 3).mapToObj(m -> Arguments.of(k, m)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void sampledLossesOfTheBigShapesAreMended(long seed) {
    var random = new Random(seed);
    for (int k = 7; k <= Codec.K_MAX; k++) {
      for (int m = 1; m <= Codec.M_MAX; m++) {
        byte[][] shards = encoded(random, k, m, 130);
        for (int sample = 0; sample < SAMPLES_PER_SHAPE; sample++) {
          int[] order = shuffled(random, k + m);
          int[] sources = sorted(order, 0, k);
          int[] missing = sorted(order, k, k + 1 + random.nextInt(m));
          requireMended(shards, k, m, sources, missing);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}+{1}")
  @MethodSource("smallShapes")
  void oneLossMoreIsRefused(int k, int m) {
    var shards = new byte[k + m][8];
    int[] survivors = IntStream.range(m + 1, k + m).toArray();
    int[] lost = IntStream.rangeClosed(0, m).toArray();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.of(k, m).rebuild(shards, survivors, lost, 0, 8));
    if (m < k) {
      int[] enough = IntStream.range(m, k + m).toArray();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Codec.of(k, m).rebuild(shards, enough, lost, 0, 8));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyKernelGivesTheBitsOfTheScalarOne(long seed) {
    var random = new Random(seed);
    for (var kernel : Kernels.candidates()) {
      int k = 1 + random.nextInt(Codec.K_MAX);
      int offset = random.nextInt(70);
      byte[][] rows = randomShards(random, 5, k);
      Arrays.fill(rows[random.nextInt(5)], (byte) 1);
      int to = offset + 1 + random.nextInt(2000);
      requireSameBits(kernel, random, rows, offset, to);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 64})
  void everyLengthFromOneByteOnIsCodedByEveryKernel(int offset) {
    var random = new Random(offset);
    byte[][] rows = Matrix.parity(6, 3);
    for (int cellBytes = 1; cellBytes <= 200; cellBytes++) {
      byte[][] shards = encoded(random, 6, 3, cellBytes);
      requireMended(shards, 6, 3, new int[] {1, 3, 4, 5, 6, 8}, new int[] {0, 2, 7});
      for (var kernel : Kernels.candidates()) {
        requireSameBits(kernel, random, rows, offset, offset + cellBytes);
      }
    }
  }

  private static void requireSameBits(
      Kernel kernel, Random random, byte[][] rows, int from, int to) {
    byte[][] sources = randomShards(random, rows[0].length, to + random.nextInt(3));
    byte[][] expected = randomShards(random, rows.length, to + 5);
    byte[][] answers = copy(expected);
    var product = Product.of(rows);

    product.apply(ScalarKernel.INSTANCE, sources, expected, from, to);
    product.apply(kernel, sources, answers, from, to);

    assertThat(answers).as(kernel.name()).isDeepEqualTo(expected);
  }

  private static void requireMended(byte[][] whole, int k, int m, int[] sources, int[] missing) {
    var damaged = new byte[k + m][];
    Arrays.fill(damaged, new byte[0]);
    for (int source : sources) {
      damaged[source] = whole[source].clone();
    }
    for (int lost : missing) {
      damaged[lost] = new byte[whole[lost].length];
      Arrays.fill(damaged[lost], (byte) 0x5a);
    }
    Codec.of(k, m).rebuild(damaged, sources, missing, 3, whole[0].length - 3);
    for (int lost : missing) {
      assertThat(Arrays.copyOfRange(damaged[lost], 3, whole[lost].length))
          .as("shard %d of %d+%d from %s", lost, k, m, Arrays.toString(sources))
          .isEqualTo(Arrays.copyOfRange(whole[lost], 3, whole[lost].length));
    }
    for (int source : sources) {
      assertThat(damaged[source]).isEqualTo(whole[source]);
    }
  }

  private static byte[][] encoded(Random random, int k, int m, int cellBytes) {
    byte[][] shards = randomShards(random, k + m, 3 + cellBytes);
    Codec.of(k, m).encode(shards, 3, cellBytes);
    return shards;
  }

  private static byte[][] randomShards(Random random, int count, int bytes) {
    var shards = new byte[count][bytes];
    for (byte[] shard : shards) {
      random.nextBytes(shard);
    }
    return shards;
  }

  private static byte[][] copy(byte[][] shards) {
    return Arrays.stream(shards).map(byte[]::clone).toArray(byte[][]::new);
  }

  private static int[] indexes(int bits) {
    return IntStream.range(0, Integer.SIZE).filter(i -> (bits >> i & 1) != 0).toArray();
  }

  private static int[] shuffled(Random random, int count) {
    var order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(order, random);
    return order.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int[] sorted(int[] order, int from, int to) {
    return Arrays.stream(order, from, to).sorted().toArray();
  }

  private static int choose(int n, int k) {
    int ways = 1;
    for (int i = 0; i < k; i++) {
      ways = ways * (n - i) / (i + 1);
    }
    return ways;
  }
}
