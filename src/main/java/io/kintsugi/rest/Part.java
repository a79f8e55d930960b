package io.kintsugi.rest;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How one part of the node is, in the words of both health calls.
///
/// @param status for /status/health
/// @param condition for /api/v1/health
@Pure
record Part(
    String name,
    String status,
    Condition condition,
    Instant lastCheck,
    @Nullable String errorMessage) {
  /// Worst last.
  enum Condition {
    HEALTHY("healthy"),
    UNKNOWN("unknown"),
    DEGRADED("degraded"),
    UNHEALTHY("unhealthy");

    private final String label;

    Condition(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /// A part that told of itself. Data is served without it, so its failure only degrades.
  static Part of(String name, Subsystem subsystem) {
    boolean failed = subsystem.status().equals("Failed");
    boolean complains = failed || subsystem.errorMessage() != null;
    return new Part(
        name,
        subsystem.status(),
        complains ? Condition.DEGRADED : Condition.HEALTHY,
        subsystem.lastCheck(),
        subsystem.errorMessage());
  }

  /// A part that did not tell.
  ///
  /// @param vital without it no data is served
  static Part silent(String name, Failure failure, boolean vital, Instant now) {
    var message =
        failure.is(FailureCode.TIMEOUT) || failure.is(FailureCode.UNAVAILABLE)
            ? "does not answer"
            : "answers with an error (" + failure.code() + ")";
    return new Part(name, "Failed", vital ? Condition.UNHEALTHY : Condition.UNKNOWN, now, message);
  }

  static Part catalog(Instant now) {
    return new Part("catalog", "Running", Condition.HEALTHY, now, null);
  }

  /// All origins as one part: failed once none of them is usable.
  static Part origins(List<OriginState> origins, Instant now) {
    var bad =
        origins.stream().filter(origin -> !isGood(origin)).map(Part::complaint).sorted().toList();
    if (bad.isEmpty() && !origins.isEmpty()) {
      return new Part("origins", "Running", Condition.HEALTHY, now, null);
    }
    if (origins.isEmpty()) {
      return new Part("origins", "Failed", Condition.UNHEALTHY, now, "there are none");
    }
    boolean all = origins.stream().noneMatch(Part::isUsable);
    return new Part(
        "origins",
        all ? "Failed" : "Degraded",
        all ? Condition.UNHEALTHY : Condition.DEGRADED,
        now,
        bad.size() + " of " + origins.size() + ": " + String.join("; ", bad));
  }

  /// The same part with origins for plain files beside: what lies on others is there without them,
  /// so that they only degrade it.
  ///
  /// @param files null: nobody told of them
  Part with(@Nullable Origins files) {
    if (files == null) {
      return this;
    }
    var bad =
        files.origins().stream()
            .filter(origin -> !isGood(origin))
            .map(Part::complaint)
            .sorted()
            .toList();
    if (bad.isEmpty()) {
      return this;
    }
    var said = bad.size() + " of " + files.origins().size() + " for files: ";
    var before = errorMessage == null ? "" : errorMessage + "; ";
    boolean well = condition == Condition.HEALTHY;
    return new Part(
        name,
        well ? "Degraded" : status,
        well ? Condition.DEGRADED : condition,
        lastCheck,
        before + said + String.join("; ", bad));
  }

  private static boolean isGood(OriginState origin) {
    return origin.health().equals("healthy") && origin.marker().equals("ours");
  }

  private static boolean isUsable(OriginState origin) {
    return !origin.health().equals("unhealthy") && origin.marker().equals("ours");
  }

  private static String complaint(OriginState origin) {
    var how = origin.marker().equals("ours") ? origin.health() : origin.marker();
    var reason = origin.reason();
    return origin.id() + " is " + how + (reason == null ? "" : " (" + reason + ")");
  }
}
