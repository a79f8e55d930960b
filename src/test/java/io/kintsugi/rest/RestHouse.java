package io.kintsugi.rest;

import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// The REST edge alone, its neighbours played over the bus, and a program that calls it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
abstract class RestHouse {
  static final JsonObject ANY_PORT =
      new JsonObject()
          .put("hosts", new JsonArray().add("127.0.0.1").add("::1"))
          .put("port", 0)
          .put("version", "0.1.0");

  /// What a call must be sent to be answered.
  static final Map<String, String> BODIES =
      Map.of(
          "PUT /admin/policy/scan", "{}",
          "PUT /api/v1/trees/{name}", "{\"sources\":[{\"origin\":\"nas\"}]}",
          "POST /api/v1/origins",
              "{\"id\":\"d\",\"origin_type\":\"sftp\",\"port\":22,\"credentials\":{\"password\":\"p\"}}",
          "POST /admin/heal/request", "{\"bucket\":\"b-1\",\"object\":\"o\"}",
          "POST /admin/scan/start", "{\"strategy\":{\"type\":\"Full\"}}",
          "POST /api/v1/origins/{id}/health", "{\"state\":\"healthy\",\"for\":\"1m\"}");

  final Vertx vertx = Vertx.vertx();
  final Neighbours neighbours = new Neighbours(VertxWorld.of(vertx, new JsonObject()).bus());
  Client client = new Client(0);
  Described described = new Described(new JsonObject());
  int port;

  @BeforeAll
  void deploy() {
    vertx.deployVerticle(new RestVerticle(), new DeploymentOptions().setConfig(ANY_PORT)).await();
    port = announcedPort();
    client = new Client(port);
    described = new Described(client.get("/openapi.json").json());
  }

  int announcedPort() {
    return Objects.requireNonNull(
        vertx.sharedData().<String, Integer>getLocalMap("kintsugi.ports").get("rest"));
  }

  @BeforeEach
  void reset() {
    neighbours.reset();
  }

  @AfterAll
  void close() {
    client.close();
    vertx.close().await();
  }

  String raw(String line, String host, String headers) {
    return client.raw(
        line + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Connection: close\r\n\r\n");
  }
}
