package io.kintsugi.origin;

import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.ForcedWord;
import io.kintsugi.contract.CatalogRegistryContract.GetForcedHealth;
import io.kintsugi.contract.OriginHealthContract.ForceHealth;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An operator's word on the health of an origin. The catalog keeps it until its time is over, so
/// that a next life of this node goes by it as well.
final class ForcedHealth {
  private static final Logger LOG = LoggerFactory.getLogger(ForcedHealth.class);

  /// What is forced for longer is forgotten by people.
  private static final Duration MAX = Duration.ofDays(30);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final World world;
  private final Judged origin;

  /// Whether it is known what an earlier life was told.
  private boolean known;

  ForcedHealth(World world, Judged origin) {
    this.world = world;
    this.origin = origin;
  }

  /// Goes by what an earlier life was told. A catalog that does not answer stops nobody: it is
  /// asked again until it does.
  Future<ForcedHealth> recall() {
    var id = origin.state().id();
    return world
        .bus()
        .ask(CatalogRegistryContract.GET_FORCED_HEALTH, new GetForcedHealth(id))
        .map(found -> {
          if (!known) {
            known = true;
            apply(found);
          }
          return this;
        })
        .recover(cause -> {
          LOG.debug("origin={} forced health not read: {}", id, Failure.from(cause).text());
          world.after(ASK_AGAIN, this::recall);
          return Future.succeededFuture(this);
        });
  }

  /// A word whose time was over while nobody served the origin is none.
  private void apply(ForcedWord found) {
    var until = found.until();
    if (found.state() != null && until != null && until.isAfter(world.clock().instant())) {
      LOG.info("origin={} forced={} until={}", found.originId(), found.state(), until);
      origin.vitals().force(word(found.state()), until);
    }
  }

  Future<OriginHealth> say(ForceHealth wanted) {
    var state = wanted.state();
    var word = state == null ? null : word(state);
    var until = state == null ? null : wanted.until();
    var now = world.clock().instant();
    if (state != null && (until == null || !until.isAfter(now) || until.isAfter(now.plus(MAX)))) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "until must lie within the next 30 days", "field", "until");
    }
    return world
        .bus()
        .ask(
            CatalogRegistryContract.SAVE_FORCED_HEALTH,
            new ForcedWord(wanted.originId(), state, until))
        .map(_ -> {
          known = true;
          LOG.info("origin={} forced={} until={}", wanted.originId(), state, until);
          origin.vitals().force(word, until);
          return origin.health();
        });
  }

  private static Health.@Nullable Word word(String state) {
    return switch (state) {
      case "healthy" -> Health.Word.HEALTHY;
      case "unhealthy" -> Health.Word.UNHEALTHY;
      default ->
          throw Failure.of(
              FailureCode.INVALID_REQUEST,
              "state must be healthy or unhealthy, not " + state,
              "field",
              "state");
    };
  }
}
