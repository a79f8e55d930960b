package io.kintsugi.rest;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.MetricValue;
import io.kintsugi.contract.MetricsContract.MetricValues;
import io.kintsugi.contract.MetricsContract.QueryMetrics;
import io.kintsugi.contract.MetricsContract.Scrape;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Durations;
import io.kintsugi.web.Envelope;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Figures, as JSON, CSV, or what Prometheus reads.
final class MetricsCalls {
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
  private static final String CSV = "text/csv; charset=utf-8";
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

  private final World world;

  private record Wish(QueryMetrics query, String format) {}

  MetricsCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/metrics/system", this::system),
        Route.get("/metrics/prometheus", this::prometheus),
        Route.get("/metrics", this::prometheus));
  }

  private Future<Reply> system(Asked asked) {
    var wish =
        asked.query(query ->
            new Wish(
                new QueryMetrics(
                    query.durationMillis("period", HOUR_MILLIS), query.list("metrics")),
                Objects.requireNonNullElse(
                    query.choice("format", List.of("json", "csv")), "json")));
    return world
        .bus()
        .ask(MetricsContract.QUERY_METRICS, wish.query())
        .map(values ->
            wish.format().equals("csv")
                ? Reply.text(CSV, csv(values))
                : Reply.data(json(wish.query().periodMillis(), values)));
  }

  private static JsonObject json(long periodMillis, MetricValues values) {
    var metrics = new JsonObject();
    for (var metric : values.metrics()) {
      metrics.put(
          key(metric),
          new JsonObject()
              .put("value", number(metric.value()))
              .put("unit", metric.unit())
              .put("labels", labels(metric.labels())));
    }
    return new JsonObject()
        .put("period", Durations.exact(periodMillis))
        .put(
            "timestamp_range",
            new JsonObject()
                .put("start", Envelope.time(values.start()))
                .put("end", Envelope.time(values.end())))
        .put("metrics", metrics);
  }

  /// A metric with labels appears once per set of them.
  private static String key(MetricValue metric) {
    if (metric.labels().isEmpty()) {
      return metric.name();
    }
    var pairs =
        new TreeMap<>(metric.labels())
            .entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    return metric.name() + "{" + String.join(",", pairs) + "}";
  }

  private static JsonObject labels(Map<String, String> labels) {
    var body = new JsonObject();
    new TreeMap<>(labels).forEach(body::put);
    return body;
  }

  /// A whole number is written as one.
  private static Number number(double value) {
    if (!Double.isFinite(value)) {
      return 0;
    }
    return value == Math.rint(value) && Math.abs(value) < Long.MAX_VALUE
        ? (Number) (long) value
        : (Number) value;
  }

  private static String csv(MetricValues values) {
    var text = new StringBuilder("name,labels,value,unit,start,end\n");
    for (var metric : values.metrics()) {
      var labels = key(metric).substring(metric.name().length());
      text.append(metric.name())
          .append(",\"")
          .append(labels.replace("\"", "\"\""))
          .append("\",")
          .append(number(metric.value()))
          .append(',')
          .append(metric.unit())
          .append(',')
          .append(Envelope.time(values.start()))
          .append(',')
          .append(Envelope.time(values.end()))
          .append('\n');
    }
    return text.toString();
  }

  private Future<Reply> prometheus(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(MetricsContract.SCRAPE, new Scrape())
        .map(scraped -> Reply.text(PROMETHEUS, scraped.text()));
  }
}
