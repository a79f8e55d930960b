package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.format.ShardChecker.Depth;
import io.kintsugi.format.ShardChecker.Expected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Shards that were written once and must be read for ever. A change here is a change of the
/// format: there is none without a new number.
final class GoldenShardTest {
  @ParameterizedTest
  @CsvSource({
    "1, 2, 0, 0",
    "1, 2, 0, 2",
    "1, 2, 1000, 0",
    "1, 2, 1000, 1",
    "6, 2, 131073, 5",
    "6, 2, 131073, 7"
  })
  void isReadAndWrittenToTheSameBytes(int k, int m, int size, int index) {
    var golden = golden("%d-%d-%d.%02d".formatted(k, m, size, index));
    var geometry = new Geometry(k, m);
    var report =
        ShardChecker.check(
            Depth.FORENSIC, new Expected(Samples.WRITE, index, null), Samples.KEYS, golden);
    assertThat(report.faults()).isEmpty();
    assertThat(report.verdict()).isEqualTo(ShardVerdict.HEALTHY);
    assertThat(Objects.requireNonNull(report.manifest()).draft())
        .isEqualTo(Samples.draft(Samples.WRITE, geometry, size));
    assertThat(Samples.files(Samples.WRITE, geometry, Samples.data(size)).get(index))
        .isEqualTo(golden);
  }

  @Test
  void theMarkerIsReadAndWrittenToTheSameBytes() {
    var marker = new Marker("cluster-1", "disk-1", "0123456789abcdef", 1, Samples.CREATED);
    var golden = golden("marker");
    assertThat(Marker.decode(golden, "cluster-1", Samples.KEYS))
        .isEqualTo(new Marker.Decoded.Ours(marker));
    assertThat(marker.encode(Samples.KEY)).isEqualTo(golden);
  }

  /// The parity of these shards comes from the matrix as it is defined: ones in the first row and
  /// column.
  @Test
  void theMatrixHasOnesInItsFirstRowAndColumn() {
    for (int k : List.of(2, 6, 16)) {
      for (int j = 0; j < k; j++) {
        assertThat(Samples.coefficient(k, 0, j)).isEqualTo(1);
      }
      assertThat(Samples.coefficient(k, 1, 0)).isEqualTo(1);
    }
  }

  private static byte[] golden(String name) {
    var path = "/format/" + name + ".hex";
    try (var in = Objects.requireNonNull(GoldenShardTest.class.getResourceAsStream(path), path)) {
      var text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return HexFormat.of().parseHex(text.replace("\n", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
