package io.kintsugi.object;

import io.kintsugi.contract.ObjectContract;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.kintsugi.session.WriteSessions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The data path: puts, gets and copies objects. Each instance has its own write session and its
/// own share of memory.
///
/// Configuration: `keyFile`, the file of the cluster key; `streamBudgetBytes`, what all streams of
/// one instance may hold in memory, by default an instance's share of a quarter of the heap;
/// `packs`, false to give every shard a file of its own.
public final class ObjectVerticle extends VerticleBase {
  private static final int HEAP_SHARE = 4;

  private final Settings settings;
  private @Nullable WriteSessions sessions;

  public ObjectVerticle() {
    this(Settings.USUAL);
  }

  ObjectVerticle(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    return vertx
        .fileSystem()
        .readFile(Objects.requireNonNull(config().getString("keyFile"), "keyFile is not set"))
        .map(ObjectVerticle::key)
        .compose(key -> answer(world, key));
  }

  private static ClusterKey key(Buffer file) {
    return ClusterKey.parse(file.toString().strip());
  }

  private Future<Void> answer(World world, ClusterKey key) {
    var opened = new WriteSessions(world, "object");
    sessions = opened;
    var places = new Places(world);
    var origins = new OriginBook(world);
    var hedges = new Hedges(world, origins, settings.slowReadMillis() * 1_000_000);
    hedges.start();
    var shop =
        new Workshop(
            world,
            config().getBoolean("packs", true) ? settings : settings.withoutPacks(),
            key,
            opened,
            new Buckets(world),
            origins,
            hedges,
            places,
            new Packer(world, places),
            new Admission(world, budgetBytes()));
    var jobs = new Jobs(world);
    var writes = new Writes(shop);
    var commits = new Commits(shop);
    var gets = new Gets(shop);
    var puts = new Puts(shop, jobs, writes, commits);
    var copies = new Copies(shop, gets, jobs, writes, commits);
    var load = new Load(world);
    load.start();
    var bus = world.bus();
    bus.answer(
        ObjectContract.PUT_OBJECT,
        load.timing(puts::putObject, put -> put.sizeBytes() <= Load.SHORT_BYTES));
    bus.answer(
        ObjectContract.PUT_PART,
        load.timing(puts::putPart, part -> part.sizeBytes() <= Load.SHORT_BYTES));
    bus.answer(ObjectContract.GET_OBJECT, load.timing(gets::getObject, _ -> true));
    bus.answer(ObjectContract.COPY_OBJECT, copies::copyObject);
    bus.answer(ObjectContract.COPY_PART, copies::copyPart);
    bus.answer(ObjectContract.RELAY_SEGMENT, new Relays(shop)::relay);
    // The first PUT should find a session; without a catalog yet, it opens one itself.
    opened.take();
    return bus.registered();
  }

  private long budgetBytes() {
    long share = Runtime.getRuntime().maxMemory() / HEAP_SHARE / context.getInstanceCount();
    return config().getLong("streamBudgetBytes", share);
  }

  @Override
  public Future<?> stop() {
    return sessions == null ? Future.succeededFuture() : sessions.close();
  }
}
