package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides which origins get the shards of a segment, and says of each why.
///
/// Whatever the strategy: no two of one failure domain, and only what can be written now and has
/// room. What comes first among those is [Ranking].
@Pure
final class Placing {
  /// Room that is left free on an origin for which nothing else is said.
  static final long RESERVE_BYTES = OriginDefinition.DEFAULT_RESERVE_BYTES;

  static final long RESERVE_INODES = 1024;

  private Placing() {}

  /// The order among origins that are otherwise equal.
  enum Strategy {
    ROUND_ROBIN("RoundRobin"),
    /// Those first whose size threshold is the highest that the shard reaches; then the nearest.
    SIZE_BASED("SizeBased"),
    /// The emptiest first, in steps of a twentieth, so that equals still take turns.
    LEAST_LOADED("LeastLoaded"),
    /// The cheapest first.
    COST_AWARE("CostAware"),
    /// The quickest first; now and then another one, to learn how quick that is.
    LATENCY_AWARE("LatencyAware"),
    /// All that can be written, however many were asked for.
    REPLICATED("Replicated"),
    /// Weighted rendezvous over all that are configured: a new origin takes its share from all
    /// others and moves nothing else, and one that is ill leaves its keys to the next of each.
    CONSISTENT_HASH("ConsistentHash");

    private final String label;

    Strategy(String label) {
      this.label = label;
    }

    String label() {
      return label;
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
    /// What lies there is being moved away.
    DRAINING,
    AVOIDED,
    /// It shares its failure domain with one that is avoided or was chosen.
    DOMAIN_TAKEN,
    /// One that is ill keeps its place, because nothing may take it over.
    PLACE_KEPT,
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

  /// @param definitions by origin; those without one have every default
  static Decision decide(
      List<OriginState> origins,
      Map<String, OriginDefinition> definitions,
      PoolConfig pool,
      Place wanted,
      Strategy strategy) {
    var verdicts = new ArrayList<Verdict>();
    var taken = avoidedDomains(origins, wanted);
    var fit = new ArrayList<OriginState>();
    var ill = new HashSet<String>();
    var fullDomains = new HashSet<String>();
    boolean failover = pool.autoFailover() || Boolean.TRUE.equals(wanted.repair());
    for (var origin : origins) {
      var definition = definitions.get(origin.id());
      long reserveBytes = definition == null ? RESERVE_BYTES : definition.reserveBytes();
      var refusal = refusal(origin, reserveBytes, wanted, taken);
      if (refusal == Reason.UNHEALTHY && !failover) {
        ill.add(origin.id());
      }
      if (refusal == null || ill.contains(origin.id())) {
        fit.add(origin);
      } else {
        verdicts.add(new Verdict(origin.id(), refusal));
      }
      if (refusal == Reason.NO_ROOM) {
        fullDomains.add(origin.domain());
      }
    }
    var ordered = new Ranking(definitions, wanted, strategy, failover).order(fit);
    boolean everywhere = strategy == Strategy.REPLICATED && !Boolean.TRUE.equals(wanted.repair());
    int count = everywhere ? fit.size() : wanted.count();
    var chosen = choose(ordered, taken, ill, count, verdicts);
    if (strategy == Strategy.LEAST_LOADED) {
      // Else parity, which is written and rarely read, would always lie on the fullest.
      Ranking.rotate(chosen, Ranking.weight("", wanted.spread()));
    }
    fullDomains.removeAll(taken);
    return new Decision(chosen, verdicts, fullDomains.size());
  }

  private static List<OriginRef> choose(
      List<OriginState> ordered,
      Set<String> taken,
      Set<String> ill,
      int count,
      List<Verdict> verdicts) {
    var chosen = new ArrayList<OriginRef>();
    int places = 0;
    for (var origin : ordered) {
      var reason = Reason.CHOSEN;
      if (places >= count) {
        reason = ill.contains(origin.id()) ? Reason.UNHEALTHY : Reason.NOT_NEEDED;
      } else if (!taken.add(origin.domain())) {
        reason = Reason.DOMAIN_TAKEN;
      } else {
        places++;
        if (ill.contains(origin.id())) {
          reason = Reason.PLACE_KEPT;
        } else {
          chosen.add(new OriginRef(origin.id(), String.valueOf(origin.incarnation())));
        }
      }
      verdicts.add(new Verdict(origin.id(), reason));
    }
    return chosen;
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
    if (origin.flags().contains(OriginState.DRAINING)) {
      return Reason.DRAINING;
    }
    if (Ranking.health(origin).compareTo(Health.Word.DEGRADED) > 0) {
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
}
