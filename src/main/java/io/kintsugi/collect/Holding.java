package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.CollectionHeld;
import io.kintsugi.contract.CatalogCollectContract.HoldCollection;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The right to collect, held for a pass and renewed meanwhile. Two never have it; whoever lost it
/// without knowing gets nothing handed out by the catalog.
final class Holding {
  private static final Logger LOG = LoggerFactory.getLogger(Holding.class);

  /// A lease is renewed so many times in its life.
  private static final int RENEWALS = 3;

  private final World world;
  private final String holder;
  private World.@Nullable Timer renewal;
  private boolean held;

  Holding(World world) {
    this.world = world;
    holder = world.node() + "/collect/" + HexFormat.of().toHexDigits(world.random().nextLong());
  }

  boolean isHeld() {
    return held;
  }

  /// Answers who has it now.
  Future<CollectionHeld> take() {
    return ask()
        .onSuccess(answer -> {
          held = answer.held();
          renewLater(answer);
        });
  }

  private Future<CollectionHeld> ask() {
    return world
        .bus()
        .ask(CatalogCollectContract.HOLD_COLLECTION, new HoldCollection(holder, false));
  }

  private void renewLater(CollectionHeld answer) {
    if (!held) {
      return;
    }
    renewal =
        world.after(Duration.ofMillis(Math.max(1, answer.leaseMillis() / RENEWALS)), this::renew);
  }

  private void renew() {
    if (held) {
      ask()
          .onSuccess(answer -> {
            // It may have been given back meanwhile.
            held &= answer.held();
            renewLater(answer);
          })
          .onFailure(cause -> {
            LOG.warn("collection not held any more: {}", Failure.from(cause).text());
            held = false;
          });
    }
  }

  Future<Void> release() {
    if (!held) {
      return Future.succeededFuture();
    }
    held = false;
    if (renewal != null) {
      renewal.cancel();
    }
    return world
        .bus()
        .ask(CatalogCollectContract.HOLD_COLLECTION, new HoldCollection(holder, true))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }
}
