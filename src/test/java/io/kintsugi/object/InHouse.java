package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Footer;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Manifest;
import io.kintsugi.kernel.Failure;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A test of the object verticle, deployed alone with its neighbours played over the bus.
abstract class InHouse {
  static final Settings SETTINGS = new Settings(4L << 30, 400, 3_000, 150, 200, 131_072, 2_000);
  static final int STRIPE = 3 * 262_080;

  final Vertx vertx = Vertx.vertx();
  final House house = new House(7);

  @TempDir Path folder;

  String deployed = "";

  @BeforeEach
  void deploy() throws Exception {
    await(vertx.deployVerticle(house));
    deploy(SETTINGS, 64_000_000);
  }

  void redeploy(Settings settings) throws Exception {
    redeploy(settings, 64_000_000);
  }

  void redeploy(Settings settings, long budgetBytes) throws Exception {
    await(vertx.undeploy(deployed));
    deploy(settings, budgetBytes);
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  void deploy(Settings settings, long budgetBytes) throws Exception {
    deploy(settings, budgetBytes, 1);
  }

  void deploy(Settings settings, long budgetBytes, int instances) throws Exception {
    var keyFile = folder.resolve("cluster.key");
    Files.writeString(keyFile, House.KEY.revealHex());
    var config =
        new JsonObject().put("keyFile", keyFile.toString()).put("streamBudgetBytes", budgetBytes);
    deployed =
        await(
            vertx.deployVerticle(
                () -> new ObjectVerticle(settings),
                new DeploymentOptions().setConfig(config).setInstances(instances)));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  /// A report is on its way for a moment after the read.
  void assertNoDamage() {
    house.on(() -> house.later(150));
    assertThat(house.catalog.reports).isEmpty();
  }

  void assertWhole(String key, Buffer body) {
    var got = house.get(key);
    assertThat(got.broken()).isNull();
    assertThat(got.head().lengthBytes()).isEqualTo(body.length());
    assertThat(got.bytes().equals(body)).as("bytes of " + key).isTrue();
  }

  static String md5(Buffer body) throws Exception {
    var digest = MessageDigest.getInstance("MD5").digest(body.getBytes());
    return HexFormat.of().formatHex(digest);
  }

  Manifest manifest(Segment segment) {
    var file = house.file(segment, segment.locations().getFirst()).getBytes();
    var decoded =
        Footer.decode(
            file,
            file.length - segment.footerBytes(),
            segment.footerBytes(),
            KeyRing.of(House.KEY));
    assertThat(decoded).isInstanceOf(Footer.Decoded.Ok.class);
    return ((Footer.Decoded.Ok) decoded).manifest();
  }

  Failure failingPut(int size) {
    var body = House.random(1, size);
    return house.failing(() -> house.putting("k", body, size, Condition.NONE));
  }
}
