package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kintsugi.contract.ScanContract;
import io.kintsugi.kernel.LogLines;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The REST edge as a server: its ports, whom it lets in, and the document it serves (F4, F13).
class RestVerticleTest extends RestHouse {
  @Test
  void bothLoopbackAddressesAnswerOnTheSamePort() {
    for (var address : List.of("127.0.0.1", "::1")) {
      var host = address.contains(":") ? "[" + address + "]" : address;
      var request =
          "GET /admin/scan HTTP/1.1\r\nHost: "
              + host
              + ":"
              + port
              + "\r\nConnection: close\r\n\r\n";
      assertThat(client.raw(address, request)).as(host).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void allInstancesServeOnOneFreePort() {
    try (var log = LogLines.of(RestVerticle.class)) {
      vertx
          .deployVerticle(
              RestVerticle.class, new DeploymentOptions().setInstances(2).setConfig(ANY_PORT))
          .await();
      assertThat(log.all())
          .extracting(line -> line.getString("message"))
          .hasSize(2)
          .allMatch(message -> message.startsWith("serving rest port=" + announcedPort() + " "));
      for (int i = 0; i < 4; i++) {
        try (var other = new Client(announcedPort())) {
          assertThat(other.get("/livez").status()).isEqualTo(200);
        }
      }
    }
  }

  @Test
  void aPortThatIsTakenStopsTheStartClearly() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var config = ANY_PORT.copy().put("port", taken.getLocalPort());
      var start =
          vertx.deployVerticle(new RestVerticle(), new DeploymentOptions().setConfig(config));
      var cause = catchThrowable(start::await);
      assertThat(cause)
          .hasMessage(
              "port " + taken.getLocalPort() + " is in use by another process; choose --http-port");
    }
  }

  @Test
  void aForeignHostOrPageIsForbidden() {
    assertThat(raw("GET /admin/scan", "evil.example:9000", ""))
        .contains(" 403 ", "\"code\":\"FORBIDDEN\"");
    assertThat(raw("GET /admin/scan", "localhost:" + port, "Origin: http://evil.example\r\n"))
        .contains(" 403 ", "\"code\":\"FORBIDDEN\"");
    assertThat(
            raw(
                "GET /admin/scan",
                "localhost:" + port,
                "Origin: http://localhost:" + port + "\r\n"))
        .contains(" 200 ");
    assertThat(raw("GET /livez", "evil.example", "")).contains(" 200 ");
    assertThat(neighbours.wasAsked(ScanContract.LIST_SCANS)).isTrue();
  }

  @Test
  void whatIsNotHttpIsAnsweredAndClosed() {
    assertThat(client.raw("HELLO\r\n\r\n")).contains(" 400 ", "\"code\":\"INVALID_REQUEST\"");
  }

  @Test
  void headIsAnsweredWithoutABody() {
    var answer = client.call("HEAD", "/livez", null);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().body()).isEmpty();
  }

  @Test
  @DisplayName("F4: every served route is described, and every described one is served")
  void theDocumentAndTheRoutesAreTheSame() {
    var world = VertxWorld.of(vertx, new JsonObject());
    var pages = Pages.load(vertx, "0.1.0").await();
    var served = new HashSet<String>();
    RestVerticle.routes(world, "0.1.0", pages)
        .forEach(route -> served.add(route.method() + " " + route.path()));
    assertThat(described.operations()).isEqualTo(served);
  }

  @Test
  @DisplayName("F4: every answer is as the document says")
  void everyAnswerIsAsDescribed() {
    for (var operation : described.operations()) {
      var method = operation.substring(0, operation.indexOf(' '));
      var template = operation.substring(operation.indexOf(' ') + 1);
      if (template.startsWith("/api/v1/blocks") || template.endsWith("/content")) {
        // Those need somebody who keeps bytes: see BlockCallsTest and FederatedWriteIT.
        continue;
      }
      var path =
          template.replace("{id}", "disk-1").replace("{name}", "user-uploads")
              + (template.endsWith("/file") ? "?key=a.jpg" : "");
      var body =
          switch (template) {
            case "/admin/logging" -> "{\"levels\":{\"scan\":\"debug\"}}";
            case "/api/v1/buckets/{name}" -> "{}";
            default -> BODIES.getOrDefault(operation, "{}");
          };
      boolean writes = List.of("PUT", "POST", "PATCH").contains(method);
      var answer = client.call(method, path, writes ? body : null);
      int status = operation.equals("POST /api/v1/origins") ? 201 : 200;
      assertThat(answer.status()).as(operation).isEqualTo(status);
      var type = Objects.requireNonNull(answer.header("content-type"));
      if (type.equals("application/json")) {
        described.holds(method, template, status, answer.json());
      }
    }
  }
}
