package io.kintsugi.metrics;

import io.kintsugi.contract.MetricsContract.MetricValue;
import io.kintsugi.contract.MetricsContract.MetricValues;
import io.kintsugi.contract.MetricsContract.QueryMetrics;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// What a question for figures is answered with.
@Pure
final class Answers {
  private Answers() {}

  static MetricValues to(QueryMetrics query, double[] now, History history, Instant end) {
    long keptMillis = History.KEPT.toMillis();
    if (query.periodMillis() < 1 || query.periodMillis() > keptMillis) {
      throw invalid("period", "must be from 1ms to 24h, as long as figures are kept");
    }
    var start = end.minus(Duration.ofMillis(query.periodMillis()));
    var values = new ArrayList<MetricValue>();
    for (var figure : wanted(query.metrics())) {
      double latest = now[figure.slot()];
      double value =
          switch (figure.kind()) {
            case GAUGE -> latest;
            case COUNTER -> history.increase(figure, start, latest);
          };
      values.add(new MetricValue(figure.metric(), value, figure.unit(), figure.labels()));
    }
    return new MetricValues(start, end, values);
  }

  private static Iterable<Figure> wanted(List<String> names) {
    if (names.isEmpty()) {
      return Arrays.asList(Figure.values());
    }
    var wanted = new LinkedHashSet<Figure>();
    var unknown = new ArrayList<String>();
    for (var name : names) {
      Figure.named(name).ifPresentOrElse(wanted::addAll, () -> unknown.add(name));
    }
    if (unknown.isEmpty()) {
      return wanted;
    }
    throw invalid(
        "metrics",
        "has no "
            + String.join(", ", unknown)
            + "; known are "
            + String.join(", ", Figure.names()));
  }

  private static Failure invalid(String field, String message) {
    return new Failure(FailureCode.VALIDATION_ERROR, field + " " + message, Map.of(field, message));
  }
}
