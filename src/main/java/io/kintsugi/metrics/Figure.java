package io.kintsugi.metrics;

import io.kintsugi.kernel.Pure;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Every figure that has a history. The order is that of the text.
@Pure
enum Figure {
  OBJECTS("objects_total", "objects", Kind.GAUGE, "count", "Total number of objects in the system"),
  SCAN_RATE("scan_rate_objects_per_second", "scan_rate", Kind.GAUGE, "ops", "Object scanning rate"),
  HEAL_SUCCESS_RATE(
      "heal_success_rate", "heal_success", Kind.GAUGE, "ratio", "Healing operation success rate"),
  ISSUES_CRITICAL("critical"),
  ISSUES_HIGH("high"),
  ISSUES_MEDIUM("medium"),
  ISSUES_LOW("low"),
  BYTES("bytes_total", "bytes", Kind.GAUGE, "bytes", "Total size of all objects"),
  BUCKETS("buckets_total", "buckets", Kind.GAUGE, "count", "Total number of buckets"),
  OBJECTS_LOST(
      "objects_unreadable",
      "objects_lost",
      Kind.GAUGE,
      "count",
      "Objects that cannot be read now because too many of their shards are gone"),
  OBJECTS_BARE(
      "objects_without_spare",
      "objects_bare",
      Kind.GAUGE,
      "count",
      "Objects that would not survive one further loss"),
  SCANS_RUNNING("scans_running", "scans", Kind.GAUGE, "count", "Scans running now"),
  SCAN_BYTES_RATE(
      "scan_rate_bytes_per_second", "scan_bytes_rate", Kind.GAUGE, "bps", "Byte scanning rate"),
  SCANS_COMPLETED(
      "scans_completed_total",
      "scans_completed",
      Kind.COUNTER,
      "count",
      "Scans completed since this node started"),
  HEALS_DUE("heal_queue_due", "heal_queue", Kind.GAUGE, "count", "Heals that could begin now"),
  HEALS_WAITING(
      "heal_queue_waiting", "heal_waiting", Kind.GAUGE, "count", "Heals that are backing off"),
  HEALS_RUNNING("heal_queue_running", "heals_running", Kind.GAUGE, "count", "Heals running now"),
  HEALS_UNRECOVERABLE(
      "heal_queue_unrecoverable",
      "heals_unrecoverable",
      Kind.GAUGE,
      "count",
      "Segments that cannot be rebuilt now"),
  HEALS_COMPLETED(
      "heals_completed_total",
      "heals_completed",
      Kind.COUNTER,
      "count",
      "Segments healed since the catalog began"),
  HEALS_FAILED(
      "heals_failed_total",
      "heals_failed",
      Kind.COUNTER,
      "count",
      "Attempts that did not heal, since the catalog began"),
  SHARDS_REPAIRED(
      "shards_repaired_total",
      "shards_repaired",
      Kind.COUNTER,
      "count",
      "Shards repaired since this node started"),
  BYTES_REPAIRED(
      "repaired_bytes_total",
      "repaired_bytes",
      Kind.COUNTER,
      "bytes",
      "Bytes written by heals since this node started"),
  COLLECTED_BYTES(
      "collected_bytes_total",
      "collected_bytes",
      Kind.COUNTER,
      "bytes",
      "Bytes given back on the origins since the catalog began"),
  ORPHANS(
      "orphans",
      "orphans",
      Kind.GAUGE,
      "count",
      "Names on the origins that belong to nobody and are not in quarantine yet"),
  QUARANTINE_BYTES(
      "quarantine_bytes", "quarantine", Kind.GAUGE, "bytes", "Bytes in quarantine on the origins"),
  ORIGINS("origins_total", "origins", Kind.GAUGE, "count", "Origins this node knows"),
  ORIGINS_HEALTHY(
      "origins_healthy", "healthy_origins", Kind.GAUGE, "count", "Origins that are healthy"),
  ORIGIN_BYTES(
      "origins_capacity_bytes",
      "origins_capacity",
      Kind.GAUGE,
      "bytes",
      "Size of all origins together"),
  ORIGIN_FREE_BYTES(
      "origins_free_bytes", "origins_free", Kind.GAUGE, "bytes", "Free space of all origins");

  /// How a figure moves.
  enum Kind {
    GAUGE("gauge"),
    COUNTER("counter");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  static final String PREFIX = "kintsugi_";

  private static final Map<Figure, Integer> SLOTS = slots();

  private final String metric;
  private final String shortName;
  private final Kind kind;
  private final String unit;
  private final String help;
  private final String severity;

  Figure(String metric, String shortName, Kind kind, String unit, String help) {
    this.metric = metric;
    this.shortName = shortName;
    this.kind = kind;
    this.unit = unit;
    this.help = help;
    severity = "";
  }

  /// Issues of one severity.
  Figure(String severity) {
    metric = "health_issues_total";
    shortName = "health_issues";
    kind = Kind.COUNTER;
    unit = "count";
    help = "Total health issues detected";
    this.severity = severity;
  }

  private static Map<Figure, Integer> slots() {
    var slots = new EnumMap<Figure, Integer>(Figure.class);
    for (var figure : values()) {
      slots.put(figure, slots.size());
    }
    return slots;
  }

  /// Where a sample keeps it.
  int slot() {
    return SLOTS.getOrDefault(this, 0);
  }

  /// The name in bodies and, behind the prefix, in Prometheus text.
  String metric() {
    return metric;
  }

  Kind kind() {
    return kind;
  }

  String unit() {
    return unit;
  }

  String help() {
    return help;
  }

  Map<String, String> labels() {
    return severity.isEmpty() ? Map.of() : Map.of("severity", severity);
  }

  /// All figures of that name, with or without prefix and unit suffix.
  static Optional<List<Figure>> named(String name) {
    var bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    var found =
        Arrays.stream(values())
            .filter(figure -> figure.metric.equals(bare) || figure.shortName.equals(bare))
            .toList();
    return found.isEmpty() ? Optional.empty() : Optional.of(found);
  }

  static List<String> names() {
    return Arrays.stream(values()).map(Figure::metric).distinct().toList();
  }
}
