package io.kintsugi.rest;

import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.DeleteTree;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.EntryPage;
import io.kintsugi.contract.TreeContract.FindEntry;
import io.kintsugi.contract.TreeContract.GetTree;
import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.ListTrees;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Federated buckets: trees over folders of several origins, and the files in them with all their
/// copies.
final class TreeCalls {
  private static final List<String> CONFLICTS = List.of("priority", "newest", "keep_both");
  private static final int PRIORITY_MAX = 1_000_000;
  private static final int PRIORITY = 100;
  private static final int PAGE_MAX = 1000;
  private static final int COPIES_MAX = 16;

  private final World world;

  TreeCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/trees", this::list),
        Route.get("/api/v1/trees/{name}", this::get),
        Route.put("/api/v1/trees/{name}", this::put),
        Route.delete("/api/v1/trees/{name}", this::delete),
        Route.get("/api/v1/trees/{name}/files", this::files),
        Route.get("/api/v1/trees/{name}/file", this::file));
  }

  private Future<Reply> list(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(TreeContract.LIST_TREES, new ListTrees())
        .map(found -> {
          var trees = new JsonArray();
          found.trees().forEach(tree -> trees.add(body(tree)));
          return Reply.data(new JsonObject().put("trees", trees));
        });
  }

  private Future<Reply> get(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(TreeContract.GET_TREE, new GetTree(asked.bucket()))
        .map(tree -> reply(Reply.OK, tree));
  }

  private Future<Reply> put(Asked asked) {
    var name = asked.bucket();
    var ifMatch = Versions.ifMatch(asked);
    var wish = asked.body(body -> wish(name, body, ifMatch));
    return world
        .bus()
        .ask(TreeContract.PUT_TREE, wish)
        .map(tree -> reply(tree.version() == 1 ? Reply.CREATED : Reply.OK, tree));
  }

  private static PutTree wish(String name, Fields body, @Nullable Long ifMatch) {
    var sources = new ArrayList<Source>();
    if (!body.has("sources")) {
      body.refuse("sources", "is missing; each is an origin, and a path on it");
    }
    for (var source : body.objects("sources")) {
      var priority = source.wholeInt("priority", 0, PRIORITY_MAX);
      sources.add(
          new Source(
              source.requiredText("origin"),
              Objects.requireNonNullElse(source.text("path"), ""),
              priority == null ? PRIORITY : priority));
    }
    var conflicts = Objects.requireNonNullElse(body.choice("conflicts", CONFLICTS), "priority");
    boolean writes = Boolean.TRUE.equals(body.flag("writes"));
    var copies = body.wholeInt("replication_factor", 1, COPIES_MAX);
    var care = TreeCareCalls.wish(body);
    return new PutTree(name, sources, conflicts, ifMatch, writes, copies, care);
  }

  private Future<Reply> delete(Asked asked) {
    asked.nothing();
    var name = asked.bucket();
    return world
        .bus()
        .ask(TreeContract.DELETE_TREE, new DeleteTree(name))
        .map(_ -> Reply.data(new JsonObject().put("name", name).put("deleted", true)));
  }

  private Future<Reply> files(Asked asked) {
    var name = asked.bucket();
    var question =
        asked.query(query ->
            new ListEntries(
                name,
                Objects.requireNonNullElse(query.text("prefix"), ""),
                query.text("delimiter"),
                query.text("after"),
                (int) query.whole("limit", 1, PAGE_MAX, PAGE_MAX)));
    return world.bus().ask(TreeContract.LIST_ENTRIES, question).map(page -> Reply.data(body(page)));
  }

  private Future<Reply> file(Asked asked) {
    var name = asked.bucket();
    var key = asked.query(query -> Objects.requireNonNullElse(query.text("key"), ""));
    if (key.isEmpty()) {
      throw Failure.of(FailureCode.VALIDATION_ERROR, "key is missing", "key", "is missing");
    }
    asked.about("object", key);
    return world
        .bus()
        .ask(TreeContract.FIND_ENTRY, new FindEntry(name, key))
        .map(found -> Reply.data(body(found.entry()).mergeIn(completeness(found.silent()))));
  }

  private static Reply reply(int status, Tree tree) {
    return new Reply.Data(status, body(tree), Versions.etag(tree.version()));
  }

  private static JsonObject body(Tree tree) {
    var sources = new JsonArray();
    for (var source : tree.sources()) {
      sources.add(
          new JsonObject()
              .put("origin", source.originId())
              .put("path", source.path())
              .put("priority", source.priority()));
    }
    return new JsonObject()
        .put("name", tree.name())
        .put("sources", sources)
        .put("conflicts", tree.conflicts())
        .put("writes", tree.writes())
        .put("replication_factor", tree.replicationFactor())
        .mergeIn(TreeCareCalls.body(tree.cared()))
        .put("created_at", Envelope.time(tree.created()))
        .put("version", tree.version());
  }

  private static JsonObject body(EntryPage page) {
    var files = new JsonArray();
    page.entries().forEach(entry -> files.add(body(entry)));
    return new JsonObject()
        .put("files", files)
        .put("common_prefixes", new JsonArray(page.commonPrefixes()))
        .put("next", page.next())
        .mergeIn(completeness(page.silent()));
  }

  private static JsonObject completeness(List<Silent> silent) {
    return new JsonObject()
        .put("complete", silent.isEmpty())
        .put("silent_origins", origins(silent));
  }

  static JsonArray origins(List<Silent> silent) {
    var origins = new JsonArray();
    for (var one : silent) {
      origins.add(new JsonObject().put("origin", one.originId()).put("reason", one.reason()));
    }
    return origins;
  }

  static JsonObject body(Entry entry) {
    var copies = new JsonArray();
    for (var copy : entry.copies()) {
      copies.add(
          new JsonObject()
              .put("origin", copy.originId())
              .put("path", copy.path())
              .put("size", copy.stamp().sizeBytes())
              .put("modified", Envelope.time(copy.stamp().modified()))
              .put("relation", copy.relation())
              .put("sha256", copy.sha256())
              .put("verified", Envelope.timeOrNull(copy.verified())));
    }
    return new JsonObject()
        .put("key", entry.key())
        .put("size", entry.stamp().sizeBytes())
        .put("modified", Envelope.time(entry.stamp().modified()))
        .put("etag", entry.etag())
        .put("origin", entry.originId())
        .put("conflict_of", entry.conflictOf())
        .put("copies", copies);
  }
}
