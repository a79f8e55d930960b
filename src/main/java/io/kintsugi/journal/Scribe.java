package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.Changes;
import io.kintsugi.contract.CatalogJournalContract.GetJournalState;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.JournalRecord;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies the catalog's changes to the origins, in their order. One round at a time: it reads what
/// is new, writes it as one record to every outlet, and who asked meanwhile is served by the next.
///
/// The catalog is the truth: what is not known to lie on enough origins is read there again.
final class Scribe {
  private static final Logger LOG = LoggerFactory.getLogger(Scribe.class);
  private static final int CHANGES_MAX = 5_000;
  private static final int BYTES_MAX = 2 * 1024 * 1024;
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  /// An origin that failed is not chosen before this, if there are others.
  private static final Duration SHUN = Duration.ofSeconds(30);

  private final World world;
  private final ClusterKey key;
  private final long life;
  private final Map<String, Instant> shunned = new HashMap<>();
  private List<Outlet> outlets = new ArrayList<>();
  private List<Promise<Long>> waiting = new ArrayList<>();
  private List<Promise<Long>> served = new ArrayList<>();
  private String cluster = "";
  private int parityMax;
  private int wanted = 1;
  private long reached;
  private long writtenBytes;
  private long files;
  private boolean open;
  private boolean busy;
  private boolean retrying;
  private boolean thin;
  private @Nullable String warning;

  Scribe(World world, ClusterKey key) {
    this.world = world;
    this.key = key;
    life = world.random().nextLong();
  }

  /// Begins behind the last change that lies on enough origins; done when it has caught up.
  Future<Long> begin(String clusterId, long from, int parity) {
    cluster = clusterId;
    reached = from;
    parityMax = parity;
    open = true;
    return reach();
  }

  /// Stops; what is being written is finished.
  void pause() {
    open = false;
  }

  long life() {
    return life;
  }

  long reachedSeq() {
    return reached;
  }

  int wanted() {
    return wanted;
  }

  List<Outlet> outlets() {
    return outlets;
  }

  @Nullable String warning() {
    return warning;
  }

  /// Bytes of records since [#noteSnapshot].
  long writtenBytes() {
    return writtenBytes;
  }

  void noteSnapshot() {
    writtenBytes = 0;
  }

  /// Whether changes lie, or may lie, on fewer origins than they should.
  boolean isThin() {
    return thin;
  }

  void noteThin() {
    thin = true;
  }

  /// Everything behind this change is written once more, to the origins that are written now.
  void rewind(long seq) {
    thin = false;
    reached = Math.min(reached, seq);
  }

  boolean isBusy() {
    return busy;
  }

  JournalName newFile(boolean snapshot) {
    return new JournalName(life, ++files, snapshot);
  }

  /// Done when every change that is committed by now lies on enough origins.
  Future<Long> reach() {
    if (!open) {
      return Future.failedFuture(
          Failure.of(FailureCode.UNAVAILABLE, "the journal is not being written now"));
    }
    Promise<Long> promise = Promise.promise();
    waiting.add(promise);
    kick();
    return promise.future();
  }

  /// Begins a round, if none is under way.
  void kick() {
    if (busy || !open || waiting.isEmpty()) {
      return;
    }
    busy = true;
    served = waiting;
    waiting = new ArrayList<>();
    round()
        .onComplete(done -> {
          busy = false;
          var asked = served;
          served = new ArrayList<>();
          if (done.succeeded()) {
            warning = shortage();
            asked.forEach(promise -> promise.complete(reached));
          } else {
            var failure = Failure.from(done.cause());
            warning = failure.text();
            LOG.warn("journal seq={} not written on: {}", reached, failure.text());
            asked.forEach(promise -> promise.fail(failure));
            retry();
          }
          kick();
        });
  }

  private @Nullable String shortage() {
    return outlets.isEmpty() || outlets.size() >= wanted
        ? null
        : "changes lie on " + outlets.size() + " origins instead of " + wanted;
  }

  private void retry() {
    if (!retrying) {
      retrying = true;
      world.after(
          TRY_AGAIN,
          () -> {
            retrying = false;
            if (open) {
              // Whoever asks is told by then; nobody waits for this one.
              reach().onFailure(cause -> LOG.debug("journal still waits", cause));
            }
          });
    }
  }

