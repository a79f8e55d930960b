package io.kintsugi.object;

import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.CopyObject;
import io.kintsugi.contract.ObjectContract.CopyPart;
import io.kintsugi.contract.ObjectContract.GetObject;
import io.kintsugi.contract.ObjectContract.PartStored;
import io.kintsugi.contract.ObjectContract.PutObject;
import io.kintsugi.contract.ObjectContract.PutPart;
import io.kintsugi.contract.ObjectContract.Reading;
import io.kintsugi.contract.ObjectContract.Stored;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.BlobOffer;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Everything around the object verticle, played over the bus: catalog, origins, and a client.
final class House extends VerticleBase {
  static final ClusterKey KEY = ClusterKey.parse("5a".repeat(32));
  private static final long PATIENCE_SECONDS = 20;

  final FakeCatalog catalog = new FakeCatalog();
  final List<FakeOrigin> origins = new ArrayList<>();

  /// Every question where something may go.
  final List<Place> asked = new CopyOnWriteArrayList<>();

  /// So many copies must be flushed where each origin gets one.
  volatile int acknowledged = 1;

  private final int originCount;
  private @Nullable World world;
  private @Nullable Context ground;

  House(int originCount) {
    this.originCount = originCount;
  }

  /// How a client leaves its body.
  private enum Ending {
    END,
    ABORT,
    NONE
  }

  /// What a client got.
  ///
  /// @param broken why the stream ended, if not well
  record Got(Reading head, Buffer bytes, @Nullable Failure broken) {}

  @Override
  public Future<?> start() {
    var here = VertxWorld.of(vertx, new JsonObject());
    world = here;
    ground = context;
    catalog.answer(here.bus());
    for (int number = 0; number < originCount; number++) {
      var origin = new FakeOrigin(here, number);
      origin.answer();
      origins.add(origin);
    }
    here.bus()
        .answer(
            OriginContract.LIST_ORIGINS,
            _ ->
                Future.succeededFuture(
                    new Origins(origins.stream().map(FakeOrigin::state).toList())));
    here.bus().answer(OriginContract.PLACE, place -> Future.succeededFuture(place(place)));
    return here.bus().registered();
  }

  private Placement place(Place place) {
    asked.add(place);
    boolean everywhere = place.strategy().equals("Replicated");
    int count = everywhere ? origins.size() : place.count();
    var refs = new ArrayList<OriginRef>();
    for (int i = 0; i < origins.size() && refs.size() < count; i++) {
      var origin = origins.get((int) Math.floorMod(place.spread() + i, (long) origins.size()));
      if (origin.placed && !place.avoid().contains(origin.id)) {
        refs.add(origin.ref());
      }
    }
    return new Placement(refs, origins.size(), null, everywhere ? acknowledged : null);
  }

  World world() {
    return Objects.requireNonNull(world);
  }

