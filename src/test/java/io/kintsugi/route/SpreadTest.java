package io.kintsugi.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class SpreadTest {
  @Test
  void aKeyHasOneNumberForEver() {
    assertThat(Spread.of("photos", "2026/a.jpg", 0))
        .isEqualTo(Spread.of("photos", "2026/a.jpg", 0));
    assertThat(Spread.of("photos", "2026/a.jpg", 0)).isEqualTo(0x788c4aa43b7e173aL);
  }

  @Test
  void otherKeysBucketsAndPiecesHaveOthers() {
    var seen = new HashSet<Long>();
    for (int i = 0; i < 100_000; i++) {
      assertThat(seen.add(Spread.of("photos", "key-" + i, 0))).isTrue();
    }
    assertThat(seen.add(Spread.of("photos", "key-1", 1))).isTrue();
    assertThat(seen.add(Spread.of("photo", "s/key-1", 0))).isTrue();
    assertThat(seen.add(Spread.of("musik", "key-1", 0))).isTrue();
  }
}
