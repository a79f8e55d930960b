package io.kintsugi.web;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTP servers on several addresses and one port. Made in a verticle, they end with it.
public final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  /// A free port of one address may be taken on the next.
  private static final int FREE_PORT_TRIES = 8;

  /// A port below zero stands for any free one that all who ask for the same number share.
  private static final int SHARED_NUMBERS = 1 << 30;

  private final Vertx vertx;
  private final HttpServerOptions options;
  private final List<String> hosts;
  private final String flag;
  private final Handler<HttpServerRequest> handler;
  private final Handler<HttpServerRequest> garbled;
  private Handler<HttpConnection> connected = _ -> {};

  /// @param flag the option that chooses the port, named if it is taken
  /// @param garbled answers what is not HTTP
  public Listeners(
      Vertx vertx,
      HttpServerOptions options,
      List<String> hosts,
      String flag,
      Handler<HttpServerRequest> handler,
      Handler<HttpServerRequest> garbled) {
    this.vertx = vertx;
    this.options = options;
    this.hosts = List.copyOf(hosts);
    this.flag = flag;
    this.handler = handler;
    this.garbled = garbled;
  }

  /// What to do with every new connection.
  public Listeners onConnect(Handler<HttpConnection> handler) {
    connected = handler;
    return this;
  }

  /// Listens on every address that this machine has.
  ///
  /// @param port 0 for any that is free on all of them; all instances of a verticle share one
  /// @return the port
  public Future<Integer> listen(int port) {
    return port == 0 ? attempt(sharedNumber(), FREE_PORT_TRIES) : attempt(port, 1);
  }

  /// One for all instances of a verticle, and for them alone.
  private int sharedNumber() {
    var deployment = String.valueOf(vertx.getOrCreateContext().deploymentID());
    return -1 - Math.floorMod(deployment.hashCode(), SHARED_NUMBERS);
  }

  private Future<Integer> attempt(int port, int tries) {
    var servers = new ArrayList<HttpServer>();
    Future<Integer> bound = Future.succeededFuture(port);
    for (var host : hosts) {
      bound = bound.compose(chosen -> bind(host, chosen, servers));
    }
    return bound.compose(
        chosen ->
            servers.isEmpty()
                ? Future.failedFuture(
                    Failure.of(FailureCode.UNAVAILABLE, "this machine has none of " + hosts))
                : Future.succeededFuture(chosen),
        cause -> close(servers).transform(_ -> again(port, tries, cause)));
  }

  private Future<Integer> again(int port, int tries, Throwable cause) {
    if (!says(cause, "already in use")) {
      return Future.failedFuture(cause);
    }
    if (tries > 1) {
      return attempt(port - 1, tries - 1);
    }
    var taken = port < 0 ? "every free port tried" : "port " + port;
    return Future.failedFuture(
        Failure.of(
            FailureCode.UNAVAILABLE, taken + " is in use by another process; choose " + flag));
  }

  private static Future<Void> close(List<HttpServer> servers) {
    return Future.join(servers.stream().map(HttpServer::close).toList()).mapEmpty();
  }

  private Future<Integer> bind(String host, int port, List<HttpServer> servers) {
    return vertx
        .createHttpServer(new HttpServerOptions(options).setHost(host).setPort(port))
        .connectionHandler(connected)
        .requestHandler(handler)
        .invalidRequestHandler(garbled)
        .listen()
        .map(server -> {
          servers.add(server);
          return server.actualPort();
        })
        .recover(cause -> {
          if (!isAbsent(host, cause)) {
            return Future.failedFuture(cause);
          }
          LOG.info("address={} is not there on this machine; going on without it", host);
          return Future.succeededFuture(port);
        });
  }

  /// Only IPv6 may be switched off; without 127.0.0.1 nothing works.
  private static boolean isAbsent(String host, Throwable cause) {
    return host.contains(":")
        && (says(cause, "cannot assign requested address")
            || says(cause, "address family not supported")
            || says(cause, "protocol family unavailable"));
  }

  private static boolean says(Throwable cause, String words) {
    var message = cause.getMessage();
    return message != null && message.toLowerCase(Locale.ROOT).contains(words);
  }
}
