package io.kintsugi.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodecTest {
  @ParameterizedTest(name = "{0}+{1}")
  @CsvSource({"6, 2", "4, 2", "16, 8", "1, 2"})
  void matrixAndParityAreThoseOfTheFirstRelease(int k, int m) throws IOException {
    byte[][] data = vector(k, m, "data");
    byte[][] parity = vector(k, m, "parity");
    int cellBytes = data[0].length;
    var shards = new byte[k + m][cellBytes];
    System.arraycopy(data, 0, shards, 0, k);

    Codec.of(k, m).encode(shards, 0, cellBytes);

    assertThat(Matrix.parity(k, m)).isDeepEqualTo(vector(k, m, "matrix"));
    assertThat(Arrays.copyOfRange(shards, k, k + m)).isDeepEqualTo(parity);
    for (var kernel : Kernels.candidates()) {
      var answers = new byte[m][cellBytes];
      Product.of(vector(k, m, "matrix")).apply(kernel, data, answers, 0, cellBytes);
      assertThat(answers).as(kernel.name()).isDeepEqualTo(parity);
    }
  }

  @Test
  void oneSourceMeansPlainCopies() {
    byte[][] shards = {{0, 1, 2, 3}, new byte[4], new byte[4]};
    var codec = Codec.of(1, 2);

    codec.encode(shards, 1, 2);
    assertThat(shards).isDeepEqualTo(new byte[][] {{0, 1, 2, 3}, {0, 1, 2, 0}, {0, 1, 2, 0}});

    shards[0] = new byte[4];
    codec.rebuild(shards, new int[] {2}, new int[] {0, 1}, 1, 2);
    assertThat(shards[0]).containsExactly(0, 1, 2, 0);
  }

  @Test
  void aCodeWithoutParityEncodesToNothingAndBearsNoLoss() {
    byte[][] shards = {{1}, {2}};
    var codec = Codec.of(2, 0);

    codec.encode(shards, 0, 1);
    codec.rebuild(shards, new int[] {0, 1}, new int[0], 0, 1);

    assertThat(shards).isDeepEqualTo(new byte[][] {{1}, {2}});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.rebuild(shards, new int[] {0}, new int[] {1}, 0, 1));
  }

  @Test
  void theFirstParityIsTheSumOfTheData() {
    byte[][] shards = {{1}, {2}, {4}, {0}, {0}};

    Codec.of(3, 2).encode(shards, 0, 1);

    assertThat(shards[3]).containsExactly(7);
  }

  @Test
  void aGeometryHasOneCodec() {
    assertThat(Codec.of(6, 2)).isSameAs(Codec.of(6, 2)).isNotSameAs(Codec.of(6, 1));
    assertThat(Codec.of(6, 2).k()).isEqualTo(6);
    assertThat(Codec.of(6, 2).m()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"0, 2", "17, 2", "-1, 0", "6, -1", "6, 9"})
  void aGeometryOutOfBoundsIsRefused(int k, int m) {
    assertThatIllegalArgumentException().isThrownBy(() -> Codec.of(k, m));
  }

  @ParameterizedTest(name = "sources {0}, missing {1}")
  @CsvSource({
    "'0 1 2', '4'", // fewer sources than data cells
    "'0 1 2 3 4', '5'", // more than needed
    "'0 1 2 3', '3'", // a missing shard as a source
    "'0 0 1 2', '5'", // the same source twice
    "'1 0 2 3', '5'", // not ascending
    "'0 1 2 6', '5'", // no such shard
    "'-1 1 2 3', '5'",
    "'0 1 2 3', '6'",
    "'0 1 2 3', '5 4'",
    "'0 1 2 3', '4 4'",
  })
  void aRebuildThatMakesNoSenseIsRefusedAndWritesNothing(String sources, String missing) {
    var shards = new byte[6][8];
    Arrays.fill(shards[0], (byte) 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.of(4, 2).rebuild(shards, indexes(sources), indexes(missing), 0, 8));
    assertThat(Arrays.copyOfRange(shards, 1, 6)).isDeepEqualTo(new byte[5][8]);
  }

  @Test
  void oneLossMoreThanTheParityIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Codec.of(4, 2).rebuild(new byte[6][8], new int[] {0, 1, 2}, new int[] {3, 4, 5}, 0, 8))
        .withMessageContaining("3 sources");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Codec.of(2, 2).rebuild(new byte[4][8], new int[] {0, 1}, new int[] {1, 2, 3}, 0, 8))
        .withMessageContaining("3 shards missing");
  }

  @Test
  void aCellOutsideAnArrayIsRefusedBeforeAnythingIsWritten() {
    byte[][] shards = {{1, 1}, {2, 2}, {0}};
    var codec = Codec.of(2, 1);

    assertThatThrownBy(() -> codec.encode(shards, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> codec.rebuild(shards, new int[] {0, 1}, new int[] {2}, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> codec.encode(shards, -1, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatIllegalArgumentException().isThrownBy(() -> codec.encode(shards, 0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> codec.encode(new byte[2][1], 0, 1));
    assertThat(shards[2]).containsExactly(0);
  }

  @Test
  void arraysThatAreNeitherSourceNorMissingMayBeEmpty() {
    byte[][] shards = {{5}, {}, {9}, {}};
    byte[][] whole = {{5}, {7}, {0}, {0}};
    Codec.of(2, 2).encode(whole, 0, 1);
    shards[2] = whole[2];
    shards[1] = new byte[1];

    Codec.of(2, 2).rebuild(shards, new int[] {0, 2}, new int[] {1}, 0, 1);

    assertThat(shards[1]).containsExactly(7);
    assertThat(shards[3]).isEmpty();
  }

  private static int[] indexes(String text) {
    return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
  }

  private static byte[][] vector(int k, int m, String kind) throws IOException {
    var name = "/erasure/%d+%d.txt".formatted(k, m);
    try (var stream = CodecTest.class.getResourceAsStream(name)) {
      assertThat(stream).as(name).isNotNull();
      return new String(stream.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> line.startsWith(kind + " "))
          .map(line -> HexFormat.of().parseHex(line.substring(kind.length() + 1)))
          .toArray(byte[][]::new);
    }
  }
}
