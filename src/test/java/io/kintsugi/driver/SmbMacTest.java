package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;

import com.hierynomus.security.bc.BCSecurityProvider;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// By what SMB messages are signed (B9).
class SmbMacTest {
  private static final byte[] KEY = HexFormat.of().parseHex("2b7e151628aed2a6abf7158809cf4f3c");
  private static final byte[] MESSAGE =
      HexFormat.of()
          .parseHex(
              "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                  + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");

  /// RFC 4493, section 4.
  @ParameterizedTest
  @CsvSource({
    "0, bb1d6929e95937287fa37d129b756746",
    "16, 070a16b46b4d4144f79bdd9dd04a287c",
    "40, dfa66747de9ae63030ca32611497c827",
    "64, 51f0bebf7e3b9d92fc49741779363cfe"
  })
  void itIsTheOneOfTheStandard(int length, String wanted) throws Exception {
    var mac = new SmbMac();
    mac.init(KEY);
    mac.update(MESSAGE, 0, length);
    assertThat(HexFormat.of().formatHex(mac.doFinal())).isEqualTo(wanted);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void inPiecesOfAnySizeItIsWhatTheLibraryMakesOfTheWhole(long seed) throws Exception {
    var random = new Random(seed);
    var key = new byte[16];
    var mac = new SmbMac();
    for (int round = 0; round < 300; round++) {
      random.nextBytes(key);
      var message = new byte[random.nextInt(70_000)];
      random.nextBytes(message);
      var wanted = new BCSecurityProvider().getMac("AesCmac");
      wanted.init(key);
      wanted.update(message);
      mac.init(key);
      for (int at = 0; at < message.length; ) {
        int length = Math.min(message.length - at, 1 + random.nextInt(40_000));
        if (length == 1) {
          mac.update(message[at]);
        } else {
          mac.update(message, at, length);
        }
        at += length;
      }
      assertThat(mac.doFinal()).isEqualTo(wanted.doFinal());
    }
  }

  @Test
  void itBeginsAnewAfterEachMessageAndWhenItIsReset() throws Exception {
    var mac = new SmbMac();
    mac.init(KEY);
    mac.update(MESSAGE);
    var first = mac.doFinal();
    mac.update(MESSAGE, 0, 33);
    mac.reset();
    for (byte b : MESSAGE) {
      mac.update(b);
    }
    assertThat(mac.doFinal()).isEqualTo(first).isNotEqualTo(Arrays.copyOf(KEY, 16));
  }
}
