package io.kintsugi.scan;

import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/// Wires the scanner to a running node.
public final class ScanVerticle extends VerticleBase {
  private @Nullable Scanner scanner;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var scanning = new Scanner(world);
    scanner = scanning;
    new ScanDesk(world, scanning).open();
    new Outside(world).open();
    scanning.start();
    return world.bus().registered();
  }

  @Override
  public Future<?> stop() {
    if (scanner != null) {
      scanner.stop();
    }
    return Future.succeededFuture();
  }
}
