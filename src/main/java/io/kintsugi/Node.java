package io.kintsugi;

import io.kintsugi.erasure.Kernels;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.sql.DataLock;
import io.kintsugi.sql.PgServer;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running node: its PostgreSQL, its Vert.x, its verticles, in that order, and back.
final class Node {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(8);

  private record Deployed(String name, String id) {}

  private final NodeConfig config;

  /// Tells this process from all that ran here before.
  private final String life = UUID.randomUUID().toString();

  private final @Nullable DataLock lock;
  private final @Nullable PgServer postgres;
  private final Vertx vertx;
  private boolean journalled;
  private final Deque<Deployed> deployed = new ArrayDeque<>();
  private final List<JsonObject> states = new ArrayList<>();

  private Node(
      NodeConfig config, @Nullable DataLock lock, @Nullable PgServer postgres, Vertx vertx) {
    this.config = config;
    this.lock = lock;
    this.postgres = postgres;
    this.vertx = vertx;
  }

  /// Starts everything; blocks until it serves. Fails with [StartRefused] or a typed failure of the
  /// part that would not start, having stopped what had.
  static Node start(NodeConfig config) {
    var placement = Placement.read(config.verticles());
    // The scalar kernel serves until the fast one has been tried, in the background.
    Kernels.warmUp();
    makeDirectory(config.data());
    boolean embedded = config.postgres() == null;
    // The embedded server takes the lock itself.
    var lock = embedded ? null : DataLock.take(config.data());
    var postgres = embedded ? PgServer.start(config.data()) : null;
    var uri = postgres == null ? config.postgres() : postgres.address().revealUri();
    Node node = null;
    try {
      PrivateFile.write(postgresFile(config), uri + "\n");
      provideKey(config);
      node =
          new Node(
              config,
              lock,
              postgres,
              Vertx.vertx(new VertxOptions().setPreferNativeTransport(true)));
      node.deployAll(placement);
      return node;
    } catch (RuntimeException e) {
      if (node != null) {
        node.stop();
      } else {
        release(lock, postgres);
      }
      throw e;
    }
  }

  private static void makeDirectory(Path data) {
    try {
      Files.createDirectories(data);
    } catch (IOException e) {
      throw new StartRefused("cannot make the data directory " + data + ": " + e.getMessage(), e);
    }
  }

  private static Path postgresFile(NodeConfig config) {
    return config.data().resolve("postgres.uri");
  }

  private static Path keyFile(NodeConfig config) {
    return config.data().resolve("cluster.key");
  }

  /// A fresh key only where nothing can have been sealed with another one.
  private static void provideKey(NodeConfig config) {
    var file = keyFile(config);
    if (Files.exists(file)) {
      return;
    }
    boolean used =
        config.originsForShards().stream()
            .filter(origin -> origin.kind().equals("local"))
            .map(origin -> Path.of(origin.settings().getOrDefault("path", "")))
            .anyMatch(path -> Files.exists(path.resolve("kintsugi-origin.json")));
    if (used) {
      throw new StartRefused(
          "the cluster key " + file + " is gone, but origins are sealed with it; put it back");
    }
    PrivateFile.write(file, ClusterKey.generate(new SecureRandom()).revealHex() + "\n");
    LOG.info(
        "made a cluster key; keep a copy of it, nothing can be verified without it file={}", file);
  }

  private void deployAll(Placement placement) {
    journalled = placement.entries().stream().anyMatch(entry -> entry.name().equals("journal"));
    publishStates(false);
    for (var entry : placement.entries()) {
      deploy(entry);
    }
    publishStates(true);
  }

