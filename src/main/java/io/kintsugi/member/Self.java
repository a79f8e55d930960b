package io.kintsugi.member;

import io.kintsugi.contract.MemberContract.GetLogLevels;
import io.kintsugi.contract.MemberContract.GetNode;
import io.kintsugi.contract.MemberContract.LogLevels;
import io.kintsugi.contract.MemberContract.Node;
import io.kintsugi.contract.MemberContract.SetLogLevel;
import io.kintsugi.contract.MemberContract.VerticleState;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.LogSetup;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What this node knows of itself. Which verticles run is written by whoever deployed them into the
/// map `state` of this JVM, where an edge listens is written by itself.
final class Self {
  private static final Logger LOG = LoggerFactory.getLogger(Self.class);
  private static final String STATE = "state";

  private final String node;
  private final String version;
  private final Instant started;
  private final Map<String, String> shared;
  private final Map<String, Integer> ports;

  Self(
      String node,
      String version,
      Instant started,
      Map<String, String> shared,
      Map<String, Integer> ports) {
    this.node = node;
    this.version = version;
    this.started = started;
    this.shared = shared;
    this.ports = ports;
  }

  Future<Node> node(GetNode question) {
    var state = new JsonObject(shared.getOrDefault(STATE, "{}"));
    var verticles =
        state.getJsonArray("verticles", new JsonArray()).stream()
            .map(JsonObject.class::cast)
            .map(Self::verticle)
            .toList();
    return Future.succeededFuture(
        new Node(node, version, started, state.getBoolean("ready", false), verticles, ports));
  }

  private static VerticleState verticle(JsonObject json) {
    return new VerticleState(
        json.getString("name"),
        json.getString("type"),
        json.getInteger("instances"),
        json.getString("threading"),
        json.getBoolean("required"),
        json.getString("state"));
  }

  Future<LogLevels> levels(GetLogLevels question) {
    return Future.succeededFuture(new LogLevels(LogSetup.levels()));
  }

  Future<LogLevels> setLevel(SetLogLevel wish) {
    try {
      LogSetup.setLevel(wish.feature(), wish.level());
    } catch (Failure failure) {
      return Future.failedFuture(failure);
    } catch (IllegalArgumentException e) {
      return Future.failedFuture(Failure.of(FailureCode.INVALID_REQUEST, "no such level"));
    }
    LOG.info("log level changed for={} level={}", wish.feature(), wish.level());
    return levels(new GetLogLevels());
  }
}
