package io.kintsugi.heal;

import io.kintsugi.contract.CatalogRelayContract;
import io.kintsugi.contract.CatalogRelayContract.OpenRelays;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has rows opened for segments that were written narrower than they should be, now that there may
/// be origins enough.
final class Relays {
  private static final Logger LOG = LoggerFactory.getLogger(Relays.class);
  private static final int PAGE_SEGMENTS = 5_000;

  private final World world;
  private final BooleanSupplier over;

  Relays(World world, BooleanSupplier over) {
    this.world = world;
    this.over = over;
  }

  /// @param usable origins that can be written
  Future<Void> consider(List<OriginState> usable) {
    int domains = (int) usable.stream().map(OriginState::domain).distinct().count();
    return page(domains, null, 0)
        .map(opened -> {
          if (opened > 0) {
            LOG.info("segments to be written with their bucket's full layout={}", opened);
          }
          return null;
        });
  }

  private Future<Long> page(int domains, @Nullable String after, long sum) {
    return world
        .bus()
        .ask(CatalogRelayContract.OPEN_RELAYS, new OpenRelays(domains, after, PAGE_SEGMENTS))
        .compose(page -> {
          long opened = sum + page.opened();
          return page.nextAfter() == null || over.getAsBoolean()
              ? Future.succeededFuture(opened)
              : page(domains, page.nextAfter(), opened);
        });
  }
}
