package io.kintsugi.catalog;

import io.kintsugi.catalog.ReplayedVersions.Newcomer;
import io.kintsugi.contract.CatalogAbsenceContract.DeclareLost;
import io.kintsugi.contract.CatalogAbsenceContract.TrimShards;
import io.kintsugi.contract.CatalogContract.DeleteBucket;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRow;
import io.kintsugi.contract.CatalogRegistryContract.DefinitionRow;
import io.kintsugi.contract.CatalogTreeContract.DropTree;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.UploadContract.AbortUpload;
import io.kintsugi.contract.UploadContract.CommitPart;
import io.kintsugi.contract.UploadContract.Upload;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Does again, in their order, what the changes tell of, within one transaction: afterwards every
/// row is as the change itself left it, its times included.
final class Replay {
  /// Whatever belongs to the versions or parts `died(id, at)` is dead from then on.
  static final String BURY =
      " UPDATE segment s SET live = false, died = died.at FROM died"
          + " WHERE s.live AND ((s.write_id = died.id AND s.owner_id = died.id)"
          + " OR (s.owner_id = died.id AND s.owner_id <> s.write_id))";

  private final SqlConnection tx;

  Replay(SqlConnection tx) {
    this.tx = tx;
  }

  /// Changes in ascending order, all behind the clock.
  Future<Void> apply(List<Change> changes) {
    Future<Void> done = Future.succeededFuture();
    boolean written = false;
    for (var run : runs(changes)) {
      var kind = run.getFirst().kind();
      written |= kind.equals("object-committed") || kind.equals("part-committed");
      done =
          done.compose(_ ->
              kind.equals("object-committed")
                  ? new ReplayedObjects(tx, run).apply()
                  : applyOne(run.getFirst()).mapEmpty());
    }
    boolean bytes = written;
    return done.compose(_ -> note(changes, bytes)).mapEmpty();
  }

  /// Commits of distinct keys go together, all else alone.
  private static List<List<Change>> runs(List<Change> changes) {
    var runs = new ArrayList<List<Change>>();
    Set<String> keys = new HashSet<>();
    for (var change : changes) {
      boolean object = change.kind().equals("object-committed");
      var key = object ? key(change) : "";
      boolean joins =
          object
              && !runs.isEmpty()
              && runs.getLast().getFirst().kind().equals("object-committed")
              && !keys.contains(key);
      if (!joins) {
        runs.add(new ArrayList<>());
        keys.clear();
      }
      keys.add(key);
      runs.getLast().add(change);
    }
    return runs;
  }

  private static String key(Change change) {
    var entry = Json.decode(change.bodyJson(), CommitBatch.Entered.class);
    return entry.bucket() + "/" + entry.key();
  }

  private Future<?> note(List<Change> changes, boolean written) {
    var grid = new Grid(Grid.Type.LONG, Grid.Type.TEXT, Grid.Type.TEXT, Grid.Type.TIME);
    changes.forEach(change -> grid.add(change.seq(), change.kind(), change.bodyJson(), at(change)));
    return Db.run(
            tx,
            "INSERT INTO change (seq, kind, body, at) SELECT s, k, b::jsonb, t FROM unnest("
                + "$1::bigint[], $2::text[], $3::text[], $4::timestamptz[]) AS u(s, k, b, t)",
            grid.values())
        .compose(_ ->
            Db.run(
                tx,
                "UPDATE clock SET seq = $1, written = written OR $2",
                changes.getLast().seq(),
                written));
  }

  static OffsetDateTime at(Change change) {
    return time(change.at());
  }

  static OffsetDateTime time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private Future<?> applyOne(Change change) {
    return switch (change.kind()) {
      case "bucket-created" -> bucketCreated(read(change, Buckets.Noted.class));
      case "bucket-changed" -> bucketChanged(read(change, Buckets.Noted.class));
      case "bucket-deleted" ->
          run("DELETE FROM bucket WHERE name = $1", read(change, DeleteBucket.class).name());
      case "marker-set" -> markerSet(change, read(change, DeletePlan.MarkerSet.class));
      case "object-deleted" -> objectDeleted(change, read(change, FindObject.class));
      case "upload-created" -> uploadCreated(read(change, Upload.class));
      case "part-committed" ->
          new ReplayedUploads(tx, change).partCommitted(read(change, CommitPart.class));
      case "upload-completed" ->
          new ReplayedUploads(tx, change).completed(read(change, Completions.Completed.class));
      case "upload-aborted" ->
          new ReplayedUploads(tx, change).aborted(read(change, AbortUpload.class));
      case "writes-refused" ->
          CommitBatch.refuse(tx, read(change, CommitBatch.RefusedWrites.class).versionIds());
      case "writes-settled" -> settled(change, read(change, Sessions.Settled.class));
      case "shards-moved" -> HealMoves.replay(tx, read(change, MoveShards.class));
      case "shards-trimmed" -> HealTrims.replay(tx, read(change, TrimShards.class));
      case "segment-relaid" ->
          Relays.replay(tx, read(change, Relays.SegmentRelaid.class), at(change));
      case "origin-declared" -> AbsenceRows.declare(tx, read(change, DeclareLost.class));
      case "origin-found" -> AbsenceRows.found(tx, read(change, AbsenceRows.ListedOrigin.class));
      case "origin-saved" -> originSaved(read(change, OriginRow.class));
      case "origin-defined" -> Definitions.replay(tx, read(change, DefinitionRow.class));
      case "origin-dropped" -> Definitions.drop(tx, read(change, AbsenceRows.ListedOrigin.class));
      case "drain-saved" -> Drains.replay(tx, read(change, Drains.Saved.class), at(change));
      case "tree-saved" -> Trees.replay(tx, read(change, Tree.class));
      case "tree-dropped" -> Trees.drop(tx, read(change, DropTree.class));
      case "deed-kept" -> Deeds.replay(tx, read(change, Deed.class));
      case "deed-ended" -> Deeds.end(tx, read(change, Deeds.Ended.class));
      case "policy-saved" -> policySaved(read(change, PolicyRow.class));
      default ->
          Future.failedFuture(
              Ids.conflict(
                  "change",
                  "change "
                      + change.seq()
                      + " is a "
                      + change.kind()
                      + ", which this program does"
                      + " not know: use a newer one"));
    };
  }

