package io.kintsugi.catalog;

import io.kintsugi.catalog.ObjectRows.BucketKey;
import io.kintsugi.catalog.ObjectRows.LockedBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.Deleted;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

/// Deleting objects: the keys have no current version any more, and what they had is dead; or, in a
/// bucket that keeps versions, a delete marker is the current one.
final class Deletes {
  private static final int KEYS_MAX = 1000;

  private static final String NAMED =
      "SELECT version_id, key, etag, marker, null_version FROM version"
          + " WHERE version_id = ANY($1::uuid[]) AND bucket_id = $2 AND past";

  /// Of keys whose current version dies, the newest of the others becomes the current one, if there
  /// is any.
  static final String PROMOTE =
      """
      WITH next AS (
        SELECT u.key, n.* FROM unnest($2::text[]) AS u(key) LEFT JOIN LATERAL (
          SELECT v.version_id, v.size_bytes, v.etag, v.created, v.marker, v.null_version
            FROM version v
           WHERE v.bucket_id = $1 AND v.key = u.key AND v.past
             AND v.version_id <> ALL($3::uuid[])
           ORDER BY v.seq DESC LIMIT 1) n ON true
      ), promoted AS (
        UPDATE version v SET past = false FROM next WHERE v.version_id = next.version_id
      ), moved AS (
        UPDATE object o SET version_id = n.version_id, size_bytes = n.size_bytes, etag = n.etag,
               created = n.created, marker = n.marker, null_version = n.null_version
          FROM next n
         WHERE o.bucket_id = $1 AND o.key = ANY($2::text[]) AND o.key = n.key
           AND n.version_id IS NOT NULL
      )
      DELETE FROM object o USING next n
       WHERE o.bucket_id = $1 AND o.key = ANY($2::text[]) AND o.key = n.key
         AND n.version_id IS NULL
      """;

  private final Db db;
  private final World world;

  Deletes(Db db, World world) {
    this.db = db;
    this.world = world;
  }

  Future<Deleted> delete(DeleteObjects question) {
    if (question.keys().size() > KEYS_MAX) {
      throw Ids.invalid("at most " + KEYS_MAX + " keys at once");
    }
    question.keys().forEach(key -> Ids.requireText("key", key.key()));
    Ids.requireText("bucket", question.bucket());
    // Not again once its COMMIT is on the way: by then the key may name an object stored since.
    return db.once(tx ->
            ObjectRows.lockBuckets(tx, Stream.of(question.bucket()))
                .compose(buckets -> {
                  var bucket = buckets.get(question.bucket());
                  if (bucket == null) {
                    throw Ids.noBucket(question.bucket());
                  }
                  return deleteIn(tx, bucket, question);
                }))
        .onSuccess(_ -> CrashPoint.DELETE_MADE.pass());
  }

  /// What the locks show may be read only once they are held, so the heads come first.
  private Future<Deleted> deleteIn(SqlConnection tx, LockedBucket bucket, DeleteObjects question) {
    var heads = Db.run(tx, ObjectRows.LOCK_HEADS, ObjectRows.headsToLock(keys(question)));
    var nulls = ObjectRows.pastNulls(tx, keys(question));
    var named = Db.run(tx, NAMED, namedIds(question), bucket.id());
    return Future.all(heads, nulls, named)
        .compose(_ -> {
          var now = ObjectRows.kept(world.clock().instant());
          var plan = new DeletePlan(question.bucket(), bucket, now, this::freshId);
          heads.result().forEach(row -> plan.current(row.getString("key"), ObjectRows.head(row)));
          nulls.result().forEach((key, version) -> plan.pastNull(key.key(), version));
          named.result().forEach(row -> plan.past(row.getString("key"), ObjectRows.head(row)));
          question.keys().forEach(plan::delete);
          return carryOut(tx, bucket, plan);
        });
  }

  private static Stream<BucketKey> keys(DeleteObjects question) {
    return question.keys().stream().map(key -> new BucketKey(question.bucket(), key.key()));
  }

  private static UUID[] namedIds(DeleteObjects question) {
    return question.keys().stream()
        .map(DeleteKey::versionId)
        .filter(Objects::nonNull)
        .map(Ids::uuidOrNull)
        .filter(Objects::nonNull)
        .toArray(UUID[]::new);
  }

  /// A marker has no bytes whose write could have given it an id.
  private UUID freshId() {
    return new UUID(world.random().nextLong(), world.random().nextLong());
  }

  private static Future<Deleted> carryOut(SqlConnection tx, LockedBucket bucket, DeletePlan plan) {
    if (plan.tick().isEmpty()) {
      return Future.succeededFuture(new Deleted(plan.answers()));
    }
    var dead = plan.dead();
    var headless = plan.headless();
    var moved =
        headless.isEmpty()
            ? Future.succeededFuture()
            : Db.run(
                tx,
                PROMOTE,
                bucket.id(),
                headless.toArray(String[]::new),
                dead.toArray(UUID[]::new));
    var past = ObjectRows.supersede(tx, plan.superseded());
    return Future.all(moved, past, create(tx, plan), replace(tx, plan), Deaths.bury(tx, dead))
        .compose(_ -> plan.tick().take(tx))
        .onSuccess(_ -> CrashPoint.DELETE_OPEN.pass())
        .map(_ -> new Deleted(plan.answers()));
  }

  /// Whoever made one of the keys after our look must be looked at.
  private static Future<Void> create(SqlConnection tx, DeletePlan plan) {
    var grid = plan.created();
    if (grid.isEmpty()) {
      return Future.succeededFuture();
    }
    return Db.run(tx, ObjectRows.CREATE_HEADS, grid.values())
        .map(rows -> {
          if (rows.size() < grid.size()) {
            throw new Collision();
          }
          return null;
        });
  }

  private static Future<Void> replace(SqlConnection tx, DeletePlan plan) {
    var grid = plan.replaced();
    return grid.isEmpty()
        ? Future.succeededFuture()
        : Db.run(tx, ObjectRows.REPLACE_HEADS, grid.values()).mapEmpty();
  }
}
