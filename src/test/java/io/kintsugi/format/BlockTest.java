package io.kintsugi.format;

import static io.kintsugi.format.Samples.OTHER_WRITE;
import static io.kintsugi.format.Samples.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.format.Block.Verdict;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class BlockTest {
  private static final int PAYLOAD = 100;
  private static final int AT = 10;
  private static final int LENGTH = 64 + PAYLOAD;

  private static byte[] block() {
    var bytes = new byte[AT + LENGTH + 5];
    System.arraycopy(Samples.data(PAYLOAD), 0, bytes, AT + 64, PAYLOAD);
    Block.encodeHead(bytes, AT, WRITE, 3, 4, 2, 9, PAYLOAD);
    return bytes;
  }

  @Test
  void standsByteForByteWhereTheFormatSays() {
    assertThat(HexFormat.of().formatHex(block(), AT + 4, AT + 64))
        .isEqualTo(
            "4b54424b" // KTBK
                + "0000000000000009" // number
                + "0123456789abcdeffedcba9876543210"
                + "03040200" // index, k, m
                + "00000064" // payload bytes
                + "00".repeat(24));
  }

  @Test
  void isGoodOnlyInItsOwnPlace() {
    var bytes = block();
    assertThat(verify(bytes, WRITE, 3, 4, 2, 9)).isEqualTo(Verdict.GOOD);
    assertThat(verify(bytes, OTHER_WRITE, 3, 4, 2, 9)).isEqualTo(Verdict.WRONG_WRITE);
    assertThat(verify(bytes, WRITE, 2, 4, 2, 9)).isEqualTo(Verdict.WRONG_INDEX);
    assertThat(verify(bytes, WRITE, 3, 5, 2, 9)).isEqualTo(Verdict.WRONG_GEOMETRY);
    assertThat(verify(bytes, WRITE, 3, 4, 1, 9)).isEqualTo(Verdict.WRONG_GEOMETRY);
    assertThat(verify(bytes, WRITE, 3, 4, 2, 8)).isEqualTo(Verdict.WRONG_NUMBER);
    assertThat(Block.verify(bytes, AT, LENGTH - 1, WRITE, 3, 4, 2, 9, PAYLOAD))
        .isEqualTo(Verdict.WRONG_LENGTH);
    assertThat(Block.verify(bytes, AT, LENGTH - 1, WRITE, 3, 4, 2, 9, PAYLOAD - 1))
        .isEqualTo(Verdict.BAD_CHECKSUM);
  }

  @Test
  void aHeadThatLiesUnderARightChecksumIsFound() {
    var length = block();
    length[AT + 39]++;
    assertThat(verify(resummed(length), WRITE, 3, 4, 2, 9)).isEqualTo(Verdict.WRONG_LENGTH);
    for (int unnamed : new int[] {35, 40, 47, 48, 55, 56, 63}) {
      var bytes = block();
      bytes[AT + unnamed] = 1;
      assertThat(verify(resummed(bytes), WRITE, 3, 4, 2, 9)).isEqualTo(Verdict.BAD_UNNAMED);
    }
  }

  @Test
  void noFlippedBitPasses() {
    for (int bit = 0; bit < LENGTH * 8; bit++) {
      var bytes = block();
      bytes[AT + bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(verify(bytes, WRITE, 3, 4, 2, 9)).isIn(Verdict.BAD_CHECKSUM, Verdict.BAD_MAGIC);
    }
  }

  @Test
  void zerosAreNoBlock() {
    assertThat(verify(new byte[AT + LENGTH], WRITE, 3, 4, 2, 9)).isEqualTo(Verdict.BAD_MAGIC);
  }

  private static Verdict verify(byte[] bytes, WriteId id, int index, int k, int m, long number) {
    return Block.verify(bytes, AT, LENGTH, id, index, k, m, number, PAYLOAD);
  }

  private static byte[] resummed(byte[] bytes) {
    var sum = new CRC32C();
    sum.update(bytes, AT + 4, LENGTH - 4);
    ByteBuffer.wrap(bytes).putInt(AT, (int) sum.getValue());
    return bytes;
  }
}
