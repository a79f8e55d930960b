package io.kintsugi.rest;

import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.Collection;
import io.kintsugi.contract.CollectContract.GetCollection;
import io.kintsugi.contract.CollectContract.OriginCollection;
import io.kintsugi.contract.CollectContract.RunCollection;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/// What waits to be given back on the origins, and was.
final class CollectionCalls {
  private final World world;

  CollectionCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/collection", this::get),
        Route.post("/api/v1/collection/run", this::run));
  }

  private Future<Reply> get(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(CollectContract.GET_COLLECTION, new GetCollection())
        .map(collection -> Reply.data(body(collection)));
  }

  private Future<Reply> run(Asked asked) {
    var wish = asked.body(fields -> new RunCollection(fields.text("believe")));
    return world
        .bus()
        .ask(CollectContract.RUN_COLLECTION, wish)
        .map(collection -> Reply.data(body(collection)));
  }

  private static JsonObject body(Collection collection) {
    var origins = new JsonArray();
    collection.origins().forEach(origin -> origins.add(body(origin)));
    var last = collection.lastPass();
    return new JsonObject()
        .put("running", collection.running())
        .put("last_pass", last == null ? null : Envelope.time(last))
        .put("grace_ms", collection.graceMillis())
        .put("dead_segments", collection.deadSegments())
        .put("origins", origins);
  }

  private static JsonObject body(OriginCollection origin) {
    var compaction = origin.compaction();
    return new JsonObject()
        .put("id", origin.originId())
        .put("state", origin.state())
        .put("waiting_names", origin.waitingNames())
        .put("waiting_bytes", origin.waitingBytes())
        .put("unreferenced", origin.unreferenced())
        .put("orphans", origin.orphans())
        .put("quarantined", origin.quarantined())
        .put("quarantined_bytes", origin.quarantinedBytes())
        .put("collected_names", origin.collectedNames())
        .put("collected_bytes", origin.collectedBytes())
        .put("sparse_packs", compaction.sparsePacks())
        .put("reclaimable_bytes", compaction.reclaimableBytes())
        .put("compacting", compaction.pack())
        .put("compacted_records", compaction.movedRecords())
        .put("compacted_bytes", compaction.movedBytes())
        .put("braked", origin.braked());
  }
}