  private Future<Void> round() {
    return world
        .bus()
        .ask(CatalogJournalContract.READ_CHANGES, new ReadChanges(reached, CHANGES_MAX, BYTES_MAX))
        .compose(this::write);
  }

  private Future<Void> write(Changes changes) {
    if (changes.changes().isEmpty()) {
      return Future.succeededFuture();
    }
    var list = changes.changes();
    return parity(list)
        .compose(_ -> world.compute(() -> record(list)))
        .compose(this::spread)
        .compose(_ -> {
          reached = list.getLast().seq();
          return changes.more() ? round() : Future.succeededFuture();
        });
  }

  private Payload record(List<Change> changes) {
    return Payload.of(
        new JournalRecord(
                JournalRecord.Kind.CHANGES,
                life,
                changes.getFirst().seq(),
                changes.getLast().seq(),
                changes.size(),
                Lines.changes(cluster, changes))
            .encode(key));
  }

  /// A bucket that survives more losses needs a journal that does.
  private Future<?> parity(List<Change> changes) {
    boolean buckets = changes.stream().anyMatch(change -> change.kind().startsWith("bucket-"));
    return buckets
        ? world
            .bus()
            .ask(CatalogJournalContract.GET_JOURNAL_STATE, new GetJournalState())
            .onSuccess(state -> parityMax = Math.max(parityMax, state.parityMax()))
        : Future.succeededFuture();
  }

  private Future<?> spread(Payload record) {
    CrashPoint.JOURNAL_DUE.pass();
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(list -> {
          wanted = Copies.wanted(parityMax, list.origins());
          forget(list.origins());
          return spread(new Spread(record, list.origins(), new HashSet<>(), new HashSet<>()));
        });
  }

  /// An origin that is not what it was takes nothing more.
  private void forget(List<OriginState> origins) {
    var now = world.clock().instant();
    shunned.values().removeIf(until -> until.isBefore(now));
    var kept = new ArrayList<Outlet>();
    for (var outlet : outlets) {
      boolean usable =
          origins.stream()
              .anyMatch(o ->
                  o.id().equals(outlet.originId())
                      && Copies.isUsable(o)
                      && outlet.incarnation().equals(o.incarnation()));
      if (usable) {
        kept.add(outlet);
      } else {
        lose(outlet, "it cannot be written now");
      }
    }
    outlets = kept;
  }

  private void lose(Outlet outlet, String why) {
    thin = true;
    LOG.warn("journal leaves origin={} because={}", outlet.originId(), why);
  }

  /// One record on its way.
  private record Spread(
      Payload record, List<OriginState> origins, Set<Outlet> landed, Set<String> failed) {}

  /// Writes one record to as many origins as are wanted, moving on to others where one fails.
  private Future<?> spread(Spread spread) {
    var held = outlets.stream().map(Outlet::originId).toList();
    int missing = wanted - outlets.size();
    Copies.choose(spread.origins(), held, spread.failed(), shunned.keySet(), missing)
        .forEach(origin -> outlets.add(new Outlet(world, origin, () -> newFile(false))));
    var targets = outlets.stream().filter(outlet -> !spread.landed().contains(outlet)).toList();
    if (targets.isEmpty()) {
      return enough(spread);
    }
    var appends =
        targets.stream()
            .map(outlet ->
                outlet
                    .append(spread.record())
                    .onSuccess(spread.landed()::add)
                    .onFailure(cause -> failed(spread, outlet, Failure.from(cause))))
            .toList();
    return Future.join(appends)
        .transform(_ -> {
          writtenBytes += spread.record().sizeBytes();
          return spread(spread);
        });
  }

  private void failed(Spread spread, Outlet outlet, Failure failure) {
    outlets.remove(outlet);
    spread.failed().add(outlet.originId());
    shunned.put(outlet.originId(), world.clock().instant().plus(SHUN));
    lose(outlet, failure.text());
  }

  /// As many as are wanted, or as can be had; but never none.
  private Future<?> enough(Spread spread) {
    int landed = spread.landed().size();
    if (landed == 0) {
      return Future.failedFuture(
          Failure.of(FailureCode.UNAVAILABLE, "no origin takes the journal"));
    }
    if (landed < wanted) {
      thin = true;
      LOG.warn("journal on {} of {} origins", landed, wanted);
    }
    return Future.succeededFuture();
  }
}
