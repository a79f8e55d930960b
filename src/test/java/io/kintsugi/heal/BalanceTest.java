package io.kintsugi.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.RegistryContract.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What would have to move to even origins out (C6).
class BalanceTest {
  private static final long MB = 1_000_000;

  private static OriginState origin(String id, String domain, long free) {
    return new OriginState(
        id,
        "local",
        "/" + id,
        domain,
        100,
        "healthy",
        "ours",
        "1".repeat(16),
        true,
        100 * MB,
        free,
        -1,
        1,
        1,
        0,
        Instant.EPOCH,
        null,
        null,
        List.of());
  }

  private static Known shard(int index, String origin) {
    var location = new Location(index, "a" + index, origin, "1".repeat(16), true);
    return Known.of(location, Evidence.HEALTHY, true, "");
  }

  private static final List<OriginState> THREE =
      List.of(origin("a", "a", 20 * MB), origin("b", "b", 70 * MB), origin("c", "c", 100 * MB));
  private static final Map<String, Usage> USED =
      Map.of("a", new Usage(80 * MB, 0, 8), "b", new Usage(30 * MB, 0, 3));

  @Test
  void whatIsTooMuchAndWhatIsLackingAddUp() {
    var balance = Balance.of(THREE, USED, null);
    assertThat(balance.excess()).containsOnlyKeys("a");
    assertThat(balance.lack()).containsOnlyKeys("b", "c");
    long due = 110 * MB / 3;
    assertThat(balance.excess().get("a")).isBetween(80 * MB - due - 2, 80 * MB - due + 2);
    assertThat(balance.lack().values().stream().mapToLong(l -> l).sum())
        .isBetween(80 * MB - due - 4, 80 * MB - due + 4);
  }

  @Test
  void whatIsEvenIsLeftAlone() {
    var even = Map.of("a", new Usage(20 * MB, 0, 2), "b", new Usage(20 * MB, 0, 2));
    var two = List.of(origin("a", "a", 80 * MB), origin("b", "b", 80 * MB));
    assertThat(Balance.of(two, even, null).isEven()).isTrue();
    assertThat(Balance.of(List.of(), Map.of(), null).isEven()).isTrue();
  }

  @Test
  void towardsANewOneOnlyThatIsFilled() {
    var balance = Balance.of(THREE, USED, "c");
    assertThat(balance.lack()).containsOnlyKeys("c");
    assertThat(Balance.of(THREE, USED, "b").lack()).containsOnlyKeys("b");
    assertThat(Balance.of(THREE, USED, "a").excess()).containsOnlyKeys("a");
  }

  @Test
  void theMoveThatHelpsMostIsChosenAndDomainsStayDistinct() {
    var balance = Balance.of(THREE, USED, null);
    var move = balance.choose(List.of(shard(0, "a"), shard(1, "b")), THREE, MB);
    assertThat(move).isNotNull();
    assertThat(move.index()).isZero();
    assertThat(move.to().id()).isEqualTo("c");
    assertThat(balance.choose(List.of(shard(0, "a"), shard(1, "b"), shard(2, "c")), THREE, MB))
        .isNull();
    assertThat(balance.choose(List.of(shard(0, "b")), THREE, MB)).isNull();
    assertThat(balance.choose(List.of(shard(0, "a")), THREE, 500 * MB)).isNull();
  }

  @Test
  void whatWasMovedCountsAtOnce() {
    var balance = Balance.of(THREE, USED, null).less("a", "c", 40 * MB);
    assertThat(balance.excess().get("a")).isLessThan(4 * MB);
    assertThat(balance.choose(List.of(shard(0, "a")), THREE, 20 * MB)).isNull();
  }
}
