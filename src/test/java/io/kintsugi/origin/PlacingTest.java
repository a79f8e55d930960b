package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.origin.Placing.Reason;
import io.kintsugi.origin.Placing.Strategy;
import io.kintsugi.origin.Placing.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where shards go (C1), whatever the strategy and with each.
class PlacingTest {
  private static final long TOTAL = 1000L << 30;

  /// An origin that can be written, to be spoiled in one respect.
  private record Disk(
      String id,
      String domain,
      int priority,
      String health,
      String marker,
      boolean writable,
      long free,
      double p50) {
    static Disk of(int number) {
      var id = "disk-" + number;
      return new Disk(id, id, 100, "healthy", "ours", true, TOTAL, 10);
    }

    OriginState state() {
      return new OriginState(
          id,
          "local",
          "/" + id,
          domain,
          priority,
          health,
          marker,
          "1".repeat(16),
          writable,
          TOTAL,
          free,
          -1,
          p50,
          p50,
          0,
          Instant.EPOCH,
          null,
          null,
          List.of());
    }

    Disk domain(String other) {
      return new Disk(id, other, priority, health, marker, writable, free, p50);
    }

    Disk priority(int other) {
      return new Disk(id, domain, other, health, marker, writable, free, p50);
    }

    Disk health(String other) {
      return new Disk(id, domain, priority, other, marker, writable, free, p50);
    }

    Disk marker(String other) {
      return new Disk(id, domain, priority, health, other, writable, free, p50);
    }

    Disk readOnly() {
      return new Disk(id, domain, priority, health, marker, false, free, p50);
    }

    Disk free(long bytes) {
      return new Disk(id, domain, priority, health, marker, writable, bytes, p50);
    }

    Disk p50(double millis) {
      return new Disk(id, domain, priority, health, marker, writable, free, millis);
    }
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void onlyWhatCanBeWrittenIsTakenAndEveryRefusalSaysWhy(Strategy strategy) {
    var disks =
        List.of(
            Disk.of(1),
            Disk.of(2).marker("blank"),
            Disk.of(3).health("unhealthy"),
            Disk.of(4).health("unknown"),
            Disk.of(5).readOnly(),
            Disk.of(6).free(Placing.RESERVE_BYTES + 999),
            Disk.of(7),
            Disk.of(8).domain("disk-7"),
            Disk.of(9).free(Placing.RESERVE_BYTES + 1000));
    var decision = decide(disks, 9, List.of("disk-7"), strategy, 5);
    assertThat(ids(decision.chosen())).containsExactlyInAnyOrder("disk-1", "disk-9");
    assertThat(decision.verdicts())
        .containsExactlyInAnyOrder(
            new Verdict("disk-1", Reason.CHOSEN),
            new Verdict("disk-2", Reason.NOT_OURS),
            new Verdict("disk-3", Reason.UNHEALTHY),
            new Verdict("disk-4", Reason.UNHEALTHY),
            new Verdict("disk-5", Reason.NOT_WRITABLE),
            new Verdict("disk-6", Reason.NO_ROOM),
            new Verdict("disk-7", Reason.AVOIDED),
            new Verdict("disk-8", Reason.DOMAIN_TAKEN),
            new Verdict("disk-9", Reason.CHOSEN));
    assertThat(decision.full()).isEqualTo(1);
  }

  @Test
  void eachOriginKeepsItsOwnReserve() {
    var disks = List.of(Disk.of(1).free(1999), Disk.of(2).free(2000), Disk.of(3).free(2000));
    var wanted = new Place(3, List.of(), "", 1000, 0);
    var reserves = Map.of("disk-1", keeping("disk-1"), "disk-2", keeping("disk-2"));
    var decision =
        Placing.decide(
            disks.stream().map(Disk::state).toList(),
            reserves,
            PoolConfig.DEFAULT,
            wanted,
            Strategy.ROUND_ROBIN);
    assertThat(ids(decision.chosen())).containsExactly("disk-2");
    assertThat(decision.full()).isEqualTo(2);
  }

  @Test
  void aFullOriginIsNotCountedWhereItsDomainIsTaken() {
    var disks =
        List.of(Disk.of(1).free(0), Disk.of(2).domain("disk-1"), Disk.of(3).free(0).readOnly());
    var decision = decide(disks, 3, List.of(), Strategy.ROUND_ROBIN, 0);
    assertThat(ids(decision.chosen())).containsExactly("disk-2");
    assertThat(decision.full()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noTwoShareADomainAndNeverMoreThanAskedWhateverIsThere(long seed) {
    var random = new Random(seed);
    var strategies = List.of(Strategy.values());
    for (int round = 0; round < 200; round++) {
      var disks = new ArrayList<Disk>();
      for (int i = 0; i < random.nextInt(12); i++) {
        disks.add(Disk.of(i).domain("d" + random.nextInt(5)).priority(random.nextInt(3)));
      }
      int count = random.nextInt(8);
      var strategy = strategies.get(random.nextInt(strategies.size()));
      var chosen = decide(disks, count, List.of(), strategy, random.nextLong()).chosen();
      var domains = new HashSet<String>();
      for (var ref : chosen) {
        disks.stream()
            .filter(disk -> disk.id().equals(ref.originId()))
            .forEach(disk -> assertThat(domains.add(disk.domain())).isTrue());
      }
      long all = disks.stream().map(Disk::domain).distinct().count();
      boolean each = strategy == Strategy.REPLICATED;
      assertThat(chosen).hasSize((int) (each ? all : Math.min(count, all)));
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"REPLICATED", "CONSISTENT_HASH"})
  void theHealthyComeBeforeTheDegradedAndThenPriorityRules(Strategy strategy) {
    var disks =
        List.of(
            Disk.of(1).health("degraded").priority(1),
            Disk.of(2).priority(200),
            Disk.of(3).priority(50).free(TOTAL / 2).p50(99),
            Disk.of(4).priority(100));
    for (long spread = 0; spread < 20; spread++) {
      assertThat(ids(decide(disks, 2, List.of(), strategy, spread).chosen()))
          .containsExactlyInAnyOrder("disk-3", "disk-4");
    }
  }

  @Test
  void roundRobinGivesEveryDiskEveryShardIndexEquallyOften() {
    var disks = disks(8);
    var counts = new HashMap<String, Integer>();
    for (long spread = 0; spread < 80; spread++) {
      var chosen = decide(disks, 8, List.of(), Strategy.ROUND_ROBIN, spread).chosen();
      counts.merge(chosen.getLast().originId(), 1, Integer::sum);
    }
    assertThat(counts).hasSize(8);
    assertThat(counts.values()).allMatch(count -> count == 10);
  }

  @Test
  void theEmptiestAreLoadedFirstAndEqualsTakeTurns() {
    var disks = new ArrayList<>(disks(6));
    disks.set(0, disks.get(0).free(TOTAL / 4));
    disks.set(1, disks.get(1).free(TOTAL / 2));
    var seen = new HashMap<String, Integer>();
    for (long spread = 0; spread < 60; spread++) {
      for (var ref : decide(disks, 3, List.of(), Strategy.LEAST_LOADED, spread).chosen()) {
        seen.merge(ref.originId(), 1, Integer::sum);
      }
    }
    assertThat(seen).containsOnlyKeys("disk-3", "disk-4", "disk-5", "disk-6");
    assertThat(seen.values()).allMatch(count -> count > 20);
  }

  @Test
  void theQuickestComeFirst() {
    var disks = List.of(Disk.of(1).p50(30), Disk.of(2).p50(5), Disk.of(3).p50(12));
    assertThat(ids(decide(disks, 2, List.of(), Strategy.LATENCY_AWARE, 7).chosen()))
        .containsExactly("disk-2", "disk-3");
  }

  @Test
  void aNewOriginTakesItsShareAndMovesNothingElse() {
    int moved = 0;
    int keys = 2000;
    for (long key = 0; key < keys; key++) {
      var before = decide(disks(4), 1, List.of(), Strategy.CONSISTENT_HASH, key).chosen();
      var after = decide(disks(5), 1, List.of(), Strategy.CONSISTENT_HASH, key).chosen();
      if (!before.equals(after)) {
        moved++;
        assertThat(ids(after)).containsExactly("disk-5");
      }
    }
    assertThat(moved).isBetween(keys / 5 - keys / 25, keys / 5 + keys / 25);
  }

  @Test
  void theSevenNamesAreKnownAndNoOther() {
    for (var name :
        List.of(
            "RoundRobin",
            "SizeBased",
            "LeastLoaded",
            "CostAware",
            "LatencyAware",
            "Replicated",
            "ConsistentHash")) {
      assertThat(Strategy.parse(name)).isPresent();
    }
    assertThat(Strategy.parse("")).contains(Strategy.LEAST_LOADED);
    assertThat(Strategy.parse("roundrobin")).isEmpty();
    assertThat(Strategy.parse("Best")).isEmpty();
  }

  @Test
  void aDiskWithoutInodesHasNoRoom() {
    assertThat(Placing.hasRoom(TOTAL, Placing.RESERVE_INODES - 1, 0)).isFalse();
    assertThat(Placing.hasRoom(TOTAL, Placing.RESERVE_INODES, 0)).isTrue();
    assertThat(Placing.hasRoom(TOTAL, -1, 0)).isTrue();
  }

  private static List<Disk> disks(int count) {
    var disks = new ArrayList<Disk>();
    for (int i = 1; i <= count; i++) {
      disks.add(Disk.of(i));
    }
    return disks;
  }

  private static Placing.Decision decide(
      List<Disk> disks, int count, List<String> avoid, Strategy strategy, long spread) {
    return Placing.decide(
        disks.stream().map(Disk::state).toList(),
        Map.of(),
        PoolConfig.DEFAULT,
        new Place(count, avoid, "", 1000, spread),
        strategy);
  }

  private static OriginDefinition keeping(String id) {
    return OriginDefinition.of(id, "local", Map.of()).draft().reserveBytes(1000L).done();
  }

  private static List<String> ids(List<OriginRef> refs) {
    return refs.stream().map(OriginRef::originId).toList();
  }
}
