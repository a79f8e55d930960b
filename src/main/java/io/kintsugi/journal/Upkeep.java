package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.ForgetChanges;
import io.kintsugi.contract.CatalogJournalContract.GetJournalState;
import io.kintsugi.contract.CatalogJournalContract.JournalState;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.RemoveJournal;
import io.kintsugi.format.KeyRing;
import io.kintsugi.journal.Found.Bearer;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the journal in enough places and short: what an origin took with it is written to another,
/// and now and then a snapshot makes what is older than the one before it dispensable.
final class Upkeep {
  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

  private final World world;
  private final KeyRing keys;
  private final Scribe scribe;
  private final long snapshotBytes;
  private long lastSnapshotBytes;
  private boolean atWork;

  /// Makes a snapshot whenever so many bytes of changes were written, and no fewer than the last
  /// snapshot had.
  Upkeep(World world, KeyRing keys, Scribe scribe, long snapshotBytes) {
    this.world = world;
    this.keys = keys;
    this.scribe = scribe;
    this.snapshotBytes = snapshotBytes;
  }

  /// Looks whether there is something to do, and does it.
  Future<Void> tend() {
    boolean grown = scribe.writtenBytes() >= Math.max(snapshotBytes, lastSnapshotBytes);
    if (atWork || scribe.isBusy() || !(grown || scribe.isThin())) {
      return Future.succeededFuture();
    }
    atWork = true;
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(list -> {
          // With too few origins to write to, nothing can be made better now.
          return Copies.usableDomains(list.origins()) < scribe.wanted()
              ? Future.<Void>succeededFuture()
              : tend(list.origins(), grown);
        })
        .onComplete(_ -> atWork = false);
  }

  private Future<Void> tend(List<OriginState> origins, boolean grown) {
    var state = world.bus().ask(CatalogJournalContract.GET_JOURNAL_STATE, new GetJournalState());
    var survey = new Survey(world, keys, false).run();
    return Future.all(state, survey)
        .compose(_ -> {
          var catalog = state.result();
          var bearers = survey.result().of(catalog.clusterId());
          thicken(catalog, bearers);
          long kept = Coverage.snapshot(bearers, scribe.wanted());
          boolean bare = catalog.firstKept() - 1 > kept;
          return grown || bare ? snapshot(catalog, origins, kept) : Future.succeededFuture();
        });
  }

  private void thicken(JournalState catalog, List<Bearer> bearers) {
    long reached = Coverage.reached(catalog.firstKept() - 1, bearers, scribe.wanted());
    if (reached < scribe.reachedSeq() && !scribe.isBusy()) {
      LOG.info("journal written again from={} to={}", reached + 1, scribe.reachedSeq());
    }
    if (!scribe.isBusy()) {
      scribe.rewind(reached);
    }
  }

  /// The older snapshot is kept with all that follows it, should the new one turn out unreadable.
  private Future<Void> snapshot(JournalState catalog, List<OriginState> origins, long kept) {
    var chosen = Copies.choose(origins, List.of(), Set.of(), Set.of(), scribe.wanted());
    return new SnapshotWriting(
            world, keys.current(), catalog.clusterId(), scribe.newFile(true), chosen)
        .run()
        .compose(written -> {
          lastSnapshotBytes = written.sizeBytes();
          scribe.noteSnapshot();
          return world
              .bus()
              .ask(CatalogJournalContract.FORGET_CHANGES, new ForgetChanges(kept))
              .compose(_ -> new Survey(world, keys, false).run())
              .compose(found -> prune(found.of(catalog.clusterId()), kept));
        });
  }

  private Future<Void> prune(List<Bearer> bearers, long kept) {
    return Steps.each(
        bearers,
        bearer -> {
          var names = Coverage.dispensable(bearer, kept);
          var incarnation = bearer.markerIncarnation();
          return names.isEmpty() || incarnation == null
              ? Future.succeededFuture()
              : world
                  .bus()
                  .ask(
                      OriginJournalContract.REMOVE_JOURNAL.at(bearer.origin().id()),
                      new RemoveJournal(
                          incarnation, names, "a snapshot of change " + kept + " lies elsewhere"))
                  .onFailure(cause ->
                      LOG.warn(
                          "origin={} old journal files stay: {}",
                          bearer.origin().id(),
                          Failure.from(cause).text()))
                  .otherwiseEmpty();
        });
  }
}
