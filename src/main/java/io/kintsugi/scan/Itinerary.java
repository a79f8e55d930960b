package io.kintsugi.scan;

import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.ListPacks;
import io.kintsugi.contract.CatalogPackContract.PackRef;
import io.kintsugi.contract.CatalogPackContract.Scope;
import io.kintsugi.contract.CatalogPackContract.SumPacks;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
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
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out where a scan must go: every leaf that the catalog knows or that an origin has, and
/// every pack that the catalog knows.
final class Itinerary {
  private static final Logger LOG = LoggerFactory.getLogger(Itinerary.class);
  private static final int ROWS_PER_PAGE = 1000;
  private static final int PACKS_PER_SUM = 64;

  private final World world;

  Itinerary(World world) {
    this.world = world;
  }

  /// The walk of a scan from where it stands.
  Future<Tour.Walking> plan(ScanPlan plan, Bookmark from, List<String> priorityBuckets) {
    var leaves = new TreeSet<String>();
    var packs = new ArrayList<PackRef>();
    var incarnations = new HashMap<String, String>();
    return world
        .bus()
        .ask(CatalogScanContract.LIST_EXTENTS, new ListExtents())
        .compose(extents -> {
          leaves.addAll(extents.leaves());
          return askOrigins(leaves, incarnations);
        })
        .compose(_ -> listPacks(packs, null))
        .compose(_ ->
            from.begun() || priorityBuckets.isEmpty()
                ? Future.succeededFuture(List.<String>of())
                : priority(plan, List.copyOf(leaves), packs, priorityBuckets))
        .map(first -> {
          var extents = new TreeSet<>(leaves);
          packs.forEach(pack -> extents.add(extent(plan, pack)));
          return Tour.begin(from, List.copyOf(extents), first, incarnations);
        });
  }

  /// Names and sizes of all packs of an origin are compared at once.
  private static String extent(ScanPlan plan, PackRef pack) {
    boolean atOnce = plan.depth() == Depth.QUICK && plan.maxObjects() == null;
    return atOnce
        ? new Extent.PacksOf(pack.originId()).text()
        : new Extent.Pack(pack.originId(), pack.pack()).text();
  }

  private Future<Void> listPacks(List<PackRef> packs, @Nullable PackRef after) {
    return world
        .bus()
        .ask(CatalogPackContract.LIST_PACKS, new ListPacks(null, after, ROWS_PER_PAGE))
        .compose(page -> {
          packs.addAll(page.packs());
          var next = page.nextAfter();
          return next == null ? Future.succeededFuture() : listPacks(packs, next);
        });
  }

  private Future<List<String>> priority(
      ScanPlan plan, List<String> leaves, List<PackRef> packs, List<String> buckets) {
    return priorityLeaves(leaves, Set.copyOf(buckets))
        .compose(first ->
            priorityPacks(plan, packs, new Scope(buckets, true))
                .map(more -> Stream.concat(first.stream(), more.stream()).toList()));
  }

  private Future<Set<String>> priorityPacks(ScanPlan plan, List<PackRef> packs, Scope scope) {
    var byOrigin = new TreeMap<String, List<String>>();
    for (var pack : packs) {
      byOrigin.computeIfAbsent(pack.originId(), _ -> new ArrayList<>()).add(pack.pack());
    }
    var first = new TreeSet<String>();
    Future<Void> done = Future.succeededFuture();
    for (var origin : byOrigin.entrySet()) {
      var names = origin.getValue();
      for (int from = 0; from < names.size(); from += PACKS_PER_SUM) {
        var some = names.subList(from, Math.min(names.size(), from + PACKS_PER_SUM));
        var question = new SumPacks(origin.getKey(), some, scope);
        done =
            done.compose(_ -> world.bus().ask(CatalogPackContract.SUM_PACKS, question))
                .map(answer -> {
                  answer
                      .packs()
                      .forEach(sum ->
                          first.add(extent(plan, new PackRef(question.originId(), sum.pack()))));
                  return null;
                });
      }
    }
    return done.map(_ -> first);
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
