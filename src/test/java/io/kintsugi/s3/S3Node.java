package io.kintsugi.s3;

import static java.util.Objects.requireNonNull;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/// The S3 edge alone, its neighbours played in memory, and clients for it.
final class S3Node implements AutoCloseable {
  static final String ACCESS_KEY = "kintsugi";
  static final String SECRET_KEY = "kintsugi-secret";
  static final int IDLE_MILLIS = 1_500;
  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY));

  final Vertx vertx = Vertx.vertx();
  final TwinStorage storage = new TwinStorage();
  final int port;

  S3Node() {
    this(IDLE_MILLIS);
  }

  S3Node(int idleMillis) {
    var config =
        new JsonObject()
            .put("hosts", JsonArray.of("127.0.0.1", "::1"))
            .put("port", 0)
            .put("accessKey", ACCESS_KEY)
            .put("secretKey", SECRET_KEY)
            .put("idleMillis", idleMillis)
            .put("quietMillis", 200)
            .put("domain", "s3.test");
    await(vertx.deployVerticle(storage));
    await(
        vertx.deployVerticle(
            S3Verticle.class, new DeploymentOptions().setInstances(2).setConfig(config)));
    port =
        requireNonNull(vertx.sharedData().<String, Integer>getLocalMap("kintsugi.ports").get("s3"));
  }

  private static void await(Future<?> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  S3Client client() {
    return S3Client.builder()
        .endpointOverride(endpoint())
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .forcePathStyle(true)
        .overrideConfiguration(c -> c.retryStrategy(r -> r.maxAttempts(1)))
        .httpClient(UrlConnectionHttpClient.create())
        .build();
  }

  S3Presigner presigner() {
    return S3Presigner.builder()
        .endpointOverride(endpoint())
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
        .build();
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
