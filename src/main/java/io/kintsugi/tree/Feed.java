package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FilePage;
import io.kintsugi.contract.FilesContract.ListFiles;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/// What one source has of the part of a tree that is listed, page by page.
final class Feed {
  /// An origin that has not told by then is not waited for.
  private static final long PATIENCE_MILLIS = 10_000;

  private final World world;
  private final Source source;
  private final Scope scope;
  private final int pageItems;
  private String cursor;
  private boolean ended;

  Feed(World world, Source source, Scope scope, int pageItems) {
    this.world = world;
    this.source = source;
    this.scope = scope;
    this.pageItems = pageItems;
    var start = scope.isPossible() ? scope.start() : null;
    cursor = start == null ? "" : start;
    ended = start == null;
  }

  Source source() {
    return source;
  }

  boolean isEnded() {
    return ended;
  }

  /// The next ones, perhaps none although there are more.
  Future<List<Item>> next() {
    if (ended) {
      return Future.succeededFuture(List.of());
    }
    return world
        .bus()
        .ask(
            FilesContract.LIST_FILES.at(source.originId()),
            new ListFiles(scope.folderOn(source), cursor, pageItems, scope.deep()),
            PATIENCE_MILLIS)
        .map(this::take);
  }

  private List<Item> take(FilePage page) {
    var items = new ArrayList<Item>();
    for (var file : page.files()) {
      var key = scope.folder() + file.path();
      switch (scope.side(key)) {
        case BEFORE -> {}
        case WITHIN -> items.add(new Item(source, key, file.stamp()));
        case BEHIND -> {
          ended = true;
          return items;
        }
      }
    }
    var next = page.next();
    if (next == null) {
      ended = true;
    } else {
      cursor = next;
    }
    return items;
  }
}
