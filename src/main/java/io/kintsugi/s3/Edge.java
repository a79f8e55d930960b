package io.kintsugi.s3;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Tally;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes requests: lets them in by their signature, finds out what they ask for, and hands them to
/// whoever answers. It also looks after connections on which a client has fallen silent.
final class Edge {
  private static final Duration LOOK_PERIOD = Duration.ofSeconds(1);

  private final World world;
  private final S3Config config;
  private final Credentials credentials;
  private final Tally tally;
  private final BucketHandlers buckets;
  private final VersioningHandlers versioning;
  private final ListHandlers lists;
  private final ReadHandlers reads;
  private final StoreHandlers stores;
  private final CopyHandlers copies;
  private final DeleteHandlers deletes;
  private final UploadHandlers uploads;
  private final Mounts mounts;
  private final TreeCopies treeCopies;
  private final TreeHandlers trees;
  private final Map<HttpConnection, Activity> connections = new HashMap<>();

  Edge(World world, S3Config config, Credentials credentials) {
    this.world = world;
    this.config = config;
    this.credentials = credentials;
    tally = new Tally(world, "s3");
    mounts = new Mounts(world);
    buckets = new BucketHandlers(world, config.region(), mounts);
    versioning = new VersioningHandlers(world);
    lists = new ListHandlers(world);
    reads = new ReadHandlers(world, new ObjectSupply(world));
    stores = new StoreHandlers(world);
    var patience = new Patience(world, Duration.ofMillis(config.quietMillis()));
    copies = new CopyHandlers(world, patience);
    deletes = new DeleteHandlers(world);
    uploads = new UploadHandlers(world, patience);
    var treeStores = new TreeStores(world, stores);
    treeCopies = new TreeCopies(world, mounts, treeStores, patience);
    trees =
        new TreeHandlers(
            world,
            config.region(),
            treeStores,
            treeCopies,
            new TreeUploads(world, treeStores, treeCopies, stores, uploads, patience));
    world.every(LOOK_PERIOD, this::look);
  }

  void connected(HttpConnection connection) {
    connections.put(connection, new Activity(world, () -> Wire.cut(connection)));
    connection.closeHandler(_ -> connections.remove(connection));
  }

  private void look() {
    long now = world.nanos();
    long idleNanos = Duration.ofMillis(config.idleMillis()).toNanos();
    for (var activity : new ArrayList<>(connections.values())) {
      activity.look(now, idleNanos);
    }
  }

  void requested(HttpServerRequest request) {
    request.pause();
    var connection = request.connection();
    var activity =
        connections.computeIfAbsent(
            connection, _ -> new Activity(world, () -> Wire.cut(connection)));
    activity.ours();
    activity.onIdle(() -> Wire.cut(connection));
    var exchange = new Exchange(world, request, activity, tally);
    try {
      var head =
          RequestHead.of(request.method().name(), request.uri(), request.headers().entries());
      var admission = Admission.of(head, credentials, config.region(), world.clock().instant());
      var operation = Operations.parse(admission.head(), hostBucket(head));
      exchange.asks(operation);
      route(new Requested(exchange, admission), operation).onFailure(exchange::fail);
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }

  /// The bucket in a host name `<bucket>.<domain>`, where this edge has a domain.
  private @Nullable String hostBucket(RequestHead head) {
    var domain = config.domain();
    var host = head.header("host");
    if (domain == null || host == null) {
      return null;
    }
    int colon = host.indexOf(':');
    var name = (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
    var suffix = "." + domain;
    return name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : null;
  }

  private Future<Void> route(Requested requested, Operation operation) {
    if (!takesBody(operation)) {
      requested.exchange().request().resume();
    }
    var bucket = operation.bucket();
    if (bucket != null && mounts.has(bucket)) {
      return trees.handle(requested, operation);
    }
    if (operation instanceof Operation.CopyObject copy && mounts.has(copy.source().bucket())) {
      return treeCopies.object(requested, copy);
    }
    if (operation instanceof Operation.UploadPartCopy copy && mounts.has(copy.source().bucket())) {
      return treeCopies.part(requested, copy, copy.bucket(), copy.key());
    }
    var handled = handle(requested, operation);
    return isRead(operation)
        ? handled.recover(cause -> laterHeard(requested, operation, cause))
        : handled;
  }

  private static boolean isRead(Operation operation) {
    return operation instanceof Operation.HeadBucket
        || operation instanceof Operation.GetObject
        || operation instanceof Operation.ListObjectsV1
        || operation instanceof Operation.ListObjectsV2;
  }

  /// A federated bucket that was made a moment ago may not have been heard of here.
  private Future<Void> laterHeard(Requested requested, Operation operation, Throwable cause) {
    var bucket = operation.bucket();
    if (bucket == null
        || cause instanceof S3Error
        || !"bucket".equals(Failure.from(cause).detail("what"))) {
      return Future.failedFuture(cause);
    }
    return mounts
        .load()
        .compose(_ ->
            mounts.has(bucket) ? trees.handle(requested, operation) : Future.failedFuture(cause));
  }

  private Future<Void> handle(Requested requested, Operation operation) {
    return switch (operation) {
      case Operation.ListBuckets _ -> buckets.list(requested);
      case Operation.CreateBucket create -> buckets.create(requested, create);
      case Operation.HeadBucket(var bucket) -> buckets.head(requested, bucket);
      case Operation.DeleteBucket(var bucket) -> buckets.delete(requested, bucket);
      case Operation.GetBucketLocation(var bucket) -> buckets.location(requested, bucket);
      case Operation.GetBucketVersioning(var bucket) -> versioning.get(requested, bucket);
      case Operation.PutBucketVersioning(var bucket) -> versioning.put(requested, bucket);
      case Operation.GetBucketSetting get -> buckets.setting(requested, get);
      case Operation.GetObjectSetting get -> reads.setting(requested, get);
      case Operation.DeleteObjectTagging delete -> buckets.deleteTagging(requested, delete);
      case Operation.ListObjectsV1 list -> lists.v1(requested, list);
      case Operation.ListObjectsV2 list -> lists.v2(requested, list);
      case Operation.ListObjectVersions list -> lists.versions(requested, list);
      case Operation.GetObject get -> reads.get(requested, get);
      case Operation.GetObjectAttributes get -> reads.attributes(requested, get);
      case Operation.PutObject put -> stores.putObject(requested, put);
      case Operation.UploadPart put -> stores.uploadPart(requested, put);
      case Operation.CopyObject copy -> copies.object(requested, copy);
      case Operation.UploadPartCopy copy -> copies.part(requested, copy);
      case Operation.DeleteObject delete -> deletes.one(requested, delete);
      case Operation.DeleteObjects(var bucket) -> deletes.many(requested, bucket);
      case Operation.CreateUpload create -> uploads.create(requested, create);
      case Operation.CompleteUpload complete -> uploads.complete(requested, complete);
      case Operation.AbortUpload abort -> uploads.abort(requested, abort);
      case Operation.ListParts list -> uploads.parts(requested, list);
      case Operation.ListUploads list -> uploads.list(requested, list);
    };
  }

  private static boolean takesBody(Operation operation) {
    return operation instanceof Operation.PutObject
        || operation instanceof Operation.UploadPart
        || operation instanceof Operation.CreateBucket
        || operation instanceof Operation.PutBucketVersioning
        || operation instanceof Operation.DeleteObjects
        || operation instanceof Operation.CompleteUpload;
  }
}
