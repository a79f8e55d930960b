package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.BeginRebuild;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.FinishRebuild;
import io.kintsugi.contract.CatalogJournalContract.GetJournalState;
import io.kintsugi.contract.CatalogJournalContract.JournalState;
import io.kintsugi.contract.CatalogJournalContract.LoadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.ReplayChanges;
import io.kintsugi.contract.CatalogJournalContract.SnapshotRow;
import io.kintsugi.contract.JournalContract.RebuildView;
import io.kintsugi.contract.JournalContract.StartRebuild;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.CheckOrigin;
import io.kintsugi.format.KeyRing;
import io.kintsugi.journal.Found.Piece;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One rebuild of the catalog from the origins: a snapshot if one helps, the changes behind it, and
/// what lies whole on the origins without any change that tells of it.
///
/// Interrupted, it is begun again: the catalog knows how far it came.
final class Restore {
  private static final Logger LOG = LoggerFactory.getLogger(Restore.class);

  /// So much of a record is sent to the catalog at once.
  private static final int BATCH = 500;

  private final World world;
  private final KeyRing keys;
  private final StartRebuild wish;
  private final PieceReading reading;
  private final Instant started;
  private final Ledger ledger = new Ledger();
  private final List<String> uncertain = new ArrayList<>();
  private final List<String> notAdopted = new ArrayList<>();
  private String phase = "reading";
  private @Nullable Found found;
  private @Nullable Way way;
  private long fromSeq;
  private long seq;
  private Map<String, Long> counts = Map.of();
  private @Nullable Instant ended;
  private @Nullable String error;

  Restore(World world, KeyRing keys, StartRebuild wish) {
    this.world = world;
    this.keys = keys;
    this.wish = wish;
    reading = new PieceReading(world, keys);
    started = world.clock().instant();
  }

  boolean hasEnded() {
    return ended != null;
  }

  Future<Void> run() {
    return new Survey(world, keys, true)
        .run()
        .compose(seen -> {
          found = seen;
          return world.bus().ask(CatalogJournalContract.GET_JOURNAL_STATE, new GetJournalState());
        })
        .compose(this::choose)
        .compose(chosen -> wish.dryRun() ? rehearse(chosen) : perform(chosen))
        .onComplete(done -> {
          ended = world.clock().instant();
          if (done.succeeded()) {
            phase = "done";
            LOG.info("rebuild done seq={} counts={} uncertain={}", seq, counts, uncertain.size());
          } else {
            error = Failure.from(done.cause()).text();
            LOG.warn("rebuild phase={} failed: {}", phase, error);
            phase = "failed";
          }
        });
  }

  private Future<Way> choose(JournalState catalog) {
    var seen = Objects.requireNonNull(found);
    fromSeq = catalog.seq();
    seq = wish.fromEmpty() ? 0 : catalog.seq();
    // A lost catalog has taken the cluster's id by now, or has one of its own in a rehearsal.
    var chosen = Way.choose(seq, seen, clusterId(catalog, seen));
    way = chosen;
    if (chosen.isNothing() && seq == 0) {
      return Future.failedFuture(
          Failure.of(FailureCode.NOT_FOUND, "no origin holds a journal", "what", "journal"));
    }
    if (!chosen.gaps().isEmpty() && !wish.acceptGap() && !wish.dryRun()) {
      return Future.failedFuture(
          Failure.of(
              FailureCode.CONFLICT,
              "changes "
                  + chosen.gaps()
                  + " lie on no origin that answers; bring the missing origins back, or give"
                  + " --accept-gap",
              "what",
              "gap"));
    }
    return Future.succeededFuture(chosen);
  }

  private static String clusterId(JournalState catalog, Found seen) {
    return seen.of(catalog.clusterId()).isEmpty() && catalog.seq() == 0
        ? seen.bearers().stream()
            .map(Found.Bearer::clusterId)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(catalog.clusterId())
        : catalog.clusterId();
  }

