package io.kintsugi.tree;

import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.World;
import java.util.ArrayList;
import java.util.List;

/// What those need who care for the copies in trees.
record Trees(
    World world, Forest forest, Origins origins, Finder finder, Proving proving, Refresh refresh) {
  /// A file of an origin as one of a tree.
  record Place(Tree tree, Source source, String key) {}

  /// All trees that show a file; those that mend go first.
  List<Place> of(String originId, String path) {
    var found = new ArrayList<Place>();
    for (var tree : forest.known()) {
      for (var source : tree.sources()) {
        var top = source.path().isEmpty() ? "" : source.path() + "/";
        if (source.originId().equals(originId) && path.startsWith(top)) {
          var place = new Place(tree, source, path.substring(top.length()));
          found.add(tree.cared().mends() ? 0 : found.size(), place);
        }
      }
    }
    return found;
  }
}
