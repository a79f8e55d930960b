package io.kintsugi.heal;

import io.kintsugi.contract.CatalogAbsenceContract;
import io.kintsugi.contract.CatalogAbsenceContract.FindNeeded;
import io.kintsugi.contract.CatalogAbsenceContract.OpenRebuilds;
import io.kintsugi.contract.CatalogAbsenceContract.OpenTrims;
import io.kintsugi.contract.CatalogAbsenceContract.RebuildsOpened;
import io.kintsugi.contract.CatalogAbsenceContract.Spot;
import io.kintsugi.contract.CatalogAbsenceContract.TrimsOpened;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Has rows opened for all segments that lack a shard because of absent origins, or have one twice,
/// a page at a time.
final class AbsenceSweep {
  private static final int PAGE_SEGMENTS = 2_000;

  private final World world;
  private final BooleanSupplier over;

  /// @param over nobody wants to know any more
  AbsenceSweep(World world, BooleanSupplier over) {
    this.world = world;
    this.over = over;
  }

  /// What a walk over all segments came to.
  ///
  /// @param needed how many absent origins hold a shard that lies on none but these
  record Rebuilds(long opened, long waiting, long held, int needed) {
    static final Rebuilds NONE = new Rebuilds(0, 0, 0, 0);

    Rebuilds plus(RebuildsOpened page) {
      return new Rebuilds(
          opened + page.opened(), waiting + page.waiting(), held + page.held(), needed);
    }
  }

  /// What a walk over all segments came to.
  record Trims(long opened, long skipped) {
    Trims plus(TrimsOpened page) {
      return new Trims(opened + page.opened(), skipped + page.skipped());
    }
  }

  /// @param known told how many of the origins are needed, before any row is opened
  Future<Rebuilds> rebuilds(List<String> absent, List<Spot> spots, IntConsumer known) {
    return world
        .bus()
        .ask(CatalogAbsenceContract.FIND_NEEDED, new FindNeeded(absent))
        .compose(needed -> {
          var origins = needed.originIds();
          known.accept(origins.size());
          return origins.isEmpty()
              ? Future.succeededFuture(Rebuilds.NONE)
              : rebuilds(origins, spots, null, new Rebuilds(0, 0, 0, origins.size()));
        });
  }

  private Future<Rebuilds> rebuilds(
      List<String> absent, List<Spot> spots, @Nullable String after, Rebuilds sum) {
    return world
        .bus()
        .ask(
            CatalogAbsenceContract.OPEN_REBUILDS,
            new OpenRebuilds(absent, absent.size(), spots, after, PAGE_SEGMENTS))
        .compose(page -> {
          var next = sum.plus(page);
          return page.nextAfter() == null || over.getAsBoolean()
              ? Future.succeededFuture(next)
              : rebuilds(absent, spots, page.nextAfter(), next);
        });
  }

  Future<Trims> trims() {
    return trims(null, new Trims(0, 0));
  }

  private Future<Trims> trims(@Nullable String after, Trims sum) {
    return world
        .bus()
        .ask(CatalogAbsenceContract.OPEN_TRIMS, new OpenTrims(after, PAGE_SEGMENTS))
        .compose(page -> {
          var next = sum.plus(page);
          return page.nextAfter() == null || over.getAsBoolean()
              ? Future.succeededFuture(next)
              : trims(page.nextAfter(), next);
        });
  }
}