  /// Does something on the client's context and waits for what comes of it.
  <T> T on(Supplier<Future<T>> doing) {
    Promise<T> promise = Promise.promise();
    Objects.requireNonNull(ground).runOnContext(_ -> doing.get().onComplete(promise));
    try {
      return promise
          .future()
          .toCompletionStage()
          .toCompletableFuture()
          .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Failure failure) {
        throw failure;
      }
      throw e;
    }
  }

  Failure failing(Supplier<Future<?>> doing) {
    return on(() ->
        doing
            .get()
            .map(answer -> Failure.of(FailureCode.INTERNAL_ERROR, "went well: " + answer))
            .otherwise(Failure::from));
  }

  Stored put(String key, Buffer body) {
    return on(() -> putting(key, body, body.length(), Condition.NONE));
  }

  Future<Stored> putting(String key, Buffer body, long sizeBytes, Condition condition) {
    return sending(
        ObjectContract.PUT_OBJECT,
        (offer, _) ->
            new PutObject(
                FakeCatalog.BUCKET,
                key,
                sizeBytes,
                "text/plain",
                Map.of("cache-control", "no-cache"),
                Map.of("owner", "ann"),
                condition,
                offer),
        body,
        Ending.END);
  }

  /// Sends a body and breaks off instead of ending it.
  Future<Stored> aborting(String key, Buffer body, long sizeBytes) {
    return bare(key, body, sizeBytes, Ending.ABORT);
  }

  /// Sends a body and never ends it.
  Future<Stored> stuck(String key, Buffer body, long sizeBytes) {
    return bare(key, body, sizeBytes, Ending.NONE);
  }

  private Future<Stored> bare(String key, Buffer body, long sizeBytes, Ending ending) {
    return sending(
        ObjectContract.PUT_OBJECT,
        (offer, _) ->
            new PutObject(
                FakeCatalog.BUCKET,
                key,
                sizeBytes,
                null,
                Map.of(),
                Map.of(),
                Condition.NONE,
                offer),
        body,
        ending);
  }

  Future<PartStored> puttingPart(String key, String uploadId, int number, Buffer body) {
    return sending(
        ObjectContract.PUT_PART,
        (offer, size) -> new PutPart(FakeCatalog.BUCKET, key, uploadId, number, size, offer),
        body,
        Ending.END);
  }

  private <Q extends Record, A extends Record> Future<A> sending(
      Call<Q, A> call, BiFunction<BlobOffer, Long, Q> question, Buffer body, Ending ending) {
    var sink = world().blobs().offer();
    var answer =
        world().bus().askWhile(sink, call, question.apply(sink.offer(), (long) body.length()));
    send(sink, body, 0, ending);
    return answer;
  }

  private static void send(BlobSink sink, Buffer body, int from, Ending ending) {
    int at = from;
    while (at < body.length()) {
      if (sink.done().isComplete()) {
        return;
      }
      if (sink.writeQueueFull()) {
        int rest = at;
        sink.drainHandler(_ -> send(sink, body, rest, ending));
        return;
      }
      int end = Math.min(body.length(), at + 70_001);
      sink.write(body.getBuffer(at, end));
      at = end;
    }
    switch (ending) {
      case END -> sink.end();
      case ABORT -> sink.abort(Failure.of(FailureCode.CANCELLED, "the client went away"));
      case NONE -> {}
    }
  }

  Got get(String key) {
    return get(key, null, null, null);
  }

  Got get(String key, @Nullable Long first, @Nullable Long last, @Nullable Long suffixBytes) {
    return on(() -> getting(key, first, last, suffixBytes));
  }

  Future<Got> getting(
      String key, @Nullable Long first, @Nullable Long last, @Nullable Long suffixBytes) {
    var source = world().blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    var bytes = Buffer.buffer();
    Promise<Boolean> ended = Promise.promise();
    source.handler(bytes::appendBuffer);
    source.endHandler(_ -> ended.tryComplete(true));
    source.exceptionHandler(ended::tryFail);
    var question =
        new GetObject(FakeCatalog.BUCKET, key, null, first, last, suffixBytes, source.ticket());
    return world()
        .bus()
        .ask(ObjectContract.GET_OBJECT, question)
        .onFailure(cause -> source.cancel(Failure.from(cause)))
        .compose(head ->
            ended
                .future()
                .map(_ -> new Got(head, bytes, null))
                .recover(
                    cause -> Future.succeededFuture(new Got(head, bytes, Failure.from(cause)))));
  }

  Future<Stored> copying(
      String from, String to, @Nullable Condition source, @Nullable ObjectInfo info) {
    var question =
        new CopyObject(
            FakeCatalog.BUCKET, from, null, source, FakeCatalog.BUCKET, to, info, Condition.NONE);
    return world().bus().ask(ObjectContract.COPY_OBJECT, question);
  }

  Future<PartStored> copyingPart(String from, long first, long last) {
    var question =
        new CopyPart(
            FakeCatalog.BUCKET,
            from,
            null,
            null,
            first,
            last,
            FakeCatalog.BUCKET,
            "whole",
            FakeCatalog.UPLOAD,
            1);
    return world().bus().ask(ObjectContract.COPY_PART, question);
  }

  /// Reads the first bytes of an object and cancels.
  ///
  /// @return how many bytes came
  Future<Integer> stoppingAfterFirst(String key) {
    return first(key, source -> source.cancel(Failure.of(FailureCode.CANCELLED, "enough")));
  }

  /// Reads the first bytes of an object, takes no more for a while, and cancels.
  Future<Integer> pausingAfterFirst(String key) {
    return first(
            key,
            source -> {
              source.pause();
              later(600).onSuccess(_ -> source.cancel(Failure.of(FailureCode.CANCELLED, "enough")));
            })
        .compose(bytes -> later(500).map(bytes));
  }

  private Future<Integer> first(String key, Consumer<BlobSource> then) {
    var source = world().blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    Promise<Integer> came = Promise.promise();
    source.handler(bytes -> {
      if (came.tryComplete(bytes.length())) {
        then.accept(source);
      }
    });
    var question = new GetObject(FakeCatalog.BUCKET, key, null, null, null, null, source.ticket());
    return world().bus().ask(ObjectContract.GET_OBJECT, question).compose(_ -> came.future());
  }

  Future<Void> later(long millis) {
    Promise<Void> promise = Promise.promise();
    world().after(Duration.ofMillis(millis), promise::complete);
    return promise.future();
  }

  /// Waits until something holds, as the fakes tell it.
  void awaitUntil(BooleanSupplier condition) {
    on(() -> until(condition, 1500));
  }

  private Future<Void> until(BooleanSupplier condition, int tries) {
    if (condition.getAsBoolean()) {
      return Future.succeededFuture();
    }
    return tries == 0
        ? Future.failedFuture(Failure.of(FailureCode.TIMEOUT, "waited in vain"))
        : later(10).compose(_ -> until(condition, tries - 1));
  }

  FakeOrigin origin(String id) {
    return origins.stream().filter(origin -> origin.id.equals(id)).findFirst().orElseThrow();
  }

  /// The file of one shard, where the catalog says it lies.
  Buffer file(Segment segment, Location at) {
    return Objects.requireNonNull(origin(at.originId()).files.get(name(segment, at)));
  }

  static String name(Segment segment, Location at) {
    return Names.shard(WriteId.parse(segment.writeId()), at.index(), WriteId.parse(at.attemptId()));
  }

  /// Turns one bit of a shard over.
  void flip(Segment segment, int index, int offset) {
    var file = file(segment, segment.locations().get(index));
    file.setByte(offset, (byte) (file.getByte(offset) ^ 1));
  }

  Segment segment(String key, int ordinal) {
    return Objects.requireNonNull(catalog.entry(key)).segments().get(ordinal);
  }

  static Buffer random(long seed, int sizeBytes) {
    var bytes = new byte[sizeBytes];
    new Random(seed).nextBytes(bytes);
    return Buffer.buffer(bytes);
  }
}
