package io.kintsugi.origin;

import static io.kintsugi.contract.FilesContract.FILE_ORIGIN_CHANGED;
import static io.kintsugi.contract.FilesContract.LIST_FILE_ORIGINS;
import static io.kintsugi.contract.OriginContract.CHECK_ORIGIN;
import static io.kintsugi.contract.OriginContract.LIST_ORIGINS;
import static io.kintsugi.contract.OriginContract.ORIGIN_CHANGED;
import static io.kintsugi.contract.OriginContract.PLACE;
import static io.kintsugi.contract.OriginContract.REPLACE_ORIGIN;
import static io.kintsugi.contract.OriginHealthContract.FORCE_HEALTH;
import static io.kintsugi.contract.OriginHealthContract.GET_ORIGIN_HEALTH;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.AllOriginsUnhealthy;
import io.kintsugi.contract.OriginKind;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.LocalDriver;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Topic;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.kintsugi.route.Route;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The origins of this node: hosts one child for each, knows how they fare, and says where shards
/// may go.
public final class OriginVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(OriginVerticle.class);

  /// What others made of the catalog is noticed so late at most.
  private static final Duration RELOAD = Duration.ofSeconds(10);

  private final Kinds kinds;
  private final Map<String, OriginState> states = new TreeMap<>();
  private @Nullable Registry known;
  private boolean down;

  public OriginVerticle() {
    this(LocalDriver::new);
  }

  OriginVerticle(Function<Path, Driver> folders) {
    kinds = Kinds.ofFolders(folders);
  }

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var settings = OriginConfig.parse(config());
    kinds.with(OriginKind.S3, Buckets.maker(vertx));
    Shares.makers(kinds);
    return key(settings.keyFile()).compose(keys -> start(world, settings, keys));
  }

  private Future<Void> start(World world, OriginConfig settings, KeyRing keys) {
    Runnable news = () -> noteAll(world);
    var registry =
        new Registry(
            world,
            vertx,
            config(),
            kinds,
            keys,
            (member, driver, ear) -> {
              Consumer<OriginState> told =
                  state -> context.runOnContext(_ -> ear.accept(member.id(), state));
              return member.holdsFiles()
                  ? new FilesHost(settings, member, driver, told)
                  : new OriginHost(settings, member, keys, driver, told);
            },
            news);
    known = registry;
    return registry
        .start(settings.origins())
        .compose(_ -> {
          var views = new Views(world, registry, news);
          var pool = new PoolBook(world, settings.pool(), registry, views);
          var trial = new Trial(world, context, settings.checkTimeout(), keys);
          answer(world, registry, pool);
          new RegistryDesk(world, registry, trial, views).open();
          views.start();
          pool.start();
          world.every(RELOAD, () -> reload(registry));
          world.bus().listen(CatalogJournalContract.GUARD_MOVED, _ -> reload(registry));
          news.run();
          return world.bus().registered();
        });
  }

  private static void reload(Registry registry) {
    registry
        .reload()
        .onFailure(cause -> LOG.debug("origins not read again: {}", Failure.from(cause).text()));
  }

  private Future<KeyRing> key(Path file) {
    return vertx
        .fileSystem()
        .readFile(file.toString())
        .recover(cause ->
            Future.failedFuture(
                Failure.of(
                    FailureCode.INVALID_REQUEST,
                    "the cluster key cannot be read: " + cause.getMessage(),
                    "what",
                    "keyFile")))
        .map(OriginVerticle::parse);
  }

  private static KeyRing parse(Buffer content) {
    try {
      return KeyRing.of(ClusterKey.parse(content.toString(StandardCharsets.US_ASCII).strip()));
    } catch (IllegalArgumentException e) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "not a cluster key: " + e.getMessage(), "what", "keyFile");
    }
  }

  private void noteAll(World world) {
    var registry = known;
    if (registry != null) {
      states.keySet().removeIf(id -> !registry.has(id));
      registry.states().forEach(state -> note(world, ORIGIN_CHANGED, state));
      registry.fileStates().forEach(state -> note(world, FILE_ORIGIN_CHANGED, state));
      tellWhetherDown(world, registry.states());
    }
  }

  private void note(World world, Topic<OriginState> topic, OriginState state) {
    var before = states.put(state.id(), state);
    if (before == null || !isSame(before, state)) {
      LOG.info(
          "origin={} health={} marker={} writable={} reason={}",
          state.id(),
          state.health(),
          state.marker(),
          state.writable(),
          state.reason());
      world.bus().publish(topic, state);
    }
  }

  /// That none is left to turn to is told once, until one is.
  private void tellWhetherDown(World world, List<OriginState> ofShards) {
    boolean isDown = Route.isDown(ofShards);
    if (isDown && !down) {
      var origins = Route.order(ofShards);
      LOG.error("all origins are unhealthy, the least bad first: {}", origins);
      world
          .bus()
          .publish(
              OriginHealthContract.ALL_ORIGINS_UNHEALTHY,
              new AllOriginsUnhealthy(origins, world.clock().instant()));
    }
    down = isDown;
  }

  /// Room and latency change all the time and are no news.
  private static boolean isSame(OriginState a, OriginState b) {
    return a.health().equals(b.health())
        && a.marker().equals(b.marker())
        && a.writable() == b.writable()
        && a.domain().equals(b.domain())
        && a.priority() == b.priority()
        && a.flags().equals(b.flags())
        && String.valueOf(a.braked()).equals(String.valueOf(b.braked()))
        && String.valueOf(a.incarnation()).equals(String.valueOf(b.incarnation()));
  }

  private void answer(World world, Registry registry, PoolBook pool) {
    var bus = world.bus();
    bus.answer(LIST_ORIGINS, _ -> Future.succeededFuture(new Origins(registry.states())));
    bus.answer(LIST_FILE_ORIGINS, _ -> Future.succeededFuture(new Origins(registry.fileStates())));
    bus.answer(PLACE, wanted -> Future.succeededFuture(pool.place(wanted)));
    bus.answer(CHECK_ORIGIN, question -> pass(world, CHECK_ORIGIN, question.originId(), question));
    bus.answer(
        GET_ORIGIN_HEALTH,
        question -> pass(world, GET_ORIGIN_HEALTH, question.originId(), question));
    bus.answer(FORCE_HEALTH, question -> pass(world, FORCE_HEALTH, question.originId(), question));
    bus.answer(
        REPLACE_ORIGIN, question -> pass(world, REPLACE_ORIGIN, question.originId(), question));
  }

  private <Q extends Record, A extends Record> Future<A> pass(
      World world, Call<Q, A> call, String originId, Q question) {
    if (!states.containsKey(originId)) {
      return Future.failedFuture(
          Failure.of(FailureCode.NOT_FOUND, "no origin " + originId, "what", "origin"));
    }
    return world.bus().ask(call.at(originId), question);
  }
}
