package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract.Place;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// On which terms a key may be changed, and what has to be known before it is.
@Pure
final class Terms {
  private Terms() {}

  static void requireWrites(Tree tree) {
    if (!tree.writes()) {
      throw Failure.of(
          FailureCode.FORBIDDEN,
          tree.name()
              + " shows files of several origins and is read-only; it takes writes once its tree"
              + " says so (writes)",
          "what",
          "read-only");
    }
  }

  static void requirePossible(String key) {
    if (!Paths.isPossible(key)) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST,
          "no file can bear the key "
              + key
              + ": a part of it is empty, . or .., longer than 255 bytes, or holds a NUL",
          "what",
          "key");
    }
  }

  /// Fails with PRECONDITION_FAILED unless what is shown of a key is as its writer expects.
  static void require(Condition condition, Tree tree, String key, Finder.Copies copies) {
    var match = condition.ifMatch();
    var none = condition.ifNoneMatch();
    if (match == null && none == null) {
      return;
    }
    var covering = copies.covering();
    var shown = Finder.shown(tree, copies, covering);
    if (covering.inDoubt() || (shown.versions().isEmpty() && !shown.silent().isEmpty())) {
      throw Finder.unknown(tree, "whether " + key + " exists is unknown", copies.silent());
    }
    var etag =
        shown.versions().isEmpty() ? null : shown.versions().getFirst().entry(key, null).etag();
    boolean holds =
        (match == null || (etag != null && (match.equals("*") || match.equals(etag))))
            && (none == null || etag == null || !(none.equals("*") || none.equals(etag)));
    if (!holds) {
      throw Failure.of(
          FailureCode.PRECONDITION_FAILED,
          key + (etag == null ? " does not exist" : " exists, with ETag " + etag));
    }
  }

  /// Where a deed has to arrive: wherever the key is, may be, or is to be.
  static List<Place> places(Tree tree, String key, Finder.Copies copies, Set<Source> targets) {
    var places = new ArrayList<Place>();
    for (var source : tree.sources()) {
      var id = source.originId();
      var path = Paths.of(source, key);
      boolean target = targets.contains(source);
      var seen = copies.seen().stream().filter(copy -> copy.source().equals(source)).findFirst();
      if (seen.isPresent()) {
        places.add(new Place(id, path, true, seen.get().stamp(), target));
      } else if (copies.silent().containsKey(id)) {
        places.add(new Place(id, path, false, null, target));
      } else if (target) {
        places.add(new Place(id, path, true, null, true));
      }
    }
    return places;
  }

  /// What is left of the places of a deed that has arrived on some: nothing can be left where
  /// nothing was.
  static List<Place> left(List<Place> places, Set<String> reachedPaths) {
    return places.stream()
        .filter(place -> !place.seen() || place.stamp() != null)
        .filter(place -> !reachedPaths.contains(place.originId() + "/" + place.path()))
        .toList();
  }
}
