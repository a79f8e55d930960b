package io.kintsugi.scan;

import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.NotePacksVerified;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One look at one pack of one origin.
final class PackLook implements Look {
  /// Packs are not much longer than this.
  private static final double PACK_BYTES = 64L << 20;

  private final Errand errand;
  private final Extent.Pack extent;
  private final @Nullable Long objectsLeft;
  private @Nullable PackPages pages;
  private boolean cancelled;

  PackLook(Errand errand, String originId, String pack, @Nullable Long objectsLeft) {
    this.errand = errand;
    extent = new Extent.Pack(originId, pack);
    this.objectsLeft = objectsLeft;
  }

  @Override
  public Future<Outcome> run() {
    return errand
        .origins()
        .compose(origins -> {
          if (cancelled) {
            return Errand.calledOff();
          }
          var walk = new PackPages(errand, extent, origins, objectsLeft);
          pages = walk;
          return walk.run().compose(outcome -> noteCoverage(walk).map(outcome));
        });
  }

  private Future<Void> noteCoverage(PackPages walk) {
    if (!walk.isCovered()) {
      return Future.succeededFuture();
    }
    var note =
        new NotePacksVerified(
            extent.originId(), List.of(extent.pack()), errand.plan().depthWord(), errand.began());
    return errand.world().bus().ask(CatalogPackContract.NOTE_PACKS_VERIFIED, note).mapEmpty();
  }

  @Override
  public void cancel() {
    cancelled = true;
    if (pages != null) {
      pages.cancel();
    }
  }

  @Override
  public double fraction() {
    return pages == null ? 0 : Math.clamp(pages.lastOffset() / PACK_BYTES, 0, 1);
  }

  @Override
  public long shareBytesPerSecond() {
    return errand.shareBytesPerSecond();
  }
}
