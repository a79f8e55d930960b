package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.driver.Driver;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What the host of any origin does, whatever lies there.
abstract class AnyHost<O extends Judged> extends VerticleBase implements Host {
  private final OriginConfig settings;
  private final OriginConfig.Member member;
  private final Driver driver;
  private final Tally tally = new Tally();
  private @Nullable Means means;
  private @Nullable O served;

  AnyHost(OriginConfig settings, OriginConfig.Member member, Driver driver) {
    this.settings = settings;
    this.member = member;
    this.driver = driver;
  }

  /// The origin, before anybody looked at it.
  abstract O make(Means means);

  /// Looks at it and answers for it.
  abstract Future<?> serve(Means means, O origin);

  OriginConfig.Member member() {
    return member;
  }

  Tally tally() {
    return tally;
  }

  @Override
  public final Future<?> start() {
    var given = Means.of(vertx, context, config(), settings, member, driver);
    means = given;
    var origin = make(given);
    served = origin;
    // Before anybody is told how it is.
    return new ForcedHealth(given.world(), origin)
        .recall()
        .compose(forced ->
            serve(given, origin)
                .compose(_ -> {
                  answer(given, origin, forced);
                  return given.world().bus().registered();
                }));
  }

  private void answer(Means given, O origin, ForcedHealth forced) {
    var bus = given.world().bus();
    var id = member.id();
    bus.answer(RegistryContract.COUNT_WORK.at(id), _ -> Future.succeededFuture(tally.work()));
    bus.answer(OriginContract.CHECK_ORIGIN.at(id), _ -> origin.check());
    bus.answer(OriginContract.REPLACE_ORIGIN.at(id), _ -> origin.replace());
    bus.answer(
        OriginHealthContract.GET_ORIGIN_HEALTH.at(id),
        _ -> Future.succeededFuture(origin.health()));
    bus.answer(OriginHealthContract.FORCE_HEALTH.at(id), forced::say);
  }

  @Override
  public Future<?> stop() {
    if (means != null) {
      means.close();
    }
    return Future.succeededFuture();
  }

  @Override
  public final Future<@Nullable OriginState> apply(OriginDefinition definition) {
    Promise<@Nullable OriginState> applied = Promise.promise();
    var caller = vertx.getOrCreateContext();
    context.runOnContext(_ -> {
      member.become(definition);
      var state = served == null ? null : served.state();
      caller.runOnContext(_ -> applied.complete(state));
      if (served != null) {
        served.check();
      }
    });
    return applied.future();
  }

  @Override
  public final void probeEvery(Duration interval) {
    context.runOnContext(_ -> {
      member.probeEvery(interval);
      if (served != null) {
        served.check();
      }
    });
  }
}
