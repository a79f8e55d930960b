package io.kintsugi.kernel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.fail;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A deployed verticle that does nothing but lend its context and its hub to a test.
final class Place extends VerticleBase {
  static final Hub.Limits SHORT = new Hub.Limits(20, 100, 600, 60_000);

  private final String node;
  private final Hub.Limits limits;
  private @Nullable Hub hub;

  private Place(String node, Hub.Limits limits) {
    this.node = node;
    this.limits = limits;
  }

  static Place in(Vertx vertx) {
    return in(vertx, Hub.Limits.USUAL);
  }

  static Place in(Vertx vertx, Hub.Limits limits) {
    var place = new Place("node-1", limits);
    result(vertx.deployVerticle(place));
    return place;
  }

  @Override
  public Future<?> start() {
    hub = new Hub(vertx, node, limits);
    return hub.registered();
  }

  Hub hub() {
    if (hub == null) {
      throw new IllegalStateException("not started");
    }
    return hub;
  }

  /// Runs on this verticle's context, on one of its own as every message does.
  <T> T on(Callable<T> work) {
    Promise<T> promise = Promise.promise();
    hub();
    ((ContextInternal) context)
        .duplicate()
        .runOnContext(_ -> {
          try {
            promise.complete(work.call());
          } catch (Throwable e) {
            promise.fail(e);
          }
        });
    return result(promise.future());
  }

  void run(Runnable work) {
    on(() -> {
      work.run();
      return true;
    });
  }

  void undeploy() {
    result(vertx.undeploy(deploymentID()));
  }

  static <T> T result(Future<T> future) {
    try {
      return future.await(10, SECONDS);
    } catch (TimeoutException e) {
      return fail("nothing came within 10 s", e);
    }
  }

  static Failure failure(Future<?> future) {
    try {
      future.await(10, SECONDS);
    } catch (TimeoutException e) {
      return fail("neither done nor failed within 10 s", e);
    } catch (Exception e) {
      return Failure.from(e);
    }
    return fail("it did not fail");
  }
}
