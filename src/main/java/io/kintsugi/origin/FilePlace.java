package io.kintsugi.origin;

import static io.kintsugi.contract.CatalogTreeContract.GET_FILE_ROOT;
import static io.kintsugi.contract.CatalogTreeContract.SAVE_FILE_ROOT;

import io.kintsugi.contract.CatalogTreeContract.FileRoot;
import io.kintsugi.contract.CatalogTreeContract.GetFileRoot;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An origin for plain files: whether its root is the one that was registered, how it fares, and
/// the only way to its files. It bears no marker: all that is written there are files of people,
/// and a little of the store's own beside them, in folders that are shown to nobody.
final class FilePlace {
  private static final Logger LOG = LoggerFactory.getLogger(FilePlace.class);
  private static final Duration RECHECK = Duration.ofSeconds(2);
  private static final String NOT_LOOKED = "not looked at yet";

  private final World world;
  private final OriginConfig.Member member;
  private final Driver driver;
  private final OriginThreads threads;
  private final OriginThreads probes;
  private final Duration lookTimeout;
  private final News news;
  private final Latency latency = new Latency();

  private @Nullable String root;
  private FileLook look = new FileLook.Failed(NOT_LOOKED);
  private FileLook.Verdict verdict = FileLook.Verdict.UNREADABLE;
  private FileHealth health = FileHealth.UNKNOWN;
  private boolean recheckDue;
  private Instant lastCheck = Instant.EPOCH;
  private @Nullable Future<OriginState> checking;

  FilePlace(
      World world,
      OriginConfig config,
      OriginConfig.Member member,
      Driver driver,
      OriginThreads threads,
      OriginThreads probes,
      Consumer<OriginState> listener) {
    this.world = world;
    this.member = member;
    this.driver = driver;
    this.threads = threads;
    this.probes = probes;
    lookTimeout = config.checkTimeout();
    news = new News(world, () -> listener.accept(state()));
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

  /// Whether folders are things of their own there, which links may pose as.
  boolean hasFolders() {
    return !member.kind().equals("s3");
  }

  /// Probes now; a probe under way serves all who ask meanwhile.
  Future<OriginState> check() {
    var running = checking;
    if (running != null) {
      return running;
    }
    return alone(
        known()
            .compose(_ -> look())
            .compose(this::learn)
            .recover(
                cause -> Future.succeededFuture(new FileLook.Failed(Failure.from(cause).text())))
            .map(found -> {
              stand(found);
              return state();
            }));
  }

  /// Takes whatever stands there now for the place that is meant.
  Future<OriginState> accept() {
    var running = checking;
    if (running != null) {
      return running.transform(_ -> accept());
    }
    return alone(
        look()
            .compose(found -> {
              if (!(found instanceof FileLook.Seen(var identity, _))) {
                throw unavailable("cannot be replaced: " + FileLook.reason(found, null));
              }
              return save(identity).map(found);
            })
            .map(found -> {
              stand(found);
              return state();
            }));
  }

  private Future<OriginState> alone(Future<OriginState> work) {
    var running = work.onComplete(_ -> checking = null);
    checking = running.isComplete() ? null : running;
    return running;
  }

  private Future<Void> known() {
    return root != null
        ? Future.succeededFuture()
        : world
            .bus()
            .ask(GET_FILE_ROOT, new GetFileRoot(id()))
            .map(found -> {
              root = found.identity();
              return null;
            });
  }

  private Future<FileLook> look() {
    return probes
        .<FileLook>run(lookTimeout, () -> FileLook.take(driver), _ -> {})
        .recover(cause -> Future.succeededFuture(new FileLook.Failed(Failure.from(cause).text())));
  }

  /// The first root that is ever seen is the one that is meant.
  private Future<FileLook> learn(FileLook found) {
    return root == null && found instanceof FileLook.Seen(var identity, _)
        ? save(identity).map(found)
        : Future.succeededFuture(found);
  }

  private Future<Void> save(String identity) {
    return world
        .bus()
        .ask(SAVE_FILE_ROOT, new FileRoot(id(), identity))
        .map(_ -> {
          root = identity;
          return null;
        });
  }

  private void stand(FileLook found) {
    if (found instanceof FileLook.Starved(var why)) {
      starve(why);
      return;
    }
    var now = FileLook.judge(found, root);
    var why = FileLook.reason(found, root);
    if (now != verdict) {
      LOG.info("origin={} files={} reason={}", id(), now, why);
    }
    verdict = now;
    look = found;
    lastCheck = world.clock().instant();
    if (why == null) {
      health = health.probeSucceeded();
    } else {
      health = health.probeFailed(why);
      recheckSoon();
    }
    news.tell();
  }

  private void starve(String why) {
    health = health.starved(why);
    recheckSoon();
    news.tell();
  }

  /// What did not answer is asked again before its time, however often it was asked.
  private void recheckSoon() {
    if (!recheckDue) {
      recheckDue = true;
      world.after(
          RECHECK,
          () -> {
            recheckDue = false;
            check();
          });
    }
  }

  OriginState state() {
    var space = look instanceof FileLook.Seen(_, var seen) ? seen : null;
    var flags = new ArrayList<String>();
    if (!member.writeEnabled()) {
      flags.add(OriginState.READ_ONLY);
    }
    if (threads.stuck() > 0) {
      flags.add(OriginState.HUNG);
    }
    if (verdict == FileLook.Verdict.FOREIGN) {
      flags.add(OriginState.MISCONFIGURED);
    }
    return new OriginState(
        member.id(),
        member.kind(),
        member.path(),
        member.domain(),
        member.priority(),
        health.word(member.kind(), threads.stuck() > 0),
        verdict.name().toLowerCase(Locale.ROOT),
        null,
        false,
        space == null ? 0 : space.totalBytes(),
        space == null ? 0 : space.freeBytes(),
        space == null ? -1 : space.freeInodes(),
        latency.millis(0.5),
        latency.millis(0.99),
        health.failures(),
        lastCheck,
        reason(),
        null,
        flags);
  }

  private @Nullable String reason() {
    if (health.told() != null) {
      return health.told();
    }
    return threads.stuck() > 0 ? threads.stuck() + " operations hang" : null;
  }

  private void requireOurs(String done) {
    if (verdict != FileLook.Verdict.OURS) {
      throw unavailable("cannot be " + done + ": " + FileLook.reason(look, root));
    }
  }

  void requireReadable() {
    requireOurs("read");
    if (!member.readEnabled()) {
      throw unavailable("is switched off for reading");
    }
  }

  /// Whether anything may be written there at all.
  boolean isWritable() {
    return verdict == FileLook.Verdict.OURS && member.writeEnabled();
  }

  void requireWritable() {
    requireOurs("written to");
    if (!member.writeEnabled()) {
      throw unavailable("is switched off for writing");
    }
  }

  Failure unavailable(String why) {
    return Failure.of(FailureCode.UNAVAILABLE, "origin " + id() + " " + why, "what", "origin");
  }

  /// Does something under the root that was registered, and no other.
  <T> Future<T> open(OriginThreads.Work<T> work, Consumer<T> late) {
    requireReadable();
    return meant(work, late);
  }

  /// Changes something under the root that was registered, and no other.
  <T> Future<T> change(OriginThreads.Work<T> work, Consumer<T> late) {
    requireWritable();
    return meant(work, late);
  }

  private <T> Future<T> meant(OriginThreads.Work<T> work, Consumer<T> late) {
    var meant = root;
    return threads.open(
        () -> {
          requireRoot(meant);
          return work.call();
        },
        late);
  }

  private void requireRoot(@Nullable String meant) throws DriverException {
    try {
      if (!driver.identity().key().equals(meant)) {
        throw new DriverException(
            new Fault.Disconnected("", "another folder stands where it was registered"));
      }
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        // That the root is gone says nothing of what lies below it.
        throw new DriverException(new Fault.Disconnected("", "its folder is not there"), e);
      }
      throw e;
    }
  }

