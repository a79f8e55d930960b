package io.kintsugi.catalog;

import io.kintsugi.contract.ObjectInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// Versions and heads (the current version of a key) to rows and back.
final class ObjectRows {
  static final String VERSION_COLUMNS =
      "v.version_id, v.seq, v.size_bytes, v.etag, v.content_type, v.headers, v.metadata,"
          + " v.created, v.part_sizes, v.key";

  static final String FIND_VERSIONS =
      "SELECT "
          + VERSION_COLUMNS
          + ", b.name FROM version v LEFT JOIN bucket b USING (bucket_id)"
          + " WHERE v.version_id = ANY($1::uuid[])";

  /// Locks the heads of the keys `$2` in the buckets `$1`, as far as there are any, in the order in
  /// which they are named. What stands in a subquery that locks is looked up key by key, whatever
  /// the planner believes of the tables.
  static final String LOCK_HEADS =
      "SELECT u.bucket AS name, o.key, o.version_id, o.etag"
          + " FROM unnest($1::text[], $2::text[]) AS u(bucket, key), LATERAL ("
          + "SELECT h.key, h.version_id, h.etag FROM object h"
          + " WHERE h.bucket_id = (SELECT b.bucket_id FROM bucket b WHERE b.name = u.bucket)"
          + " AND h.key = u.key FOR UPDATE OF h) o";

  static final String CREATE_HEADS =
      "INSERT INTO object (bucket_id, key, version_id, size_bytes, etag, created)"
          + " SELECT * FROM unnest($1::int[], $2::text[], $3::uuid[], $4::bigint[], $5::text[],"
          + " $6::timestamptz[]) ON CONFLICT (bucket_id, key) DO NOTHING RETURNING version_id";

  static final String REPLACE_HEADS =
      "UPDATE object o SET version_id = u.v, size_bytes = u.s, etag = u.e, created = u.c"
          + " FROM unnest($1::int[], $2::text[], $3::uuid[], $4::bigint[], $5::text[],"
          + " $6::timestamptz[]) AS u(b, k, v, s, e, c)"
          + " WHERE o.bucket_id = ANY($1::int[]) AND o.key = ANY($2::text[])"
          + " AND o.bucket_id = u.b AND o.key = u.k";

  private ObjectRows() {}

  /// Keeps buckets from being deleted until the transaction ends; answers those that exist.
  static Future<Map<String, Integer>> lockBuckets(SqlClient tx, Stream<String> names) {
    return Db.run(
            tx,
            "SELECT name, bucket_id FROM bucket WHERE name = ANY($1::text[])"
                + " ORDER BY name FOR KEY SHARE",
            (Object) names.distinct().toArray(String[]::new))
        .map(rows -> {
          var ids = new HashMap<String, Integer>();
          rows.forEach(row -> ids.put(row.getString(0), row.getInteger(1)));
          return ids;
        });
  }

  /// The parameters of [#LOCK_HEADS], in the order in which everybody locks.
  static Object[] headsToLock(Stream<BucketKey> keys) {
    var grid = new Grid(Grid.Type.TEXT, Grid.Type.TEXT);
    keys.distinct()
        .sorted(
            Comparator.comparing(BucketKey::bucket)
                .thenComparing(BucketKey::key, Ordering.BY_CODE_POINT))
        .forEach(key -> grid.add(key.bucket(), key.key()));
    return grid.values();
  }

  record BucketKey(String bucket, String key) {}

  static Grid headGrid() {
    return new Grid(
        Grid.Type.INT,
        Grid.Type.TEXT,
        Grid.Type.ID,
        Grid.Type.LONG,
        Grid.Type.TEXT,
        Grid.Type.TIME);
  }

  static void addHead(Grid grid, int bucketId, String key, String versionId, ObjectInfo info) {
    grid.add(
        bucketId,
        key,
        Ids.uuid(versionId),
        info.sizeBytes(),
        info.etag(),
        kept(info).created().atOffset(ZoneOffset.UTC));
  }

  /// As the database can keep it: times in whole microseconds.
  static ObjectInfo kept(ObjectInfo info) {
    return new ObjectInfo(
        info.sizeBytes(),
        info.etag(),
        info.contentType(),
        info.headers(),
        info.metadata(),
        info.created().truncatedTo(ChronoUnit.MICROS));
  }

  static ObjectInfo info(Row row) {
    return new ObjectInfo(
        row.getLong("size_bytes"),
        row.getString("etag"),
        row.getString("content_type"),
        texts(row.getJsonObject("headers")),
        texts(row.getJsonObject("metadata")),
        row.getOffsetDateTime("created").toInstant());
  }

  static Map<String, String> texts(JsonObject json) {
    var texts = new HashMap<String, String>();
    json.forEach(entry -> texts.put(entry.getKey(), String.valueOf(entry.getValue())));
    return texts;
  }
}
