package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.format.ClusterKey.Purpose;
import io.kintsugi.format.Footer.Decoded;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class FooterTest {
  private static final Manifest MANIFEST =
      Samples.draft(Samples.WRITE, new Geometry(2, 1), 600_000)
          .seal("0".repeat(32), null, Collections.nCopies(3, "1".repeat(64)));
  private static final byte[] FOOTER = Footer.encode(MANIFEST, Samples.KEY);

  @Test
  void standsByteForByteWhereTheFormatSays() {
    var json = MANIFEST.toCanonicalJson();
    var trailer = ByteBuffer.wrap(FOOTER, json.length, 48).slice();
    assertThat(FOOTER).hasSize(json.length + 48).startsWith(json);
    assertThat(trailer.getInt(0)).isEqualTo(json.length);
    assertThat(trailer.getInt(4)).isEqualTo(2);
    assertThat(trailer.getInt(8)).isEqualTo(Samples.KEY.keyId());
    var sum = new CRC32C();
    sum.update(FOOTER, 0, json.length + 12);
    assertThat(trailer.getInt(12)).isEqualTo((int) sum.getValue());
    assertThat(Arrays.copyOfRange(FOOTER, json.length + 16, FOOTER.length))
        .isEqualTo(Samples.KEY.mac(Purpose.FOOTER, FOOTER, 0, json.length + 16));
  }

  @Test
  void isReadAsItWasWrittenByEachKeyOfTheRing() {
    assertThat(Footer.decode(FOOTER, Samples.KEYS)).isEqualTo(new Decoded.Ok(MANIFEST));
    var ring = KeyRing.of(Samples.OTHER_KEY, Samples.KEY);
    assertThat(Footer.decode(FOOTER, ring)).isEqualTo(new Decoded.Ok(MANIFEST));
  }

  @Test
  void aKeyThatIsNotKnownIsSaidToBeSo() {
    assertThat(Footer.decode(FOOTER, KeyRing.of(Samples.OTHER_KEY)))
        .isEqualTo(new Decoded.UnknownKey(Samples.KEY.keyId()));
  }

  /// A checksum alone does not make a footer ours.
  @Test
  void aForgedManifestUnderARightChecksumHasABadMac() {
    var forged = FOOTER.clone();
    var needle = "photos".getBytes(StandardCharsets.UTF_8);
    int at = new String(forged, StandardCharsets.ISO_8859_1).indexOf("photos");
    assertThat(Arrays.copyOfRange(forged, at, at + needle.length)).isEqualTo(needle);
    forged[at] = 'f';
    resum(forged);
    assertThat(Footer.decode(forged, Samples.KEYS)).isEqualTo(new Decoded.BadMac());
  }

  @Test
  void lengthAndBlocksMustAgreeWithTheManifestEvenUnderAGoodMac() {
    int trailer = FOOTER.length - 48;
    for (int field : new int[] {trailer, trailer + 4}) {
      var wrong = FOOTER.clone();
      wrong[field + 3]++;
      resum(wrong);
      remac(wrong);
      assertThat(Footer.decode(wrong, Samples.KEYS)).isInstanceOf(Decoded.Malformed.class);
    }
  }

  @Test
  void aLaterFormatIsNoDamage() {
    var later = FOOTER.clone();
    later["{\"format\":".length()] = '2';
    resum(later);
    remac(later);
    assertThat(Footer.decode(later, Samples.KEYS)).isEqualTo(new Decoded.UnknownFormat());
  }

  @Test
  void noFlippedBitAndNoOtherLengthPasses() {
    for (int bit = 0; bit < FOOTER.length * 8; bit++) {
      var bytes = FOOTER.clone();
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(Footer.decode(bytes, Samples.KEYS))
          .isIn(new Decoded.BadChecksum(), new Decoded.BadMac());
    }
    for (int length = 0; length < FOOTER.length; length++) {
      assertThat(Footer.decode(FOOTER, 0, length, Samples.KEYS)).isNotInstanceOf(Decoded.Ok.class);
    }
    assertThat(Footer.decode(Arrays.copyOf(FOOTER, FOOTER.length + 1), Samples.KEYS))
        .isEqualTo(new Decoded.BadChecksum());
  }

  private static void resum(byte[] footer) {
    var sum = new CRC32C();
    sum.update(footer, 0, footer.length - 36);
    ByteBuffer.wrap(footer).putInt(footer.length - 36, (int) sum.getValue());
  }

  private static void remac(byte[] footer) {
    var mac = Samples.KEY.mac(Purpose.FOOTER, footer, 0, footer.length - 32);
    System.arraycopy(mac, 0, footer, footer.length - 32, 32);
  }
}
