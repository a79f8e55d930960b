package io.kintsugi.driver;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// Where a thread of an origin waits for what an event loop brings.
final class S3Wait {
  private S3Wait() {}

  static <T> T on(Future<T> future, Duration limit) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
