package io.kintsugi.heal;

import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/// Wires the healer to a running node. Its configuration names the `keyFile` of the cluster, by
/// which it proves the manifests it builds by, and the `life` of the process: what earlier lives of
/// this node had claimed is taken up at once.
public final class HealVerticle extends VerticleBase {
  private @Nullable Healer healer;

  @Override
  public Future<?> start() {
    var keyFile = config().getString("keyFile");
    if (keyFile == null) {
      return Future.failedFuture("heal: keyFile is not configured");
    }
    return vertx
        .fileSystem()
        .readFile(keyFile)
        .compose(text -> start(ClusterKey.parse(text.toString().strip())));
  }

  private Future<Void> start(ClusterKey key) {
    var world = VertxWorld.of(vertx, config());
    var life = config().getString("life", Long.toHexString(world.random().nextLong()));
    var healing = new Healer(world, KeyRing.of(key), life);
    healer = healing;
    new HealDesk(world, healing).open();
    healing.start();
    return world.bus().registered();
  }

  @Override
  public Future<?> stop() {
    return healer == null ? Future.succeededFuture() : healer.stop();
  }
}
