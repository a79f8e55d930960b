package io.kintsugi.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.DeploymentOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// C4: how much memory blocks on their way may take together.
class BlockRoomTest extends RestHouse {
  private static final int BLOCK_BYTES = 200_000;

  @BeforeAll
  @Override
  void deploy() {
    // Room for one such block.
    var config = ANY_PORT.copy().put("blockBudgetBytes", 1L << 20);
    vertx.deployVerticle(new RestVerticle(), new DeploymentOptions().setConfig(config)).await();
    port = announcedPort();
    client = new Client(port);
  }

  /// Says how much will come, and sends a little of it.
  private Socket begin() throws IOException {
    var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
    var head =
        "POST /api/v1/blocks HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n"
            .formatted(port, BLOCK_BYTES);
    socket.getOutputStream().write((head + "x".repeat(1000)).getBytes(UTF_8));
    socket.getOutputStream().flush();
    return socket;
  }

  private Client.Answer post(int bytes) {
    return client.call(
        "POST", "/api/v1/blocks", "x".repeat(bytes), "Content-Type", "application/octet-stream");
  }

  @Test
  @DisplayName("who finds no room is sent away with a hint, and whoever goes makes room")
  void whoFindsNoRoomIsSentAway() throws Exception {
    Client.Answer refused;
    try (var first = begin()) {
      assertThat(first.isConnected()).isTrue();
      // The first may not have been read yet; then the next one has its room.
      do {
        refused = post(BLOCK_BYTES);
      } while (refused.json().getJsonObject("details").getString("hint") == null);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.json().getString("code")).isEqualTo("UNAVAILABLE");
      assertThat(refused.json().getJsonObject("details").getString("hint")).contains("S3");
      assertThat(refused.header("retry-after")).isEqualTo("1");
      assertThat(client.get("/api/v1/blocks/count").json().getJsonObject("details"))
          .as("what needs no room")
          .isNotEqualTo(refused.json().getJsonObject("details"));
    }
    // Nobody answers for objects here, but it has come so far.
    var next = post(BLOCK_BYTES);
    assertThat(next.json().getJsonObject("details").getString("hint")).isNull();
  }
}
