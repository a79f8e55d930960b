package io.kintsugi.origin;

import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps operations of one kind from an origin that fails at them or dawdles, so that they go
/// elsewhere at once. Failures in a row are counted by a circuit breaker, everything else is
/// decided by a [Gate].
final class Breaker {
  private static final int FAILURES_MAX = 5;
  private static final Duration OPEN = Duration.ofSeconds(2);

  /// A little longer, so that the circuit breaker has half opened by then.
  private static final long GATE_MILLIS = OPEN.toMillis() + 100;

  private final Vertx vertx;
  private final World world;
  private final String originId;
  private final Operation operation;
  private final Duration slow;
  private CircuitBreaker circuit;
  private Gate gate = Gate.CLOSED;

  /// The last failure that was the origin's own; others are those of whoever asked.
  private @Nullable Failure told;

  private long refused;
  private long openings;

  Breaker(Vertx vertx, World world, String originId, Operation operation, Duration slow) {
    this.vertx = vertx;
    this.world = world;
    this.originId = originId;
    this.operation = operation;
    this.slow = slow;
    circuit = circuit();
  }

  private CircuitBreaker circuit() {
    var options =
        new CircuitBreakerOptions()
            .setMaxFailures(FAILURES_MAX)
            .setTimeout(-1)
            .setResetTimeout(OPEN.toMillis())
            .setNotificationAddress(null);
    return CircuitBreaker.create(originId + "-" + operation.word(), vertx, options)
        .failurePolicy(answer -> answer.failed() && answer.cause() == told);
  }

  <T> Future<T> run(Supplier<Future<T>> work) {
    var admission = gate.admit(nowMillis());
    gate = admission.gate();
    if (!admission.admitted()) {
      return refuse();
    }
    return circuit
        .execute(work)
        .onComplete(done -> {
          gate = gate.left();
          agree();
          if (done.succeeded() && operation == Operation.LIST) {
            // Those of other kinds tell how long they took.
            saw(Gate.Outcome.WELL);
          }
        })
        .recover(
            cause -> cause instanceof OpenCircuitException ? refuse() : Future.failedFuture(cause));
  }

  private <T> Future<T> refuse() {
    refused++;
    return Future.failedFuture(
        Failure.of(
            FailureCode.UNAVAILABLE,
            "origin %s failed or dawdled at each %s lately and is spared for a moment"
                .formatted(originId, operation.word()),
            "what",
            "origin"));
  }

  /// An operation of this kind took so long.
  boolean took(long nanos) {
    boolean dawdled = nanos > slow.toNanos();
    saw(dawdled ? Gate.Outcome.SLOW : Gate.Outcome.WELL);
    return dawdled;
  }

  /// The origin failed at one of this kind.
  void failed(Failure failure) {
    told = failure;
    saw(Gate.Outcome.FAILED);
  }

  private void saw(Gate.Outcome outcome) {
    boolean wasOpen = gate.state() == Gate.State.OPEN;
    gate = gate.saw(outcome, nowMillis(), GATE_MILLIS);
    if (!wasOpen && gate.state() == Gate.State.OPEN) {
      openings++;
      if (circuit.state() != CircuitBreakerState.OPEN) {
        circuit.open();
      }
    }
    agree();
  }

  /// What the circuit breaker has counted is as good a reason as what the gate has.
  private void agree() {
    if (gate.state() != Gate.State.OPEN && circuit.state() == CircuitBreakerState.OPEN) {
      gate = gate.opened(nowMillis(), GATE_MILLIS);
      openings++;
    }
  }

  /// A probe went well. Where nobody comes any more because this is open, probes are the only ones
  /// to find out that it need not be.
  ///
  /// @param regained the origin has just become well again: its time need not be waited for
  void probed(long nanos, boolean regained) {
    if (gate.state() == Gate.State.OPEN && (regained || nowMillis() >= gate.untilMillis())) {
      gate = gate.tried();
      // One that is open cannot be told to close.
      circuit.close();
      circuit = circuit();
    }
    if (gate.state() == Gate.State.HALF_OPEN) {
      took(nanos);
    }
  }

  boolean isClosed() {
    return gate.state() == Gate.State.CLOSED;
  }

  private long nowMillis() {
    return world.nanos() / 1_000_000;
  }

  OriginHealthContract.Breaker state() {
    boolean open = gate.state() == Gate.State.OPEN;
    return new OriginHealthContract.Breaker(
        operation.word(),
        gate.state().word(),
        gate.calls(),
        gate.count(Gate.Outcome.FAILED),
        gate.count(Gate.Outcome.SLOW),
        refused,
        openings,
        open ? world.clock().instant().plusMillis(gate.untilMillis() - nowMillis()) : null);
  }
}
