package io.kintsugi.bench;

import com.sun.management.OperatingSystemMXBean;
import io.kintsugi.catalog.CatalogVerticle;
import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.Usage;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.GetObject;
import io.kintsugi.contract.ObjectContract.PutObject;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.kintsugi.object.ObjectVerticle;
import io.kintsugi.origin.OriginVerticle;
import io.kintsugi.sql.PgAddress;
import io.kintsugi.sql.PgServer;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;

/// Small objects at the `object` contract, without HTTP: packs against one file per copy in the
/// same process and run, in interleaved rounds. Everything below is real: origins, disk,
/// PostgreSQL.
public final class ObjectFigures {
  private static final int ORIGINS = 8;
  private static final int BODY_BYTES = 4 << 10;
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(4);
  private static final int ROUNDS = 3;
  private static final int[] CLIENTS = {1, 32, 128};
  private static final String BUCKET = "bench";

  private final Vertx vertx = Vertx.vertx();
  private final Path data;
  private final String keyFile;
  private final PgServer postgres;
  private final Driver driver = new Driver();
  private int names;

  private ObjectFigures(Path data) throws Exception {
    this.data = data;
    postgres = PgServer.start(data.resolve("pg"));
    var key = data.resolve("cluster.key");
    Files.writeString(key, ClusterKey.generate(new SecureRandom()).revealHex());
    keyFile = key.toString();
  }

  /// Asks in the place of an edge.
  private static final class Driver extends VerticleBase {
    private static final Buffer BODY = body();
    private World world;

    @Override
    public Future<?> start() {
      world = VertxWorld.of(vertx, config());
      return world.bus().registered();
    }

    private static Buffer body() {
      var bytes = new byte[BODY_BYTES];
      new Random(7).nextBytes(bytes);
      return Buffer.buffer(bytes);
    }

    Future<?> put(String key) {
      var sink = world.blobs().offer();
      var question =
          new PutObject(
              BUCKET,
              key,
              BODY_BYTES,
              "application/octet-stream",
              Map.of(),
              Map.of(),
              Condition.NONE,
              sink.offer());
      var answer = world.bus().askWhile(sink, ObjectContract.PUT_OBJECT, question);
      sink.write(BODY);
      sink.end();
      return answer;
    }

    Future<?> get(String key) {
      var source = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
      Promise<Void> ended = Promise.promise();
      source.handler(_ -> {});
      source.endHandler(_ -> ended.tryComplete());
      source.exceptionHandler(ended::tryFail);
      return world
          .bus()
          .ask(
              ObjectContract.GET_OBJECT,
              new GetObject(BUCKET, key, null, null, null, null, source.ticket()))
          .onFailure(cause -> source.cancel(Failure.from(cause)))
          .compose(_ -> ended.future());
    }

    void listen(Consumer<Usage> listener) throws Exception {
      Promise<Void> listening = Promise.promise();
      context.runOnContext(_ -> {
        world.bus().listen(MetricsContract.USAGE, listener);
        world.bus().registered().onComplete(listening);
      });
      listening.future().await(10, TimeUnit.SECONDS);
    }

    /// Keeps so many under way until the time is over; gives how many were done.
    long round(int clients, IntFunction<Future<?>> operation) throws Exception {
      Promise<Long> promise = Promise.promise();
      context.runOnContext(_ -> {
        var round = new Round(clients, operation, promise);
        round.start();
      });
      return promise.future().await(120, TimeUnit.SECONDS);
    }
  }

  private static final class Round {
    private final long endNanos = System.nanoTime() + ROUND_NANOS;
    private final IntFunction<Future<?>> operation;
    private final Promise<Long> promise;
    private int clients;
    private int next;
    private long done;

    Round(int clients, IntFunction<Future<?>> operation, Promise<Long> promise) {
      this.clients = clients;
      this.operation = operation;
      this.promise = promise;
    }

    void start() {
      int begun = clients;
      for (int client = 0; client < begun; client++) {
        advance();
      }
    }

