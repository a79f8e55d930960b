package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How one origin fares, whatever lies on it: what probes and work met, what is let through, and
/// what others are told.
final class Vitals {
  private final World world;
  private final OriginConfig.Member member;
  private final OriginThreads threads;
  private final Breakers breakers;
  private final Fitness fitness;
  private final Monitor monitor;
  private final Latency latency = new Latency();
  private final News news;
  private Instant lastCheck = Instant.EPOCH;

  /// @param probe looks at the origin now, and tells what it met
  /// @param listener called when there is news
  Vitals(Means means, Runnable probe, Runnable listener) {
    world = means.world();
    member = means.member();
    threads = means.threads();
    breakers = means.breakers();
    fitness = new Fitness(threads, means.probes(), breakers);
    monitor =
        new Monitor(
            world, means.rules(), () -> member.interval(means.settings().checkInterval()), probe);
    news = new News(world, listener);
  }

  Fitness fitness() {
    return fitness;
  }

  Health.Word word() {
    return monitor.told();
  }

  /// Why it is not healthy; null if it is.
  @Nullable String reason() {
    return monitor.reason(fitness.hampered());
  }

  /// Tells how it is now.
  void tell() {
    monitor.settle(fitness.hampered());
    news.tell();
  }

  /// A look showed something, for good or ill.
  void looked() {
    lastCheck = world.clock().instant();
  }

  /// A look has come to its end. While something hangs, that the root can be seen does not make it
  /// well.
  ///
  /// @param fault null: nothing is wrong
  void probed(@Nullable String fault, long nanos) {
    var why = threads.stuck() > 0 ? fitness.hampered() : fault;
    boolean regained = monitor.probed(why, nanos, breakers.reason() != null);
    if (why == null) {
      breakers.probed(nanos, regained);
    }
    tell();
  }

  /// Nobody could ask it, which is not its fault.
  void starved(String why) {
    fitness.starve(why);
    monitor.soon();
    tell();
  }

  /// One operation as the breaker of its kind lets it through.
  <T> Future<T> guarded(Operation operation, Supplier<Future<T>> work) {
    return breakers.of(operation).run(work);
  }

  /// Work met a failure of the origin.
  void suspect(Operation operation, Failure failure) {
    breakers.of(operation).failed(failure);
    monitor.workFailed(operation, failure);
  }

  /// Work met a failure that may be of one thing there alone.
  void doubt(Operation operation, Failure failure) {
    monitor.workDoubtful(operation, failure);
  }

  /// Work got no answer before its deadline.
  void timedOut(Operation operation, Failure failure) {
    latency.add(threads.deadlineNanos(), true);
    suspect(operation, failure);
  }

  void took(Operation operation, long nanos) {
    fitness.worked(world.nanos());
    var breaker = breakers.of(operation);
    boolean closed = breaker.isClosed();
    latency.add(nanos, breaker.took(nanos));
    monitor.workSucceeded();
    if (closed == breaker.isClosed()) {
      news.tellSoon();
    } else {
      tell();
    }
  }

  void wrote(long bytes) {
    fitness.wrote(bytes);
    news.tellSoon();
  }

  /// An operator's word, which goes before what is measured.
  ///
  /// @param word null: what is measured counts again
  void force(Health.@Nullable Word word, @Nullable Instant until) {
    monitor.force(word, until, this::tell);
  }

  /// The origin as others are to see it.
  ///
  /// @param marker one of the words of its kind
  /// @param more flags beyond those that are seen here
  OriginState state(
      String marker, @Nullable String incarnation, boolean writable, List<String> more) {
    var room = fitness.room();
    var flags = fitness.flags();
    flags.addAll(more);
    return new OriginState(
        member.id(),
        member.kind(),
        member.path(),
        member.domain(),
        member.priority(),
        monitor.told().word(),
        marker,
        incarnation,
        writable,
        room.totalBytes(),
        room.freeBytes(),
        room.freeInodes(),
        latency.millis(0.5),
        latency.millis(0.99),
        monitor.health().failures(),
        lastCheck,
        reason(),
        fitness.braked(),
        flags);
  }

  /// All figures of its health.
  OriginHealth report(OriginState state) {
    return HealthReport.of(state, monitor, latency, threads, breakers);
  }
}
