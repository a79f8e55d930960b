package io.kintsugi.rest;

import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.JournalContract.GetJournal;
import io.kintsugi.contract.JournalContract.JournalView;
import io.kintsugi.contract.JournalContract.RebuildView;
import io.kintsugi.contract.JournalContract.StartRebuild;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.TreeMap;

/// The catalog and its journal: whether it is in use, and its way back from the origins.
final class CatalogCalls {
  private final World world;

  CatalogCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/admin/catalog", this::get),
        Route.post("/admin/catalog/rebuild", this::rebuild));
  }

  private Future<Reply> get(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(JournalContract.GET_JOURNAL, new GetJournal())
        .map(view -> Reply.data(body(view)));
  }

  private Future<Reply> rebuild(Asked asked) {
    var wish = asked.body(CatalogCalls::wish);
    return world.bus().ask(JournalContract.START_REBUILD, wish).map(view -> Reply.data(body(view)));
  }

  private static StartRebuild wish(Fields body) {
    return new StartRebuild(
        Boolean.TRUE.equals(body.flag("dry_run")),
        Boolean.TRUE.equals(body.flag("accept_gap")),
        Boolean.TRUE.equals(body.flag("from_empty")));
  }

  private static JsonObject body(JournalView view) {
    var rebuild = view.rebuild();
    return new JsonObject()
        .put("state", view.state())
        .put("reason", view.reason())
        .put("journal_seq", view.reachedSeq())
        .put("copies", view.copies())
        .put("origins", new JsonArray(view.origins()))
        .put("warning", view.warning())
        .put("rebuild", rebuild == null ? null : body(rebuild));
  }

  private static JsonObject body(RebuildView rebuild) {
    var counts = new JsonObject();
    new TreeMap<>(rebuild.counts()).forEach(counts::put);
    var ended = rebuild.ended();
    return new JsonObject()
        .put("dry_run", rebuild.dryRun())
        .put("phase", rebuild.phase())
        .put("from_seq", rebuild.fromSeq())
        .put("to_seq", rebuild.toSeq())
        .put("seq", rebuild.seq())
        .put("snapshot_seq", rebuild.snapshotSeq())
        .put("sources", new JsonArray(rebuild.sources()))
        .put("gaps", new JsonArray(rebuild.gaps()))
        .put("refused", new JsonArray(rebuild.refused()))
        .put("uncertain", new JsonArray(rebuild.uncertain()))
        .put("not_adopted", new JsonArray(rebuild.notAdopted()))
        .put("counts", counts)
        .put("started", Envelope.time(rebuild.started()))
        .put("ended", ended == null ? null : Envelope.time(ended))
        .put("error", rebuild.error());
  }
}
