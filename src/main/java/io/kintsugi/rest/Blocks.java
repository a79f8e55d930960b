package io.kintsugi.rest;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.CountObjects;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.GetObject;
import io.kintsugi.contract.ObjectContract.PutObject;
import io.kintsugi.format.Cid;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Blocks that are named by what they hold. Each is an object of a bucket of the system's own, so
/// it is coded, scanned and healed like any other.
final class Blocks {
  private static final String BUCKET = ".blocks";

  /// A block that is stored.
  ///
  /// @param created false if it was there already, and sound
  record Put(Cid cid, long sizeBytes, boolean created, List<String> backends) {}

  /// A block as it is told.
  ///
  /// @param backends origins that hold shards of it, ascending
  record Known(Cid cid, long sizeBytes, List<String> backends) {
    Known {
      backends = List.copyOf(backends);
    }
  }

  /// A block with its bytes, which are those that its name promises.
  record Held(Known known, Buffer bytes) {}

  /// @param nextAfter what to begin behind for the next page; null if this was the last
  record Page(List<Known> blocks, @Nullable String nextAfter) {
    Page {
      blocks = List.copyOf(blocks);
    }
  }

  private final World world;

  Blocks(World world) {
    this.world = world;
  }

  Future<Cid> name(Buffer bytes) {
    var content = Bytes.view(bytes);
    return world.compute(() -> Cid.of(content));
  }

  /// Stores a block unless it is there. What is there is read first: an answer means that the block
  /// can be had, and a block that was lost is whole again once somebody puts it anew.
  Future<Put> put(Cid cid, Buffer bytes) {
    return get(cid)
        .map(held -> put(held.known(), false))
        .recover(cause ->
            isReplaceable(Failure.from(cause))
                ? write(cid, bytes).compose(_ -> find(cid)).map(known -> put(known, true))
                : Future.failedFuture(cause));
  }

  private static Put put(Known known, boolean created) {
    return new Put(known.cid(), known.sizeBytes(), created, known.backends());
  }

  /// Not there, or not to be read: both are mended by writing it.
  private static boolean isReplaceable(Failure failure) {
    return failure.is(FailureCode.NOT_FOUND)
        || failure.is(FailureCode.CORRUPT)
        || failure.is(FailureCode.UNAVAILABLE);
  }

  private Future<ObjectContract.Stored> write(Cid cid, Buffer bytes) {
    return send(cid, bytes)
        .recover(cause ->
            isNoBucket(cause)
                ? create().compose(_ -> send(cid, bytes))
                : Future.failedFuture(cause));
  }

  private static boolean isNoBucket(Throwable cause) {
    var failure = Failure.from(cause);
    return failure.is(FailureCode.NOT_FOUND) && "bucket".equals(failure.detail("what"));
  }

  private Future<?> create() {
    return world
        .bus()
        .ask(CatalogContract.CREATE_BUCKET, new CreateBucket(BUCKET, null, null, null))
        .mapEmpty()
        .recover(cause ->
            Failure.from(cause).is(FailureCode.CONFLICT)
                ? Future.succeededFuture()
                : Future.failedFuture(cause));
  }

  private Future<ObjectContract.Stored> send(Cid cid, Buffer bytes) {
    var sink = world.blobs().offer();
    var question =
        new PutObject(
            BUCKET,
            cid.text(),
            bytes.length(),
            "application/vnd.ipld.raw",
            Map.of(),
            Map.of(),
            Condition.NONE,
            sink.offer());
    var stored = world.bus().askWhile(sink, ObjectContract.PUT_OBJECT, question);
    if (bytes.length() > 0) {
      // Whole, and so few that nothing is lost by not waiting for room.
      sink.write(bytes);
    }
    sink.end();
    return stored;
  }

  /// The block, read and held against its name.
  Future<Held> get(Cid cid) {
    return find(cid)
        .compose(known ->
            read(cid)
                .compose(bytes ->
                    name(bytes)
                        .compose(found ->
                            found.equals(cid)
                                ? Future.succeededFuture(new Held(known, bytes))
                                : Future.failedFuture(notItself(cid, found)))));
  }

