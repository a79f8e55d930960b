package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.GetJournalState;
import io.kintsugi.contract.CatalogJournalContract.JournalState;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.CatalogJournalContract.SetGuard;
import io.kintsugi.contract.JournalContract.GetJournal;
import io.kintsugi.contract.JournalContract.JournalView;
import io.kintsugi.contract.JournalContract.Reach;
import io.kintsugi.contract.JournalContract.Reached;
import io.kintsugi.contract.JournalContract.StartRebuild;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.CheckOrigin;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.format.KeyRing;
import io.kintsugi.journal.Verdict.Words;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compares the catalog with the origins before it is used, keeps the journal while it is, and
/// brings it back when it is lost.
final class Journal {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

  /// How long a start waits until everything lies on the origins; it goes on all the same.
  private static final Duration CATCH_UP = Duration.ofSeconds(15);

  private final World world;
  private final KeyRing keys;
  private final Scribe scribe;
  private final Upkeep upkeep;
  private Verdict verdict = new Verdict("unexamined", "it has not been looked at yet", null);
  private @Nullable Restore restore;

  /// Origins to which the catalog is still to be held, for those that answered had no journal.
  private Set<String> unheard = Set.of();

  private boolean judging;

  Journal(World world, KeyRing keys, long snapshotBytes) {
    this.world = world;
    this.keys = keys;
    scribe = new Scribe(world, keys.current());
    upkeep = new Upkeep(world, keys, scribe, snapshotBytes);
  }

  /// Done when the catalog is in use, or known not to be fit for it.
  Future<?> start() {
    return examine();
  }

  private Future<?> examine() {
    var survey = new Survey(world, keys, false).run();
    var state = world.bus().ask(CatalogJournalContract.GET_JOURNAL_STATE, new GetJournalState());
    return Future.all(survey, state)
        .compose(_ ->
            words(state.result(), survey.result())
                .compose(words ->
                    decide(
                        state.result(),
                        survey.result(),
                        Verdict.of(state.result(), survey.result(), words))));
  }

  /// Whether the last change that the catalog and an origin both know reads the same in both, by
  /// origin: each is asked, for one that was away may tell another story than those that were not.
  private Future<Words> words(JournalState catalog, Found found) {
    var same = new ArrayList<String>();
    var other = new ArrayList<String>();
    var asked =
        found.of(catalog.clusterId()).stream()
            .map(bearer ->
                isSameWord(catalog, bearer)
                    .onSuccess(
                        is -> is.ifPresent(yes -> (yes ? same : other).add(bearer.origin().id()))))
            .toList();
    return Future.all(asked).map(_ -> new Words(same, other));
  }

  /// Empty where there is nothing to compare.
  private Future<Optional<Boolean>> isSameWord(JournalState catalog, Found.Bearer bearer) {
    long last = bearer.pieces().stream().mapToLong(Found.Piece::lastSeq).max().orElse(0);
    long seq = Math.min(catalog.seq(), last);
    var piece =
        bearer.pieces().stream().filter(p -> p.firstSeq() <= seq && seq <= p.lastSeq()).findFirst();
    if (piece.isEmpty() || seq < catalog.firstKept()) {
      return Future.succeededFuture(Optional.empty());
    }
    var here = world.bus().ask(CatalogJournalContract.READ_CHANGES, new ReadChanges(seq - 1, 1, 1));
    var there =
        new PieceReading(world, keys)
            .changes(piece.get())
            .map(list -> list.stream().filter(c -> c.seq() == seq).findFirst())
            .otherwise(cause -> {
              LOG.warn("journal not compared: {}", Failure.from(cause).text());
              return Optional.empty();
            });
    return Future.all(here, there)
        .map(_ -> {
          var ours = here.result().changes();
          return there.result().map(c -> !ours.isEmpty() && isSame(ours.getFirst(), c));
        });
  }

  private static boolean isSame(Change a, Change b) {
    return a.seq() == b.seq()
        && a.kind().equals(b.kind())
        && a.at().equals(b.at())
        && a.bodyJson().equals(b.bodyJson());
  }

