package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.contract.OriginHealthContract.Work;
import io.kintsugi.origin.Enrolment.Standing;
import java.time.Instant;

/// Puts together what is told of one origin.
final class HealthReport {
  private HealthReport() {}

  static OriginState state(
      OriginConfig.Member member,
      Standing standing,
      boolean writable,
      Fitness fitness,
      Monitor monitor,
      Latency latency,
      Instant lastCheck) {
    var room = fitness.room();
    return new OriginState(
        member.id(),
        member.kind(),
        member.path(),
        member.domain(),
        member.priority(),
        monitor.told().word(),
        standing.mark().word(),
        standing.incarnation(),
        writable,
        room.totalBytes(),
        room.freeBytes(),
        room.freeInodes(),
        latency.millis(0.5),
        latency.millis(0.99),
        monitor.health().failures(),
        lastCheck,
        monitor.reason(fitness.hampered()),
        fitness.braked(),
        fitness.flags());
  }

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
