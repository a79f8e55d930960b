package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.HeadObject;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.CatalogContract.ObjectHead;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What objects there are.
final class Objects {
  private static final String CURRENT =
      "SELECT b.bucket_id, b.versioning, "
          + ObjectRows.VERSION_COLUMNS
          + " FROM bucket b"
          + " LEFT JOIN object o ON o.bucket_id = b.bucket_id AND o.key = $2"
          + " LEFT JOIN version v ON v.version_id = o.version_id WHERE b.name = $1";

  private static final String NAMED =
      "SELECT b.bucket_id, b.versioning, "
          + ObjectRows.VERSION_COLUMNS
          + " FROM bucket b LEFT JOIN version v ON v.version_id = $3 AND v.key = $2"
          + " AND v.bucket_id = b.bucket_id AND v.died_at IS NULL WHERE b.name = $1";

  /// The one that was written while the bucket kept no versions.
  private static final String NAMED_NULL =
      "SELECT b.bucket_id, b.versioning, "
          + ObjectRows.VERSION_COLUMNS
          + " FROM bucket b LEFT JOIN LATERAL ("
          + "SELECT c.* FROM object o JOIN version c USING (version_id)"
          + " WHERE o.bucket_id = b.bucket_id AND o.key = $2 AND o.null_version"
          + " UNION ALL SELECT p.* FROM version p"
          + " WHERE p.bucket_id = b.bucket_id AND p.key = $2 AND p.past AND p.null_version"
          + ") v ON true WHERE b.name = $1";

  private final Db db;

  Objects(Db db) {
    this.db = db;
  }

  Future<ObjectEntry> find(FindObject question) {
    return version(question.bucket(), question.key(), question.versionId())
        .compose(row ->
            db.segments(row.getUUID("version_id"))
                .map(segments ->
                    new ObjectEntry(
                        question.bucket(),
                        question.key(),
                        Ids.hex(row.getUUID("version_id")),
                        ObjectRows.info(row),
                        segments,
                        ObjectRows.publicId(row))));
  }

  Future<ObjectHead> head(HeadObject question) {
    return version(question.bucket(), question.key(), question.versionId())
        .map(row ->
            new ObjectHead(
                question.bucket(),
                question.key(),
                Ids.hex(row.getUUID("version_id")),
                ObjectRows.info(row),
                List.of(row.getArrayOfLongs("part_sizes")),
                ObjectRows.publicId(row)));
  }

  private Future<Row> version(String bucket, String key, @Nullable String versionId) {
    if (!Ids.isSound(bucket)) {
      return Future.failedFuture(Ids.noBucket("of that name"));
    }
    if (!Ids.isSound(key)) {
      return Future.failedFuture(noKey(bucket, key));
    }
    return rows(bucket, key, versionId)
        .map(found -> {
          if (found.size() == 0) {
            throw Ids.noBucket(bucket);
          }
          var row = found.iterator().next();
          if (row.getUUID("version_id") == null) {
            throw versionId == null ? noKey(bucket, key) : noVersion(bucket, key, versionId);
          }
          if (row.getBoolean("marker")) {
            throw marked(row, bucket, key, versionId != null);
          }
          return row;
        });
  }

  private Future<RowSet<Row>> rows(String bucket, String key, @Nullable String versionId) {
    if (versionId == null) {
      return db.query(CURRENT, bucket, key);
    }
    if (versionId.equals(Versioning.NULL_ID)) {
      return db.query(NAMED_NULL, bucket, key);
    }
    var named = Ids.uuidOrNull(versionId);
    return named == null
        ? Future.failedFuture(noVersion(bucket, key, versionId))
        : db.query(NAMED, bucket, key, named);
  }

  private static Failure marked(Row row, String bucket, String key, boolean named) {
    var markerId = Versioning.anyId(row.getUUID("version_id"), row.getBoolean("null_version"));
    return new Failure(
        FailureCode.NOT_FOUND,
        named
            ? "version " + markerId + " of " + key + " in " + bucket + " is a delete marker"
            : "no object " + key + " in bucket " + bucket + ": it is marked as deleted",
        Map.of(
            "what",
            named ? "delete-marker" : "key",
            "marker",
            markerId,
            "created",
            row.getOffsetDateTime("created").toInstant().toString()));
  }

  static Failure noKey(String bucket, String key) {
    return Ids.notFound("key", "no object " + key + " in bucket " + bucket);
  }

  private static Failure noVersion(String bucket, String key, String versionId) {
    return Ids.notFound("version", "no version " + versionId + " of " + key + " in " + bucket);
  }
}
