package io.kintsugi.s3;

import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.web.Listeners;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The S3 edge of a node. Its settings are `host` or `hosts`, `port` (0: any, the same for all
/// instances; the actual one stands in the local map `kintsugi.ports` under `s3`), `accessKey`,
/// `secretFile` or `secretKey`, `region`, `idleMillis`, `quietMillis` and `domain`.
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
        .compose(secret -> listen(config, secret))
        .onSuccess(port -> {
          vertx.sharedData().<String, Integer>getLocalMap("kintsugi.ports").put("s3", port);
          LOG.info("serving s3 port={} hosts={}", port, config.hosts());
        });
  }

  private Future<Integer> listen(S3Config config, String secret) {
    var world = VertxWorld.of(vertx, config());
    var edge = new Edge(world, config, new Credentials(config.accessKey(), secret));
    return new Listeners(
            vertx,
            options(),
            config.hosts(),
            "--s3-port",
            edge::requested,
            HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER)
        .onConnect(edge::connected)
        .listen(config.port());
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

  private static HttpServerOptions options() {
    return new HttpServerOptions()
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
