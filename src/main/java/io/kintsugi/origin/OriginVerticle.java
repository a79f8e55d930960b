package io.kintsugi.origin;

import static io.kintsugi.contract.OriginContract.CHECK_ORIGIN;
import static io.kintsugi.contract.OriginContract.LIST_ORIGINS;
import static io.kintsugi.contract.OriginContract.ORIGIN_CHANGED;
import static io.kintsugi.contract.OriginContract.PLACE;
import static io.kintsugi.contract.OriginContract.REPLACE_ORIGIN;
import static io.kintsugi.contract.OriginHealthContract.FORCE_HEALTH;
import static io.kintsugi.contract.OriginHealthContract.GET_ORIGIN_HEALTH;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.AllOriginsUnhealthy;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.LocalDriver;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.kintsugi.origin.Placing.Strategy;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The origins of this node: hosts one child for each, knows how they fare, and says where shards
/// may go.
public final class OriginVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(OriginVerticle.class);

  private final Function<Path, Driver> drivers;
  private final Map<String, OriginState> states = new TreeMap<>();
  private boolean down;

  public OriginVerticle() {
    this(LocalDriver::new);
  }

  OriginVerticle(Function<Path, Driver> drivers) {
    this.drivers = drivers;
  }

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var settings = OriginConfig.parse(config());
    return key(settings.keyFile())
        .compose(keys ->
            Future.all(
                settings.members().stream()
                    .map(member -> host(world, settings, member, keys))
                    .toList()))
        .compose(_ -> {
          answer(world, settings);
          return world.bus().registered();
        });
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

  private Future<String> host(
      World world, OriginConfig settings, OriginConfig.Member member, KeyRing keys) {
    var host =
        new OriginHost(
            settings,
            member,
            keys,
            drivers.apply(Path.of(member.path())),
            state -> context.runOnContext(_ -> note(world, state)));
    return vertx.deployVerticle(host, new DeploymentOptions().setConfig(config()));
  }

  private void note(World world, OriginState state) {
    var before = states.put(state.id(), state);
    if (before == null || !isSame(before, state)) {
      LOG.info(
          "origin={} health={} marker={} writable={} reason={}",
          state.id(),
          state.health(),
          state.marker(),
          state.writable(),
          state.reason());
      world.bus().publish(ORIGIN_CHANGED, state);
      noteAll(world);
    }
  }

  /// That none is left to turn to is told once, until one is.
  private void noteAll(World world) {
    boolean isDown = Pool.isDown(states.values());
    if (isDown && !down) {
      var origins = Pool.leastBadFirst(states.values());
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
        && a.flags().equals(b.flags())
        && String.valueOf(a.braked()).equals(String.valueOf(b.braked()))
        && String.valueOf(a.incarnation()).equals(String.valueOf(b.incarnation()));
  }

  private void answer(World world, OriginConfig settings) {
    var bus = world.bus();
    bus.answer(LIST_ORIGINS, _ -> Future.succeededFuture(new Origins(all(settings))));
    bus.answer(PLACE, wanted -> Future.succeededFuture(place(settings, wanted)));
    bus.answer(CHECK_ORIGIN, question -> pass(world, CHECK_ORIGIN, question.originId(), question));
    bus.answer(
        GET_ORIGIN_HEALTH,
        question -> pass(world, GET_ORIGIN_HEALTH, question.originId(), question));
    bus.answer(FORCE_HEALTH, question -> pass(world, FORCE_HEALTH, question.originId(), question));
    bus.answer(
        REPLACE_ORIGIN, question -> pass(world, REPLACE_ORIGIN, question.originId(), question));
  }

  /// In the order of the configuration.
  private List<OriginState> all(OriginConfig settings) {
    return settings.members().stream()
        .map(member -> states.get(member.id()))
        .filter(Objects::nonNull)
        .toList();
  }

  private Placement place(OriginConfig settings, Place wanted) {
    var strategy = Strategy.parse(wanted.strategy());
    if (strategy.isEmpty() || wanted.count() < 0 || wanted.shardBytes() < 0) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "no such placement: " + wanted, "what", "strategy");
    }
    var decision = Placing.decide(all(settings), settings.reserves(), wanted, strategy.get());
    if (decision.chosen().size() < wanted.count()) {
      LOG.debug("place count={} verdicts={}", wanted.count(), decision.verdicts());
    }
    return new Placement(decision.chosen(), settings.members().size(), decision.full());
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
