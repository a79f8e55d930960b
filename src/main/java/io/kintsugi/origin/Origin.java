package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.origin.Enrolment.Standing;
import io.kintsugi.origin.Marking.Mark;
import io.kintsugi.origin.Marking.Seen;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One origin of this node: where it stands, how it fares, and the only way to its files.
final class Origin {
  private static final Logger LOG = LoggerFactory.getLogger(Origin.class);

  private final World world;
  private final OriginConfig.Member member;
  private final KeyRing keys;
  private final Driver driver;
  private final OriginThreads threads;
  private final Fitness fitness;
  private final Enrolment enrolment;
  private final Monitor monitor;
  private final Breakers breakers;
  private final News news;
  private final Latency latency = new Latency();
  final Windows windows = new Windows();
  private FolderFlushes flushes;
  private Runnable whenMoved = () -> {};
  private Standing standing = Standing.UNKNOWN;
  private Instant lastCheck = Instant.EPOCH;
  private @Nullable Future<OriginState> checking;

  Origin(
      World world,
      OriginConfig config,
      OriginConfig.Member member,
      KeyRing keys,
      Driver driver,
      OriginThreads threads,
      OriginThreads probes,
      HealthRules rules,
      Breakers breakers,
      Consumer<OriginState> listener) {
    this.world = world;
    this.member = member;
    this.keys = keys;
    this.driver = driver;
    this.threads = threads;
    fitness = new Fitness(threads, probes, breakers);
    this.breakers = breakers;
    news = new News(world, () -> listener.accept(state()));
    monitor = new Monitor(world, rules, () -> member.interval(config.checkInterval()), this::check);
    enrolment = new Enrolment(world, config, member, keys, driver, probes);
    flushes = new FolderFlushes(driver, threads);
  }

  /// Calls back when another place, or another life of it, stands behind this origin: what was open
  /// there is no longer ours.
  void whenMoved(Runnable listener) {
    whenMoved = listener;
  }

  String id() {
    return member.id();
  }

  World world() {
    return world;
  }

  Driver driver() {
    return driver;
  }

  KeyRing keys() {
    return keys;
  }

  /// The first check, in which a catalog that does not answer and a key that does not fit are
  /// reasons not to start.
  Future<OriginState> start() {
    long began = world.nanos();
    return enrolment
        .enrol()
        .compose(found -> {
          stand(found, world.nanos() - began);
          return found.mark() == Mark.KEY_MISMATCH
              ? Future.failedFuture(
                  Failure.of(
                      FailureCode.CONFLICT,
                      "origin " + id() + " at " + member.path() + ": " + found.reason(),
                      "what",
                      "keyFile"))
              : Future.succeededFuture(state());
        });
  }

  /// Probes now; a probe under way serves all who ask meanwhile.
  Future<OriginState> check() {
    var running = checking;
    if (running != null) {
      return running;
    }
    long began = world.nanos();
    return alone(
        (standing.isOurs() ? confirm() : enrolment.enrol())
            .otherwise(cause -> standing.unseen(Failure.from(cause).text()))
            .map(found -> {
              stand(found, world.nanos() - began);
              return state();
            }));
  }

  /// Enrolment, checks and replacements are never under way together.
  private Future<OriginState> alone(Future<OriginState> work) {
    var running = work.onComplete(_ -> checking = null);
    checking = running.isComplete() ? null : running;
    return running;
  }

  /// What did not answer does not become another's: it stands where it stood, but unwell. What is
  /// not ours any more may be on its way to being ours again: the catalog is asked.
  private Future<Standing> confirm() {
    return enrolment
        .confirm(standing)
        .compose(found -> {
          if (found.isOurs() || found.starved() != null) {
            return Future.succeededFuture(found);
          }
          if (found.look() != null && found.look().seen() instanceof Seen.Failed failed) {
            return Future.succeededFuture(standing.unseen(failed));
          }
          take(found);
          news();
          return enrolment.enrol().otherwise(found);
        });
  }

  /// Makes a blank origin ours under a new incarnation; does nothing to one that is ours.
  Future<OriginState> replace() {
    var running = checking;
    if (running != null) {
      return running.transform(_ -> replace());
    }
    long began = world.nanos();
    return alone(
        enrolment
            .replace()
            .map(found -> {
              stand(found, world.nanos() - began);
              if (!found.isOurs()) {
                throw unavailable("could not be replaced: " + found.reason());
              }
              return state();
            }));
  }

  private void stand(Standing found, long nanos) {
    if (found.starved() != null) {
      fitness.starve(String.valueOf(found.starved()));
      monitor.soon();
      news();
      return;
    }
    take(found);
    var fault = threads.stuck() > 0 ? fitness.hampered() : found.fault();
    boolean regained = monitor.probed(fault, nanos, breakers.reason() != null);
    if (fault == null) {
      breakers.probed(nanos, regained);
    }
    news();
  }

  /// Takes note of where it stands, and of what a look showed.
  private void take(Standing found) {
    boolean moved =
        found.mark() != standing.mark()
            || !Objects.equals(found.incarnation(), standing.incarnation())
            || !Objects.equals(found.identity(), standing.identity());
    if (moved) {
      LOG.info(
          "origin={} marker={} incarnation={} reason={}",
          id(),
          found.mark().word(),
          found.incarnation(),
          found.reason());
      flushes = new FolderFlushes(driver, threads);
      whenMoved.run();
    }
    fitness.look(standing, found, member.reserveBytes());
    standing = found;
    lastCheck = world.clock().instant();
    var look = found.look();
    var why = found.reason();
    if (found.isOurs() && why == null && look != null && !look.hasObjects()) {
      // The marker verified just now: this is the right disk, and somebody took the folder away.
      flushes.makeRoot().onFailure(cause -> fail(Operation.WRITE, cause));
    }
  }