    private void advance() {
      if (System.nanoTime() - endNanos >= 0) {
        if (--clients == 0) {
          promise.tryComplete(done);
        }
        return;
      }
      operation
          .apply(next++)
          .onSuccess(_ -> {
            done++;
            advance();
          })
          .onFailure(promise::tryFail);
    }
  }

  /// @param arguments an empty folder may be named; else a temporary one is made and removed
  public static void main(String[] arguments) throws Exception {
    var data =
        arguments.length > 0
            ? Files.createDirectories(Path.of(arguments[0]))
            : Files.createTempDirectory("kintsugi-bench");
    var figures = new ObjectFigures(data);
    try {
      figures.run();
    } finally {
      figures.vertx.close().await(20, TimeUnit.SECONDS);
      figures.postgres.stop();
      if (arguments.length == 0) {
        remove(data);
      }
    }
  }

  private String deploy(Deployable verticle, JsonObject config) throws Exception {
    return vertx
        .deployVerticle(verticle, new DeploymentOptions().setConfig(config))
        .await(60, TimeUnit.SECONDS);
  }

  private void run() throws Exception {
    var uri = postgres.address().revealUri();
    deploy(
        new CatalogVerticle(), new JsonObject().put("postgres", uri).put("originCount", ORIGINS));
    deploy(new OriginVerticle(), origins());
    deploy(driver, new JsonObject());
    driver
        .world
        .bus()
        .ask(CatalogContract.CREATE_BUCKET, new CreateBucket(BUCKET, null, null, null))
        .await(20, TimeUnit.SECONDS);
    var counts = new Counts(driver, postgres.address());
    System.out.printf(
        "java %s, %d processors, %s, %d local origins in one folder, 4 KiB as 3 copies, embedded"
            + " PostgreSQL%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        Files.getFileStore(data).type(),
        ORIGINS);
    for (int clients : CLIENTS) {
      compare(clients, counts);
    }
  }

  private JsonObject origins() {
    var list = new JsonArray();
    for (int i = 1; i <= ORIGINS; i++) {
      list.add(
          new JsonObject()
              .put("id", "disk-" + i)
              .put("kind", "local")
              .put("path", data.resolve("origins").resolve("disk-" + i).toString())
              .put("priority", 100)
              .put("domain", "disk-" + i));
    }
    return new JsonObject().put("keyFile", keyFile).put("origins", list);
  }

  private void compare(int clients, Counts counts) throws Exception {
    var files = new ArrayList<Puts>();
    var packs = new ArrayList<Puts>();
    var gets = new ArrayList<Puts>();
    double flushes = 0;
    double transactions = 0;
    double syncs = 0;
    for (int round = 0; round <= ROUNDS; round++) {
      var one = puts(clients, false);
      var before = counts.now();
      var together = puts(clients, true);
      var after = counts.now();
      var got = gets(clients, together.prefix(), together.done());
      // The first round warms up.
      if (round > 0) {
        files.add(one);
        packs.add(together);
        gets.add(got);
        flushes = (after.flushes() - before.flushes()) / (double) together.done();
        transactions = (after.transactions() - before.transactions()) / (double) together.done();
        syncs = (after.walSyncs() - before.walSyncs()) / (double) together.done();
      }
    }
    double ratio = median(packs, Puts::rate) / median(files, Puts::rate);
    print(clients, "PUT files", files);
    print(clients, "PUT packs", packs);
    System.out.printf(
        Locale.ROOT,
        "      packs to files %.2f; for each PUT %.3f flushes, %.3f transactions, %.3f WAL syncs%n",
        ratio,
        flushes,
        transactions,
        syncs);
    print(clients, "GET packs", gets);
  }

