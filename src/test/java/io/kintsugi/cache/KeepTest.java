package io.kintsugi.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.cache.CacheConfig.Mode;
import io.kintsugi.cache.Keep.Reason;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// B7: of what a copy is kept.
class KeepTest {
  private static final long PLENTY = 1L << 40;

  private static CacheConfig config(Mode mode, long limitBytes) {
    return new CacheConfig(Path.of("cache"), mode, limitBytes);
  }

  @Test
  void nothingIsKeptWhereTheCacheIsOff() {
    assertThat(Keep.decide(config(Mode.OFF, 1 << 20), 1, true, false, false, PLENTY))
        .isEqualTo(Reason.OFF);
    assertThat(Keep.decide(config(Mode.ALL, 0), 0, true, false, false, PLENTY))
        .isEqualTo(Reason.OFF);
  }

  @Test
  void whatLiesOnLocalOriginsAloneIsKeptOnlyWhereAllIs() {
    assertThat(Keep.decide(config(Mode.REMOTE, 1 << 20), 1, false, false, false, PLENTY))
        .isEqualTo(Reason.LOCAL);
    assertThat(Keep.decide(config(Mode.REMOTE, 1 << 20), 1, true, false, false, PLENTY))
        .isEqualTo(Reason.WANTED);
    assertThat(Keep.decide(config(Mode.ALL, 1 << 20), 1, false, false, false, PLENTY))
        .isEqualTo(Reason.WANTED);
  }

  @Test
  void oneCopyDoesNotPushOutAllOthers() {
    var config = config(Mode.ALL, 1 << 20);
    long largest = (1 << 20) / Keep.LARGEST_SHARE;
    assertThat(Keep.decide(config, largest, true, false, false, PLENTY))
        .isEqualTo(Reason.TOO_LARGE);
    assertThat(Keep.decide(config, largest - 100, true, false, false, PLENTY))
        .isEqualTo(Reason.WANTED);
  }

  @Test
  void aCopyIsMadeOnceAndRoomIsLeftToOthers() {
    var config = config(Mode.ALL, 1 << 20);
    assertThat(Keep.decide(config, 1, true, true, false, PLENTY)).isEqualTo(Reason.THERE);
    assertThat(Keep.decide(config, 1, true, false, true, PLENTY)).isEqualTo(Reason.BUSY);
    assertThat(Keep.decide(config, 1, true, false, false, Keep.SPARE_BYTES))
        .isEqualTo(Reason.DISK_FULL);
  }
}
