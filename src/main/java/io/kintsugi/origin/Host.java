package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginDefinition;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Answers for one origin on a context of its own.
interface Host extends Deployable {
  /// From now on the origin is what it is said to be here. Answers the caller, on its own context,
  /// how the origin stands by that; null if it is not served.
  Future<@Nullable OriginState> apply(OriginDefinition definition);

  /// From now on it is probed so often.
  default void probeEvery(Duration interval) {}
}
