package io.kintsugi.origin;

import io.vertx.core.json.JsonObject;
import java.time.Duration;

/// By which numbers an origin of one kind is judged.
///
/// @param fall failures in a row that make it unhealthy
/// @param rise successful probes in a row that make it well again
/// @param calm without any failure that an origin needs before it is well again, once it has
///   stopped being well for the second time; ten times as long each further time
/// @param calmMax more than this is never asked for
/// @param forget so long well, and one of those times is forgotten
/// @param slow an operation that takes longer is slow
/// @param recheck between probes while it is not well
record HealthRules(
    int fall,
    int rise,
    Duration calm,
    Duration calmMax,
    Duration forget,
    Duration slow,
    Duration recheck) {
  /// A disk that fails once is to be left alone; a network forgets a packet now and then.
  static final HealthRules LOCAL = usual(1, 1, 1, 1_000);

  static final HealthRules REMOTE = usual(3, 2, 10, 5_000);

  private static final double JITTER = 0.2;
  private static final int GROWTH = 10;

  private static HealthRules usual(int fall, int rise, long calmSeconds, long slowMillis) {
    return new HealthRules(
        fall,
        rise,
        Duration.ofSeconds(calmSeconds),
        Duration.ofMinutes(5),
        Duration.ofMinutes(5),
        Duration.ofMillis(slowMillis),
        Duration.ofSeconds(2));
  }

  static HealthRules of(String kind) {
    return kind.equals("local") ? LOCAL : REMOTE;
  }

  /// The usual ones, but for what a verticle's configuration says: under `health`, by kind of
  /// origin (`local`, or `remote` for all others): `fall`, `rise`, `calmMillis`, `calmMaxMillis`,
  /// `forgetMillis`, `slowMillis`, `recheckMillis`.
  static HealthRules parse(JsonObject config, String kind) {
    var usual = of(kind);
    var told =
        config
            .getJsonObject("health", new JsonObject())
            .getJsonObject(usual.equals(LOCAL) ? "local" : "remote", new JsonObject());
    return new HealthRules(
        (int) positive(told, "fall", usual.fall()),
        (int) positive(told, "rise", usual.rise()),
        millis(told, "calmMillis", usual.calm()),
        millis(told, "calmMaxMillis", usual.calmMax()),
        millis(told, "forgetMillis", usual.forget()),
        millis(told, "slowMillis", usual.slow()),
        millis(told, "recheckMillis", usual.recheck()));
  }

  private static Duration millis(JsonObject told, String key, Duration usual) {
    return Duration.ofMillis(positive(told, key, usual.toMillis()));
  }

  private static long positive(JsonObject told, String key, long usual) {
    long value = told.getLong(key, usual);
    if (value <= 0) {
      throw new IllegalArgumentException("health: " + key + " must be positive");
    }
    return value;
  }

  /// So many nodes and origins do not probe in step.
  ///
  /// @param chance from 0 to 1
  static Duration jittered(Duration pause, double chance) {
    return Duration.ofNanos((long) (pause.toNanos() * (1 - JITTER + 2 * JITTER * chance)));
  }

  /// How long without a failure it must have been.
  ///
  /// @param ejections how often it stopped being well lately, this time among them
  Duration calm(int ejections) {
    if (ejections <= 1) {
      return Duration.ZERO;
    }
    var wanted = calm;
    for (int i = 2; i < ejections && wanted.compareTo(calmMax) < 0; i++) {
      wanted = wanted.multipliedBy(GROWTH);
    }
    return wanted.compareTo(calmMax) < 0 ? wanted : calmMax;
  }
}
