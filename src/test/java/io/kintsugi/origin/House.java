package io.kintsugi.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.Cluster;
import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.CatalogOriginContract.OriginRows;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.FileRoot;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.ReadFile;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExpectedRecord;
import io.kintsugi.contract.OriginContract.ExtentEnd;
import io.kintsugi.contract.OriginContract.ListPacks;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Pack;
import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.OriginContract.RecordFindings;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.OriginContract.ShardWritten;
import io.kintsugi.contract.OriginContract.VerifyExtent;
import io.kintsugi.contract.OriginContract.VerifyRecords;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.contract.OriginContract.WriteShard;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.CreateOrigin;
import io.kintsugi.contract.Secrets;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.LocalDriver;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.Topic;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The neighbours of the origins, played over the bus: the catalog, and those who put, get and
/// scan. Every method waits for its answer.
final class House {
  static final String CLUSTER = "c".repeat(32);
  static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");
  private static final int PIECE_BYTES = 100_000;

  final Vertx vertx;
  final Path folder;
  final Map<String, OriginRow> rows = new ConcurrentHashMap<>();
  final List<String> saves = new CopyOnWriteArrayList<>();
  final List<OriginState> changes = new CopyOnWriteArrayList<>();
  final Map<String, String> roots = new ConcurrentHashMap<>();
  final Sessions sessions = new Sessions();
  final PlayedRegistry registry = new PlayedRegistry(rows);
  volatile boolean catalogEmpty = true;
  volatile boolean refuseSaves;
  private final Context context;
  private final World world;
  private final JsonObject config = new JsonObject();

  House(Vertx vertx, Path folder) throws Exception {
    this.vertx = vertx;
    this.folder = folder;
    context = vertx.getOrCreateContext();
    world = on(() -> Future.succeededFuture(VertxWorld.of(vertx, new JsonObject())));
    var key = folder.resolve("cluster.key");
    Files.writeString(key, ShardFiles.KEY.revealHex() + "\n");
    config.put("keyFile", key.toString()).put("origins", new JsonArray());
    on(() -> {
      var bus = world.bus();
      bus.answer(
          CatalogOriginContract.GET_CLUSTER,
          _ -> Future.succeededFuture(new Cluster(CLUSTER, CREATED, catalogEmpty)));
      bus.answer(
          CatalogOriginContract.LIST_ORIGIN_ROWS,
          _ -> Future.succeededFuture(new OriginRows(List.copyOf(rows.values()))));
      bus.answer(CatalogOriginContract.SAVE_ORIGIN_ROW, this::save);
      bus.listen(OriginContract.ORIGIN_CHANGED, changes::add);
      registry.answer(bus);
      bus.answer(
          CatalogTreeContract.GET_FILE_ROOT,
          q -> Future.succeededFuture(new FileRoot(q.originId(), roots.get(q.originId()))));
      bus.answer(
          CatalogTreeContract.SAVE_FILE_ROOT,
          root -> {
            roots.put(root.originId(), String.valueOf(root.identity()));
            return Future.succeededFuture(new Done());
          });
      sessions.answer(bus);
      return bus.registered();
    });
  }

  private Future<OriginRow> save(SaveOriginRow wanted) {
    var row = rows.get(wanted.originId());
    var before = row == null ? null : row.incarnation();
    if (refuseSaves || !Objects.equals(before, wanted.replaces())) {
      return Future.failedFuture(Failure.of(FailureCode.CONFLICT, "not what it was"));
    }
    var saved =
        new OriginRow(
            wanted.originId(),
            wanted.kind(),
            wanted.path(),
            wanted.state(),
            wanted.incarnation(),
            row == null || !row.incarnation().equals(wanted.incarnation())
                ? CREATED
                : row.created());
    rows.put(wanted.originId(), saved);
    saves.add(wanted.originId() + " " + wanted.state());
    return Future.succeededFuture(saved);
  }

  Path root(String id) {
    return folder.resolve(id);
  }

  Path path(ShardFiles shards, int index, String id) {
    return root(id).resolve(shards.name(index).path());
  }

  House with(String key, Object value) {
    config.put(key, value);
    return this;
  }

