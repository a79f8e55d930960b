package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.vertx.core.Future;

/// One origin as its host looks after it, whatever lies there.
interface Judged {
  OriginState state();

  Vitals vitals();

  /// Probes now; a probe under way serves all who ask meanwhile.
  Future<OriginState> check();

  /// Takes what stands there now for what is meant.
  Future<OriginState> replace();

  /// All figures of its health.
  default OriginHealth health() {
    return vitals().report(state());
  }
}
