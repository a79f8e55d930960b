package io.kintsugi.catalog;

import static io.kintsugi.catalog.Recount.JOIN;
import static io.kintsugi.catalog.Recount.NEEDED;
import static io.kintsugi.catalog.Recount.UNLESS_WORSE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// When the rows are counted again (G5).
class RecountTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void aCountThatCostsNothingIsMadeForEachWhoAsks() {
    assertThat(Recount.decide(0, SECOND / 100)).isEqualTo(NEEDED);
    assertThat(Recount.decide(0, Recount.CHEAP_NANOS)).isEqualTo(NEEDED);
  }

  @Test
  void aCountThatCostsMuchTakesOnePartOfTheTimeInTen() {
    assertThat(Recount.decide(4 * SECOND, 3 * SECOND)).isEqualTo(UNLESS_WORSE);
    assertThat(Recount.decide(30 * SECOND, 3 * SECOND)).isEqualTo(UNLESS_WORSE);
    assertThat(Recount.decide(30 * SECOND + 1, 3 * SECOND)).isEqualTo(NEEDED);
  }

  @Test
  void whoAsksWhileALongCountIsUnderWayWaitsForItAndStartsNoOther() {
    assertThat(Recount.decide(SECOND / 10, -1)).isEqualTo(NEEDED);
    assertThat(Recount.decide(SECOND, -1)).isEqualTo(JOIN);
  }
}
