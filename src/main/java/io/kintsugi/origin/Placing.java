package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Decides which origins get the shards of a segment, and says of each why.
///
/// Whatever the strategy: no two of one failure domain, only what can be written now and has room,
/// healthy before degraded, and the lower priority number first.
@Pure
final class Placing {
  /// Room that is left free on an origin for which nothing else is said, for markers, journal and
  /// repairs.
  static final long RESERVE_BYTES = 64L << 20;

  static final long RESERVE_INODES = 1024;

  private static final double LOAD_STEPS = 20;

  private Placing() {}

  /// The order among origins that are otherwise equal.
  enum Strategy {
    ROUND_ROBIN("RoundRobin"),
    /// Needs size thresholds of origins, which are not configured yet: as round robin.
    SIZE_BASED("SizeBased"),
    /// The emptiest first, in steps of a twentieth, so that equals still take turns.
    LEAST_LOADED("LeastLoaded"),
    /// Needs costs of origins, which are not configured yet: as round robin.
    COST_AWARE("CostAware"),
    /// The quickest first.
    LATENCY_AWARE("LatencyAware"),
    /// How many copies is the asker's matter, who asks for as many as there are: as round robin.
    REPLICATED("Replicated"),
    /// Rendezvous: a new origin takes its share from all others and moves nothing else.
    CONSISTENT_HASH("ConsistentHash");

    private final String label;

    Strategy(String label) {
      this.label = label;
    }

    /// Reads the name; none at all means the capacity-aware one.
    static Optional<Strategy> parse(String name) {
      if (name.isEmpty()) {
        return Optional.of(LEAST_LOADED);
      }
      for (var strategy : values()) {
        if (strategy.label.equals(name)) {
          return Optional.of(strategy);
        }
      }
      return Optional.empty();
    }
  }

  /// Why an origin was taken, or not.
  enum Reason {
    CHOSEN,
    NOT_OURS,
    UNHEALTHY,
    /// It would be taken if it had more room.
    NO_ROOM,
    NOT_WRITABLE,
    AVOIDED,
    /// It shares its failure domain with one that is avoided or was chosen.
    DOMAIN_TAKEN,
    NOT_NEEDED
  }

  record Verdict(String originId, Reason reason) {}

  /// @param chosen in shard order
  /// @param full how many more failure domains would do if they had room
  record Decision(List<OriginRef> chosen, List<Verdict> verdicts, int full) {
    Decision {
      chosen = List.copyOf(chosen);
      verdicts = List.copyOf(verdicts);
    }
  }

  /// @param reserves what shards leave free on an origin, by its id, if it is not the usual
  static Decision decide(
      List<OriginState> origins, Map<String, Long> reserves, Place wanted, Strategy strategy) {
    var verdicts = new ArrayList<Verdict>();
    var taken = avoidedDomains(origins, wanted);
    var fit = new ArrayList<OriginState>();
    var fullDomains = new HashSet<String>();
    for (var origin : origins) {
      long reserveBytes = reserves.getOrDefault(origin.id(), RESERVE_BYTES);
      var refusal = refusal(origin, reserveBytes, wanted, taken);
      if (refusal == null) {
        fit.add(origin);
      } else {
        verdicts.add(new Verdict(origin.id(), refusal));
      }
      if (refusal == Reason.NO_ROOM) {
        fullDomains.add(origin.domain());
      }
    }
    order(fit, strategy, wanted.spread());
    var chosen = new ArrayList<OriginRef>();
    for (var origin : fit) {
      var reason = Reason.CHOSEN;
      if (chosen.size() >= wanted.count()) {
        reason = Reason.NOT_NEEDED;
      } else if (!taken.add(origin.domain())) {
        reason = Reason.DOMAIN_TAKEN;
      } else {
        chosen.add(new OriginRef(origin.id(), String.valueOf(origin.incarnation())));
      }
      verdicts.add(new Verdict(origin.id(), reason));
    }
    if (strategy == Strategy.LEAST_LOADED) {
      // Else parity, which is written and rarely read, would always lie on the fullest.
      rotate(chosen, weight("", wanted.spread()));
    }
    fullDomains.removeAll(taken);
    return new Decision(chosen, verdicts, fullDomains.size());
  }

  /// Whether so many bytes, those to be left free among them, still fit.
  static boolean hasRoom(long freeBytes, long freeInodes, long bytes) {
    boolean inodes = freeInodes < 0 || freeInodes >= RESERVE_INODES;
    return inodes && freeBytes >= bytes;
  }

  private static Set<String> avoidedDomains(List<OriginState> origins, Place wanted) {
    var domains = new HashSet<String>();
    for (var origin : origins) {
      if (wanted.avoid().contains(origin.id())) {
        domains.add(origin.domain());
      }
    }
    return domains;
  }

  private static @Nullable Reason refusal(
      OriginState origin, long reserveBytes, Place wanted, Set<String> taken) {
    if (wanted.avoid().contains(origin.id())) {
      return Reason.AVOIDED;
    }
    if (!origin.marker().equals("ours") || origin.incarnation() == null) {
      return Reason.NOT_OURS;
    }
    if (health(origin).compareTo(Health.Word.DEGRADED) > 0) {
      return Reason.UNHEALTHY;
    }
    if (taken.contains(origin.domain())) {
      return Reason.DOMAIN_TAKEN;
    }
    // One that is full is not writable for that very reason.
    if (!hasRoom(origin.freeBytes(), origin.freeInodes(), reserveBytes + wanted.shardBytes())) {
      return Reason.NO_ROOM;
    }
    return origin.writable() ? null : Reason.NOT_WRITABLE;
  }

  private static Health.Word health(OriginState origin) {
    for (var word : Health.Word.values()) {
      if (word.word().equals(origin.health())) {
        return word;
      }
    }
    return Health.Word.UNKNOWN;
  }

  private static void order(List<OriginState> fit, Strategy strategy, long spread) {
    fit.sort(Comparator.comparing(OriginState::id));
    rotate(fit, spread);
    var order = Comparator.comparing(Placing::health).thenComparingInt(OriginState::priority);
    fit.sort(
        switch (strategy) {
          case ROUND_ROBIN, SIZE_BASED, COST_AWARE, REPLICATED -> order;
          case LEAST_LOADED -> order.thenComparingLong(Placing::load);
          case LATENCY_AWARE -> order.thenComparingDouble(OriginState::latencyP50Millis);
          case CONSISTENT_HASH -> order.thenComparingLong(origin -> weight(origin.id(), spread));
        });
  }

  private static long load(OriginState origin) {
    double used = origin.totalBytes() - origin.freeBytes();
    return (long) (used / Math.max(1, origin.totalBytes()) * LOAD_STEPS);
  }

  private static long weight(String originId, long spread) {
    var sum = new CRC32C();
    sum.update(originId.getBytes(StandardCharsets.UTF_8));
    long z = spread ^ (sum.getValue() * 0x9E3779B97F4A7C15L);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static void rotate(List<?> list, long spread) {
    if (!list.isEmpty()) {
      Collections.rotate(list, (int) -Math.floorMod(spread, (long) list.size()));
    }
  }
}
