package io.kintsugi.rest;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.contract.RegistryContract.DrainView;
import io.kintsugi.contract.RegistryContract.Explanation;
import io.kintsugi.contract.RegistryContract.OriginView;
import io.kintsugi.contract.RegistryContract.PoolView;
import io.kintsugi.contract.RegistryContract.RebalanceView;
import io.kintsugi.web.Durations;
import io.kintsugi.web.Envelope;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.TreeMap;

/// Origins and their pool as bodies show them: of a backend and of the pool in the words of those
/// who know them as such (capacity, used, cost_per_gb, size_threshold, ...).
final class PoolBodies {
  static final int COUNT_MAX = 1000;

  private PoolBodies() {}

  static JsonObject of(OriginView view) {
    var definition = view.definition();
    var settings = new JsonObject();
    new TreeMap<>(definition.settings()).forEach(settings::put);
    var body =
        OriginCalls.body(view.state())
            .put("origin_type", definition.kind())
            .put("settings", settings)
            .put("credentials", new JsonArray(view.secrets()))
            .put("source", view.source())
            .put("role", OriginCalls.role(definition.holdsFiles()));
    backend(view).forEach(field -> body.put(field.getKey(), field.getValue()));
    var drain = view.drain();
    return body.put("drain", drain == null ? null : of(drain));
  }

  private static JsonObject backend(OriginView view) {
    var definition = view.definition();
    return new JsonObject()
        .put("priority", definition.priority())
        .put("enabled", definition.enabled())
        .put("capacity", definition.capacityBytes())
        .put("used", view.usage().usedBytes())
        .put("cost_per_gb", definition.costPerGb())
        .put("avg_latency_ms", Figures.rounded(view.state().latencyP50Millis()))
        .put("size_threshold", definition.sizeThresholdBytes())
        .put("healthy", isHealthy(view.state()))
        .put("read_enabled", definition.readEnabled())
        .put("write_enabled", definition.writeEnabled())
        .put("reserve_bytes", definition.reserveBytes())
        .put("weight", definition.weight());
  }

  private static boolean isHealthy(OriginState state) {
    return state.marker().equals("ours")
        && (state.health().equals("healthy") || state.health().equals("degraded"));
  }

  static JsonObject stats(OriginView view) {
    var work = view.work();
    return new JsonObject()
        .put("id", view.definition().id())
        .put("reads", work.reads())
        .put("writes", work.writes())
        .put("bytes_read", work.bytesRead())
        .put("bytes_written", work.bytesWritten())
        .put("errors", work.errors())
        .put("last_health_check", Envelope.time(view.state().lastCheck()))
        .put("capacity", capacity(view))
        .put("used", view.usage().usedBytes())
        .put("live_bytes", view.usage().liveBytes())
        .put("dead_bytes", view.usage().heldBytes())
        .put("segments", view.usage().segments())
        .put("avg_latency_ms", Figures.rounded(view.state().latencyP50Millis()))
        .put("latency_p99_ms", Figures.rounded(view.state().latencyP99Millis()))
        .put("healthy", isHealthy(view.state()));
  }

  /// As configured, or else as measured.
  private static long capacity(OriginView view) {
    long configured = view.definition().capacityBytes();
    return configured > 0 ? configured : view.state().totalBytes();
  }

  static JsonObject of(DrainView drain) {
    var began = drain.began();
    return new JsonObject()
        .put("id", drain.originId())
        .put("state", drain.state())
        .put("began", began == null ? null : Envelope.time(began))
        .put("segments_left", drain.segmentsLeft())
        .put("bytes_left", drain.bytesLeft())
        .put("moved", drain.movedSegments())
        .put("bytes_moved", drain.movedBytes());
  }

  static JsonObject of(RebalanceView view) {
    var fill = new JsonObject();
    new TreeMap<>(view.fill()).forEach(fill::put);
    var began = view.began();
    return new JsonObject()
        .put("state", view.state())
        .put("origin", view.originId())
        .put("began", began == null ? null : Envelope.time(began))
        .put("moved", view.movedSegments())
        .put("bytes_moved", view.movedBytes())
        .put("fill", fill);
  }

  static JsonObject of(PoolConfig config) {
    return new JsonObject()
        .put("strategy", config.strategy())
        .put("replication_factor", config.replicationFactor())
        .put("health_check_interval", Durations.exact(config.healthCheckIntervalMillis()))
        .put("health_check_interval_seconds", Figures.seconds(config.healthCheckIntervalMillis()))
        .put("auto_failover", config.autoFailover())
        .put("min_healthy_backends", config.minHealthyBackends());
  }

  static JsonObject of(PoolView pool) {
    var backends = new JsonArray();
    pool.origins().forEach(view -> backends.add(backend(view).put("id", view.definition().id())));
    var rebalance = pool.rebalance();
    return of(pool.config())
        .put("backends", backends)
        .put("rebalance", rebalance == null ? null : of(rebalance));
  }

  static JsonObject stats(PoolView pool) {
    long capacity = 0;
    long used = 0;
    long reads = 0;
    long writes = 0;
    long errors = 0;
    long healthy = 0;
    double cost = 0;
    double latency = 0;
    for (var view : pool.origins()) {
      capacity += capacity(view);
      used += view.usage().usedBytes();
      reads += view.work().reads();
      writes += view.work().writes();
      errors += view.work().errors();
      healthy += isHealthy(view.state()) ? 1 : 0;
      cost += view.definition().costPerGb();
      latency += view.state().latencyP50Millis();
    }
    int count = Math.max(1, pool.origins().size());
    return new JsonObject()
        .put("total_backends", pool.origins().size())
        .put("healthy_backends", healthy)
        .put("total_capacity", capacity)
        .put("total_used", used)
        .put("total_reads", reads)
        .put("total_writes", writes)
        .put("total_errors", errors)
        .put("avg_cost_per_gb", cost / count)
        .put("avg_latency_ms", Figures.rounded(latency / count));
  }

  static JsonObject of(Explanation found) {
    var origins = new JsonArray();
    for (var verdict : found.verdicts()) {
      origins.add(
          new JsonObject()
              .put("id", verdict.originId())
              .put("place", verdict.place())
              .put("reason", verdict.reason())
              .put("rank", verdict.rank()));
    }
    return new JsonObject()
        .put("strategy", found.strategy())
        .put("origins", origins)
        .put("refused", found.refused());
  }
}
