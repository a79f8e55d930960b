package io.kintsugi.catalog;

import static java.util.Objects.requireNonNull;

import io.kintsugi.catalog.Desk.Mode;
import io.kintsugi.contract.CatalogAbsenceContract;
import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPolicyContract;
import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRelayContract;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogTreeCareContract;
import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.UploadContract;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the schema up to date and answers every call of the catalog's contracts.
///
/// Configuration: `postgres` (a URI) or `postgresFile` (a file that holds it), `poolSize` (8),
/// `originCount` (the default layout of buckets), `graceMillis` (one day), `leaseMillis` (a
/// minute), `journal` (whether one is deployed: then the catalog is not used before that has
/// compared it with the origins, and changes that leave no shard wait for it).
public final class CatalogVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogVerticle.class);

  /// A plan that is kept was made for the tables as they were then, perhaps while they were empty;
  /// one made anew each time costs a fraction of a millisecond and fits. And what is asked for by
  /// its key lies in memory, mostly: reading all of a table instead is not cheaper, as it was on
  /// disks that turn.
  private static final Map<String, String> SETTINGS =
      Map.of("plan_cache_mode", "force_custom_plan", "random_page_cost", "1.1");

  /// For finding single rows by their keys: whatever the tables were like when the plan was made,
  /// the index is right, and planning each time would cost more than the look itself.
  private static final Map<String, String> LOOKUP_SETTINGS =
      Map.of("plan_cache_mode", "force_generic_plan", "enable_seqscan", "off");

  private static final int POOL_SIZE = 8;
  private static final int LOOKUP_POOL_SIZE = 4;
  private static final long GRACE_MILLIS = 86_400_000;
  private static final long LEASE_MILLIS = 60_000;

  private final List<Pool> pools = new ArrayList<>();

  @Override
  public Future<?> start() {
    var config = config();
    return vertx
        .executeBlocking(() -> migrated(config))
        .compose(address -> serve(requireNonNull(address), config));
  }

  @Override
  public Future<?> stop() {
    return Future.join(pools.stream().map(Pool::close).toList());
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

  private Db open(PgAddress address, int size, Map<String, String> settings, World world) {
    var opened = Pools.open(vertx, address, size, settings);
    pools.add(opened);
    return new Db(opened, world);
  }

  private Future<Void> serve(PgAddress address, JsonObject config) {
    var world = VertxWorld.of(vertx, config);
    int size = config.getInteger("poolSize", POOL_SIZE);
    var db = open(address, size, SETTINGS, world);
    var lookups = open(address, LOOKUP_POOL_SIZE, LOOKUP_SETTINGS, world);
    LOG.info("catalog ready database={}", address);
    var journalled = config.getBoolean("journal", false);
    var guard = new Guard(db, world, journalled);
    var changes = new Changes(db, world, guard, journalled);
    var desk = new Desk(world, guard, changes, Mode.ALWAYS);
    var lane = new Lane();
    answerBuckets(desk, db, config);
    answerObjects(desk, db, lane, config);
    answerLookups(desk.in(Mode.GUARDED), new Objects(lookups));
    answerUploads(desk, db);
    answerHeals(desk, db);
    answerAbsences(desk, db);
    answerScans(desk, db, config);
    answerCollection(desk, db, config);
    answerJournal(desk, db);
    var policies = new Policies(db);
    desk.answer(CatalogPolicyContract.LIST_POLICY_ROWS, policies::list);
    desk.in(Mode.LASTING).answer(CatalogPolicyContract.SAVE_POLICY_ROW, policies::save);
    var origins = new OriginRows(db, world, guard);
    desk.answer(CatalogOriginContract.GET_CLUSTER, origins::cluster);
    desk.answer(CatalogOriginContract.LIST_ORIGIN_ROWS, origins::list);
    // Not waited for: the journal lies on origins, the first ones too, and their markers tell.
    desk.in(Mode.HINTED).answer(CatalogOriginContract.SAVE_ORIGIN_ROW, origins::save);
    answerRegistry(desk, db);
    answerTrees(desk, db);
    return origins.found().compose(_ -> world.bus().registered());
  }

  private static void answerRegistry(Desk desk, Db db) {
    var hinted = desk.in(Mode.HINTED);
    var definitions = new Definitions(db);
    desk.answer(CatalogRegistryContract.LIST_DEFINITIONS, definitions::list);
    // As the rows of origins: the first of all can be defined.
    hinted.answer(CatalogRegistryContract.SAVE_DEFINITION, definitions::save);
    desk.in(Mode.LASTING).answer(CatalogRegistryContract.DROP_ORIGIN, definitions::drop);
    var words = new ForcedWords(db);
    desk.answer(CatalogRegistryContract.GET_FORCED_HEALTH, words::get);
    desk.answer(CatalogRegistryContract.SAVE_FORCED_HEALTH, words::save);
    var guarded = desk.in(Mode.GUARDED);
    var drains = new Drains(db, new HealReports(db));
    desk.answer(CatalogRegistryContract.LIST_DRAINS, drains::list);
    hinted.answer(CatalogRegistryContract.SAVE_DRAIN, drains::save);
    guarded.answer(CatalogRegistryContract.OPEN_MOVES, drains::open);
    guarded.answer(CatalogRegistryContract.OPEN_DEPARTED, drains::departed);
    guarded.answer(CatalogRegistryContract.COUNT_USAGE, drains::usage);
  }

  private static void answerTrees(Desk desk, Db db) {
    var trees = new Trees(db);
    var lasting = desk.in(Mode.LASTING);
    lasting.answer(CatalogTreeContract.SAVE_TREE, trees::save);
    lasting.answer(CatalogTreeContract.DROP_TREE, trees::drop);
    var guarded = desk.in(Mode.GUARDED);
    guarded.answer(CatalogTreeContract.LOAD_TREES, trees::load);
    var files = new FileRows(db);
    guarded.answer(CatalogTreeContract.FIND_FILE_RECORDS, files::find);
    guarded.answer(CatalogTreeContract.SAVE_FILE_RECORD, files::save);
    var care = new TreeCareRows(db);
    guarded.answer(CatalogTreeCareContract.SAVE_VERIFICATION, care::save);
    guarded.answer(CatalogTreeCareContract.LOAD_VERIFICATIONS, care::load);
    guarded.answer(CatalogTreeCareContract.LIST_ROTTEN, care::rotten);
    guarded.answer(CatalogTreeCareContract.EXPECT_FILE, care::expect);
    desk.answer(CatalogTreeContract.GET_FILE_ROOT, files::root);
    desk.answer(CatalogTreeContract.SAVE_FILE_ROOT, files::saveRoot);
    var deeds = new Deeds(db);
    guarded.answer(CatalogDeedContract.OPEN_DEED, deeds::open);
    guarded.answer(CatalogDeedContract.FIND_DEEDS, deeds::find);
    guarded.answer(CatalogDeedContract.CLAIM_DEEDS, deeds::claim);
    guarded.answer(CatalogDeedContract.LIST_DEEDS, deeds::list);
    guarded.answer(CatalogDeedContract.UNDO_DEED, deeds::undo);
    desk.in(Mode.HINTED).answer(CatalogDeedContract.SETTLE_DEED, deeds::settle);
    lasting.answer(CatalogDeedContract.KEEP_DEED, deeds::keep);
  }

  private static void answerBuckets(Desk desk, Db db, JsonObject config) {
    var buckets =
        new Buckets(
            db,
            config.getInteger("originCount", 1),
            config.getString("poolStrategy", "RoundRobin"));
    var guarded = desk.in(Mode.GUARDED);
    guarded.answer(CatalogContract.GET_BUCKET, buckets::get);
    guarded.answer(CatalogContract.LIST_BUCKETS, buckets::list);
    var lasting = desk.in(Mode.LASTING);
    lasting.answer(CatalogContract.CREATE_BUCKET, buckets::create);
    lasting.answer(CatalogContract.CHANGE_BUCKET, buckets::change);
    lasting.answer(CatalogContract.DELETE_BUCKET, buckets::delete);
  }

  private static void answerObjects(Desk desk, Db db, Lane lane, JsonObject config) {
    var guarded = desk.in(Mode.GUARDED);
    var world = desk.world();
    var sessions = new Sessions(db, lane, world, config.getLong("leaseMillis", LEASE_MILLIS));
    guarded.answer(CatalogContract.OPEN_SESSION, sessions::open);
    guarded.answer(CatalogContract.RENEW_SESSION, sessions::renew);
    desk.answer(CatalogContract.CLOSE_SESSION, sessions::close);
    var commits = new Commits(db, lane, world);
    desk.in(Mode.HINTED)
        .answer(
            CatalogContract.COMMIT_OBJECT,
            question -> commits.commit(question).recover(desk.changes()::refused));
    desk.in(Mode.LASTING).answer(CatalogContract.DELETE_OBJECTS, new Deletes(db, world)::delete);
    var listing = new Listing(db);
    guarded.answer(CatalogContract.LIST_OBJECTS, listing::list);
    guarded.answer(CatalogContract.COUNT_OBJECTS, listing::count);
    guarded.answer(CatalogContract.LIST_VERSIONS, new VersionListing(db)::list);
    guarded.answer(CatalogContract.GET_STANDING, new Standings(db, world)::get);
  }

  private static void answerLookups(Desk guarded, Objects objects) {
    guarded.answer(CatalogContract.FIND_OBJECT, objects::find);
    guarded.answer(CatalogContract.HEAD_OBJECT, objects::head);
  }

  private static void answerUploads(Desk desk, Db db) {
    var uploads = new Uploads(db, desk.world());
    var guarded = desk.in(Mode.GUARDED);
    guarded.answer(UploadContract.FIND_UPLOAD, uploads::find);
    guarded.answer(UploadContract.LIST_PARTS, uploads::parts);
    guarded.answer(UploadContract.LIST_UPLOADS, uploads::list);
    var lasting = desk.in(Mode.LASTING);
    // A part is long, and without its upload's other parts its footers make no object.
    lasting.answer(UploadContract.COMMIT_PART, uploads::commitPart);
    lasting.answer(UploadContract.CREATE_UPLOAD, uploads::create);
    lasting.answer(UploadContract.COMPLETE_UPLOAD, new Completions(db, desk.world())::complete);
    lasting.answer(UploadContract.ABORT_UPLOAD, uploads::abort);
  }

  private static void answerHeals(Desk desk, Db db) {
    var guarded = desk.in(Mode.GUARDED);
    var reports = new HealReports(db);
    guarded.answer(CatalogHealContract.REPORT_DAMAGE, reports::report);
    guarded.answer(CatalogHealContract.REMAP_PRIORITIES, reports::remap);
    guarded.answer(CatalogHealContract.OPEN_REQUEST, new HealOpenings(db)::open);
    var requests = new HealRequests(db);
    desk.answer(CatalogHealContract.FIND_REQUEST, requests::find);
    desk.answer(CatalogHealContract.LIST_REQUESTS, requests::list);
    guarded.answer(CatalogHealContract.CANCEL_REQUEST, requests::cancel);
    var claims = new HealClaims(db);
    guarded.answer(CatalogHealContract.CLAIM_HEALS, claims::claim);
    guarded.answer(CatalogHealContract.RENEW_HEAL, claims::renew);
    guarded.answer(CatalogHealContract.HASTEN_HEALS, claims::hasten);
    desk.answer(CatalogHealContract.LIST_ACTIVE, new HealsAtWork(db)::list);
    desk.answer(CatalogHealContract.GET_QUEUE, claims::queue);
    var hinted = desk.in(Mode.HINTED);
    hinted.answer(CatalogHealContract.MOVE_SHARDS, new HealMoves(db)::move);
    hinted.answer(CatalogHealContract.MEND_PACKED, new PackedMends(db)::mend);
    guarded.answer(CatalogHealContract.SETTLE_HEAL, new HealSettlements(db)::settle);
  }

  private static void answerAbsences(Desk desk, Db db) {
    var guarded = desk.in(Mode.GUARDED);
    var absences = new AbsenceRows(db);
    guarded.answer(CatalogAbsenceContract.LIST_ABSENCES, absences::list);
    guarded.answer(CatalogAbsenceContract.NOTE_ABSENCES, absences::note);
    desk.in(Mode.LASTING).answer(CatalogAbsenceContract.DECLARE_LOST, absences::declare);
    guarded.answer(CatalogAbsenceContract.FIND_NEEDED, absences::needed);
    var rebuilds = new Rebuilds(db, new HealReports(db));
    guarded.answer(CatalogAbsenceContract.OPEN_REBUILDS, rebuilds::open);
    guarded.answer(CatalogAbsenceContract.OPEN_TRIMS, rebuilds::openTrims);
    var hinted = desk.in(Mode.HINTED);
    hinted.answer(CatalogAbsenceContract.TRIM_SHARDS, new HealTrims(db)::trim);
    var relays = new Relays(db);
    guarded.answer(CatalogRelayContract.OPEN_RELAYS, relays::open);
    hinted.answer(CatalogRelayContract.SWAP_SEGMENT, relays::swap);
  }

  private static void answerScans(Desk desk, Db db, JsonObject config) {
    var guarded = desk.in(Mode.GUARDED);
    var scans = new Scans(db);
    guarded.answer(CatalogScanContract.CREATE_SCAN, scans::create);
    guarded.answer(CatalogScanContract.SAVE_SCAN, scans::save);
    desk.answer(CatalogScanContract.FIND_SCAN, scans::find);
    desk.answer(CatalogScanContract.LIST_SCANS, scans::list);
    desk.answer(CatalogScanContract.LIST_ISSUES, scans::issues);
    var extents = new Extents(db);
    guarded.answer(CatalogScanContract.LIST_EXTENTS, extents::list);
    guarded.answer(CatalogScanContract.LIST_SHARDS, extents::shards);
    guarded.answer(CatalogScanContract.NOTE_VERIFIED, extents::noteVerified);
    guarded.answer(CatalogPackContract.FIND_SHARDS, extents::find);
    var packs = new PackRows(db);
    guarded.answer(CatalogPackContract.LIST_PACKS, packs::list);
    guarded.answer(CatalogPackContract.SUM_PACKS, packs::sum);
    guarded.answer(CatalogPackContract.LIST_RECORDS, packs::records);
    guarded.answer(CatalogPackContract.NOTE_PACKS_VERIFIED, packs::noteVerified);
    var orphans = new Orphans(db, config.getLong("graceMillis", GRACE_MILLIS));
    guarded.answer(CatalogScanContract.NOTE_UNREFERENCED, orphans::note);
  }

  private static void answerCollection(Desk desk, Db db, JsonObject config) {
    long graceMillis = config.getLong("graceMillis", GRACE_MILLIS);
    var guarded = desk.in(Mode.GUARDED);
    // What is handed out to be taken away is known to be dead to the journal, too.
    var lasting = desk.in(Mode.LASTING);
    var lease = new Lease(db, config.getLong("leaseMillis", LEASE_MILLIS));
    guarded.answer(CatalogCollectContract.HOLD_COLLECTION, lease::hold);
    var remnants = new Remnants(db, graceMillis);
    guarded.answer(CatalogCollectContract.RETIRE_SEGMENTS, remnants::retire);
    lasting.answer(CatalogCollectContract.LIST_REMNANTS, remnants::list);
    guarded.answer(CatalogCollectContract.CONFIRM_GONE, remnants::confirm);
    var litters = new Litters(db, graceMillis, config.getBoolean("journal", false));
    guarded.answer(CatalogCollectContract.NOTE_PACKS, litters::notePacks);
    guarded.answer(CatalogCollectContract.NOTE_QUARANTINE, litters::noteQuarantine);
    lasting.answer(CatalogCollectContract.JUDGE_NAMES, litters::judge);
    guarded.answer(CatalogCollectContract.SETTLE_NAMES, litters::settle);
    var sparse = new SparsePacks(db);
    guarded.answer(CatalogCollectContract.FIND_SPARSE, sparse::find);
    desk.in(Mode.HINTED).answer(CatalogCollectContract.MOVE_RECORDS, sparse::move);
    var brakes = new Brakes(db, graceMillis);
    guarded.answer(CatalogCollectContract.GET_LITTER, brakes::litter);
    guarded.answer(CatalogCollectContract.NOTE_VERDICTS, brakes::note);
    guarded.answer(CatalogCollectContract.LIST_VERDICTS, brakes::list);
    guarded.answer(CatalogCollectContract.SET_BRAKE, brakes::set);
  }

  private static void answerJournal(Desk desk, Db db) {
    desk.answer(CatalogJournalContract.GET_JOURNAL_STATE, desk.changes()::state);
    desk.answer(CatalogJournalContract.READ_CHANGES, desk.changes()::read);
    desk.answer(CatalogJournalContract.SET_GUARD, desk.guard()::set);
    var snapshots = new Snapshots(db, desk.guard());
    desk.answer(CatalogJournalContract.MAKE_SNAPSHOT, snapshots::make);
    desk.answer(CatalogJournalContract.READ_SNAPSHOT, snapshots::read);
    desk.answer(CatalogJournalContract.FORGET_CHANGES, snapshots::forget);
    var rebuild = new Rebuild(db, desk.guard(), desk.changes());
    desk.answer(CatalogJournalContract.BEGIN_REBUILD, rebuild::begin);
    desk.answer(CatalogJournalContract.LOAD_SNAPSHOT, snapshots::load);
    desk.answer(CatalogJournalContract.REPLAY_CHANGES, rebuild::replay);
    desk.answer(CatalogJournalContract.FIND_UNKNOWN, rebuild::unknown);
    desk.answer(CatalogJournalContract.FIND_GAPPED, rebuild::gapped);
    desk.answer(CatalogJournalContract.ADOPT_VERSION, rebuild::adopt);
    desk.answer(CatalogJournalContract.FINISH_REBUILD, rebuild::finish);
  }
}
