package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class MarkerTest {
  private static final Marker MARKER =
      new Marker("cluster-1", "disk \"Süd\"", "0123456789abcdef", 1, Samples.CREATED);

  private static Marker.Decoded decode(byte[] bytes) {
    return Marker.decode(bytes, "cluster-1", Samples.KEYS);
  }

  @Test
  void isOursWhenOurKeyVerifiesIt() {
    assertThat(decode(MARKER.encode(Samples.KEY))).isEqualTo(new Marker.Decoded.Ours(MARKER));
    assertThat(new String(MARKER.encode(Samples.KEY), StandardCharsets.UTF_8))
        .startsWith(
            "{\"format\":1,\"cluster_id\":\"cluster-1\",\"origin_id\":\"disk \\\"Süd\\\"\","
                + "\"incarnation\":\"0123456789abcdef\","
                + "\"created\":\"2026-03-01T12:34:56.789Z\",\"key_id\":\"");
  }

  @Test
  void isForeignWhenItNamesAnotherCluster() {
    var foreign = new Marker("cluster-2", "disk-1", "0".repeat(16), 1, Samples.CREATED);
    assertThat(decode(foreign.encode(Samples.OTHER_KEY)))
        .isEqualTo(new Marker.Decoded.Foreign(foreign));
  }

  @Test
  void saysThatTheKeyIsWrongWhenItIs() {
    assertThat(decode(MARKER.encode(Samples.OTHER_KEY)))
        .isEqualTo(new Marker.Decoded.WrongKey(MARKER));
    var forged = MARKER.encode(Samples.KEY);
    int last = forged.length - 3;
    forged[last] = (byte) (forged[last] == '0' ? '1' : '0');
    assertThat(decode(forged)).isEqualTo(new Marker.Decoded.WrongKey(MARKER));
  }

  @Test
  void noFlippedBitAndNoCutPasses() {
    var whole = MARKER.encode(Samples.KEY);
    for (int bit = 0; bit < whole.length * 8; bit++) {
      var bytes = whole.clone();
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(decode(bytes)).as("bit %d", bit).isNotInstanceOf(Marker.Decoded.Ours.class);
    }
    for (int length = 0; length < whole.length; length++) {
      assertThat(decode(Arrays.copyOf(whole, length)))
          .isInstanceOf(Marker.Decoded.Unreadable.class);
    }
    assertThat(decode(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(Marker.Decoded.Unreadable.class);
    assertThat(decode(new byte[5000])).isInstanceOf(Marker.Decoded.Unreadable.class);
  }

  @Test
  void isNotMadeOfNonsense() {
    assertThatThrownBy(() -> new Marker("", "o", "0".repeat(16), 1, Samples.CREATED))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Marker("c", "o", "0".repeat(15), 1, Samples.CREATED))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
