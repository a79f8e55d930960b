package io.kintsugi.metrics;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import java.util.Collection;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// The figures that each origin has for itself.
@Pure
final class OriginText {
  private static final double MILLIS_PER_SECOND = 1_000;

  private OriginText() {}

  static void write(Exposition text, Collection<OriginState> origins) {
    each(
        text,
        origins,
        "origin_healthy",
        "1 if the origin is healthy and its marker is ours",
        o -> o.health().equals("healthy") && o.marker().equals("ours") ? 1 : 0);
    each(
        text,
        origins,
        "origin_writable",
        "1 if the origin can be written",
        o -> o.writable() ? 1 : 0);
    each(text, origins, "origin_capacity_bytes", "Size of the origin", OriginState::totalBytes);
    each(text, origins, "origin_free_bytes", "Free space of the origin", OriginState::freeBytes);
    each(
        text,
        origins,
        "origin_latency_p50_seconds",
        "Median time of the last operations",
        o -> o.latencyP50Millis() / MILLIS_PER_SECOND);
    each(
        text,
        origins,
        "origin_latency_p99_seconds",
        "99th percentile of the time of the last operations",
        o -> o.latencyP99Millis() / MILLIS_PER_SECOND);
    each(
        text,
        origins,
        "origin_consecutive_failures",
        "Failures since the last success",
        OriginState::consecutiveFailures);
  }

  private static void each(
      Exposition text,
      Collection<OriginState> origins,
      String name,
      String help,
      ToDoubleFunction<OriginState> value) {
    if (origins.isEmpty()) {
      return;
    }
    text.family(Figure.PREFIX + name, "gauge", help);
    for (var origin : origins) {
      text.sample(
          Map.of("origin", origin.id(), "kind", origin.kind()), value.applyAsDouble(origin));
    }
  }
}