  private Future<?> decide(JournalState catalog, Found found, Verdict judged) {
    verdict = judged;
    unheard = judged.isFree() && catalog.seq() > 0 ? found.unheard(catalog.clusterId()) : Set.of();
    if (!unheard.isEmpty()) {
      LOG.warn(
          "no journal was found, and these origins were not heard: {}. Whether the catalog is an"
              + " older state is judged again when they answer",
          unheard);
    }
    found.refused().forEach(what -> LOG.warn("journal not believed: {}", what));
    if (!judged.isFree()) {
      LOG.error(
          "THE CATALOG IS NOT IN USE, nothing is written or served: code={} {}. Run"
              + " 'bin/kintsugi rebuild-catalog --dry-run' to see what the origins hold.",
          judged.code(),
          judged.reason());
    }
    return setGuard(judged)
        .compose(_ -> judged.isFree() ? take(catalog, found) : Future.succeededFuture());
  }

  Future<?> setGuard(Verdict judged) {
    verdict = judged;
    return world
        .bus()
        .ask(
            CatalogJournalContract.SET_GUARD,
            new SetGuard(judged.code(), judged.reason(), judged.clusterId()));
  }

  /// Takes the catalog into use: origins that waited are taken in, and the journal is brought up to
  /// where the catalog is.
  Future<?> take(JournalState catalog, Found found) {
    long floor = catalog.firstKept() - 1;
    var origins = found.bearers().stream().map(Found.Bearer::origin).toList();
    int copies = Copies.wanted(catalog.parityMax(), origins);
    long from = Coverage.reached(floor, found.of(catalog.clusterId()), copies);
    return checkOrigins(found)
        .compose(_ -> {
          var caught = scribe.begin(catalog.clusterId(), from, catalog.parityMax());
          if (floor > Coverage.snapshot(found.of(catalog.clusterId()), copies)) {
            scribe.noteThin();
          }
          caught.onFailure(
              cause -> LOG.warn("the journal has not caught up: {}", Failure.from(cause).text()));
          return within(CATCH_UP, caught);
        })
        .onSuccess(_ ->
            LOG.info(
                "journal from={} reached={} copies={} origins={}",
                from,
                scribe.reachedSeq(),
                scribe.wanted(),
                scribe.outlets().stream().map(Outlet::originId).toList()));
  }

  private Future<?> within(Duration limit, Future<?> work) {
    var promise = Promise.<Void>promise();
    var timer = world.after(limit, promise::tryComplete);
    work.onComplete(_ -> {
      timer.cancel();
      promise.tryComplete();
    });
    return promise.future();
  }

  Future<?> checkOrigins(Found found) {
    var checks =
        found.bearers().stream()
            .map(bearer ->
                world
                    .bus()
                    .ask(OriginContract.CHECK_ORIGIN, new CheckOrigin(bearer.origin().id()))
                    .onFailure(cause ->
                        LOG.warn(
                            "origin={} check failed: {}",
                            bearer.origin().id(),
                            Failure.from(cause).text())))
            .toList();
    return checks.isEmpty() ? Future.succeededFuture() : Future.join(checks).otherwiseEmpty();
  }

  /// There may be changes that nobody waits for.
  void hint() {
    if (verdict.isFree()) {
      scribe.reach().onFailure(cause -> LOG.debug("journal waits", cause));
    }
  }

  /// Who was silent when the catalog was taken into use may know that it is an older state.
  private Future<Void> judgeAgain() {
    if (unheard.isEmpty() || judging) {
      return Future.<Void>succeededFuture();
    }
    judging = true;
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(list ->
            list.origins().stream().anyMatch(this::mayBeHeard)
                ? new Survey(world, keys, false).run().compose(this::judgeAgain)
                : Future.<Void>succeededFuture())
        .onComplete(_ -> judging = false);
  }

  private boolean mayBeHeard(OriginState origin) {
    return unheard.contains(origin.id()) && origin.marker().equals("ours");
  }