  /// Tells how it is now.
  private void news() {
    monitor.settle(fitness.hampered());
    news.tell();
  }

  OriginState state() {
    return HealthReport.state(member, standing, isWritable(), fitness, monitor, latency, lastCheck);
  }

  /// All figures of its health.
  OriginHealth health() {
    return HealthReport.of(state(), monitor, latency, threads, breakers);
  }

  /// @param word null: what is measured counts again
  OriginHealth force(Health.@Nullable Word word, @Nullable Instant until) {
    monitor.force(word, until, this::news);
    return health();
  }

  private boolean isWritable() {
    return standing.isOurs()
        && member.writeEnabled()
        && fitness.takesShards()
        && monitor.told().isUsable();
  }

  /// Refuses whatever is not asked of this very life of this origin.
  void requireOurs(String incarnation) {
    if (!standing.isOurs()) {
      throw unavailable("is " + standing.mark().word() + ": " + standing.reason());
    }
    if (!incarnation.equals(standing.incarnation())) {
      throw unavailable("has another incarnation now");
    }
  }

  /// What would wait for its deadline behind others that do is refused at once.
  private void requireAnswering() {
    if (fitness.isHung()) {
      throw unavailable("hangs");
    }
  }

  void requireReadable(String incarnation) {
    requireOurs(incarnation);
    requireAnswering();
    if (!member.readEnabled()) {
      throw unavailable("is switched off for reading");
    }
  }

  void requireWritable(String incarnation) {
    requireAppendable(incarnation);
    if (fitness.room().full()) {
      throw Failure.of(FailureCode.STORAGE_ERROR, "origin " + id() + " is full", "what", "origin");
    }
    if (!isWritable()) {
      throw unavailable("cannot be written: " + monitor.reason(fitness.hampered()));
    }
  }

  /// Also where there is no room for shards: what frees room needs a little itself.
  void requireAppendable(String incarnation) {
    requireOurs(incarnation);
    requireAnswering();
    boolean readOnly = fitness.isReadOnly();
    if (!member.writeEnabled() || readOnly) {
      throw unavailable("cannot be written: it " + (readOnly ? "takes no writes" : "is off"));
    }
  }

  /// Nothing is taken away where too much was found damaged.
  void requireUnbraked() {
    if (fitness.braked() != null) {
      throw unavailable("is braked: " + fitness.braked());
    }
  }

  /// Holds the brake, or releases it where there is no reason for it.
  OriginState brake(@Nullable String why) {
    fitness.brake(why);
    news();
    return state();
  }

  Failure unavailable(String why) {
    return Failure.of(FailureCode.UNAVAILABLE, "origin " + id() + " " + why, "what", "origin");
  }

  /// Opens something under the root that was recognised, and no other.
  <T> Future<T> open(OriginThreads.Work<T> work, Consumer<T> late) {
    var identity = standing.identity();
    return threads.open(
        () -> {
          if (!driver.identity().equals(identity)) {
            throw new DriverException(new Fault.Io("", "another folder stands in its place"));
          }
          return work.call();
        },
        late);
  }

  <T> Future<T> run(OriginThreads.Work<T> work) {
    return threads.run(work);
  }

  /// Closes what nobody needs any more.
  void release(Driver.Opened file) {
    threads.release(() -> {
      file.close();
      return true;
    });
  }

  Future<Void> flushLeaf(String leaf) {
    return flushes.flush(leaf);
  }

  /// One operation as the breaker of its kind lets it through.
  <T> Future<T> guarded(Operation operation, Supplier<Future<T>> work) {
    return breakers.of(operation).run(work);
  }

  /// Takes note of a failed operation; answers what to tell the asker.
  Failure fail(Operation operation, Throwable cause) {
    var failure = Failures.of(id(), cause);
    var fault = Failures.fault(cause);
    switch (fault) {
      case Fault.Full _ -> fitness.ranFull();
      case Fault.ReadOnly _ -> fitness.refusedWrites();
      case Fault.NotFound _, Fault.Exists _ -> {}
      case Fault.TooManyFiles _ -> {
        fitness.starve(failure.text());
        monitor.soon();
      }
      case null -> {
        if (failure.is(FailureCode.TIMEOUT)) {
          latency.add(threads.deadlineNanos(), true);
          suspect(operation, failure);
        }
      }
      default -> suspect(operation, failure);
    }
    news();
    return failure;
  }

  private void suspect(Operation operation, Failure failure) {
    breakers.of(operation).failed(failure);
    monitor.workFailed(operation, failure);
  }

  /// After a name was not found: whether that says anything, because the origin was ours afterwards
  /// still.
  Future<Boolean> isStillOurs() {
    var before = standing;
    return enrolment
        .confirm(before)
        .map(found -> {
          boolean same = found.isOurs() && Objects.equals(found.identity(), before.identity());
          if (!same) {
            check();
          }
          return same && standing.isOurs();
        });
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
      news();
    }
  }

  void wrote(long bytes) {
    fitness.wrote(bytes);
    news.tellSoon();
  }
}
