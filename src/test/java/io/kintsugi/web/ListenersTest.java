package io.kintsugi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Servers on several addresses, in several instances.
@Timeout(60)
class ListenersTest {
  private static final List<String> HOSTS = List.of("127.0.0.1", "::1");

  private final Vertx vertx = Vertx.vertx();
  private final Queue<Integer> ports = new ConcurrentLinkedQueue<>();
  private final Queue<Edge> edges = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  /// Answers every request with its own name.
  private final class Edge extends VerticleBase {
    private final String name = "edge-" + (edges.size() + 1);
    private final int port;

    Edge(int port) {
      this.port = port;
      edges.add(this);
    }

    @Override
    public Future<?> start() {
      return new Listeners(
              vertx,
              new HttpServerOptions(),
              HOSTS,
              "--port",
              request -> request.response().end(name),
              HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER)
          .listen(port)
          .onSuccess(ports::add);
    }
  }

  private void deploy(int instances, int port) {
    Supplier<Edge> edge = () -> new Edge(port);
    vertx.deployVerticle(edge, new DeploymentOptions().setInstances(instances)).await();
  }

  /// Who answers on many connections.
  private Set<String> answerers(String host, int port) {
    var names = new HashSet<String>();
    for (int i = 0; i < 8; i++) {
      var client = vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false));
      names.add(
          client
              .request(HttpMethod.GET, port, host, "/")
              .compose(request -> request.send())
              .compose(response -> response.body())
              .await()
              .toString());
      client.close().await();
    }
    return names;
  }

  @Test
  void allInstancesShareOneFreePortOnEveryAddressAndAllServe() {
    deploy(2, 0);
    assertThat(ports).hasSize(2);
    assertThat(new HashSet<>(ports)).hasSize(1);
    for (var host : HOSTS) {
      assertThat(answerers(host, ports.element()))
          .as(host)
          .containsExactlyInAnyOrder("edge-1", "edge-2");
    }
  }

  @Test
  void twoDeploymentsOnFreePortsDoNotShareOne() {
    deploy(2, 0);
    deploy(2, 0);
    assertThat(ports).hasSize(4);
    assertThat(new HashSet<>(ports)).hasSize(2);
  }

  @Test
  void aPortThatIsTakenIsNamedWithTheFlagThatChoosesAnother() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> deploy(1, taken.getLocalPort()))
          .hasMessageContainingAll("port " + taken.getLocalPort() + " is in use", "--port");
    }
  }
}
