package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.format.JournalRecord.Decoded;
import io.kintsugi.format.JournalRecord.Kind;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalRecordTest {
  private static final ClusterKey KEY = ClusterKey.parse("5a".repeat(32));
  private static final KeyRing KEYS = KeyRing.of(KEY);
  private static final JournalRecord RECORD =
      new JournalRecord(Kind.CHANGES, 7, 41, 43, 3, "{\"cluster\":\"ü\"}\n{}\n{}\n{}\n");

  @Test
  void whatWasWrittenIsRead() {
    var bytes = RECORD.encode(KEY);
    assertThat(JournalRecord.decode(bytes, 0, bytes.length, KEYS))
        .isEqualTo(new Decoded.Ok(RECORD, bytes.length));
    var shifted = new byte[bytes.length + 20];
    System.arraycopy(bytes, 0, shifted, 10, bytes.length);
    assertThat(JournalRecord.decode(shifted, 10, shifted.length, KEYS))
        .isEqualTo(new Decoded.Ok(RECORD, bytes.length));
  }

  @Test
  void aRecordThatWasCutShortAnywhereIsTorn() {
    var bytes = RECORD.encode(KEY);
    for (int end = 0; end < bytes.length; end++) {
      assertThat(JournalRecord.decode(bytes, 0, end, KEYS)).isInstanceOf(Decoded.Torn.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noFlippedBitIsBelieved(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      var bytes = RECORD.encode(KEY);
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      assertThat(JournalRecord.decode(bytes, 0, bytes.length, KEYS))
          .isNotInstanceOf(Decoded.Ok.class);
    }
  }

  @Test
  void whatAnotherKeySealedIsUnknown() {
    var bytes = RECORD.encode(ClusterKey.parse("6b".repeat(32)));
    assertThat(JournalRecord.decode(bytes, 0, bytes.length, KEYS))
        .isInstanceOf(Decoded.Unknown.class);
  }

  @Test
  void theNextRecordIsFoundAlsoWhereOnlyItsBeginningIsThere() {
    var bytes = RECORD.encode(KEY);
    var noise = Arrays.copyOf(new byte[] {1, 2, 3}, 3 + bytes.length);
    System.arraycopy(bytes, 0, noise, 3, bytes.length);
    assertThat(JournalRecord.find(noise, 0)).isEqualTo(3);
    assertThat(JournalRecord.find(noise, 4)).isEqualTo(noise.length);
    assertThat(JournalRecord.find(Arrays.copyOf(noise, 6), 0)).isEqualTo(3);
  }

  @Test
  void namesAreReadBackAndNothingElseIs() {
    for (var name :
        new JournalName[] {new JournalName(-1, 1, false), new JournalName(5, 9, true)}) {
      assertThat(JournalName.parse(name.fileName())).contains(name);
    }
    assertThat(JournalName.parse("notes.txt")).isEmpty();
    assertThat(JournalName.parse("../journal")).isEmpty();
  }
}
