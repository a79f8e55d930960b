package io.kintsugi.sql;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Pools of connections for verticles.
public final class Pools {
  /// Beyond this many waiting statements the next one fails at once instead of queueing in memory.
  private static final int WAITING_MAX = 10_000;

  private static final int CONNECTION_WAIT_SECONDS = 30;
  private static final int IDLE_MINUTES = 10;

  private Pools() {}

  /// A pool of at most `maxSize` connections; the caller closes it. Connections are made on demand.
  public static Pool open(Vertx vertx, PgAddress address, int maxSize) {
    return open(vertx, address, maxSize, Map.of());
  }

  /// A pool whose connections run with these settings of the server's.
  public static Pool open(
      Vertx vertx, PgAddress address, int maxSize, Map<String, String> settings) {
    var connect = address.connectOptions();
    settings.forEach(connect::addProperty);
    var options =
        new PoolOptions()
            .setMaxSize(maxSize)
            .setMaxWaitQueueSize(WAITING_MAX)
            .setConnectionTimeout(CONNECTION_WAIT_SECONDS)
            .setConnectionTimeoutUnit(TimeUnit.SECONDS)
            .setIdleTimeout(IDLE_MINUTES)
            .setIdleTimeoutUnit(TimeUnit.MINUTES);
    return PgBuilder.pool().with(options).connectingTo(connect).using(vertx).build();
  }
}
