package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.HeadObject;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.CatalogContract.ObjectHead;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What objects there are.
final class Objects {
  private static final String CURRENT =
      "SELECT b.bucket_id, "
          + ObjectRows.VERSION_COLUMNS
          + " FROM bucket b"
          + " LEFT JOIN object o ON o.bucket_id = b.bucket_id AND o.key = $2"
          + " LEFT JOIN version v ON v.version_id = o.version_id WHERE b.name = $1";

  private static final String NAMED =
      "SELECT b.bucket_id, "
          + ObjectRows.VERSION_COLUMNS
          + " FROM bucket b LEFT JOIN version v ON v.version_id = $3 AND v.key = $2"
          + " AND v.bucket_id = b.bucket_id AND v.died_at IS NULL WHERE b.name = $1";

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
                        segments)));
  }

  Future<ObjectHead> head(HeadObject question) {
    return version(question.bucket(), question.key(), question.versionId())
        .map(row ->
            new ObjectHead(
                question.bucket(),
                question.key(),
                Ids.hex(row.getUUID("version_id")),
                ObjectRows.info(row),
                List.of(row.getArrayOfLongs("part_sizes"))));
  }

  private Future<Row> version(String bucket, String key, @Nullable String versionId) {
    if (!Ids.isSound(bucket)) {
      return Future.failedFuture(Ids.noBucket("of that name"));
    }
    if (!Ids.isSound(key)) {
      return Future.failedFuture(noKey(bucket, key));
    }
    var named = versionId == null ? null : Ids.uuidOrNull(versionId);
    if (versionId != null && named == null) {
      return Future.failedFuture(noVersion(bucket, key, versionId));
    }
    var rows = named == null ? db.query(CURRENT, bucket, key) : db.query(NAMED, bucket, key, named);
    return rows.map(found -> {
      if (found.size() == 0) {
        throw Ids.noBucket(bucket);
      }
      var row = found.iterator().next();
      if (row.getUUID("version_id") == null) {
        throw versionId == null ? noKey(bucket, key) : noVersion(bucket, key, versionId);
      }
      return row;
    });
  }

  static Failure noKey(String bucket, String key) {
    return Ids.notFound("key", "no object " + key + " in bucket " + bucket);
  }

  private static Failure noVersion(String bucket, String key, String versionId) {
    return Ids.notFound("version", "no version " + versionId + " of " + key + " in " + bucket);
  }
}