  House origin(String id, Object... more) {
    var entry = new JsonObject().put("id", id).put("kind", "local");
    entry.put("path", root(id).toString());
    for (int i = 0; i < more.length; i += 2) {
      entry.put((String) more[i], more[i + 1]);
    }
    config.getJsonArray("origins").add(entry);
    return this;
  }

  /// An origin for plain files in a folder of that name, which is made.
  void createFiles(String id) throws Exception {
    Files.createDirectories(root(id));
    ask(
        RegistryContract.CREATE_ORIGIN,
        new CreateOrigin(
            OriginDefinition.of(id, "local", Map.of("path", root(id).toString()))
                .as(OriginDefinition.FILES),
            Secrets.NONE));
  }

  String start() throws Exception {
    return start(LocalDriver::new);
  }

  String start(Function<Path, Driver> drivers) throws Exception {
    return await(
        vertx.deployVerticle(
            new OriginVerticle(drivers), new DeploymentOptions().setConfig(config.copy())));
  }

  void stop(String deployment) throws Exception {
    await(vertx.undeploy(deployment));
  }

  <E extends Record> void listen(Topic<E> topic, Consumer<E> listener) throws Exception {
    on(() -> {
      world.bus().listen(topic, listener);
      return world.bus().registered();
    });
  }

  <Q extends Record, A extends Record> A ask(Call<Q, A> call, Q question) throws Exception {
    return on(() -> world.bus().ask(call, question));
  }

