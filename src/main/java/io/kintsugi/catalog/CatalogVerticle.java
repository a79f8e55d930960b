package io.kintsugi.catalog;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPolicyContract;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.UploadContract;
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
import java.util.Map;
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

  /// A plan that is kept was made for the tables as they were then, perhaps while they were empty;
  /// one made anew each time costs a fraction of a millisecond and fits.
  private static final Map<String, String> SETTINGS =
      Map.of("plan_cache_mode", "force_custom_plan");

  private static final int POOL_SIZE = 8;
  private static final long GRACE_MILLIS = 86_400_000;
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
    int size = config.getInteger("poolSize", POOL_SIZE);
    var opened = Pools.open(vertx, address, size, SETTINGS);
    pool = opened;
    LOG.info("catalog ready database={}", address);
    var db = new Db(opened, world);
    var lane = new Lane();
    answerObjects(world, db, lane, config);
    answerUploads(world, db);
    answerHeals(world, db);
    answerScans(world, db, config);
    answerCollection(world, db, config);
    var policies = new Policies(db);
    answer(world, CatalogPolicyContract.LIST_POLICY_ROWS, policies::list);
    answer(world, CatalogPolicyContract.SAVE_POLICY_ROW, policies::save);
    var origins = new OriginRows(db, world);
    answer(world, CatalogOriginContract.GET_CLUSTER, origins::cluster);
    answer(world, CatalogOriginContract.LIST_ORIGIN_ROWS, origins::list);
    answer(world, CatalogOriginContract.SAVE_ORIGIN_ROW, origins::save);
    return origins.found().compose(_ -> world.bus().registered());
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
    answer(world, CatalogContract.DELETE_OBJECTS, new Deletes(db, world)::delete);
    var objects = new Objects(db);
    answer(world, CatalogContract.FIND_OBJECT, objects::find);
    answer(world, CatalogContract.HEAD_OBJECT, objects::head);
    answer(world, CatalogContract.LIST_OBJECTS, new Listing(db)::list);
    answer(world, CatalogContract.LIST_VERSIONS, new VersionListing(db)::list);
    answer(world, CatalogContract.GET_STANDING, new Standings(db, world)::get);
  }

  private static void answerUploads(World world, Db db) {
    var uploads = new Uploads(db, world);
    answer(world, UploadContract.CREATE_UPLOAD, uploads::create);
    answer(world, UploadContract.FIND_UPLOAD, uploads::find);
    answer(world, UploadContract.COMMIT_PART, uploads::commitPart);
    answer(world, UploadContract.LIST_PARTS, uploads::parts);
    answer(world, UploadContract.LIST_UPLOADS, uploads::list);
    answer(world, UploadContract.COMPLETE_UPLOAD, new Completions(db, world)::complete);
    answer(world, UploadContract.ABORT_UPLOAD, uploads::abort);
  }

  private static void answerHeals(World world, Db db) {
    var reports = new HealReports(db);
    answer(world, CatalogHealContract.REPORT_DAMAGE, reports::report);
    answer(world, CatalogHealContract.REMAP_PRIORITIES, reports::remap);
    answer(world, CatalogHealContract.OPEN_REQUEST, new HealOpenings(db)::open);
    var requests = new HealRequests(db);
    answer(world, CatalogHealContract.FIND_REQUEST, requests::find);
    answer(world, CatalogHealContract.LIST_REQUESTS, requests::list);
    answer(world, CatalogHealContract.CANCEL_REQUEST, requests::cancel);
    var claims = new HealClaims(db);
    answer(world, CatalogHealContract.CLAIM_HEALS, claims::claim);
    answer(world, CatalogHealContract.RENEW_HEAL, claims::renew);
    answer(world, CatalogHealContract.HASTEN_HEALS, claims::hasten);
    answer(world, CatalogHealContract.LIST_ACTIVE, new HealsAtWork(db)::list);
    answer(world, CatalogHealContract.GET_QUEUE, claims::queue);
    answer(world, CatalogHealContract.MOVE_SHARDS, new HealMoves(db)::move);
    answer(world, CatalogHealContract.SETTLE_HEAL, new HealSettlements(db)::settle);
  }

  private static void answerScans(World world, Db db, JsonObject config) {
    var scans = new Scans(db);
    answer(world, CatalogScanContract.CREATE_SCAN, scans::create);
    answer(world, CatalogScanContract.SAVE_SCAN, scans::save);
    answer(world, CatalogScanContract.FIND_SCAN, scans::find);
    answer(world, CatalogScanContract.LIST_SCANS, scans::list);
    answer(world, CatalogScanContract.LIST_ISSUES, scans::issues);
    var extents = new Extents(db);
    answer(world, CatalogScanContract.LIST_EXTENTS, extents::list);
    answer(world, CatalogScanContract.LIST_SHARDS, extents::shards);
    answer(world, CatalogScanContract.NOTE_VERIFIED, extents::noteVerified);
    answer(world, CatalogPackContract.FIND_SHARDS, extents::find);
    var packs = new PackRows(db);
    answer(world, CatalogPackContract.LIST_PACKS, packs::list);
    answer(world, CatalogPackContract.SUM_PACKS, packs::sum);
    answer(world, CatalogPackContract.LIST_RECORDS, packs::records);
    answer(world, CatalogPackContract.NOTE_PACKS_VERIFIED, packs::noteVerified);
    var orphans = new Orphans(db, config.getLong("graceMillis", GRACE_MILLIS));
    answer(world, CatalogScanContract.NOTE_UNREFERENCED, orphans::note);
  }

  private static void answerCollection(World world, Db db, JsonObject config) {
    long graceMillis = config.getLong("graceMillis", GRACE_MILLIS);
    var remnants = new Remnants(db, graceMillis);
    answer(world, CatalogCollectContract.RETIRE_SEGMENTS, remnants::retire);
    answer(world, CatalogCollectContract.LIST_REMNANTS, remnants::list);
    answer(world, CatalogCollectContract.CONFIRM_GONE, remnants::confirm);
    var litters = new Litters(db, graceMillis);
    answer(world, CatalogCollectContract.NOTE_PACKS, litters::notePacks);
    answer(world, CatalogCollectContract.NOTE_QUARANTINE, litters::noteQuarantine);
    answer(world, CatalogCollectContract.JUDGE_NAMES, litters::judge);
    answer(world, CatalogCollectContract.SETTLE_NAMES, litters::settle);
    var brakes = new Brakes(db, graceMillis);
    answer(world, CatalogCollectContract.GET_LITTER, brakes::litter);
    answer(world, CatalogCollectContract.NOTE_VERDICTS, brakes::note);
    answer(world, CatalogCollectContract.LIST_VERDICTS, brakes::list);
    answer(world, CatalogCollectContract.SET_BRAKE, brakes::set);
  }

  private static <Q extends Record, A extends Record> void answer(
      World world, Call<Q, A> call, Function<Q, Future<A>> answerer) {
    world.bus().answer(call, answerer);
  }
}
