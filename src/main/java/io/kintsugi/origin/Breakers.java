package io.kintsugi.origin;

import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.kernel.World;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The breakers of one origin, one for each kind of operation: what cannot be written may well be
/// read.
final class Breakers {
  private final Map<Operation, Breaker> breakers = new EnumMap<>(Operation.class);

  /// @param slow an operation that takes longer is slow
  Breakers(Vertx vertx, World world, String originId, Duration slow) {
    for (var operation : Operation.values()) {
      if (operation != Operation.PROBE) {
        breakers.put(operation, new Breaker(vertx, world, originId, operation, slow));
      }
    }
  }

  /// Probes are listings to them.
  Breaker of(Operation operation) {
    return Objects.requireNonNull(
        breakers.get(operation == Operation.PROBE ? Operation.LIST : operation));
  }

  void probed(long nanos, boolean regained) {
    breakers.values().forEach(breaker -> breaker.probed(nanos, regained));
  }

  /// Which kinds do not get through as usual; null if all do.
  @Nullable String reason() {
    for (var entry : breakers.entrySet()) {
      if (!entry.getValue().isClosed()) {
        return "it fails or dawdles at each " + entry.getKey().word();
      }
    }
    return null;
  }

  List<OriginHealthContract.Breaker> states() {
    return breakers.values().stream().map(Breaker::state).toList();
  }
}