  <T> Future<T> run(OriginThreads.Work<T> work) {
    return threads.run(work);
  }

  /// Runs what takes longer than one operation may.
  <T> Future<T> runLong(Duration limit, OriginThreads.Work<T> work) {
    return threads.run(limit, work, _ -> {});
  }

  void release(Driver.Opened file) {
    threads.release(() -> {
      file.close();
      return true;
    });
  }

  /// What to tell of work that failed. Something that is not there is only told as such while the
  /// root is the one that is meant.
  <T> Future<T> failed(Throwable cause) {
    var failure = fail(cause);
    if (!failure.is(FailureCode.NOT_FOUND)) {
      return Future.failedFuture(failure);
    }
    var meant = root;
    return threads
        .run(() -> {
          requireRoot(meant);
          return true;
        })
        .transform(still ->
            Future.failedFuture(
                still.succeeded()
                    ? failure
                    : unavailable("cannot tell: " + fail(still.cause()).text())));
  }

  /// Takes note of failed work. One file that cannot be read says nothing of the rest, so the place
  /// is looked at before it is called ill; no answer at all says it at once.
  Failure fail(Throwable cause) {
    var fault = Failures.fault(cause);
    var told = Failures.of(id(), cause);
    switch (fault) {
      case Fault.NotFound(var name) -> {
        return Failure.of(
            FailureCode.NOT_FOUND, "origin " + id() + " has no file " + name, "what", "file");
      }
      case Fault.Denied _, Fault.Exists _, Fault.Full _, Fault.ReadOnly _ -> {}
      case Fault.TooManyFiles _ -> starve(told.text());
      case Fault.Io _, Fault.Throttled _ -> world.after(Duration.ofMillis(1), this::check);
      case Fault.Timeout _, Fault.Disconnected _, Fault.Misconfigured _ -> suspect(told);
      case null -> {
        if (told.is(FailureCode.TIMEOUT)) {
          suspect(told);
        }
      }
    }
    return told;
  }

  private void suspect(Failure failure) {
    health = health.workFailed(failure.text());
    world.after(Duration.ofMillis(1), this::check);
    news.tell();
  }

  void took(long nanos) {
    latency.add(nanos, false);
    news.tellSoon();
  }
}
