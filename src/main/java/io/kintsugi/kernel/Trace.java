package io.kintsugi.kernel;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.context.storage.AccessMode;
import io.vertx.core.spi.context.storage.ContextLocal;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The id that ties together everything done for one request, on whatever verticle it is done. It
/// travels with every question on the bus and stands in every line of the log.
public final class Trace {
  private static final ContextLocal<String> LOCAL = ContextLocal.registerLocal(String.class);
  static final String HEADER = "trace";

  private Trace() {}

  /// The id of the work going on, or null outside of any.
  public static @Nullable String current() {
    return Vertx.currentContext() instanceof ContextInternal context
        ? context.getLocal(LOCAL, AccessMode.CONCURRENT)
        : null;
  }

  /// Names the work that goes on from here.
  public static void set(@Nullable String trace) {
    if (trace != null
        && Vertx.currentContext() instanceof ContextInternal context
        && context.isDuplicate()) {
      context.putLocal(LOCAL, AccessMode.CONCURRENT, trace);
    }
  }

  /// A fresh id: 16 hex digits.
  public static String fresh() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /// Makes sure the id has its place in every context before the first one is made.
  public static final class Provider implements VertxServiceProvider {
    @Override
    public void init(VertxBootstrap builder) {
      // Not an assertion: that would be left out in production, and the place with it.
      Objects.requireNonNull(LOCAL);
    }
  }
}
