package io.kintsugi.rest;

import io.kintsugi.format.Cid;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.rest.Blocks.Known;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Blocks by CID: put, had, listed, counted and deleted.
final class BlockCalls {
  private static final int PAGE_BLOCKS = 100;
  private static final int PAGE_BLOCKS_MAX = 1_000;

  private final Blocks blocks;

  BlockCalls(World world) {
    blocks = new Blocks(world);
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/blocks", this::list).takingBytes(),
        Route.post("/api/v1/blocks", this::post).takingBytes(),
        Route.get("/api/v1/blocks/count", this::count),
        Route.get("/api/v1/blocks/{cid}", this::get).takingBytes(),
        Route.put("/api/v1/blocks/{cid}", this::put).takingBytes(),
        Route.delete("/api/v1/blocks/{cid}", this::delete).takingBytes());
  }

  private Future<Reply> post(Asked asked) {
    var bytes = asked.bytes();
    return blocks.name(bytes).compose(cid -> blocks.put(cid, bytes)).map(BlockCalls::reply);
  }

  private Future<Reply> put(Asked asked) {
    var cid = cid(asked);
    var bytes = asked.bytes();
    return blocks
        .name(bytes)
        .compose(named ->
            named.equals(cid)
                ? blocks.put(cid, bytes).map(BlockCalls::reply)
                : Future.failedFuture(mismatch(cid, named)));
  }

  private static Failure mismatch(Cid wanted, Cid named) {
    return new Failure(
        FailureCode.INVALID_REQUEST,
        "the bytes are not those that this CID names",
        Map.of(
            "cid",
            wanted.text(),
            "found",
            named.text(),
            "hint",
            "send the block as raw bytes, or POST it to /api/v1/blocks to be told its CID"));
  }

  private static Reply reply(Blocks.Put put) {
    var body =
        body(new Known(put.cid(), put.sizeBytes(), put.backends())).put("created", put.created());
    return new Reply.Data(put.created() ? Reply.CREATED : Reply.OK, body, Map.of());
  }

  private Future<Reply> get(Asked asked) {
    asked.noQuery();
    var cid = cid(asked);
    if (asked.isHead()) {
      return blocks.find(cid).map(known -> new Reply.Bytes(Reply.OK, null, headers(known)));
    }
    return blocks
        .get(cid)
        .map(held -> new Reply.Bytes(Reply.OK, held.bytes(), headers(held.known())));
  }

  private static Map<String, String> headers(Known known) {
    var headers = new TreeMap<String, String>();
    headers.put("Content-Length", Long.toString(known.sizeBytes()));
    headers.put("ETag", '"' + known.cid().text() + '"');
    headers.put("X-Kintsugi-Backends", String.join(",", known.backends()));
    return headers;
  }

  private Future<Reply> delete(Asked asked) {
    asked.noQuery();
    var cid = cid(asked);
    return blocks
        .delete(cid)
        .map(
            existed -> Reply.data(new JsonObject().put("cid", cid.text()).put("deleted", existed)));
  }

  private Future<Reply> list(Asked asked) {
    record Wish(@Nullable String after, int max) {}
    var wish =
        asked.query(query ->
            new Wish(
                query.text("after"), (int) query.whole("limit", 1, PAGE_BLOCKS_MAX, PAGE_BLOCKS)));
    return blocks
        .list(wish.after() == null ? null : parse("after", wish.after()).text(), wish.max())
        .map(page -> {
          var list = new JsonArray();
          page.blocks().forEach(block -> list.add(body(block)));
          return Reply.data(new JsonObject().put("blocks", list).put("next", page.nextAfter()));
        });
  }

  private Future<Reply> count(Asked asked) {
    asked.nothing();
    return blocks.count().map(count -> Reply.data(new JsonObject().put("count", count)));
  }

  private static Cid cid(Asked asked) {
    var text = asked.part("cid");
    asked.about("object", text);
    return parse("cid", text);
  }

  private static Cid parse(String field, String text) {
    try {
      return Cid.parse(text);
    } catch (IllegalArgumentException e) {
      var why = String.valueOf(e.getMessage());
      throw Failure.of(FailureCode.INVALID_REQUEST, field + " " + why, field, why);
    }
  }

  private static JsonObject body(Known block) {
    return new JsonObject()
        .put("cid", block.cid().text())
        .put("size", block.sizeBytes())
        .put("backends", new JsonArray(block.backends()));
  }
}
