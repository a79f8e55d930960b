package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.contract.OriginHealthContract.Work;

/// Puts together all figures of the health of one origin.
final class HealthReport {
  private HealthReport() {}

  static OriginHealth of(
      OriginState state,
      Monitor monitor,
      Latency latency,
      OriginThreads threads,
      Breakers breakers) {
    var health = monitor.health();
    return new OriginHealth(
        state.id(),
        state.health(),
        health.word().word(),
        monitor.forcedUntil(),
        state.flags(),
        state.reason(),
        health.failures(),
        health.successes(),
        monitor.rules().fall(),
        monitor.rules().rise(),
        health.ejections(),
        monitor.ejectedUntil(),
        monitor.nextProbe(),
        monitor.probes(),
        work(latency, threads, monitor),
        monitor.errors(),
        monitor.transitions(),
        breakers.states());
  }

  private static Work work(Latency latency, OriginThreads threads, Monitor monitor) {
    return new Work(
        latency.count(),
        monitor.workFailures(),
        latency.slow(),
        latency.samples(),
        latency.millis(0.5),
        latency.millis(0.95),
        latency.millis(0.99),
        threads.threads(),
        threads.stuck());
  }
}
