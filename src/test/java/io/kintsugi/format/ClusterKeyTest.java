package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.format.ClusterKey.Purpose;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

final class ClusterKeyTest {
  private static final byte[] TEXT = "some bytes".getBytes(StandardCharsets.UTF_8);

  /// RFC 5869 by its two HMAC steps, beside the JDK's own HKDF.
  private static byte[] hkdf(byte[] secret, String info) throws GeneralSecurityException {
    var extracted = hmac(new byte[32], secret);
    var block = Samples.concat(info.getBytes(StandardCharsets.US_ASCII), new byte[] {1});
    return hmac(extracted, block);
  }

  private static byte[] hmac(byte[] key, byte[] text) throws GeneralSecurityException {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text);
  }

  @Test
  void everyPurposeHasItsOwnKeyByRfc5869() throws GeneralSecurityException {
    var secret = HexFormat.of().parseHex(Samples.KEY.revealHex());
    assertThat(Samples.KEY.mac(Purpose.FOOTER, TEXT))
        .isEqualTo(hmac(hkdf(secret, "kintsugi/footer/1"), TEXT));
    assertThat(Samples.KEY.mac(Purpose.MARKER, TEXT))
        .isEqualTo(hmac(hkdf(secret, "kintsugi/marker/1"), TEXT));
    assertThat(Samples.KEY.mac(Purpose.JOURNAL, TEXT))
        .isEqualTo(hmac(hkdf(secret, "kintsugi/journal/1"), TEXT));
    assertThat(Samples.KEY.mac(Purpose.WRAP, TEXT))
        .isEqualTo(hmac(hkdf(secret, "kintsugi/wrap/1"), TEXT));
    assertThat(Samples.KEY.keyId())
        .isEqualTo(ByteBuffer.wrap(hkdf(secret, "kintsugi/id/1")).getInt());
  }

  @Test
  void verifiesItsOwnMacAlone() {
    var mac = Samples.KEY.mac(Purpose.FOOTER, TEXT);
    assertThat(Samples.KEY.verifies(Purpose.FOOTER, TEXT, mac)).isTrue();
    assertThat(Samples.KEY.verifies(Purpose.MARKER, TEXT, mac)).isFalse();
    assertThat(Samples.OTHER_KEY.verifies(Purpose.FOOTER, TEXT, mac)).isFalse();
    assertThat(Samples.KEY.verifies(Purpose.FOOTER, TEXT, new byte[0])).isFalse();
  }

  @Test
  void neverShowsItselfUnasked() {
    var key = ClusterKey.generate(new SecureRandom());
    assertThat(key.toString()).doesNotContain(key.revealHex().substring(0, 8));
    assertThat(ClusterKey.parse(key.revealHex())).isEqualTo(key).hasSameHashCodeAs(key);
    assertThat(key).isNotEqualTo(ClusterKey.generate(new SecureRandom()));
    String wrong = "secret".repeat(10);
    assertThatThrownBy(() -> ClusterKey.parse(wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void aRingFindsOldKeysAndWritesWithTheFirst() {
    var ring = KeyRing.of(Samples.KEY, Samples.OTHER_KEY);
    assertThat(ring.current()).isEqualTo(Samples.KEY);
    assertThat(ring.find(Samples.OTHER_KEY.keyId())).isEqualTo(Samples.OTHER_KEY);
    assertThat(Samples.KEYS.find(Samples.OTHER_KEY.keyId())).isNull();
  }
}