  private static Failure notItself(Cid cid, Cid found) {
    return new Failure(
        FailureCode.CORRUPT,
        "what is stored as this block is another one",
        Map.of("cid", cid.text(), "found", found.text(), "hint", "put the block again"));
  }

  private Future<Buffer> read(Cid cid) {
    var source = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    source.pause();
    var question = new GetObject(BUCKET, cid.text(), null, null, null, null, source.ticket());
    return world
        .bus()
        .ask(ObjectContract.GET_OBJECT, question)
        .onFailure(cause -> source.cancel(Failure.from(cause)))
        .compose(_ -> all(source))
        .recover(cause -> Future.failedFuture(absent(cid, cause)));
  }

  private static Future<Buffer> all(BlobSource source) {
    var all = Buffer.buffer();
    Promise<Buffer> whole = Promise.promise();
    source.exceptionHandler(whole::tryFail);
    source.endHandler(_ -> whole.tryComplete(all));
    source.handler(all::appendBuffer);
    source.resume();
    return whole.future();
  }

  /// What is known of a block without reading it.
  Future<Known> find(Cid cid) {
    return world
        .bus()
        .ask(CatalogContract.FIND_OBJECT, new FindObject(BUCKET, cid.text(), null))
        .map(entry -> known(cid, entry))
        .recover(cause -> Future.failedFuture(absent(cid, cause)));
  }

  private static Known known(Cid cid, ObjectEntry entry) {
    var backends =
        entry.segments().stream()
            .flatMap(segment -> segment.locations().stream())
            .filter(Location::landed)
            .map(Location::originId)
            .distinct()
            .sorted()
            .toList();
    return new Known(cid, entry.info().sizeBytes(), backends);
  }

  /// Whether bucket or key is missing is no matter of clients.
  private static Throwable absent(Cid cid, Throwable cause) {
    return Failure.from(cause).is(FailureCode.NOT_FOUND)
        ? Failure.of(FailureCode.NOT_FOUND, "there is no block " + cid.text(), "what", "block")
        : cause;
  }

  /// Whether there was such a block.
  Future<Boolean> delete(Cid cid) {
    var key = new DeleteKey(cid.text(), null, Condition.NONE);
    return world
        .bus()
        .ask(CatalogContract.DELETE_OBJECTS, new DeleteObjects(BUCKET, List.of(key)))
        .compose(deleted -> {
          var told = deleted.keys().getFirst();
          var code = told.failedCode();
          return code == null
              ? Future.succeededFuture(told.existed())
              : Future.<Boolean>failedFuture(
                  Failure.of(FailureCode.valueOf(code), "the block was not deleted"));
        })
        .recover(cause ->
            isNoBucket(cause) ? Future.succeededFuture(false) : Future.failedFuture(cause));
  }

  Future<Page> list(@Nullable String after, int max) {
    var question = new ListObjects(BUCKET, "", null, after, max);
    return world
        .bus()
        .ask(CatalogContract.LIST_OBJECTS, question)
        .compose(page ->
            Future.all(page.objects().stream().map(object -> known(object.key())).toList())
                .map(found ->
                    new Page(
                        found.<Optional<Known>>list().stream().flatMap(Optional::stream).toList(),
                        page.nextAfter())))
        .recover(cause ->
            isNoBucket(cause)
                ? Future.succeededFuture(new Page(List.of(), null))
                : Future.failedFuture(cause));
  }

  /// Nothing if it was deleted since it was listed.
  private Future<Optional<Known>> known(String key) {
    return find(Cid.parse(key))
        .map(Optional::of)
        .recover(cause ->
            Failure.from(cause).is(FailureCode.NOT_FOUND)
                ? Future.succeededFuture(Optional.empty())
                : Future.failedFuture(cause));
  }

  Future<Long> count() {
    return world
        .bus()
        .ask(CatalogContract.COUNT_OBJECTS, new CountObjects(BUCKET))
        .map(CatalogContract.ObjectCount::objects)
        .recover(
            cause -> isNoBucket(cause) ? Future.succeededFuture(0L) : Future.failedFuture(cause));
  }
}
