package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.FileWriteContract;
import io.kintsugi.contract.FileWriteContract.RemoveFile;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeWriteContract.PutEntry;
import io.kintsugi.contract.TreeWriteContract.StoredEntry;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes files into trees: as many copies as the tree wants, and one over each that was there.
///
/// All copies are flushed before any is shown. Then the catalog notes what is about to be done, and
/// from the first copy that bears its name on the old content is not shown any more, wherever it
/// still lies: whoever dies in between leaves the old content or the new, and never both in turn.
final class Writer {
  private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

  private static final int OUR_FAULT = 500;

  private final World world;
  private final Origins origins;
  private final Finder finder;
  private final Deeds deeds;
  private final Turns turns;
  private final Figures figures;

  Writer(World world, Origins origins, Finder finder, Deeds deeds, Turns turns, Figures figures) {
    this.world = world;
    this.origins = origins;
    this.finder = finder;
    this.deeds = deeds;
    this.turns = turns;
    this.figures = figures;
  }

  Future<StoredEntry> put(Tree tree, PutEntry wish) {
    Terms.requireWrites(tree);
    Terms.requirePossible(wish.key());
    var from = world.blobs().accept(wish.body(), Blobs.OBJECT_WINDOW_BYTES);
    from.pause();
    return finder
        .copies(tree, wish.key())
        .compose(copies -> {
          Terms.require(wish.condition(), tree, wish.key(), copies);
          return new Opening(tree, wish, copies).open();
        })
        .compose(drafts ->
            new Fan(world, from, wish.sizeBytes(), drafts, tree.replicationFactor()).run())
        .compose(filled ->
            turns.alone(
                tree.name(), wish.key(), () -> new Publication(tree, wish, filled).publish()))
        .onSuccess(_ -> figures.wrote(wish.sizeBytes()))
        .onFailure(cause -> {
          var why = Failure.from(cause);
          if (why.code().status() >= OUR_FAULT) {
            figures.failed();
          }
          from.cancel(why);
        });
  }

  /// Origins with their reasons, for a person.
  static String said(Map<String, String> reasons) {
    var text = new StringJoiner("; ");
    reasons.forEach((origin, reason) -> text.add(origin + ": " + reason));
    return text.toString();
  }

  private static Failure tooFew(Tree tree, int have, Map<String, String> reasons) {
    var details = new LinkedHashMap<>(reasons);
    details.put("what", "origins");
    details.put("bucket", tree.name());
    return new Failure(
        FailureCode.UNAVAILABLE,
        "nothing was written: "
            + tree.name()
            + " wants "
            + tree.replicationFactor()
            + " copies, and "
            + have
            + " origins can take one now; "
            + said(reasons),
        details);
  }

  /// Begins a draft on each origin that the file goes to; one that cannot is replaced by another.
  private final class Opening {
    private final Tree tree;
    private final PutEntry wish;
    private final List<Source> first = new ArrayList<>();
    private final Deque<Source> spare;
    private final Map<String, String> refused;
    private final List<Draft> drafts = new ArrayList<>();

    Opening(Tree tree, PutEntry wish, Finder.Copies copies) {
      this.tree = tree;
      this.wish = wish;
      Set<Source> having = copies.seen().stream().map(Seen::source).collect(Collectors.toSet());
      var targets = Targets.of(tree, origins::state, having, copies.silent(), wish.sizeBytes());
      first.addAll(targets.must());
      spare = new ArrayDeque<>(targets.spare());
      refused = new TreeMap<>(targets.refused());
    }

    Future<List<Draft>> open() {
      if (distinct(first) + spare.size() < tree.replicationFactor()) {
        return Future.failedFuture(tooFew(tree, distinct(first) + spare.size(), refused));
      }
      return more(first);
    }

    private static int distinct(List<Source> sources) {
      return (int) sources.stream().map(Source::originId).distinct().count();
    }

    private Future<List<Draft>> more(List<Source> sources) {
      var now = new ArrayList<>(sources);
      int have = Draft.origins(drafts) + distinct(sources);
      while (have < tree.replicationFactor() && !spare.isEmpty()) {
        now.add(spare.remove());
        have++;
      }
      if (now.isEmpty()) {
        return ended();
      }
      var begun =
          now.stream()
              .map(source -> Draft.begin(world, source, wish.key(), wish.sizeBytes()))
              .toList();
      return Future.join(begun)
          .transform(_ -> {
            Failure taken = null;
            for (int i = 0; i < begun.size(); i++) {
              if (begun.get(i).succeeded()) {
                drafts.add(begun.get(i).result());
              } else {
                var why = Failure.from(begun.get(i).cause());
                refused.put(now.get(i).originId(), why.text());
                boolean cannotBe =
                    why.is(FailureCode.CONFLICT) || why.is(FailureCode.INVALID_REQUEST);
                taken = cannotBe ? why : taken;
              }
            }
            return taken == null ? more(List.of()) : given(taken);
          });
    }

    private Future<List<Draft>> ended() {
      int have = Draft.origins(drafts);
      return have >= tree.replicationFactor()
          ? Future.succeededFuture(drafts)
          : given(tooFew(tree, have, refused));
    }

    private Future<List<Draft>> given(Failure why) {
      drafts.forEach(draft -> draft.discard(why));
      return Future.failedFuture(why);
    }
  }

