package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.FileWriteContract;
import io.kintsugi.contract.FileWriteContract.RemoveFile;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeWriteContract.DeleteEntries;
import io.kintsugi.contract.TreeWriteContract.DeleteEntry;
import io.kintsugi.contract.TreeWriteContract.DeletedEntries;
import io.kintsugi.contract.TreeWriteContract.DeletedEntry;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes keys away from trees: first it is noted that the key is gone, then each file that is there
/// is removed; what is on silent origins stays noted until they are back.
final class Remover {
  private static final Logger LOG = LoggerFactory.getLogger(Remover.class);
  private static final int KEYS_MAX = 1000;
  private static final int AT_ONCE = 8;

  private final World world;
  private final Finder finder;
  private final Deeds deeds;
  private final Turns turns;
  private final Figures figures;

  Remover(World world, Finder finder, Deeds deeds, Turns turns, Figures figures) {
    this.world = world;
    this.finder = finder;
    this.deeds = deeds;
    this.turns = turns;
    this.figures = figures;
  }

  Future<DeletedEntries> delete(Tree tree, DeleteEntries wish) {
    Terms.requireWrites(tree);
    if (wish.entries().size() > KEYS_MAX) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "at most " + KEYS_MAX + " keys at once");
    }
    var entries = wish.entries();
    var outcomes = new ArrayList<DeletedEntry>();
    Future<Void> done = Future.succeededFuture();
    for (int from = 0; from < entries.size(); from += AT_ONCE) {
      var some = entries.subList(from, Math.min(entries.size(), from + AT_ONCE));
      done =
          done.compose(_ -> Future.all(some.stream().map(entry -> outcome(tree, entry)).toList()))
              .map(all -> {
                outcomes.addAll(all.list());
                return null;
              });
    }
    return done.map(_ -> new DeletedEntries(outcomes));
  }

  private Future<DeletedEntry> outcome(Tree tree, DeleteEntry entry) {
    var key = entry.key();
    if (!Paths.isPossible(key)) {
      return Future.succeededFuture(new DeletedEntry(key, false, null, null, null));
    }
    return turns
        .alone(tree.name(), key, () -> delete(tree, entry))
        .map(existed -> new DeletedEntry(key, existed, null, null, null))
        .recover(cause -> {
          var why = Failure.from(cause);
          LOG.warn("tree={} key={} not deleted: {}", tree.name(), key, why.text());
          return Future.succeededFuture(
              new DeletedEntry(key, false, why.code().name(), why.text(), why.detail("what")));
        });
  }

  private Future<Boolean> delete(Tree tree, DeleteEntry entry) {
    var key = entry.key();
    return finder
        .copies(tree, key)
        .compose(copies -> {
          Terms.require(entry.condition(), tree, key, copies);
          if (copies.seen().isEmpty()) {
            if (copies.silent().isEmpty()) {
              return alias(tree, key);
            }
            boolean mayBeAlias =
                tree.conflicts().equals(Version.KEEP_BOTH) && !Aliases.stems(key).isEmpty();
            var places = Terms.places(tree, key, copies, Set.of());
            // What is noted already is noted anew: who deletes again may mean what came since.
            boolean allSilent = places.size() == tree.sources().size() && !isBuried(copies);
            if (mayBeAlias || allSilent) {
              return Future.failedFuture(
                  Finder.unknown(tree, key + " was not deleted", copies.silent()));
            }
          }
          boolean existed = !copies.covering().shown().isEmpty();
          return deeds
              .deleted(tree, key, Terms.places(tree, key, copies, Set.of()))
              .compose(deed -> {
                CrashPoint.TREE_BURIED.pass();
                return removed(deed, copies);
              })
              .map(_ -> {
                figures.deleted();
                deeds.tell(tree.name(), key, Deed.DELETED);
                return existed;
              });
        });
  }

  /// Whether it is noted already that the key is gone from all origins that do not tell.
  private static boolean isBuried(Finder.Copies copies) {
    var deed = copies.deed();
    if (deed == null || !deed.kind().equals(Deed.DELETED)) {
      return false;
    }
    var noted = new HashSet<String>();
    deed.places().forEach(place -> noted.add(place.originId()));
    return noted.containsAll(copies.silent().keySet());
  }

  private Future<?> removed(Deed deed, Finder.Copies copies) {
    var arrived = new HashSet<String>();
    var removals = new ArrayList<Future<?>>();
    for (var copy : copies.seen()) {
      var id = copy.source().originId();
      removals.add(
          remove(id, copy.path(), copy.stamp())
              .onSuccess(_ -> arrived.add(id + "/" + copy.path()))
              .onFailure(cause -> {
                var why = Failure.from(cause);
                // Somebody wrote another one there just now, which stays.
                if ("file-changed".equals(why.detail("what"))) {
                  arrived.add(id + "/" + copy.path());
                }
                LOG.warn(
                    "tree={} key={} origin={} file is hidden and not removed yet: {}",
                    deed.tree(),
                    deed.key(),
                    id,
                    why.text());
              }));
    }
    return Future.join(removals)
        .transform(_ -> deeds.reached(deed, Terms.left(deed.places(), arrived), List.of(), 0));
  }

  private Future<?> remove(String originId, String path, FileStamp stamp) {
    return world.bus().ask(FileWriteContract.REMOVE_FILE.at(originId), new RemoveFile(path, stamp));
  }

  /// Of a key that is only another name for a copy that differs, that copy is removed.
  private Future<Boolean> alias(Tree tree, String key) {
    if (!tree.conflicts().equals(Version.KEEP_BOTH)) {
      return Future.succeededFuture(false);
    }
    return finder
        .find(tree, key)
        .compose(found ->
            Future.all(
                    found.version().copies(true).stream()
                        .map(copy -> remove(copy.source().originId(), copy.path(), copy.stamp()))
                        .toList())
                .map(true))
        .recover(cause ->
            Failure.from(cause).is(FailureCode.NOT_FOUND)
                ? Future.succeededFuture(false)
                : Future.failedFuture(cause));
  }
}