  OriginState state(String id) throws Exception {
    return ask(OriginContract.LIST_ORIGINS, new OriginContract.ListOrigins()).origins().stream()
        .filter(state -> state.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  OriginState check(String id) throws Exception {
    return ask(OriginContract.CHECK_ORIGIN, new OriginContract.CheckOrigin(id));
  }

  /// Probes until the origin fares so: a thread that hung takes a moment to come back.
  OriginState checkUntil(String id, String health) throws Exception {
    var state = check(id);
    for (int i = 0; i < 200 && !state.health().equals(health); i++) {
      await(vertx.timer(10, TimeUnit.MILLISECONDS));
      state = check(id);
    }
    return state;
  }

  OriginState replace(String id) throws Exception {
    return ask(OriginContract.REPLACE_ORIGIN, new OriginContract.ReplaceOrigin(id));
  }

  String incarnation(String id) {
    var row = rows.get(id);
    return row == null ? "0".repeat(16) : row.incarnation();
  }

  ShardWritten write(String id, ShardFiles shards, int index) throws Exception {
    return on(() -> begin(id, shards, index));
  }

  Future<ShardWritten> begin(String id, ShardFiles shards, int index) {
    var file = shards.file(index);
    return begin(id, incarnation(id), shards.name(index).path(), file, file.length, true);
  }

  /// Offers bytes under a name; must run on the context.
  Future<ShardWritten> begin(
      String id, String incarnation, String name, byte[] bytes, long told, boolean end) {
    var sink = world.blobs().offer();
    var answer =
        world
            .bus()
            .askWhile(
                sink,
                OriginContract.WRITE_SHARD.at(id),
                new WriteShard(name, incarnation, told, sink.offer()));
    for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
      sink.write(Buffer.buffer().appendBytes(bytes, at, Math.min(PIECE_BYTES, bytes.length - at)));
    }
    if (end) {
      sink.end();
    } else {
      world.after(
          Duration.ofMillis(50),
          () -> sink.abort(Failure.of(FailureCode.CANCELLED, "the client went away")));
    }
    return answer;
  }

  byte[] read(String id, ShardFiles shards, int index, long offset, long length) throws Exception {
    return read(id, shards.name(index).path(), null, offset, length);
  }

  byte[] read(String id, String name, @Nullable Packed packed, long offset, long length)
      throws Exception {
    return on(
            () -> {
              var source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
              var bytes = collect(source);
              return world
                  .bus()
                  .ask(
                      OriginContract.READ_SHARD.at(id),
                      new ReadShard(
                          name, incarnation(id), offset, length, source.ticket(), packed, false))
                  .onFailure(cause -> source.cancel(Failure.from(cause)))
                  .compose(_ -> bytes);
            })
        .getBytes();
  }

  /// Whoever reads a shard, until he no longer wants to.
  BlobSource reading(String id, ShardFiles shards, int index, long length) throws Exception {
    return on(() -> {
      var source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
      source.exceptionHandler(_ -> {});
      source.handler(_ -> {});
      var question =
          new ReadShard(
              shards.name(index).path(), incarnation(id), 0, length, source.ticket(), null, false);
      return world.bus().ask(OriginContract.READ_SHARD.at(id), question).map(source);
    });
  }

  void cancel(BlobSource source) throws Exception {
    on(() -> {
      source.cancel(Failure.of(FailureCode.CANCELLED, "no longer wanted"));
      return Future.succeededFuture();
    });
  }

  /// A range of a plain file.
  byte[] readFile(String id, String path, FileStamp stamp, long offset, long length)
      throws Exception {
    return on(
            () -> {
              var source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
              var bytes = collect(source);
              return world
                  .bus()
                  .ask(
                      FilesContract.READ_FILE.at(id),
                      new ReadFile(path, stamp, offset, length, source.ticket()))
                  .onFailure(cause -> source.cancel(Failure.from(cause)))
                  .compose(_ -> bytes);
            })
        .getBytes();
  }

  private static Future<Buffer> collect(BlobSource source) {
    Promise<Buffer> all = Promise.promise();
    var bytes = Buffer.buffer();
    source.exceptionHandler(all::tryFail);
    source.endHandler(_ -> all.tryComplete(bytes));
    source.handler(bytes::appendBuffer);
    return all.future();
  }

  ShardFinding verify(String id, ShardFiles shards, int index, Depth depth) throws Exception {
    return ask(
        OriginContract.VERIFY_SHARD.at(id),
        new VerifyShard(shards.name(index).path(), incarnation(id), depth));
  }

  ShardFinding verify(String id, ShardFiles shards, int index, Packed packed, Depth depth)
      throws Exception {
    return ask(
        OriginContract.VERIFY_SHARD.at(id),
        new VerifyShard(shards.name(index).path(), incarnation(id), depth, packed));
  }

  /// Asks to write records; must run on the context.
  Future<RecordsWritten> beginRecords(String id, ShardRecord... records) {
    return world
        .bus()
        .ask(
            OriginContract.WRITE_RECORDS.at(id),
            new WriteRecords(incarnation(id), List.of(records)));
  }

  List<RecordWritten> records(String id, ShardRecord... records) throws Exception {
    return on(() -> beginRecords(id, records)).records();
  }

  /// Writes one record that is expected to land in a pack.
  Packed packed(String id, ShardFiles shards, int index) throws Exception {
    var written = records(id, shards.record(index)).getFirst();
    if (written.packed() == null) {
      throw new AssertionError("not packed: " + written);
    }
    return written.packed();
  }

  List<Pack> packs(String id) throws Exception {
    return ask(OriginContract.LIST_PACKS.at(id), new ListPacks(incarnation(id))).packs();
  }

  RecordFindings verifyRecords(
      String id, String pack, Depth depth, long bytesPerSecond, List<ExpectedRecord> records)
      throws Exception {
    return ask(
        OriginContract.VERIFY_RECORDS.at(id),
        new VerifyRecords(pack, incarnation(id), depth, bytesPerSecond, records));
  }

  record Extent(List<ShardFinding> findings, ExtentEnd end) {}

  Extent extent(String id, String leaf, Depth depth, long bytesPerSecond) throws Exception {
    var told =
        on(
                () -> {
                  var source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
                  var bytes = collect(source);
                  return world
                      .bus()
                      .ask(
                          OriginContract.VERIFY_EXTENT.at(id),
                          new VerifyExtent(
                              leaf, incarnation(id), depth, bytesPerSecond, source.ticket()))
                      .compose(_ -> bytes);
                })
            .toString(UTF_8);
    var lines = new ArrayList<>(told.lines().toList());
    var end = Json.decode(lines.removeLast(), ExtentEnd.class);
    return new Extent(
        lines.stream().map(line -> Json.decode(line, ShardFinding.class)).toList(), end);
  }

  World world() {
    return world;
  }

  /// Runs on the context of the house and waits.
  <T> T on(Supplier<Future<T>> work) throws Exception {
    Promise<T> done = Promise.promise();
    context.runOnContext(_ -> work.get().onComplete(done));
    return await(done.future());
  }

  static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (TimeoutException e) {
      throw new AssertionError("no answer", e);
    }
  }
}