  private static <T> T read(Change change, Class<T> type) {
    return Json.decode(change.bodyJson(), type);
  }

  private Future<RowSet<Row>> run(String sql, @Nullable Object... values) {
    return Db.run(tx, sql, values);
  }

  private Future<?> bucketCreated(Buckets.Noted bucket) {
    return run(
        "INSERT INTO bucket (name, k, m, class, strategy, on_shortage, region, created, version,"
            + " versioning)"
            + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        bucket.name(),
        bucket.layout().k(),
        bucket.layout().m(),
        bucket.bucketClass(),
        bucket.strategy(),
        bucket.onShortage(),
        bucket.region(),
        bucket.created().atOffset(ZoneOffset.UTC),
        bucket.version(),
        bucket.versioning());
  }

  private Future<?> bucketChanged(Buckets.Noted bucket) {
    return run(
        "UPDATE bucket SET k = $2, m = $3, class = $4, strategy = $5, on_shortage = $6,"
            + " version = $7, versioning = $8 WHERE name = $1",
        bucket.name(),
        bucket.layout().k(),
        bucket.layout().m(),
        bucket.bucketClass(),
        bucket.strategy(),
        bucket.onShortage(),
        bucket.version(),
        bucket.versioning());
  }

  private Future<?> markerSet(Change change, DeletePlan.MarkerSet marker) {
    var info = new ObjectInfo(0, "", null, Map.of(), Map.of(), marker.created());
    return new ReplayedVersions()
        .add(
            change,
            new Newcomer(
                marker.bucket(),
                marker.key(),
                marker.versionId(),
                info,
                0,
                List.of(),
                true,
                marker.nullVersion(),
                marker.died()))
        .apply(tx);
  }

  /// If it was the current one of its key, the latest that is left becomes that.
  private Future<?> objectDeleted(Change change, FindObject object) {
    var versionId = Ids.uuid(String.valueOf(object.versionId()));
    return run(
            "UPDATE version SET died_at = $2, past = false WHERE version_id = $1",
            versionId,
            change.seq())
        .compose(_ ->
            run(
                "WITH died AS (SELECT $1::uuid AS id, $2::timestamptz AS at)" + BURY,
                versionId,
                at(change)))
        .compose(_ ->
            run(
                "SELECT bucket_id FROM object WHERE version_id = $1 AND key = $2"
                    + " AND bucket_id = (SELECT bucket_id FROM bucket WHERE name = $3)",
                versionId,
                object.key(),
                object.bucket()))
        .compose(rows ->
            rows.size() == 0
                ? Future.succeededFuture()
                : run(
                    Deletes.PROMOTE,
                    rows.iterator().next().getInteger(0),
                    new String[] {object.key()},
                    new UUID[] {versionId}));
  }

  private Future<?> uploadCreated(Upload upload) {
    return run(
        "INSERT INTO upload (upload_id, bucket_id, key, content_type, headers, metadata, created)"
            + " SELECT $1, bucket_id, $3, $4, $5::text::jsonb, $6::text::jsonb, $7"
            + " FROM bucket WHERE name = $2",
        Ids.uuid(upload.uploadId()),
        upload.bucket(),
        upload.key(),
        upload.info().contentType(),
        Tick.canonical(upload.info().headers()),
        Tick.canonical(upload.info().metadata()),
        upload.created().atOffset(ZoneOffset.UTC));
  }

  private Future<?> settled(Change change, Sessions.Settled session) {
    return run(
            "INSERT INTO write_session (session_id, holder, low_water, lease_until, closed)"
                + " VALUES ($1, 'before the rebuild', $2, $3::timestamptz,"
                + " CASE WHEN $4::bool THEN $3::timestamptz END)"
                + " ON CONFLICT (session_id) DO UPDATE SET"
                + " low_water = greatest(write_session.low_water, excluded.low_water),"
                + " closed = coalesce(write_session.closed, excluded.closed)",
            session.sessionId(),
            session.lowWater(),
            at(change),
            session.closed())
        .compose(_ -> run(Sessions.FORGET_REFUSED, session.sessionId(), session.lowWater()));
  }

  private Future<?> originSaved(OriginRow origin) {
    return run(
        "INSERT INTO origin (origin_id, kind, path, state, incarnation, created)"
            + " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (origin_id) DO UPDATE"
            + " SET kind = $2, path = $3, state = $4, incarnation = $5",
        origin.originId(),
        origin.kind(),
        origin.path(),
        origin.state(),
        origin.incarnation(),
        origin.created().atOffset(ZoneOffset.UTC));
  }

  private Future<?> policySaved(PolicyRow policy) {
    return run(
        "INSERT INTO policy (name, json, version) VALUES ($1, $2, $3)"
            + " ON CONFLICT (name) DO UPDATE SET json = $2, version = $3",
        policy.name(),
        policy.json(),
        policy.version());
  }
}