  private static void print(int clients, String what, List<Puts> rounds) {
    System.out.printf(
        Locale.ROOT,
        "4 KiB %3d clients  %s %8.1f op/s, %5.0f us of CPU each, %5.0f with PostgreSQL and kernel%n",
        clients,
        what,
        median(rounds, Puts::rate),
        median(rounds, Puts::cpuMicros),
        median(rounds, Puts::machineMicros));
  }

  /// @param cpuMicros of this process for each
  /// @param machineMicros of all processes for each, which says something if nothing else runs
  private record Puts(
      String prefix, long done, double rate, double cpuMicros, double machineMicros) {}

  /// What the processors spent on anything since the machine was started.
  private static double machineMicros() throws IOException {
    var fields = Files.readString(Path.of("/proc/stat")).lines().findFirst().orElseThrow();
    var ticks = fields.strip().split(" +");
    long busy = 0;
    // user, nice, system, then idle and waiting, then interrupts
    for (int i : new int[] {1, 2, 3, 6, 7}) {
      busy += Long.parseLong(ticks[i]);
    }
    return busy * 1e4;
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private Puts puts(int clients, boolean packs) throws Exception {
    var options =
        new DeploymentOptions()
            .setInstances(2)
            .setConfig(new JsonObject().put("keyFile", keyFile).put("packs", packs));
    var id = vertx.deployVerticle(ObjectVerticle.class, options).await(20, TimeUnit.SECONDS);
    var prefix = "round-" + ++names + "/";
    long began = System.nanoTime();
    long cpu = cpuNanos();
    double machine = machineMicros();
    long done = driver.round(clients, number -> driver.put(prefix + number));
    double rate = done * 1e9 / (System.nanoTime() - began);
    double cpuMicros = (cpuNanos() - cpu) / 1e3 / done;
    double allMicros = (machineMicros() - machine) / done;
    vertx.undeploy(id).await(20, TimeUnit.SECONDS);
    return new Puts(prefix, done, rate, cpuMicros, allMicros);
  }

  private Puts gets(int clients, String prefix, long count) throws Exception {
    var options =
        new DeploymentOptions().setInstances(2).setConfig(new JsonObject().put("keyFile", keyFile));
    var id = vertx.deployVerticle(ObjectVerticle.class, options).await(20, TimeUnit.SECONDS);
    var random = new Random(1);
    long began = System.nanoTime();
    long cpu = cpuNanos();
    double machine = machineMicros();
    long done = driver.round(clients, _ -> driver.get(prefix + random.nextInt((int) count)));
    double rate = done * 1e9 / (System.nanoTime() - began);
    double cpuMicros = (cpuNanos() - cpu) / 1e3 / done;
    double allMicros = (machineMicros() - machine) / done;
    vertx.undeploy(id).await(20, TimeUnit.SECONDS);
    return new Puts(prefix, done, rate, cpuMicros, allMicros);
  }

  private static double median(List<Puts> rounds, ToDoubleFunction<Puts> figure) {
    var sorted = rounds.stream().mapToDouble(figure).sorted().boxed().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static void remove(Path folder) throws Exception {
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /// What was flushed and committed so far, as origins and PostgreSQL count it.
  private static final class Counts {
    private static final long TOLD_MILLIS = 2_200;
    private final PgAddress address;
    private long flushes;

    record Now(long flushes, long transactions, long walSyncs) {}

    Counts(Driver driver, PgAddress address) throws Exception {
      this.address = address;
      driver.listen(usage ->
          usage.counts().forEach((name, count) -> flushes += name.contains("flushes") ? count : 0));
    }

    /// Both tell of what they did a moment later.
    Now now() throws Exception {
      Thread.sleep(TOLD_MILLIS);
      try (var connection =
              DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
          var statement = connection.createStatement();
          var rows =
              statement.executeQuery(
                  "SELECT sum(xact_commit), (SELECT wal_sync FROM pg_stat_wal)"
                      + " FROM pg_stat_database WHERE datname = current_database()")) {
        rows.next();
        return new Now(flushes, rows.getLong(1), rows.getLong(2));
      }
    }
  }
}
