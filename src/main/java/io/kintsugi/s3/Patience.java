package io.kintsugi.s3;

import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;

/// An answer that may take longer than clients wait in silence. After a while its head goes out as
/// a success and spaces follow, as S3 does it; a failure after that stands in the document, where
/// clients of these operations look for it.
final class Patience {
  private final World world;
  private final Duration quiet;

  Patience(World world, Duration quiet) {
    this.world = world;
    this.quiet = quiet;
  }

  Future<Void> answer(Exchange exchange, Future<Xml> document) {
    var timer = world.every(quiet, exchange::keepAlive);
    return document
        .onComplete(_ -> timer.cancel())
        .onSuccess(xml -> exchange.answer(200, xml))
        .mapEmpty();
  }
}
