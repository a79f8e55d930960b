package io.kintsugi.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// C4: blocks are addressed by what they are. The texts are those of the multiformats and IPFS
/// specifications, and of other programs for the same bytes.
class CidTest {
  private static final String NOTHING =
      "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

  @ParameterizedTest
  @CsvSource({
    "'', " + NOTHING,
    "hello, bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq",
    "hello world, bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
  })
  @DisplayName("C4: a block has the CID that everybody else gives it")
  void aBlockHasTheNameThatEverybodyGivesIt(String content, String cid) {
    var named = Cid.of(ByteBuffer.wrap(content.getBytes(UTF_8)));
    assertThat(named.text()).isEqualTo(cid).hasSize(59);
    assertThat(Cid.parse(cid)).isEqualTo(named);
  }

  @Test
  @DisplayName("C4: the same CID in another base is the same block")
  void theSameNameIsReadInOtherBases() {
    // The example of the CID specification: zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA.
    var cid = Cid.parse("zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA");
    assertThat(cid.sha256())
        .isEqualTo("6e6ff7950a36187a801613426e858dce686cd7d7e3c0fc42ee0330072d245c95");
    assertThat(Cid.parse("f01551220" + cid.sha256())).isEqualTo(cid);
    assertThat(Cid.parse("F01551220" + cid.sha256().toUpperCase(Locale.ROOT))).isEqualTo(cid);
    assertThat(Cid.parse("B" + cid.text().substring(1).toUpperCase(Locale.ROOT))).isEqualTo(cid);
    assertThat(Cid.parse(cid.text())).isEqualTo(cid);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsWrittenIsReadBack(long seed) {
    var random = new java.util.SplittableRandom(seed);
    for (int i = 0; i < 1000; i++) {
      var cid = random(random);
      assertThat(Cid.parse(cid.text())).isEqualTo(cid);
    }
  }

  private static Cid random(RandomGenerator random) {
    var bytes = new byte[random.nextInt(100)];
    random.nextBytes(bytes);
    return Cid.of(ByteBuffer.wrap(bytes));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG | version 0",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi | raw bytes",
        "zBwWX8xXYW8MH1 | version 1",
        "b | looks like",
        "'' | looks like",
        "hello | base32",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk | cut short",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykuaaaaaaaa | SHA-256",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykv | cut short",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyK1 | letter",
        "f0155122E | mixes"
      })
  void whatIsNoNameOfABlockIsRefused(String text, String why) {
    assertThatThrownBy(() -> Cid.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void theNameOfNothingIsKnownByHeart() {
    assertThat(Cid.of(ByteBuffer.allocate(0)).text()).isEqualTo(NOTHING);
  }
}
