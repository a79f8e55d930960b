package io.kintsugi.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kintsugi.contract.MemberContract;
import io.kintsugi.contract.MemberContract.GetLogLevels;
import io.kintsugi.contract.MemberContract.GetNode;
import io.kintsugi.contract.MemberContract.SetLogLevel;
import io.kintsugi.contract.MemberContract.VerticleState;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/// What a node tells of itself (F1, F10, F13).
@Timeout(60)
class MemberVerticleTest {
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = VertxWorld.of(vertx, new JsonObject()).bus();

  @BeforeEach
  void begin() {
    var config =
        new JsonObject()
            .put("node", "node-7")
            .put("version", "1.2.3")
            .put("started", "2024-01-15T10:30:00Z");
    vertx.deployVerticle(new MemberVerticle(), new DeploymentOptions().setConfig(config)).await();
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void beforeAnythingIsDeployedTheNodeIsNotReady() {
    var node = bus.ask(MemberContract.GET_NODE, new GetNode()).await();
    assertThat(node.node()).isEqualTo("node-7");
    assertThat(node.version()).isEqualTo("1.2.3");
    assertThat(node.started()).isEqualTo(Instant.parse("2024-01-15T10:30:00Z"));
    assertThat(node.ready()).isFalse();
    assertThat(node.verticles()).isEmpty();
  }

  @Test
  void whatIsDeployedIsTold() {
    var scan =
        new JsonObject()
            .put("name", "scan")
            .put("type", "io.kintsugi.scan.ScanVerticle")
            .put("instances", 1)
            .put("threading", "EVENT_LOOP")
            .put("required", true)
            .put("state", "deployed");
    var state = new JsonObject().put("ready", true).put("verticles", new JsonArray().add(scan));
    vertx.sharedData().<String, String>getLocalMap("kintsugi.node").put("state", state.encode());
    vertx.sharedData().<String, Integer>getLocalMap("kintsugi.ports").put("s3", 9001);
    var node = bus.ask(MemberContract.GET_NODE, new GetNode()).await();
    assertThat(node.ready()).isTrue();
    assertThat(node.ports()).containsExactly(Map.entry("s3", 9001));
    assertThat(node.verticles())
        .containsExactly(
            new VerticleState(
                "scan", "io.kintsugi.scan.ScanVerticle", 1, "EVENT_LOOP", true, "deployed"));
  }

  @Test
  void aLevelHoldsFromNowOn() {
    var log = LoggerFactory.getLogger("io.kintsugi.trial.Something");
    assertThat(log.isTraceEnabled()).isFalse();
    var levels =
        bus.ask(MemberContract.SET_LOG_LEVEL, new SetLogLevel("trial", "TRACE")).await().levels();
    assertThat(levels).containsEntry("trial", "trace").containsKey("root");
    assertThat(log.isTraceEnabled()).isTrue();
    bus.ask(MemberContract.SET_LOG_LEVEL, new SetLogLevel("trial", "info")).await();
    assertThat(log.isTraceEnabled()).isFalse();
    assertThat(bus.ask(MemberContract.GET_LOG_LEVELS, new GetLogLevels()).await().levels())
        .containsEntry("trial", "info");
  }

  @ParameterizedTest
  @CsvSource({"scan, loud", "io.vertx, debug", "../x, debug"})
  void whatIsNoFeatureOrLevelIsRefused(String feature, String level) {
    var failure =
        Failure.from(
            catchThrowable(() ->
                bus.ask(MemberContract.SET_LOG_LEVEL, new SetLogLevel(feature, level)).await()));
    assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST);
  }
}
