package io.kintsugi.catalog;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.kintsugi.sql.Migrations;
import io.kintsugi.sql.PgAddress;
import io.kintsugi.sql.Pools;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the schema up to date and answers every call of the catalog's contracts.
///
/// Configuration: `postgres` (a URI) or `postgresFile` (a file that holds it), `poolSize` (8),
/// `originCount` (the default layout of buckets), `graceMillis` (one day), `leaseMillis` (a
/// minute).
public final class CatalogVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogVerticle.class);
  private static final int POOL_SIZE = 8;
  private static final long LEASE_MILLIS = 60_000;

  private @Nullable Pool pool;

  @Override
  public Future<?> start() {
    var config = config();
    return vertx
        .executeBlocking(() -> migrated(config))
        .compose(address -> serve(requireNonNull(address), config));
  }

  @Override
  public Future<?> stop() {
    return pool == null ? Future.succeededFuture() : pool.close();
  }

  private static PgAddress migrated(JsonObject config) throws java.io.IOException {
    var file = config.getString("postgresFile");
    var uri = file == null ? config.getString("postgres") : Files.readString(Path.of(file)).strip();
    if (uri == null) {
      throw new IllegalArgumentException("catalog: 'postgres' or 'postgresFile' must be given");
    }
    var address = PgAddress.parse(uri);
    Migrations.apply(address);
    return address;
  }

  private Future<Void> serve(PgAddress address, JsonObject config) {
    var world = VertxWorld.of(vertx, config);
    var opened = Pools.open(vertx, address, config.getInteger("poolSize", POOL_SIZE));
    pool = opened;
    LOG.info("catalog ready database={}", address);
    var db = new Db(opened, world);
    var lane = new Lane();
    answerObjects(world, db, lane, config);
    return world.bus().registered();
  }

  private static void answerObjects(World world, Db db, Lane lane, JsonObject config) {
    var buckets = new Buckets(db, config.getInteger("originCount", 1));
    answer(world, CatalogContract.CREATE_BUCKET, buckets::create);
    answer(world, CatalogContract.GET_BUCKET, buckets::get);
    answer(world, CatalogContract.LIST_BUCKETS, buckets::list);
    answer(world, CatalogContract.CHANGE_BUCKET, buckets::change);
    answer(world, CatalogContract.DELETE_BUCKET, buckets::delete);
    var sessions = new Sessions(db, lane, world, config.getLong("leaseMillis", LEASE_MILLIS));
    answer(world, CatalogContract.OPEN_SESSION, sessions::open);
    answer(world, CatalogContract.RENEW_SESSION, sessions::renew);
    answer(world, CatalogContract.CLOSE_SESSION, sessions::close);
    answer(world, CatalogContract.COMMIT_OBJECT, new Commits(db, lane, world)::commit);
    answer(world, CatalogContract.DELETE_OBJECTS, new Deletes(db)::delete);
    var objects = new Objects(db);
    answer(world, CatalogContract.FIND_OBJECT, objects::find);
    answer(world, CatalogContract.HEAD_OBJECT, objects::head);
    answer(world, CatalogContract.LIST_OBJECTS, new Listing(db)::list);
  }

  private static <Q extends Record, A extends Record> void answer(
      World world, Call<Q, A> call, Function<Q, Future<A>> answerer) {
    world.bus().answer(call, answerer);
  }
}
