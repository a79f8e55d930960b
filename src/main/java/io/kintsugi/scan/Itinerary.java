package io.kintsugi.scan;

import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListLeaves;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out where a scan must go: every leaf that the catalog knows or that an origin has.
final class Itinerary {
  private static final Logger LOG = LoggerFactory.getLogger(Itinerary.class);
  private static final int ROWS_PER_PAGE = 1000;

  private final World world;

  Itinerary(World world) {
    this.world = world;
  }

  /// The walk of a scan from where it stands.
  Future<Tour.Walking> plan(Bookmark from, List<String> priorityBuckets) {
    var leaves = new TreeSet<String>();
    var incarnations = new HashMap<String, String>();
    return world
        .bus()
        .ask(CatalogScanContract.LIST_EXTENTS, new ListExtents())
        .compose(extents -> {
          leaves.addAll(extents.leaves());
          return askOrigins(leaves, incarnations);
        })
        .compose(_ ->
            from.begun() || priorityBuckets.isEmpty()
                ? Future.succeededFuture(List.<String>of())
                : priorityLeaves(List.copyOf(leaves), Set.copyOf(priorityBuckets)))
        .map(first -> Tour.begin(from, List.copyOf(leaves), first, incarnations));
  }

  /// An origin that does not say what it has is no reason to wait: the catalog knows what should be
  /// there.
  private Future<Void> askOrigins(Set<String> leaves, Map<String, String> incarnations) {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(found -> {
          var asked = new ArrayList<Future<?>>();
          for (var origin : found.origins()) {
            var incarnation = origin.incarnation();
            if (Judgement.isOurs(origin) && incarnation != null) {
              incarnations.put(origin.id(), incarnation);
              asked.add(askLeaves(origin.id(), incarnation, leaves));
            }
          }
          return Future.join(asked).otherwiseEmpty().mapEmpty();
        });
  }

  private Future<?> askLeaves(String originId, String incarnation, Set<String> leaves) {
    return world
        .bus()
        .ask(OriginContract.LIST_LEAVES.at(originId), new ListLeaves(incarnation))
        .onSuccess(answer -> leaves.addAll(answer.leaves()))
        .onFailure(cause ->
            LOG.atWarn()
                .addKeyValue("code", Failure.from(cause).code())
                .log("leaves unknown origin={}: {}", originId, Failure.from(cause).text()));
  }

  private Future<List<String>> priorityLeaves(List<String> leaves, Set<String> buckets) {
    var first = new ArrayList<String>();
    Future<Void> done = Future.succeededFuture();
    for (String leaf : leaves) {
      done =
          done.compose(_ -> holds(leaf, null, buckets))
              .map(yes -> {
                if (yes) {
                  first.add(leaf);
                }
                return null;
              });
    }
    return done.map(_ -> first);
  }

  private Future<Boolean> holds(String leaf, @Nullable String after, Set<String> buckets) {
    return world
        .bus()
        .ask(CatalogScanContract.LIST_SHARDS, new ListShards(leaf, after, ROWS_PER_PAGE))
        .compose(page -> {
          boolean here = page.segments().stream().anyMatch(row -> buckets.contains(row.bucket()));
          var next = page.nextAfter();
          return here || next == null ? Future.succeededFuture(here) : holds(leaf, next, buckets);
        });
  }
}