  private void deploy(Placement.Entry entry) {
    var options =
        new DeploymentOptions()
            .setInstances(entry.instances())
            .setThreadingModel(entry.threading())
            .setConfig(configFor(entry));
    try {
      var id =
          vertx
              .deployVerticle(entry.type(), options)
              .await(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      deployed.push(new Deployed(entry.name(), id));
      remember(entry, "deployed");
    } catch (TimeoutException e) {
      throw new StartRefused("verticle " + entry.name() + " did not start in " + START_LIMIT, e);
    } catch (RuntimeException e) {
      remember(entry, "failed");
      if (entry.required()) {
        throw new StartRefused(
            "verticle " + entry.name() + " does not start: " + e.getMessage(), e);
      }
      LOG.error("verticle={} does not start; going on without it", entry.name(), e);
    }
  }

  private void remember(Placement.Entry entry, String state) {
    states.add(
        new JsonObject()
            .put("name", entry.name())
            .put("type", entry.type().getName())
            .put("instances", entry.instances())
            .put("threading", entry.threading().name())
            .put("required", entry.required())
            .put("state", state));
    publishStates(false);
  }

  private void publishStates(boolean ready) {
    vertx
        .sharedData()
        .<String, String>getLocalMap("kintsugi.node")
        .put(
            "state",
            new JsonObject().put("ready", ready).put("verticles", new JsonArray(states)).encode());
  }

  private JsonObject configFor(Placement.Entry entry) {
    var own = new JsonObject();
    own.put("node", config.node()).put("life", life).put("version", Version.TEXT);
    switch (entry.name()) {
      case "catalog" ->
          own.put("postgresFile", postgresFile(config).toString())
              .put("journal", journalled)
              .put("graceMillis", config.graceMillis())
              .put("originCount", config.originsForShards().size())
              .put("poolStrategy", config.pool().strategy());
      case "collect" -> own.put("compactPercent", config.compactPercent());
      case "cache" ->
          own.put("folder", config.data().resolve("cache").toString())
              .put("mode", config.cache())
              .put("limitBytes", config.cacheBytes());
      case "origin" -> origins(own);
      case "object", "scan", "journal", "heal" -> own.put("keyFile", keyFile(config).toString());
      case "member" -> own.put("started", Instant.now().toString());
      case "rest" -> own.put("hosts", new JsonArray(config.hosts())).put("port", config.httpPort());
      case "s3" -> s3(own);
      default -> {}
    }
    return own.mergeIn(new JsonObject(entry.config()), true);
  }

  private void s3(JsonObject own) {
    own.put("hosts", new JsonArray(config.hosts()))
        .put("port", config.s3Port())
        .put("accessKey", config.s3AccessKey());
    var secret = config.s3SecretFile();
    if (secret == null) {
      own.put("secretKey", NodeConfig.DEV_SECRET_KEY);
    } else {
      own.put("secretFile", secret.toString());
    }
  }

  private void origins(JsonObject own) {
    var list = new JsonArray();
    for (var origin : config.origins()) {
      var settings = new JsonObject();
      origin.settings().forEach(settings::put);
      list.add(
          new JsonObject()
              .put("id", origin.id())
              .put("kind", origin.kind())
              .put("settings", settings)
              .put("priority", origin.priority())
              .put("domain", origin.domain())
              .put("enabled", origin.enabled())
              .put("readEnabled", origin.readEnabled())
              .put("writeEnabled", origin.writeEnabled())
              .put("reserveBytes", origin.reserveBytes())
              .put("capacityBytes", origin.capacityBytes())
              .put("costPerGb", origin.costPerGb())
              .put("sizeThresholdBytes", origin.sizeThresholdBytes())
              .put("weight", origin.weight())
              .put("role", origin.role()));
    }
    var pool = config.pool();
    own.put("keyFile", keyFile(config).toString())
        .put("origins", list)
        .put(
            "pool",
            new JsonObject()
                .put("strategy", pool.strategy())
                .put("replicationFactor", pool.replicationFactor())
                .put("healthCheckIntervalMillis", pool.healthCheckIntervalMillis())
                .put("autoFailover", pool.autoFailover())
                .put("minHealthyBackends", pool.minHealthyBackends()));
    if (config.checkTimeoutMillis() != null) {
      own.put("checkTimeoutMillis", config.checkTimeoutMillis());
    }
  }

  /// Where an edge can be reached, such as `http://127.0.0.1:9000`; empty if this node has none.
  Optional<String> url(String edge) {
    var ports = vertx.sharedData().<String, Integer>getLocalMap("kintsugi.ports");
    return Optional.ofNullable(ports.get(edge))
        .map(port -> "http://%s:%d".formatted(config.hosts().getFirst(), port));
  }

  /// Stops everything, edges first, within seconds.
  void stop() {
    while (!deployed.isEmpty()) {
      var next = deployed.pop();
      try {
        vertx.undeploy(next.id()).await(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | RuntimeException e) {
        LOG.warn("verticle={} did not stop cleanly", next.name(), e);
      }
    }
    try {
      vertx.close().await(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | RuntimeException e) {
      LOG.warn("vertx did not close cleanly", e);
    }
    release(lock, postgres);
  }

  private static void release(@Nullable DataLock lock, @Nullable PgServer postgres) {
    if (postgres != null) {
      postgres.stop();
    }
    if (lock != null) {
      lock.close();
    }
  }
}
