package io.kintsugi.rest;

import io.kintsugi.contract.Priority;
import io.kintsugi.web.Fields;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The words that requests may use.
final class Words {
  static final List<String> STRATEGIES = List.of("Full", "Incremental", "Smart", "Targeted");
  static final List<String> SCAN_MODES = List.of("Quick", "Normal", "Deep");
  static final List<String> SCAN_STATES =
      List.of("Started", "Scanning", "Paused", "Completed", "Cancelled", "Failed");
  static final List<String> HEAL_MODES = List.of("RealTime", "Background", "OnDemand", "Emergency");
  static final List<String> HEAL_STATES =
      List.of("Queued", "Running", "Completed", "Failed", "Cancelled", "Unrecoverable");
  static final List<String> PRIORITIES =
      Arrays.stream(Priority.values()).map(Priority::label).toList();
  static final List<String> PLACEMENTS =
      List.of(
          "RoundRobin",
          "SizeBased",
          "LeastLoaded",
          "CostAware",
          "LatencyAware",
          "Replicated",
          "ConsistentHash");
  static final List<String> BUCKET_CLASSES = List.of("critical", "important", "standard");
  static final List<String> ON_SHORTAGE = List.of("degrade", "refuse");
  static final List<String> VERSIONING = List.of("Enabled", "Suspended");
  static final List<String> LOG_LEVELS = List.of("trace", "debug", "info", "warn", "error", "off");

  private Words() {}

  static @Nullable Priority priority(Fields fields, String name) {
    var word = fields.choice(name, PRIORITIES);
    return word == null ? null : Priority.parse(word).orElse(null);
  }
}
