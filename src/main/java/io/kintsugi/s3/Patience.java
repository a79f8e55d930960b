package io.kintsugi.s3;

import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;

/// An answer that may take longer than clients wait in silence. After a while its head goes out as
/// a success and spaces follow, as S3 does it; a failure after that stands in the document, where
/// clients of these operations look for it.
final class Patience {
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final World world;
  private final Exchange exchange;

  Patience(World world, Exchange exchange) {
    this.world = world;
    this.exchange = exchange;
  }

  Future<Void> answer(Future<Xml> document) {
    var timer = world.every(QUIET, exchange::keepAlive);
    return document
        .onComplete(_ -> timer.cancel())
        .onSuccess(xml -> exchange.answer(200, xml))
        .mapEmpty();
  }
}
