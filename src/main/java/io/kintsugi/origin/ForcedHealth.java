package io.kintsugi.origin;

import io.kintsugi.contract.OriginHealthContract.ForceHealth;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import java.time.Duration;

/// An operator's word on the health of an origin.
final class ForcedHealth {
  /// What is forced for longer is forgotten by people.
  private static final Duration MAX = Duration.ofDays(30);

  private ForcedHealth() {}

  static OriginHealth of(Origin origin, World world, ForceHealth wanted) {
    var state = wanted.state();
    var until = wanted.until();
    if (state == null) {
      return origin.force(null, null);
    }
    var now = world.clock().instant();
    if (until == null || !until.isAfter(now) || until.isAfter(now.plus(MAX))) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "until must lie within the next 30 days", "field", "until");
    }
    return switch (state) {
      case "healthy" -> origin.force(Health.Word.HEALTHY, until);
      case "unhealthy" -> origin.force(Health.Word.UNHEALTHY, until);
      default ->
          throw Failure.of(
              FailureCode.INVALID_REQUEST,
              "state must be healthy or unhealthy, not " + state,
              "field",
              "state");
    };
  }
}
