package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.FindFileRecords;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings what was found on origins together with what the catalog knows of it.
final class Records {
  private static final Logger LOG = LoggerFactory.getLogger(Records.class);

  private final World world;

  Records(World world) {
    this.world = world;
  }

  /// What a group of items is, each in its order. A catalog that does not answer makes no hash
  /// known, and nothing unreadable.
  Future<List<List<Seen>>> of(Tree tree, List<List<Item>> groups) {
    var names = new ArrayList<FileName>();
    for (var group : groups) {
      group.forEach(item -> names.add(name(item)));
    }
    if (names.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return world
        .bus()
        .ask(CatalogTreeContract.FIND_FILE_RECORDS, new FindFileRecords(names))
        .map(found -> {
          var known = new HashMap<FileName, FileRecord>();
          found.records().forEach(r -> known.put(new FileName(r.originId(), r.path()), r));
          return known;
        })
        .recover(cause -> {
          LOG.debug("what is known of files was not read: {}", Failure.from(cause).text());
          return Future.succeededFuture(new HashMap<>());
        })
        .map(known -> groups.stream().map(group -> seen(tree, group, known)).toList());
  }

  private static FileName name(Item item) {
    return new FileName(item.source().originId(), Paths.of(item.source(), item.key()));
  }

  private static List<Seen> seen(Tree tree, List<Item> group, Map<FileName, FileRecord> known) {
    var seen = new ArrayList<Seen>();
    for (var item : group) {
      var stamp = item.stamp();
      if (stamp != null) {
        var name = name(item);
        seen.add(
            new Seen(
                item.source(),
                tree.sources().indexOf(item.source()),
                name.path(),
                stamp,
                known.get(name)));
      }
    }
    return seen;
  }
}
