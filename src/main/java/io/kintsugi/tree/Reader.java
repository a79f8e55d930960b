package io.kintsugi.tree;

import io.kintsugi.contract.TreeContract.OpenedEntry;
import io.kintsugi.contract.TreeContract.ReadEntry;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Gives files of a tree out, each from the best copy that there is.
final class Reader {
  private static final int TRIES_MAX = 3;

  private final World world;
  private final Origins origins;
  private final Finder finder;

  Reader(World world, Origins origins, Finder finder) {
    this.world = world;
    this.origins = origins;
    this.finder = finder;
  }

  Future<OpenedEntry> read(Tree tree, ReadEntry wanted) {
    return read(tree, wanted, TRIES_MAX);
  }

  /// What changed or went since it was found is found anew.
  private Future<OpenedEntry> read(Tree tree, ReadEntry wanted, int triesLeft) {
    return readOnce(tree, wanted)
        .recover(cause ->
            triesLeft > 1 && hasMoved(Failure.from(cause))
                ? read(tree, wanted, triesLeft - 1)
                : Future.failedFuture(cause));
  }

  private static boolean hasMoved(Failure failure) {
    var what = failure.detail("what");
    return "file-changed".equals(what) || "file".equals(what);
  }

  private Future<OpenedEntry> readOnce(Tree tree, ReadEntry wanted) {
    return finder
        .find(tree, wanted.key())
        .compose(found -> {
          if (found.version().lead().isRotten()) {
            return Future.failedFuture(
                Failure.of(
                    FailureCode.CORRUPT,
                    "the bytes of "
                        + wanted.key()
                        + " changed while its size and time did not, and"
                        + " there is no sound copy",
                    "what",
                    "key"));
          }
          return open(tree, wanted, found, attempts(found.version()), new TreeMap<>());
        });
  }

  /// A copy to begin with, and the content that is given out then.
  private record Attempt(Seen first, Version version) {}

  /// Copies that surely are the content that goes first, the nearest before others; then those that
  /// only may be, each of which then stands for itself.
  private List<Attempt> attempts(Version version) {
    var attempts = new ArrayList<Attempt>();
    version.copies(true).stream()
        .sorted(origins.nearestFirst())
        .forEach(seen -> attempts.add(new Attempt(seen, version)));
    version.copies(false).stream()
        .sorted(origins.nearestFirst())
        .forEach(seen -> attempts.add(new Attempt(seen, version.ledBy(seen))));
    return attempts;
  }

  private Future<OpenedEntry> open(
      Tree tree,
      ReadEntry wanted,
      Finder.Found found,
      List<Attempt> attempts,
      Map<String, String> failed) {
    if (attempts.isEmpty()) {
      return Future.failedFuture(
          Finder.unknown(tree, "no copy of " + wanted.key() + " can be read now", failed));
    }
    var attempt = attempts.getFirst();
    var version = attempt.version();
    var slice = Ranges.of(wanted, version.stamp().sizeBytes());
    var spares = new ArrayList<>(version.copies(true));
    spares.remove(attempt.first());
    spares.sort(origins.nearestFirst());
    var passage = new Passage(world, attempt.first(), spares, slice);
    return passage
        .begin()
        .map(_ -> {
          passage.into(world.blobs().connect(wanted.into()));
          var silent = new TreeMap<>(found.silent());
          silent.putAll(failed);
          return new OpenedEntry(
              version.entry(found.key(), found.entry().conflictOf()),
              slice.offset(),
              slice.lengthBytes(),
              attempt.first().source().originId(),
              silent.isEmpty(),
              Finder.told(silent));
        })
        .recover(cause -> {
          if (hasMoved(Failure.from(cause))) {
            return Future.failedFuture(cause);
          }
          failed.put(attempt.first().source().originId(), Failure.from(cause).text());
          return open(tree, wanted, found, attempts.subList(1, attempts.size()), failed);
        });
  }
}
