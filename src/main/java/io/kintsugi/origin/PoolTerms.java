package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.contract.RegistryContract.ChangePool;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the pool as a whole allows.
@Pure
final class PoolTerms {
  static final int ORIGINS_MAX = 10_000;
  private static final long INTERVAL_MIN_MILLIS = 100;

  private PoolTerms() {}

  static PoolConfig changed(PoolConfig old, ChangePool change) {
    return normal(
        new PoolConfig(
            Objects.requireNonNullElse(change.strategy(), old.strategy()),
            Objects.requireNonNullElse(change.replicationFactor(), old.replicationFactor()),
            Objects.requireNonNullElse(
                change.healthCheckIntervalMillis(), old.healthCheckIntervalMillis()),
            Objects.requireNonNullElse(change.autoFailover(), old.autoFailover()),
            Objects.requireNonNullElse(change.minHealthyBackends(), old.minHealthyBackends())));
  }

  /// Fails with what is wrong.
  static PoolConfig normal(PoolConfig given) {
    var strategy = Placing.Strategy.parse(given.strategy());
    if (given.strategy().isEmpty() || strategy.isEmpty()) {
      throw wrong("strategy", "there is no strategy '" + given.strategy() + "'");
    }
    requireCount("replication_factor", given.replicationFactor());
    requireCount("min_healthy_backends", given.minHealthyBackends());
    if (given.healthCheckIntervalMillis() < INTERVAL_MIN_MILLIS) {
      throw wrong("health_check_interval", "health_check_interval must be 100ms or more");
    }
    return given;
  }

  private static void requireCount(String field, int count) {
    if (count < 1 || count > ORIGINS_MAX) {
      throw wrong(field, field + " must be 1 to " + ORIGINS_MAX + ", not " + count);
    }
  }

  private static Failure wrong(String field, String message) {
    return Failure.of(FailureCode.INVALID_REQUEST, "pool: " + message, "field", field);
  }

  /// Why nothing may be written now; null if it may.
  static @Nullable String refusal(PoolConfig config, Collection<OriginState> origins) {
    long healthy = origins.stream().filter(PoolTerms::isHealthy).count();
    // Where none is, none will be found: with what reason, each placement tells itself.
    return config.minHealthyBackends() == 1 || healthy >= config.minHealthyBackends()
        ? null
        : "%d origins are healthy, and nothing is written with fewer than %d (min_healthy_backends)"
            .formatted(healthy, config.minHealthyBackends());
  }

  /// How many copies must be flushed where each origin is to have one.
  static int acknowledged(PoolConfig config) {
    return Math.max(config.minHealthyBackends(), config.replicationFactor());
  }

  /// Whether it answers as it should; one that is merely full does.
  static boolean isHealthy(OriginState origin) {
    return origin.marker().equals("ours")
        && (origin.health().equals("healthy") || origin.health().equals("degraded"));
  }
}
