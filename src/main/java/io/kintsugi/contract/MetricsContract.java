package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Figures: what edges tell of their requests, and what can be asked.
public final class MetricsContract {
  /// Published by edges and the object feature about once a second, summed up; never per request.
  public static final Topic<Usage> USAGE =
      new Topic<>("metrics.event.usage-counted.v1", Usage.class);

  public static final Call<Scrape, Scraped> SCRAPE =
      new Call<>("metrics.call.scrape.v1", Scrape.class, Scraped.class);
  public static final Call<QueryMetrics, MetricValues> QUERY_METRICS =
      new Call<>("metrics.call.query-metrics.v1", QueryMetrics.class, MetricValues.class);
  public static final Call<Subsystem.Ask, Subsystem> STATUS =
      new Call<>("metrics.call.status.v1", Subsystem.Ask.class, Subsystem.class);

  /// Counters since the last one of the same source.
  ///
  /// @param source s3, rest, object, origin or tree
  /// @param counts names such as `requests_total{method="GET",status="200"}` to increments
  public record Usage(String source, Map<String, Long> counts) {
    public Usage {
      counts = Map.copyOf(counts);
    }
  }

  public record Scrape() {}

  /// All figures as text.
  ///
  /// @param text Prometheus text format 0.0.4
  public record Scraped(String text) {}

  /// Asks for figures over a period back from now.
  ///
  /// @param metrics names with or without unit suffix; empty: all
  public record QueryMetrics(long periodMillis, List<String> metrics) {
    public QueryMetrics {
      metrics = List.copyOf(metrics);
    }
  }

  public record MetricValues(Instant start, Instant end, List<MetricValue> metrics) {
    public MetricValues {
      metrics = List.copyOf(metrics);
    }
  }

  /// One figure.
  ///
  /// @param value the latest for gauges and ratios, the increase over the period for counters
  public record MetricValue(String name, double value, String unit, Map<String, String> labels) {
    public MetricValue {
      labels = Map.copyOf(labels);
    }
  }

  private MetricsContract() {}
}