  /// What is flushed on enough origins takes its name.
  private final class Publication {
    private final Tree tree;
    private final PutEntry wish;
    private final Fan.Filled filled;
    private final Map<Draft, FileStamp> stood = new LinkedHashMap<>();
    private final Map<String, String> failed;
    private boolean unsure;

    Publication(Tree tree, PutEntry wish, Fan.Filled filled) {
      this.tree = tree;
      this.wish = wish;
      this.filled = filled;
      failed = new TreeMap<>(filled.failed());
    }

    Future<StoredEntry> publish() {
      var targets = filled.sealed().stream().map(Draft::source).collect(Collectors.toSet());
      CrashPoint.TREE_SEALED.pass();
      return finder
          .copies(tree, wish.key())
          .compose(copies -> {
            Terms.require(wish.condition(), tree, wish.key(), copies);
            var places = Terms.places(tree, wish.key(), copies, targets);
            return deeds
                .written(tree, wish.key(), filled.sha256(), wish.sizeBytes(), places)
                .compose(deed -> {
                  CrashPoint.TREE_NOTED.pass();
                  return publish(deed, copies);
                });
          })
          .onFailure(cause -> filled.sealed().forEach(draft -> draft.discard(Failure.from(cause))));
    }

    private Future<StoredEntry> publish(Deed deed, Finder.Copies copies) {
      var published = new ArrayList<Future<FileStamp>>();
      for (var draft : filled.sealed()) {
        published.add(
            draft
                .publish(null)
                .onSuccess(stamp -> {
                  stood.put(draft, stamp);
                  CrashPoint.TREE_PUBLISHED.pass();
                })
                .onFailure(cause -> note(draft, Failure.from(cause))));
      }
      return Future.join(published).transform(_ -> decide(deed, copies));
    }

    private void note(Draft draft, Failure why) {
      failed.put(draft.originId(), why.text());
      unsure |=
          !(why.is(FailureCode.CONFLICT)
              || why.is(FailureCode.NOT_FOUND)
              || why.is(FailureCode.STORAGE_ERROR));
    }

    private Future<StoredEntry> decide(Deed deed, Finder.Copies copies) {
      if (Draft.origins(stood.keySet()) >= tree.replicationFactor()) {
        return reached(deed).map(_ -> stored(copies));
      }
      LOG.warn(
          "tree={} key={} copies={} of={} written, others failed: {}",
          tree.name(),
          wish.key(),
          stood.size(),
          tree.replicationFactor(),
          said(failed));
      if (stood.isEmpty()) {
        return unsure
            ? refused("whether it was written is not known yet, and is being found out")
            : deeds.undo(deed).transform(_ -> refused("nothing was written"));
      }
      return copies.seen().isEmpty() && !unsure
          ? takenBack()
              .compose(_ -> deeds.undo(deed))
              .transform(done ->
                  done.succeeded() ? refused("what was written was taken back") : goesOn(deed))
          : goesOn(deed);
    }

    /// The old content is gone where the new one stands.
    private Future<StoredEntry> goesOn(Deed deed) {
      return reached(deed)
          .transform(_ ->
              refused(
                  "the new content stands on "
                      + stood.size()
                      + " origins and goes on to those that have an old one"));
    }

    private Future<StoredEntry> refused(String outcome) {
      var details = new LinkedHashMap<>(failed);
      details.put("what", "origins");
      details.put("bucket", tree.name());
      return Future.failedFuture(
          new Failure(
              FailureCode.UNAVAILABLE,
              "too few origins took " + wish.key() + "; " + outcome + "; " + said(failed),
              details));
    }

    private Future<?> takenBack() {
      return Future.all(
          stood.entrySet().stream()
              .map(one ->
                  world
                      .bus()
                      .ask(
                          FileWriteContract.REMOVE_FILE.at(one.getKey().originId()),
                          new RemoveFile(one.getKey().path(), one.getValue())))
              .toList());
    }

    private Future<?> reached(Deed deed) {
      var arrived = new HashSet<String>();
      var written = new ArrayList<SaveFileRecord>();
      stood.forEach((draft, stamp) -> {
        arrived.add(draft.originId() + "/" + draft.path());
        written.add(new SaveFileRecord(draft.originId(), draft.path(), stamp, filled.sha256()));
      });
      return deeds.reached(deed, Terms.left(deed.places(), arrived), written, 0);
    }

    private StoredEntry stored(Finder.Copies copies) {
      var seen = new ArrayList<Seen>();
      stood.forEach((draft, stamp) -> {
        var record =
            new FileRecord(
                draft.originId(),
                draft.path(),
                stamp,
                filled.sha256(),
                world.clock().instant(),
                null);
        int order = tree.sources().indexOf(draft.source());
        seen.add(new Seen(draft.source(), order, draft.path(), stamp, record));
      });
      var entry = Version.of(seen, tree.conflicts()).getFirst().entry(wish.key(), null);
      var pending = new ArrayList<Silent>();
      copies.silent().forEach((origin, why) -> pending.add(new Silent(origin, why)));
      failed.forEach((origin, why) -> pending.add(new Silent(origin, why)));
      deeds.tell(tree.name(), wish.key(), Deed.WRITTEN);
      boolean created = copies.covering().shown().isEmpty();
      return new StoredEntry(entry, seen.size(), created, pending);
    }
  }
}
