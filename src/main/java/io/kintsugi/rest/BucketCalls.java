package io.kintsugi.rest;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.CatalogContract.BucketStanding;
import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.CatalogContract.DeleteBucket;
import io.kintsugi.contract.CatalogContract.GetBucket;
import io.kintsugi.contract.CatalogContract.GetStanding;
import io.kintsugi.contract.CatalogContract.ListBuckets;
import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Buckets: how their objects are kept, and how safe they are now.
final class BucketCalls {
  private static final int DATA_MAX = 16;
  private static final int PARITY_MAX = 8;

  private final World world;

  BucketCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/buckets", this::list),
        Route.get("/api/v1/buckets/{name}", this::get),
        Route.put("/api/v1/buckets/{name}", this::put),
        Route.delete("/api/v1/buckets/{name}", this::delete),
        Route.get("/api/v1/standing", this::standing));
  }

  private Future<Reply> list(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(CatalogContract.LIST_BUCKETS, new ListBuckets())
        .map(all -> {
          var buckets = new JsonArray();
          all.buckets().forEach(bucket -> buckets.add(body(bucket)));
          return Reply.data(new JsonObject().put("buckets", buckets));
        });
  }

  private Future<Reply> get(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(CatalogContract.GET_BUCKET, new GetBucket(asked.bucket()))
        .map(bucket -> reply(Reply.OK, bucket));
  }

  private Future<Reply> put(Asked asked) {
    var name = asked.bucket();
    var ifMatch = Versions.ifMatch(asked);
    var change = asked.body(body -> readChange(name, body, ifMatch));
    return world
        .bus()
        .ask(CatalogContract.CHANGE_BUCKET, change)
        .map(bucket -> reply(Reply.OK, bucket))
        .recover(cause -> {
          var failure = Failure.from(cause);
          if (!failure.is(FailureCode.NOT_FOUND)) {
            return Future.failedFuture(failure);
          }
          return Versions.mustExist(asked)
              ? Future.failedFuture(
                  Failure.of(FailureCode.PRECONDITION_FAILED, "there is no bucket " + name))
              : create(change).map(bucket -> reply(Reply.CREATED, bucket));
        });
  }

  private static ChangeBucket readChange(String name, Fields body, @Nullable Long ifMatch) {
    return new ChangeBucket(
        name,
        layout(body.object("layout")),
        body.choice("class", Words.BUCKET_CLASSES),
        body.choice("strategy", Words.PLACEMENTS),
        body.choice("on_shortage", Words.ON_SHORTAGE),
        ifMatch,
        body.choice("versioning", Words.VERSIONING));
  }

  private static @Nullable Layout layout(@Nullable Fields body) {
    if (body == null) {
      return null;
    }
    var k = body.wholeInt("k", 1, DATA_MAX);
    var m = body.wholeInt("m", 0, PARITY_MAX);
    for (var name : List.of("k", "m")) {
      if (!body.has(name)) {
        body.refuse(name, "is missing; a layout is k shards of data and m of parity");
      }
    }
    return k == null || m == null ? null : new Layout(k, m);
  }

  /// What only a change can say follows the creation; asked again, the rest is done.
  private Future<Bucket> create(ChangeBucket wish) {
    var bus = world.bus();
    return bus.ask(
            CatalogContract.CREATE_BUCKET,
            new CreateBucket(wish.name(), wish.layout(), wish.bucketClass(), null))
        .compose(bucket ->
            wish.strategy() == null && wish.onShortage() == null && wish.versioning() == null
                ? Future.succeededFuture(bucket)
                : bus.ask(CatalogContract.CHANGE_BUCKET, wish));
  }

  private Future<Reply> delete(Asked asked) {
    asked.nothing();
    var name = asked.bucket();
    return world
        .bus()
        .ask(CatalogContract.DELETE_BUCKET, new DeleteBucket(name))
        .map(_ -> Reply.data(new JsonObject().put("name", name).put("deleted", true)));
  }

  private Future<Reply> standing(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(CatalogContract.GET_STANDING, new GetStanding())
        .map(standing -> {
          var buckets = new JsonArray();
          standing.buckets().forEach(bucket -> buckets.add(body(bucket)));
          return Reply.data(
              new JsonObject()
                  .put("objects", standing.objects())
                  .put("bytes", standing.bytes())
                  .put("at", Envelope.time(standing.at()))
                  .put("buckets", buckets));
        });
  }

  private static JsonObject body(BucketStanding standing) {
    var bySpare = new JsonObject();
    new TreeMap<>(standing.objectsBySpare()).forEach(bySpare::put);
    var body =
        new JsonObject()
            .put("bucket", standing.bucket())
            .put("layout", body(standing.layout()))
            .put("objects", standing.objects())
            .put("bytes", standing.bytes())
            .put("survives_losses", standing.survivesLosses())
            .put("objects_by_spare", bySpare)
            .put("oldest_verified", Envelope.timeOrNull(standing.oldestVerified()));
    return Unknown.put(body, standing);
  }

  private static Reply reply(int status, Bucket bucket) {
    return new Reply.Data(status, body(bucket), Versions.etag(bucket.version()));
  }

  private static JsonObject body(Bucket bucket) {
    return new JsonObject()
        .put("name", bucket.name())
        .put("layout", body(bucket.layout()))
        .put("class", bucket.bucketClass())
        .put("strategy", bucket.strategy())
        .put("on_shortage", bucket.onShortage())
        .put("warning", bucket.warning())
        .put("created_at", Envelope.time(bucket.created()))
        .put("version", bucket.version())
        .put("versioning", bucket.versioning());
  }

  private static JsonObject body(Layout layout) {
    return new JsonObject().put("k", layout.k()).put("m", layout.m());
  }
}
