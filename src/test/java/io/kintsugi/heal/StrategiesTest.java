package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The five names of a repair (A6), and when a task is tried again.
class StrategiesTest {
  private static Known lost(int index) {
    return Known.of(new Location(index, "a", "disk", "1", true), Evidence.MISSING, true, "");
  }

  private static Known manifest(int index) {
    return new Known(new Location(index, "a", "disk", "1", true), Evidence.CORRUPT, true, true, "");
  }

  @Test
  void aRepairIsNamedByWhatItWasBuiltFrom() {
    var layout = new Layout(4, 2);
    assertThat(Strategies.name(layout, List.of())).isNull();
    assertThat(Strategies.name(layout, List.of(lost(5)))).isEqualTo("DataShardRepair");
    assertThat(Strategies.name(layout, List.of(lost(0), lost(3)))).isEqualTo("ParityShardRepair");
    assertThat(Strategies.name(layout, List.of(lost(3), lost(4)))).isEqualTo("HybridRepair");
    assertThat(Strategies.name(layout, List.of(manifest(0), manifest(5))))
        .isEqualTo("ManifestRepair");
    assertThat(Strategies.name(layout, List.of(manifest(0), lost(5)))).isEqualTo("DataShardRepair");
  }

  @Test
  void copiesAreReplicas() {
    var layout = new Layout(1, 2);
    assertThat(Strategies.name(layout, List.of(lost(0), lost(2)))).isEqualTo("ReplicaRepair");
    assertThat(Strategies.name(layout, List.of(manifest(1)))).isEqualTo("ManifestRepair");
  }

  @ParameterizedTest
  @CsvSource({
    "1,PT5S",
    "2,PT30S",
    "3,PT1M",
    "4,PT2M",
    "5,PT4M",
    "9,PT64M",
    "10,PT64M",
    "500,PT64M"
  })
  void retriesComeSoonAndThenEverMoreSeldom(int attempt, Duration delay) {
    assertThat(Backoff.after(attempt)).isEqualTo(delay);
  }

  @Test
  void aRebuiltStripeIsThatOfTheWriter() {
    var stored = HealFixture.segment(new Layout(4, 2), 3_000_000, 7);
    var header = FooterSearch.header(stored.segment(), 0);
    for (int stripe = 0; stripe < header.blocks(); stripe++) {
      int at = stripe;
      var built =
          Stripe.rebuild(
              header,
              stripe,
              HealFixture.blocks(stored, at, 1, 2, 4, 5),
              HealFixture.digests(header, 0, 3));
      assertThat(built.bad()).isEmpty();
      for (int lost : new int[] {0, 3}) {
        assertThat(built.blocks().get(lost))
            .isEqualTo(HealFixture.blocks(stored, at, lost).get(lost));
      }
    }
  }

  @Test
  void aStripeWithOneWrongBitBuildsNothing() {
    var stored = HealFixture.segment(new Layout(4, 2), 500_000, 7);
    var header = FooterSearch.header(stored.segment(), 0);
    var blocks = HealFixture.blocks(stored, 0, 0, 1, 2, 3);
    var bad =
        Arrays.copyOf(
            blocks.getOrDefault(2, new byte[0]), blocks.getOrDefault(2, new byte[0]).length);
    bad[100] ^= 1;
    blocks.put(2, bad);
    var built = Stripe.rebuild(header, 0, blocks, HealFixture.digests(header, 5));
    assertThat(built.bad()).containsExactly(2);
    assertThat(built.blocks()).isEmpty();
  }
}
