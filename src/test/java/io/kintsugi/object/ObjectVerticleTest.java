package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Layout;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The data path alone, its neighbours played over the bus (F2, F13).
class ObjectVerticleTest {
  private static final Settings SETTINGS = new Settings(4L << 30, 400, 3_000, 150, 200, 2_000);
  private static final int STRIPE = 3 * 262_080;

  private final Vertx vertx = Vertx.vertx();
  private final House house = new House(7);

  @TempDir Path folder;

  @BeforeEach
  void deploy() throws Exception {
    deploy(SETTINGS);
  }

  private void deploy(Settings settings) throws Exception {
    var keyFile = folder.resolve("cluster.key");
    Files.writeString(keyFile, House.KEY.revealHex());
    var options =
        new DeploymentOptions().setConfig(new JsonObject().put("keyFile", keyFile.toString()));
    vertx
        .deployVerticle(house)
        .compose(_ -> vertx.deployVerticle(new ObjectVerticle(settings), options))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void whatIsPutComesBackToTheByte() {
    int[] sizes = {
      0, 1, 63, 131_071, 131_072, 131_073, STRIPE - 1, STRIPE, STRIPE + 1, 4 * STRIPE + 12_345
    };
    for (int size : sizes) {
      var body = House.random(size, size);
      var stored = house.put("k" + size, body);
      var got = house.get("k" + size);
      assertThat(got.broken()).isNull();
      assertThat(got.bytes()).as("size %d", size).isEqualTo(body);
      assertThat(got.head().info()).isEqualTo(stored.info());
      var layout = size <= 131_072 ? new Layout(1, 2) : new Layout(3, 2);
      assertThat(house.segment("k" + size, 0).layout()).isEqualTo(layout);
    }
  }
}
