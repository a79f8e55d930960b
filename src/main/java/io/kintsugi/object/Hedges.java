package io.kintsugi.object;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.Usage;
import io.kintsugi.kernel.World;
import io.kintsugi.route.Rank;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Knows how long each origin usually takes to give a shard, and how many extra reads are left for
/// when one takes longer.
final class Hedges {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /// Nothing is called late before this.
  private static final long LATE_NANOS_MIN = 20_000_000;

  /// An origin that has always been slow is no measure of what is late.
  private static final long SIBLINGS = 3;

  private static final long FRESH_NANOS = 100_000_000;

  private final World world;
  private final OriginBook origins;
  private final long slowNanos;
  private final Map<String, ReadTimes> times = new HashMap<>();
  private final Map<String, Long> counts = new HashMap<>();
  private long siblingsKnown;
  private long siblingsAtNanos;
  private double tokens = Hedge.SAVED_MAX;

  /// @param slowNanos late in any case
  Hedges(World world, OriginBook origins, long slowNanos) {
    this.world = world;
    this.origins = origins;
    this.slowNanos = slowNanos;
  }

  void start() {
    world.every(PERIOD, this::publish);
  }

  private void publish() {
    if (!counts.isEmpty()) {
      world.bus().publish(MetricsContract.USAGE, new Usage("object", Map.copyOf(counts)));
      counts.clear();
    }
  }

  private void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  /// A shard was asked for.
  void asked() {
    tokens = Math.min(Hedge.SAVED_MAX, tokens + Hedge.SHARE);
    count("shard_reads_total");
  }

  /// The first block of a shard took so long, or was not waited for any longer.
  void took(String originId, long nanos, boolean late) {
    times.computeIfAbsent(originId, _ -> new ReadTimes()).took(nanos, late, world.nanos());
  }

  /// From when on a shard is late: after the p95 of its origin, but not after more than three times
  /// what its siblings need.
  long lateNanos(String originId) {
    long siblings = siblingsNanos();
    if (siblings == 0) {
      return slowNanos;
    }
    var own = times.get(originId);
    long usual = own == null || !own.isMeasured() ? siblings : Math.min(own.p95Nanos(), siblings);
    return Math.clamp(usual, Math.min(LATE_NANOS_MIN, slowNanos), slowNanos);
  }

  /// Three times the median of what the origins need; 0 if none was measured yet.
  private long siblingsNanos() {
    long now = world.nanos();
    if (siblingsKnown == 0 || now - siblingsAtNanos > FRESH_NANOS) {
      long[] all =
          times.values().stream()
              .filter(ReadTimes::isMeasured)
              .mapToLong(ReadTimes::p95Nanos)
              .sorted()
              .toArray();
      siblingsKnown = all.length == 0 ? 0 : SIBLINGS * all[all.length / 2];
      siblingsAtNanos = now;
    }
    return siblingsKnown;
  }

  /// How good an origin is, as far as reads have shown, too.
  Rank rank(String originId) {
    var rank = Rank.of(origins.find(originId));
    return dawdles(originId) ? rank.dawdling() : rank;
  }

  /// It has been late so often that it is read only in need.
  boolean dawdles(String originId) {
    var own = times.get(originId);
    return own != null && own.dawdles(world.nanos());
  }

  Hedge decide(int k, int waiting, int asked) {
    var all = origins.ids();
    int ill = (int) all.stream().filter(id -> rank(id).tier() != Rank.Tier.HEALTHY).count();
    var hedge = Hedge.decide(k, waiting, asked, ill, all.size(), tokens);
    if (hedge != Hedge.READ_ANOTHER) {
      count("hedges_refused_total{why=\"" + hedge.name() + "\"}");
    }
    return hedge;
  }

  /// Extra shards are read.
  void hedged(int shards) {
    tokens -= shards;
    counts.merge("hedged_reads_total", (long) shards, Long::sum);
  }

  /// What came far too late is read elsewhere, budget or not.
  void replaced(int shards) {
    counts.merge("slow_reads_replaced_total", (long) shards, Long::sum);
  }

  void won() {
    count("hedges_won_total");
  }
}
