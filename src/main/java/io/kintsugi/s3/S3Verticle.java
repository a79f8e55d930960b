package io.kintsugi.s3;

import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The S3 edge of a node. Its settings are `host`, `port` (0: any; the actual one stands in the
/// local map `kintsugi.ports` under `s3`), `accessKey`, `secretFile` or `secretKey`, `region`,
/// `idleMillis` and `domain`.
public final class S3Verticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(S3Verticle.class);
  private static final int RECEIVE_BYTES = 128 * 1024;
  private static final int HEADERS_BYTES_MAX = 32 * 1024;

  /// Room for a key of 1024 bytes, each percent-encoded, and a presigned query.
  private static final int REQUEST_LINE_BYTES_MAX = 16 * 1024;

  @Override
  public Future<?> start() {
    var config = S3Config.of(config());
    return secret(config)
        .compose(secret -> {
          var world = VertxWorld.of(vertx, config());
          var edge = new Edge(world, config, new Credentials(config.accessKey(), secret));
          return vertx
              .createHttpServer(options(config))
              .connectionHandler(edge::connected)
              .requestHandler(edge::requested)
              .listen();
        })
        .onSuccess(this::report);
  }

  private void report(HttpServer server) {
    vertx.sharedData().getLocalMap("kintsugi.ports").put("s3", server.actualPort());
    LOG.info("s3 listens on port={}", server.actualPort());
  }

  private Future<String> secret(S3Config config) {
    var file = config.secretFile();
    var given = config.secretKey();
    return file == null
        ? Future.succeededFuture(given == null ? "" : given)
        : vertx
            .fileSystem()
            .readFile(file)
            .map(bytes -> bytes.toString(StandardCharsets.UTF_8).strip());
  }

  private static HttpServerOptions options(S3Config config) {
    return new HttpServerOptions()
        .setHost(config.host())
        .setPort(config.port())
        .setTcpNoDelay(true)
        .setReuseAddress(true)
        .setReceiveBufferSize(RECEIVE_BYTES)
        .setMaxChunkSize(RECEIVE_BYTES)
        .setMaxHeaderSize(HEADERS_BYTES_MAX)
        .setMaxInitialLineLength(REQUEST_LINE_BYTES_MAX)
        .setCompressionSupported(false)
        .setHttp2ClearTextEnabled(false)
        .setHandle100ContinueAutomatically(false);
  }
}
