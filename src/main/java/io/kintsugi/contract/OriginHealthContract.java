package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How well origins fare, and why they are said to. A question to one origin names it; it may be
/// sent `at` it as well.
public final class OriginHealthContract {
  /// No origin is healthy or degraded any more. Told once, until one is again.
  public static final Topic<AllOriginsUnhealthy> ALL_ORIGINS_UNHEALTHY =
      new Topic<>("origin.event.all-origins-failed.v1", AllOriginsUnhealthy.class);

  public static final Call<GetOriginHealth, OriginHealth> GET_ORIGIN_HEALTH =
      new Call<>("origin.call.get-origin-health.v1", GetOriginHealth.class, OriginHealth.class);

  /// An operator's word goes before what probes and work say, until its time is over.
  public static final Call<ForceHealth, OriginHealth> FORCE_HEALTH =
      new Call<>("origin.call.force-health.v1", ForceHealth.class, OriginHealth.class);

  /// Nobody is left to turn to but those.
  ///
  /// @param origins all of them, the least bad first: fewest failures in a row, then priority
  public record AllOriginsUnhealthy(List<String> origins, Instant at) {
    public AllOriginsUnhealthy {
      origins = List.copyOf(origins);
    }
  }

  public record GetOriginHealth(String originId) {}

  /// What an operator says of an origin.
  ///
  /// @param state `healthy` or `unhealthy`; null ends what was forced before
  /// @param until must lie ahead; null with a null state
  public record ForceHealth(String originId, @Nullable String state, @Nullable Instant until) {}

  /// All figures of one origin's health.
  ///
  /// @param measured what it would be if nothing were forced
  /// @param forcedUntil null: nothing is forced
  /// @param failuresInRow of probes and work alike
  /// @param successesInRow of probes, since the last failure
  /// @param fall failures in a row that make it unhealthy
  /// @param rise successful probes in a row that make it well again
  /// @param ejections how often it stopped being healthy lately; each makes the next stay longer
  /// @param ejectedUntil not well again before; null: nothing holds it
  /// @param nextProbe null while one is under way
  /// @param lastErrors the latest last
  /// @param transitions the latest last
  public record OriginHealth(
      String id,
      String health,
      String measured,
      @Nullable Instant forcedUntil,
      List<String> flags,
      @Nullable String reason,
      int failuresInRow,
      int successesInRow,
      int fall,
      int rise,
      int ejections,
      @Nullable Instant ejectedUntil,
      @Nullable Instant nextProbe,
      Probes probes,
      Work work,
      List<HealthError> lastErrors,
      List<Transition> transitions,
      List<Breaker> breakers) {
    public OriginHealth {
      flags = List.copyOf(flags);
      lastErrors = List.copyOf(lastErrors);
      transitions = List.copyOf(transitions);
      breakers = List.copyOf(breakers);
    }
  }

  /// What probes showed.
  ///
  /// @param lastAt null before the first
  public record Probes(long done, long failed, @Nullable Instant lastAt, double lastMillis) {}

  /// What ordinary operations showed.
  ///
  /// @param slow took longer than what is called slow here
  /// @param samples how many of the last operations the percentiles are of; they include those that
  ///   ended without an answer in time
  /// @param threads the origin's own; `stuckThreads` of them wait past their deadline
  public record Work(
      long done,
      long failed,
      long slow,
      int samples,
      double p50Millis,
      double p95Millis,
      double p99Millis,
      int threads,
      int stuckThreads) {}

  /// One failure.
  ///
  /// @param operation `probe`, `read`, `write` or `list`
  public record HealthError(Instant at, String operation, String code, String message) {}

  /// A change of health.
  public record Transition(Instant at, String from, String to, String reason) {}

  /// What lets operations of one kind through, or not.
  ///
  /// @param operation `read`, `write` or `list`
  /// @param state `closed`, `open` or `half-open`
  /// @param failures among the last calls
  /// @param slow among the last calls
  /// @param refused since the start
  /// @param openings since the start
  /// @param openUntil null: not open
  public record Breaker(
      String operation,
      String state,
      int calls,
      int failures,
      int slow,
      long refused,
      long openings,
      @Nullable Instant openUntil) {}

  private OriginHealthContract() {}
}