  /// Reads everything and changes nothing.
  private Future<Void> rehearse(Way chosen) {
    return Steps.each(chosen.snapshotPieces(), piece -> reading.rows(piece).onSuccess(ledger::rows))
        .compose(_ ->
            Steps.each(
                chosen.path(),
                piece ->
                    reading
                        .changes(piece)
                        .onSuccess(list -> {
                          ledger.changes(behind(list));
                          seq = Math.max(seq, piece.lastSeq());
                        })))
        .onSuccess(_ -> counts = ledger.counts());
  }

  private Future<Void> perform(Way chosen) {
    boolean anew = wish.fromEmpty() || !chosen.snapshotPieces().isEmpty();
    return world
        .bus()
        .ask(CatalogJournalContract.BEGIN_REBUILD, new BeginRebuild(anew))
        .compose(_ -> load(chosen))
        .compose(_ -> {
          phase = "replaying";
          return Steps.each(chosen.path(), this::replay);
        })
        .compose(_ -> checkOrigins())
        .compose(_ -> {
          phase = "adopting";
          return new Strays(world, keys).adopt(uncertain, notAdopted);
        })
        .compose(_ -> {
          phase = "finishing";
          return world.bus().ask(CatalogJournalContract.FINISH_REBUILD, new FinishRebuild());
        })
        .map(contents -> {
          counts = contents.counts();
          seq = contents.seq();
          return null;
        });
  }

  private Future<Void> load(Way chosen) {
    var pieces = chosen.snapshotPieces();
    if (pieces.isEmpty()) {
      return Future.succeededFuture();
    }
    phase = "loading";
    return Steps.each(pieces, piece -> reading.rows(piece).compose(rows -> loadRows(rows, null)))
        .compose(_ -> loadRows(List.of(), chosen.snapshotSeq()))
        .onSuccess(_ -> seq = chosen.snapshotSeq())
        .mapEmpty();
  }

  private Future<?> loadRows(List<SnapshotRow> rows, @Nullable Long done) {
    return world.bus().ask(CatalogJournalContract.LOAD_SNAPSHOT, new LoadSnapshot(rows, done));
  }

  private Future<?> replay(Piece piece) {
    return reading
        .changes(piece)
        .compose(changes -> {
          var next = behind(changes);
          return replay(next, 0);
        });
  }

  private List<Change> behind(List<Change> changes) {
    return changes.stream().filter(change -> change.seq() > seq).toList();
  }

  private Future<?> replay(List<Change> changes, int from) {
    if (from >= changes.size()) {
      return Future.succeededFuture();
    }
    int to = Math.min(changes.size(), from + BATCH);
    return world
        .bus()
        .ask(
            CatalogJournalContract.REPLAY_CHANGES,
            new ReplayChanges(changes.subList(from, to), wish.acceptGap()))
        .compose(replayed -> {
          seq = replayed.seq();
          return replay(changes, to);
        });
  }

  /// Now that the catalog has their rows, origins are ours again and can be read.
  private Future<?> checkOrigins() {
    var seen = Objects.requireNonNull(found);
    return Steps.each(
        seen.bearers(),
        bearer ->
            world
                .bus()
                .ask(OriginContract.CHECK_ORIGIN, new CheckOrigin(bearer.origin().id()))
                .otherwiseEmpty());
  }

  RebuildView view() {
    var seen = found;
    var chosen = way;
    return new RebuildView(
        wish.dryRun(),
        phase,
        fromSeq,
        chosen == null ? 0 : chosen.lastSeq(),
        seq,
        chosen == null ? 0 : chosen.snapshotSeq(),
        seen == null ? List.of() : sources(seen),
        chosen == null ? List.of() : chosen.gaps().stream().map(Coverage.Span::toString).toList(),
        seen == null ? List.of() : seen.refused(),
        uncertain,
        notAdopted,
        counts,
        started,
        ended,
        error);
  }

  private static List<String> sources(Found seen) {
    return seen.bearers().stream()
        .filter(bearer -> !bearer.pieces().isEmpty() || !bearer.snapshots().isEmpty())
        .map(bearer -> bearer.origin().id())
        .toList();
  }
}
