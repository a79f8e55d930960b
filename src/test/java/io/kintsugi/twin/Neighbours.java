package io.kintsugi.twin;

import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Catalog, origins and policy as one verticle, so that they have a context to work on.
public final class Neighbours extends VerticleBase {
  public final CatalogTwin catalog = new CatalogTwin();
  public final OriginsTwin origins;
  public final PolicyTwin policy = new PolicyTwin();
  private @Nullable World world;

  public Neighbours(int disks) {
    origins = new OriginsTwin(disks);
  }

  /// Stores a segment everywhere.
  public StoredSegment keep(StoredSegment stored) {
    origins.keep(stored);
    catalog.keep(stored);
    return stored;
  }

  public World world() {
    return Objects.requireNonNull(world, "not started yet");
  }

  @Override
  public Future<?> start() {
    var here = VertxWorld.of(vertx, config());
    world = here;
    catalog.answer(here);
    origins.answer(here);
    policy.answer(here);
    return here.bus().registered();
  }
}
