package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
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
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
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
  private final Enrolment enrolment;
  private final News news;
  private final Latency latency = new Latency();
  final Windows windows = new Windows();
  private FolderFlushes flushes;
  private Runnable whenMoved = () -> {};
  private Standing standing = Standing.UNKNOWN;
  private Health health = Health.UNKNOWN;
  private Room room = Room.UNSEEN;
  private boolean readOnly;
  private final Recheck recheck;
  private Instant lastCheck = Instant.EPOCH;
  private @Nullable Future<OriginState> checking;
  private @Nullable String braked;

  Origin(
      World world,
      OriginConfig config,
      OriginConfig.Member member,
      KeyRing keys,
      Driver driver,
      OriginThreads threads,
      OriginThreads probes,
      Consumer<OriginState> listener) {
    this.world = world;
    this.member = member;
    this.keys = keys;
    this.driver = driver;
    this.threads = threads;
    recheck = new Recheck(world, this::check);
    news = new News(world, () -> listener.accept(state()));
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
    return enrolment
        .enrol()
        .compose(found -> {
          stand(found);
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
    return alone(
        (standing.isOurs() ? confirm() : enrolment.enrol())
            .otherwise(cause -> probeFailed(Failure.from(cause).text()))
            .map(found -> {
              stand(found);
              return state();
            }));
  }

  /// Nothing follows for the place: it stands where it stood, and is asked again soon.
  private void starve(String why) {
    health = health.starved(why);
    recheck.soon();
    news.tell();
  }

  /// Enrolment, checks and replacements are never under way together.
  private Future<OriginState> alone(Future<OriginState> work) {
    var running = work.onComplete(_ -> checking = null);
    checking = running.isComplete() ? null : running;
    return running;
  }

  /// It did not answer, which does not make it another's: it stands where it stood, but unwell.
  private Standing probeFailed(String why) {
    recheck.soon();
    return standing.unseen(why);
  }

  /// What is not ours any more may be on its way to being ours again: the catalog is asked.
  private Future<Standing> confirm() {
    return enrolment
        .confirm(standing)
        .compose(found -> {
          if (found.isOurs() || found.starved() != null) {
            return Future.succeededFuture(found);
          }
          if (found.look() != null && found.look().seen() instanceof Seen.Failed(var why)) {
            return Future.succeededFuture(probeFailed(why));
          }
          stand(found);
          return enrolment.enrol().otherwise(found);
        });
  }

  /// Makes a blank origin ours under a new incarnation; does nothing to one that is ours.
  Future<OriginState> replace() {
    var running = checking;
    if (running != null) {
      return running.transform(_ -> replace());
    }
    return alone(
        enrolment
            .replace()
            .map(found -> {
              stand(found);
              if (!found.isOurs()) {
                throw unavailable("could not be replaced: " + found.reason());
              }
              return state();
            }));
  }

  private void stand(Standing found) {
    var starved = found.starved();
    if (starved != null) {
      starve(starved);
      return;
    }
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
    braked = found.braked(standing, braked);
    standing = found;
    lastCheck = world.clock().instant();
    var look = found.look();
    var why = found.reason();
    if (why == null && look != null && look.space() != null) {
      room = Room.of(look.space(), member.reserveBytes());
      readOnly = !look.writable();
    }
    if (found.isOurs() && why == null && look != null && !look.hasObjects()) {
      // The marker verified just now: this is the right disk, and somebody took the folder away.
      flushes.makeRoot().onFailure(this::fail);
    }
    health =
        found.isOurs() && why == null
            ? health.probeSucceeded()
            : health.probeFailed(why == null ? found.mark().word() : why);
    news.tell();
  }

  OriginState state() {
    return new OriginState(
        member.id(),
        member.kind(),
        member.path(),
        member.domain(),
        member.priority(),
        word().word(),
        standing.mark().word(),
        standing.incarnation(),
        isWritable(),
        room.totalBytes(),
        room.freeBytes(),
        room.freeInodes(),
        latency.millis(0.5),
        latency.millis(0.99),
        health.failures(),
        lastCheck,
        reason(),
        braked,
        Flags.of(threads.stuck() > 0, room.full(), readOnly, standing.mark()));
  }

  private Health.Word word() {
    boolean hampered = room.full() || readOnly || braked != null || threads.stuck() > 0;
    return health.word(Health.threshold(member.kind()), hampered);
  }

  private boolean isWritable() {
    return standing.isOurs()
        && member.writeEnabled()
        && !room.full()
        && !readOnly
        && braked == null
        && word().isUsable();
  }

  private @Nullable String reason() {
    if (health.reason() != null) {
      return health.reason();
    }
    if (threads.stuck() > 0) {
      return threads.stuck() + " operations hang";
    }
    if (braked != null) {
      return "it is braked: " + braked;
    }
    if (readOnly) {
      return "it takes no writes";
    }
    return room.full() ? "it is full" : null;
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

  void requireReadable(String incarnation) {
    requireOurs(incarnation);
    if (!member.readEnabled()) {
      throw unavailable("is switched off for reading");
    }
  }

  void requireWritable(String incarnation) {
    requireAppendable(incarnation);
    if (room.full()) {
      throw Failure.of(FailureCode.STORAGE_ERROR, "origin " + id() + " is full", "what", "origin");
    }
    if (!isWritable()) {
      throw unavailable("cannot be written: " + reason());
    }
  }

  /// Also where there is no room for shards: what frees room needs a little itself.
  void requireAppendable(String incarnation) {
    requireOurs(incarnation);
    if (!member.writeEnabled() || readOnly) {
      throw unavailable("cannot be written: it " + (readOnly ? "takes no writes" : "is off"));
    }
  }

  /// Nothing is taken away where too much was found damaged.
  void requireUnbraked() {
    if (braked != null) {
      throw unavailable("is braked: " + braked);
    }
  }

  /// Holds the brake, or releases it where there is no reason for it.
  OriginState brake(@Nullable String why) {
    braked = why;
    news.tell();
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

  /// Takes note of a failed operation; answers what to tell the asker.
  Failure fail(Throwable cause) {
    var failure = Failures.of(id(), cause);
    var fault = Failures.fault(cause);
    switch (fault) {
      case Fault.Full _ -> room = room.exhausted();
      case Fault.ReadOnly _ -> readOnly = true;
      case Fault.NotFound _, Fault.Exists _ -> {}
      case Fault.TooManyFiles _ -> starve(failure.text());
      case null -> {
        if (failure.is(FailureCode.TIMEOUT)) {
          suspect(failure);
        }
      }
      default -> suspect(failure);
    }
    news.tell();
    return failure;
  }

  private void suspect(Failure failure) {
    health = health.workFailed(failure.text());
    world.after(Duration.ofMillis(1), this::check);
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

  void took(long nanos) {
    latency.add(nanos);
    news.tellSoon();
  }

  void wrote(long bytes) {
    room = room.less(bytes);
    news.tellSoon();
  }
}