  /// The catalog is asked afterwards: it knows whatever was on an origin by then.
  private Future<Void> judgeAgain(Found survey) {
    return world
        .bus()
        .ask(CatalogJournalContract.GET_JOURNAL_STATE, new GetJournalState())
        .compose(catalog -> judgeAgain(catalog, survey.of(unheard, scribe.life())));
  }

  private Future<Void> judgeAgain(JournalState catalog, Found heard) {
    if (heard.lastSeq(catalog.clusterId()) == 0) {
      unheard = heard.unheard(catalog.clusterId());
      return Future.<Void>succeededFuture();
    }
    return words(catalog, heard)
        .compose(words -> {
          var again = Verdict.of(catalog, heard, words);
          if (!verdict.isFree()) {
            return Future.<Void>succeededFuture();
          }
          if (again.isFree()) {
            unheard = Set.of();
            LOG.info(
                "origins that were silent at the start know nothing that the catalog does not");
            return Future.<Void>succeededFuture();
          }
          scribe.pause();
          return decide(catalog, heard, again).<Void>mapEmpty();
        });
  }

  void tend() {
    if (verdict.isFree()) {
      judgeAgain()
          .compose(_ -> verdict.isFree() ? upkeep.tend() : Future.succeededFuture())
          .onFailure(cause -> LOG.warn("journal not tended: {}", Failure.from(cause).text()));
    }
  }

  Future<Reached> reach(Reach question) {
    return scribe.reach().map(Reached::new);
  }

  void stop() {
    scribe.pause();
  }

  Future<JournalView> view(GetJournal question) {
    return Future.succeededFuture(view());
  }

  private JournalView view() {
    var running = restore;
    return new JournalView(
        verdict.code(),
        verdict.reason(),
        scribe.reachedSeq(),
        scribe.wanted(),
        scribe.outlets().stream().map(Outlet::originId).toList(),
        scribe.warning(),
        running == null ? null : running.view());
  }

  Future<JournalView> rebuild(StartRebuild question) {
    var running = restore;
    if (running != null && !running.hasEnded()) {
      throw Failure.of(FailureCode.CONFLICT, "a rebuild is under way", "what", "rebuild");
    }
    if (!question.dryRun()) {
      requireRebuildable(question);
    }
    var begun = new Restore(world, keys, question);
    restore = begun;
    begun
        .run(this::examine)
        .onFailure(cause -> LOG.error("rebuild failed: {}", Failure.from(cause).text(), cause));
    return Future.succeededFuture(view());
  }

  private void requireRebuildable(StartRebuild question) {
    switch (verdict.code()) {
      case "lost", "behind", "rebuilding" -> {}
      case "forked" -> {
        if (!question.fromEmpty()) {
          throw Failure.of(
              FailureCode.CONFLICT,
              "the catalog has changes that the origins do not know; they are dropped with"
                  + " --from-empty",
              "what",
              "forked");
        }
      }
      default ->
          throw Failure.of(
              FailureCode.CONFLICT,
              "the catalog cannot be rebuilt while it is " + verdict.code(),
              "what",
              verdict.code());
    }
  }

  Future<Subsystem> status(Subsystem.Ask question) {
    var trouble = verdict.isFree() ? warning() : trouble();
    return Future.succeededFuture(
        new Subsystem(
            "journal", verdict.isFree() ? "Running" : "Failed", world.clock().instant(), trouble));
  }

  private @Nullable String warning() {
    return unheard.isEmpty()
        ? scribe.warning()
        : "no journal was found; whether the catalog is current is not known until these answer: "
            + String.join(", ", unheard.stream().sorted().toList());
  }

  private String trouble() {
    var text = "the catalog is not in use (" + verdict.code() + "): " + verdict.reason();
    return List.of("lost", "behind", "rebuilding", "forked").contains(verdict.code())
        ? text + "; run 'bin/kintsugi rebuild-catalog'"
        : text;
  }
}
