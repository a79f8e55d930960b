package io.kintsugi.metrics;

import io.kintsugi.contract.MetricsContract.Usage;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What edges counted, summed up by series. A name that is no series, and one beyond the limit, is
/// not kept but counted.
final class UsageCounts {
  /// More than all edges together have; nobody can fill memory with names.
  private static final int SERIES_MAX = 2_000;

  private static final Pattern SERIES =
      Pattern.compile("([a-z][a-z0-9_]{0,99})(?:\\{((?:[a-z_]+=\"[^\"\\\\\\n]{0,200}\",?)*)})?");
  private static final Pattern SOURCE = Pattern.compile("[a-z][a-z0-9]{0,31}");

  /// A series of one source, ordered so that a family stays together.
  private record Series(String family, String labels, String source) implements Comparable<Series> {
    @Override
    public int compareTo(Series other) {
      int byFamily = family.compareTo(other.family);
      return byFamily != 0 ? byFamily : labels.compareTo(other.labels);
    }
  }

  private final TreeMap<Series, Long> totals = new TreeMap<>();
  private long dropped;

  void add(Usage usage) {
    boolean known = SOURCE.matcher(usage.source()).matches();
    usage
        .counts()
        .forEach((name, increment) -> {
          var series = SERIES.matcher(name);
          if (!known || increment < 0 || !series.matches()) {
            dropped++;
            return;
          }
          var labels = series.group(2) == null ? "" : series.group(2);
          var key =
              new Series(
                  Figure.PREFIX + usage.source() + "_" + series.group(1), labels, usage.source());
          if (totals.containsKey(key) || totals.size() < SERIES_MAX) {
            totals.merge(key, increment, Long::sum);
          } else {
            dropped++;
          }
        });
  }

  void write(Exposition text) {
    totals.forEach((series, total) ->
        text.family(series.family(), "counter", "Counted by " + series.source())
            .sample(series.labels(), total.doubleValue()));
    text.family(
            Figure.PREFIX + "usage_dropped_total", "counter", "Counts that could not be understood")
        .sample("", (double) dropped);
  }
}
