package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ShardHeaderTest {
  private static final ShardHeader HEADER =
      ShardHeader.of(Samples.WRITE, 7, new Striping(new Geometry(6, 2), 131_073), 1234);

  @Test
  void standsByteForByteWhereTheFormatSays() {
    assertThat(HexFormat.of().formatHex(HEADER.encode(), 0, 56))
        .isEqualTo(
            "4b54534753485244" // KTSGSHRD
                + "0001" // format
                + "07060201" // index, k, m, matrix
                + "0000"
                + "0123456789abcdeffedcba9876543210"
                + "0000000000020001" // segment bytes
                + "0003ffc0" // 262,080
                + "00000001" // blocks
                + "00005556" // last cell
                + "000004d2"); // footer bytes
    assertThat(HEADER.encodeFileHead()).hasSize(4096).startsWith(HEADER.encode());
  }

  @Test
  void isReadAsItWasWritten() {
    var bytes = new byte[200];
    System.arraycopy(HEADER.encode(), 0, bytes, 50, 128);
    assertThat(ShardHeader.decode(bytes, 50)).isEqualTo(new ShardHeader.Decoded.Ok(HEADER));
    assertThat(ShardHeader.decode(bytes, 73)).isEqualTo(bad(ShardHeader.Problem.TOO_SHORT));
  }

  @Test
  void noFlippedBitPasses() {
    for (int bit = 0; bit < 128 * 8; bit++) {
      var bytes = HEADER.encode();
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(ShardHeader.decode(bytes, 0))
          .isEqualTo(
              bad(bit < 64 ? ShardHeader.Problem.BAD_MAGIC : ShardHeader.Problem.BAD_CHECKSUM));
    }
  }

  /// One byte changed under a checksum that is right.
  @ParameterizedTest
  @CsvSource({
    "9, 2, UNKNOWN_FORMAT",
    "13, 2, UNKNOWN_FORMAT",
    "10, 8, BAD_FIELDS",
    "10, 255, BAD_FIELDS",
    "11, 0, BAD_FIELDS",
    "11, 17, BAD_FIELDS",
    "12, 9, BAD_FIELDS",
    "14, 1, BAD_FIELDS",
    "15, 1, BAD_FIELDS",
    "32, 1, BAD_FIELDS",
    "39, 9, BAD_FIELDS",
    "43, 193, BAD_FIELDS",
    "47, 2, BAD_FIELDS",
    "51, 1, BAD_FIELDS",
    "52, 1, BAD_FIELDS",
    "56, 1, BAD_FIELDS",
    "123, 1, BAD_FIELDS"
  })
  void fieldsThatContradictEachOtherOrAreUnnamedAreRefused(
      int at, int value, ShardHeader.Problem problem) {
    var bytes = HEADER.encode();
    bytes[at] = (byte) value;
    var sum = new CRC32C();
    sum.update(bytes, 0, 124);
    ByteBuffer.wrap(bytes).putInt(124, (int) sum.getValue());
    assertThat(ShardHeader.decode(bytes, 0)).isEqualTo(bad(problem));
  }

  @Test
  void cannotBeMadeOfFieldsThatContradictEachOther() {
    assertThatThrownBy(() -> new ShardHeader(Samples.WRITE, 0, 1, 0, 10, 1, 9, 500))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> HEADER.withIndex(8)).isInstanceOf(IllegalArgumentException.class);
  }

  private static ShardHeader.Decoded bad(ShardHeader.Problem problem) {
    return new ShardHeader.Decoded.Bad(problem);
  }
}
