package io.kintsugi.catalog;

import io.kintsugi.catalog.CommitBatch.Entered;
import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.catalog.ObjectRows.BucketKey;
import io.kintsugi.catalog.ObjectRows.LockedBucket;
import io.kintsugi.contract.CatalogJournalContract.AdoptVersion;
import io.kintsugi.contract.CatalogJournalContract.Adopted;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A version that lies whole on the origins and that no change tells of becomes one more change, as
/// if it had been committed the moment it was begun: so the next of its key may follow it.
final class Adoption {
  /// Whether anything is known of the key `$2` in bucket `$1`, or of the bucket itself, that is
  /// later than `$3`. When a segment took the place of another nobody changed the key: neither is
  /// the one then committed, nor has the other died.
  private static final String LATER =
      """
      SELECT 1 FROM bucket WHERE bucket_id = $1 AND created > $3
      UNION ALL
      SELECT 1 FROM version v LEFT JOIN segment s
          ON (s.write_id = v.version_id OR s.owner_id = v.version_id)
       WHERE v.bucket_id = $1 AND v.key = $2
         AND (v.created > $3
           OR (s.died > $3 AND NOT s.relaid)
           OR (s.created > $3 AND NOT EXISTS (
                SELECT FROM segment r
                 WHERE r.relaid AND r.ordinal = s.ordinal AND r.died <= s.created
                   AND r.write_id <> s.write_id AND r.owner_id = s.owner_id
                   AND (r.write_id = s.owner_id OR r.owner_id <> r.write_id))))
       LIMIT 1
      """;

  private final SqlConnection tx;
  private final AdoptVersion version;
  private final BucketKey key;

  Adoption(SqlConnection tx, AdoptVersion version) {
    this.tx = tx;
    this.version = version;
    key = new BucketKey(version.bucket(), version.key());
  }

  Future<Adopted> run() {
    var clock = Db.run(tx, "SELECT seq FROM clock FOR UPDATE");
    var buckets = ObjectRows.lockBuckets(tx, Stream.of(version.bucket()));
    var known =
        Db.run(tx, "SELECT 1 FROM version WHERE version_id = $1", Ids.uuid(version.versionId()));
    return Future.all(clock, buckets, known)
        .compose(_ -> {
          var bucket = buckets.result().get(version.bucket());
          if (bucket == null) {
            return Future.succeededFuture(new Adopted("its bucket does not exist"));
          }
          return known.result().size() > 0
              ? Future.succeededFuture(new Adopted(null))
              : unlessLater(bucket, clock.result().iterator().next());
        });
  }

  private Future<Adopted> unlessLater(LockedBucket bucket, Row clock) {
    return Db.run(tx, LATER, bucket.id(), version.key(), Replay.time(version.began()))
        .compose(later ->
            later.size() > 0
                ? Future.succeededFuture(new Adopted("its key has changed later"))
                : enter(bucket, clock));
  }

  private Future<Adopted> enter(LockedBucket bucket, Row clock) {
    var heads = Db.run(tx, ObjectRows.LOCK_HEADS, ObjectRows.headsToLock(Stream.of(key)));
    var pastNulls = ObjectRows.pastNulls(tx, Stream.of(key));
    return Future.all(heads, pastNulls)
        .compose(_ -> {
          var succession =
              bucket.versioning().succeed(head(heads.result()), pastNulls.result().get(key));
          var change =
              new Change(
                  clock.getLong(0) + 1,
                  "object-committed",
                  version.began(),
                  Json.text(entered(succession)));
          return new Replay(tx).apply(List.of(change));
        })
        .map(_ -> new Adopted(null));
  }

  private static @Nullable Head head(RowSet<Row> rows) {
    return rows.size() == 0 ? null : ObjectRows.head(rows.iterator().next());
  }

  private Entered entered(Versioning.Succession succession) {
    return new Entered(
        version.bucket(),
        version.key(),
        version.versionId(),
        ObjectRows.kept(version.info()),
        version.segments(),
        succession.nullVersion(),
        succession.dead().stream().map(Ids::hex).toList());
  }
}
