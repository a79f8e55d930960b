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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An origin for plain files: whether its root is the one that was registered, how it fares, and
/// the only way to its files. It bears no marker: all that is written there are files of people,
/// and a little of the store's own beside them, in folders that are shown to nobody.
final class FilePlace implements Judged {
  private static final Logger LOG = LoggerFactory.getLogger(FilePlace.class);
  private static final String NOT_LOOKED = "not looked at yet";

  private final World world;
  private final OriginConfig.Member member;
  private final Driver driver;
  private final OriginThreads threads;
  private final OriginThreads probes;
  private final Duration lookTimeout;
  private final Vitals vitals;

  private @Nullable String root;
  private FileLook look = new FileLook.Failed(NOT_LOOKED);
  private boolean written;
  private final Map<String, Future<Void>> changing = new HashMap<>();
  private FileLook.Verdict verdict = FileLook.Verdict.UNREADABLE;

  /// What could not be read last, if nothing was since.
  private @Nullable String spoilt;

  private @Nullable Future<OriginState> checking;

  FilePlace(Means means, Consumer<OriginState> listener) {
    world = means.world();
    member = means.member();
    driver = means.driver();
    threads = means.threads();
    probes = means.probes();
    lookTimeout = means.settings().checkTimeout();
    vitals = new Vitals(means, this::check, () -> listener.accept(state()));
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

  @Override
  public Vitals vitals() {
    return vitals;
  }

  @Override
  public Future<OriginState> check() {
    var running = checking;
    if (running != null) {
      return running;
    }
    long began = world.nanos();
    return alone(
        known()
            .compose(_ -> look())
            .compose(this::learn)
            .recover(
                cause -> Future.succeededFuture(new FileLook.Failed(Failure.from(cause).text())))
            .map(found -> {
              stand(found, world.nanos() - began);
              return state();
            }));
  }

  /// Takes whatever stands there now for the place that is meant.
  @Override
  public Future<OriginState> replace() {
    var running = checking;
    if (running != null) {
      return running.transform(_ -> replace());
    }
    long began = world.nanos();
    return alone(
        look()
            .compose(found -> {
              if (!(found instanceof FileLook.Seen(var identity, _))) {
                throw unavailable("cannot be replaced: " + FileLook.reason(found, null));
              }
              return save(identity).map(found);
            })
            .map(found -> {
              stand(found, world.nanos() - began);
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

  private void stand(FileLook found, long nanos) {
    if (found instanceof FileLook.Starved(var why)) {
      vitals.starved(why);
      return;
    }
    var now = FileLook.judge(found, root);
    var why = FileLook.reason(found, root);
    if (now != verdict) {
      LOG.info("origin={} files={} reason={}", id(), now, why);
    }
    verdict = now;
    look = found;
    vitals.looked();
    var space = found instanceof FileLook.Seen(_, var seen) ? seen : null;
    vitals.fitness().look(now == FileLook.Verdict.FOREIGN, space);
    vitals.probed(why, nanos);
  }

  @Override
  public OriginState state() {
    var word = verdict.name().toLowerCase(Locale.ROOT);
    var more = member.writeEnabled() ? List.<String>of() : List.of(OriginState.READ_ONLY);
    return vitals.state(word, null, false, more);
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
    requireAnswering();
  }

  /// What would wait for its deadline behind others that do is refused at once.
  private void requireAnswering() {
    if (vitals.fitness().isHung()) {
      throw unavailable("hangs");
    }
  }

  /// Whether anything may be written there at all.
  boolean isWritable() {
    return verdict == FileLook.Verdict.OURS && member.writeEnabled();
  }

  /// Whether a file was written there since this process began.
  boolean isWritten() {
    return written;
  }

  void noteWritten() {
    written = true;
  }

  void requireWritable() {
    requireOurs("written to");
    if (!member.writeEnabled()) {
      throw unavailable("is switched off for writing");
    }
    requireAnswering();
  }

  Failure unavailable(String why) {
    return Failure.of(FailureCode.UNAVAILABLE, "origin " + id() + " " + why, "what", "origin");
  }

  /// One operation as the breaker of its kind lets it through.
  <T> Future<T> guarded(Operation operation, Supplier<Future<T>> work) {
    return vitals.guarded(operation, work);
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

  /// Lets those who change what bears a name do so one after the other.
  <T> Future<T> alone(String path, Supplier<Future<T>> work) {
    var before = changing.getOrDefault(path, Future.succeededFuture());
    var mine = before.compose(_ -> work.get());
    Future<Void> over = mine.<Void>mapEmpty().otherwiseEmpty();
    changing.put(path, over);
    over.onComplete(_ -> changing.remove(path, over));
    return mine;
  }

  <T> Future<T> run(OriginThreads.Work<T> work) {
    return threads.run(work);
  }

  void release(Driver.Opened file) {
    threads.release(() -> {
      file.close();
      return true;
    });
  }

  /// What to tell of work that failed. Something that is not there is only told as such while the
  /// root is the one that is meant.
  <T> Future<T> failed(Operation operation, Throwable cause) {
    var failure = fail(operation, cause);
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
                    : unavailable("cannot tell: " + fail(operation, still.cause()).text())));
  }

  /// Takes note of failed work; answers what to tell the asker.
  Failure fail(Operation operation, Throwable cause) {
    var told = Failures.of(id(), cause);
    switch (Failures.fault(cause)) {
      case Fault.NotFound(var name) -> {
        return Failure.of(
            FailureCode.NOT_FOUND, "origin " + id() + " has no file " + name, "what", "file");
      }
      case Fault.Denied _, Fault.Exists _, Fault.Full _, Fault.ReadOnly _ -> {}
      case Fault.TooManyFiles _ -> vitals.starved(told.text());
      case Fault.Io(var name, _) -> spoil(operation, name, told);
      case Fault.Throttled _, Fault.Timeout _, Fault.Disconnected _, Fault.Misconfigured _ ->
          vitals.suspect(operation, told);
      case null -> {
        if (told.is(FailureCode.TIMEOUT)) {
          vitals.timedOut(operation, told);
        }
      }
    }
    vitals.tell();
    return told;
  }

  /// One file that cannot be read says nothing of the rest, so the place is looked at before it is
  /// called ill; the next one in a row says it at once.
  private void spoil(Operation operation, String name, Failure told) {
    boolean another = spoilt != null && !spoilt.equals(name);
    spoilt = name;
    if (another || name.isEmpty()) {
      vitals.suspect(operation, told);
    } else {
      vitals.doubt(operation, told);
    }
  }

  void took(Operation operation, long nanos) {
    spoilt = null;
    vitals.took(operation, nanos);
  }
}
