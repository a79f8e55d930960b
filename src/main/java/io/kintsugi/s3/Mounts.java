package io.kintsugi.s3;

import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.ListTrees;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which buckets are federated, as far as was heard: what a request is about decides who answers.
/// No other bucket bears the name of one, so whoever hears late refuses, and never mistakes.
final class Mounts {
  private static final Logger LOG = LoggerFactory.getLogger(Mounts.class);
  private static final Duration RELOAD = Duration.ofSeconds(5);

  private final World world;
  private Map<String, Instant> names = Map.of();

  Mounts(World world) {
    this.world = world;
    world.bus().listen(TreeContract.TREE_CHANGED, _ -> load());
    world.every(RELOAD, this::load);
    load();
  }

  /// Done when those that there are now are known; a node may have nobody who knows of any.
  Future<Void> load() {
    return world
        .bus()
        .ask(TreeContract.LIST_TREES, new ListTrees())
        .map(found -> {
          names = found.trees().stream().collect(Collectors.toMap(Tree::name, Tree::created));
          return (Void) null;
        })
        .recover(cause -> {
          LOG.debug("federated buckets not read: {}", Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  boolean has(String bucket) {
    return names.containsKey(bucket);
  }

  /// Each with the time of its making.
  Map<String, Instant> all() {
    return new TreeMap<>(names);
  }
}
