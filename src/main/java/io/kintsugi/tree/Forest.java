package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.DropTree;
import io.kintsugi.contract.CatalogTreeContract.LoadTrees;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeContract.TreeChanged;
import io.kintsugi.contract.TreeContract.Trees;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All trees, as the catalog has them: they are used as they were last known while it does not
/// answer.
final class Forest {
  private static final Logger LOG = LoggerFactory.getLogger(Forest.class);
  private static final Duration RELOAD = Duration.ofSeconds(10);

  private final World world;
  private final Origins origins;
  private Map<String, Tree> trees = new TreeMap<>();
  private boolean known;

  Forest(World world, Origins origins) {
    this.world = world;
    this.origins = origins;
  }

  Future<Void> start() {
    world.bus().listen(TreeContract.TREE_CHANGED, _ -> reload());
    world.every(RELOAD, this::reload);
    return load()
        .recover(cause -> {
          // A catalog that is not in use yet stops nobody: the trees are read when they are needed.
          LOG.info("trees not read yet: {}", Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  private void reload() {
    load().onFailure(cause -> LOG.debug("trees not read: {}", Failure.from(cause).text()));
  }

  private Future<Void> load() {
    return world
        .bus()
        .ask(CatalogTreeContract.LOAD_TREES, new LoadTrees())
        .map(found -> {
          var now = new TreeMap<String, Tree>();
          found.trees().forEach(tree -> now.put(tree.name(), tree));
          trees = now;
          known = true;
          return null;
        });
  }

  /// One that is not known may have been made by somebody else just now.
  Future<Tree> find(String name) {
    var tree = trees.get(name);
    if (tree != null) {
      return Future.succeededFuture(tree);
    }
    return load()
        .compose(_ -> {
          var found = trees.get(name);
          return found == null
              ? Future.failedFuture(
                  Failure.of(
                      FailureCode.NOT_FOUND, "no federated bucket " + name, "what", "bucket"))
              : Future.succeededFuture(found);
        });
  }

  /// As far as they are known.
  List<Tree> known() {
    return List.copyOf(trees.values());
  }

  Future<Trees> list() {
    return (known ? Future.<Void>succeededFuture() : load())
        .map(_ -> new Trees(List.copyOf(trees.values())));
  }

  Future<Tree> put(PutTree wish) {
    return origins
        .load()
        .compose(_ -> {
          var normal = Rules.normal(wish, id -> origins.state(id) != null);
          return world.bus().ask(CatalogTreeContract.SAVE_TREE, normal);
        })
        .map(tree -> {
          trees.put(tree.name(), tree);
          world.bus().publish(TreeContract.TREE_CHANGED, new TreeChanged(tree.name()));
          LOG.info("tree={} sources={}", tree.name(), tree.sources());
          return tree;
        });
  }

  Future<Done> delete(String name) {
    return find(name)
        .compose(_ -> world.bus().ask(CatalogTreeContract.DROP_TREE, new DropTree(name)))
        .map(done -> {
          trees.remove(name);
          world.bus().publish(TreeContract.TREE_CHANGED, new TreeChanged(name));
          LOG.info("tree={} forgotten", name);
          return done;
        });
  }
}
