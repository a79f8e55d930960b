package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.CatalogContract.OpenSession;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.sql.PgAddress;
import io.kintsugi.sql.TestPostgres;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// A catalog of its own on an empty database, and one who asks it over the bus as its neighbours
/// would.
final class House implements AutoCloseable {
  static final String ORIGIN_INCARNATION = "00000000000000aa";

  final Vertx vertx = Vertx.vertx();
  final PgAddress address;
  final Bus bus;
  final Set<String> away = ConcurrentHashMap.newKeySet();
  private final AtomicLong counter = new AtomicLong(1);

  House() {
    this(new JsonObject());
  }

  House(JsonObject config) {
    this(TestPostgres.freshDatabase(), config);
  }

  private House(PgAddress address, JsonObject config) {
    this.address = address;
    var whole = new JsonObject().put("postgres", uri()).put("originCount", 8).mergeIn(config);
    await(vertx.deployVerticle(new CatalogVerticle(), new DeploymentOptions().setConfig(whole)));
    bus = VertxWorld.of(vertx, new JsonObject()).bus();
    bus.answer(OriginContract.LIST_ORIGINS, _ -> Future.succeededFuture(new Origins(origins())));
  }

  /// Origins o0 to o15; those that are away do not answer.
  private List<OriginState> origins() {
    return IntStream.range(0, 16).mapToObj(i -> origin("o" + i)).toList();
  }

  private OriginState origin(String id) {
    var health = away.contains(id) ? "unhealthy" : "healthy";
    return new OriginState(
        id,
        "local",
        "/" + id,
        id,
        100,
        health,
        "ours",
        ORIGIN_INCARNATION,
        true,
        1,
        1,
        1,
        1,
        1,
        0,
        Instant.EPOCH,
        null,
        null,
        List.of());
  }

  /// Another catalog, on the same database.
  static House second(House first) {
    return second(first, new JsonObject());
  }

  static House second(House first, JsonObject config) {
    return new House(first.address, config);
  }

  /// Another catalog on the same database, which it reaches through that port.
  static House through(House first, int port) {
    var a = first.address;
    var detour = new PgAddress("127.0.0.1", port, a.database(), a.user(), a.password());
    return new House(first.address, new JsonObject().put("postgres", detour.revealUri()));
  }

  String uri() {
    return "postgresql://"
        + address.user()
        + ":"
        + URLEncoder.encode(address.password(), StandardCharsets.UTF_8)
        + "@"
        + address.host()
        + ":"
        + address.port()
        + "/"
        + address.database();
  }

  <Q extends Record, A extends Record> A ask(Call<Q, A> call, Q question) {
    return await(bus.ask(call, question));
  }

  <Q extends Record, A extends Record> Failure refusal(Call<Q, A> call, Q question) {
    try {
      var answer = bus.ask(call, question).toCompletionStage().toCompletableFuture();
      throw new AssertionError("answered " + answer.get(30, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return Failure.from(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw Failure.from(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  Bucket bucket(String name) {
    return ask(CatalogContract.CREATE_BUCKET, new CreateBucket(name, new Layout(2, 1), null, null));
  }

  String session() {
    return ask(CatalogContract.OPEN_SESSION, new OpenSession("test")).sessionId();
  }

  /// The next id of a session.
  String id(String session) {
    return new WriteId(Long.parseUnsignedLong(session, 16), counter.getAndIncrement()).toString();
  }

  /// A segment on origins o0, o1, ..., all landed.
  Segment segment(String session, int ordinal, long offset, long sizeBytes, Layout layout) {
    var locations = new ArrayList<Location>();
    var digests = new ArrayList<String>();
    for (int i = 0; i < layout.shards(); i++) {
      locations.add(new Location(i, id(session), "o" + i, ORIGIN_INCARNATION, true));
      digests.add(String.format("%064x", i + 1));
    }
    return new Segment(
        ordinal,
        id(session),
        offset,
        sizeBytes,
        layout,
        1000,
        "ab".repeat(32),
        digests,
        sizeBytes + 5000,
        locations);
  }

  static Segment with(Segment segment, List<Location> locations) {
    return new Segment(
        segment.ordinal(),
        segment.writeId(),
        segment.offset(),
        segment.sizeBytes(),
        segment.layout(),
        segment.footerBytes(),
        segment.footerSha256(),
        segment.shardSha256(),
        segment.shardBytes(),
        locations);
  }

  static Segment missing(Segment segment, int index) {
    var locations = new ArrayList<>(segment.locations());
    var l = locations.get(index);
    locations.set(index, new Location(index, l.attemptId(), l.originId(), l.incarnation(), false));
    return with(segment, locations);
  }

  static ObjectInfo info(long sizeBytes, String etag) {
    return new ObjectInfo(
        sizeBytes,
        etag,
        "text/plain",
        Map.of("cache-control", "no-store"),
        Map.of("colour", "blau"),
        Instant.parse("2026-01-02T03:04:05.678901Z"));
  }

  CommitObject commitment(String session, String bucket, String key, Condition condition) {
    var segment = segment(session, 0, 0, 100, new Layout(2, 1));
    return commitment(session, bucket, key, condition, List.of(segment));
  }

  static CommitObject commitment(
      String session, String bucket, String key, Condition condition, List<Segment> segments) {
    long size = segments.stream().mapToLong(Segment::sizeBytes).sum();
    var versionId = segments.getFirst().writeId();
    return new CommitObject(
        session, bucket, key, versionId, info(size, "etag-" + versionId), segments, condition);
  }

  Committed put(String session, String bucket, String key) {
    return ask(CatalogContract.COMMIT_OBJECT, commitment(session, bucket, key, Condition.NONE));
  }

  /// Looks into, or changes, the database behind the catalog's back.
  long sql(String statement) {
    try (var connection = connect();
        var prepared = connection.createStatement()) {
      if (!prepared.execute(statement)) {
        return prepared.getUpdateCount();
      }
      var rows = prepared.getResultSet();
      return rows.next() ? rows.getLong(1) : -1;
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /// A statement that needs another database to stand on.
  void admin(String statement) {
    var elsewhere = address.withDatabase("postgres");
    try (var connection =
            DriverManager.getConnection(elsewhere.jdbcUrl(), address.user(), address.password());
        var prepared = connection.createStatement()) {
      prepared.execute(statement);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
