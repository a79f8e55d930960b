package io.kintsugi.catalog;

import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.contract.ObjectInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Versions and heads (the current version of a key) to rows and back.
final class ObjectRows {
  static final String VERSION_COLUMNS =
      "v.version_id, v.seq, v.size_bytes, v.etag, v.content_type, v.headers, v.metadata,"
          + " v.created, v.part_sizes, v.key, v.marker, v.null_version";

  static final String FIND_VERSIONS =
      "SELECT "
          + VERSION_COLUMNS
          + ", b.name, b.versioning FROM version v LEFT JOIN bucket b USING (bucket_id)"
          + " WHERE v.version_id = ANY($1::uuid[])";

  /// Locks the heads of the keys `$2` in the buckets `$1`, as far as there are any, in the order in
  /// which they are named. What stands in a subquery that locks is looked up key by key, whatever
  /// the planner believes of the tables.
  static final String LOCK_HEADS =
      "SELECT u.bucket AS name, o.key, o.version_id, o.etag, o.marker, o.null_version"
          + " FROM unnest($1::text[], $2::text[]) AS u(bucket, key), LATERAL ("
          + "SELECT h.key, h.version_id, h.etag, h.marker, h.null_version FROM object h"
          + " WHERE h.bucket_id = (SELECT b.bucket_id FROM bucket b WHERE b.name = u.bucket)"
          + " AND h.key = u.key FOR UPDATE OF h) o";

  /// The null versions of the keys `$2` in the buckets `$1` that are alive and not the current
  /// ones.
  private static final String PAST_NULLS =
      "SELECT u.bucket AS name, v.key, v.version_id, v.etag, v.marker, v.null_version"
          + " FROM unnest($1::text[], $2::text[]) AS u(bucket, key), LATERAL ("
          + "SELECT p.* FROM version p"
          + " WHERE p.bucket_id = (SELECT b.bucket_id FROM bucket b WHERE b.name = u.bucket)"
          + " AND p.key = u.key AND p.past AND p.null_version) v";

  static final String CREATE_HEADS =
      "INSERT INTO object (bucket_id, key, version_id, size_bytes, etag, created, marker,"
          + " null_version)"
          + " SELECT * FROM unnest($1::int[], $2::text[], $3::uuid[], $4::bigint[], $5::text[],"
          + " $6::timestamptz[], $7::bool[], $8::bool[]) ON CONFLICT (bucket_id, key) DO NOTHING RETURNING version_id";

  static final String REPLACE_HEADS =
      "UPDATE object o SET version_id = u.v, size_bytes = u.s, etag = u.e, created = u.c,"
          + " marker = u.m, null_version = u.n"
          + " FROM unnest($1::int[], $2::text[], $3::uuid[], $4::bigint[], $5::text[],"
          + " $6::timestamptz[], $7::bool[], $8::bool[]) AS u(b, k, v, s, e, c, m, n)"
          + " WHERE o.bucket_id = ANY($1::int[]) AND o.key = ANY($2::text[])"
          + " AND o.bucket_id = u.b AND o.key = u.k";

  /// Versions that live on, but are no longer the current ones.
  private static final String SUPERSEDE =
      "UPDATE version SET past = true WHERE version_id = ANY($1::uuid[])";

  private ObjectRows() {}

  /// A bucket that cannot be deleted, nor its versioning be changed, until the transaction ends.
  record LockedBucket(int id, Versioning versioning) {}

  /// Keeps buckets from being deleted until the transaction ends; answers those that exist.
  static Future<Map<String, LockedBucket>> lockBuckets(SqlClient tx, Stream<String> names) {
    return Db.run(
            tx,
            "SELECT name, bucket_id, versioning FROM bucket WHERE name = ANY($1::text[])"
                + " ORDER BY name FOR KEY SHARE",
            (Object) names.distinct().toArray(String[]::new))
        .map(rows -> {
          var buckets = new HashMap<String, LockedBucket>();
          rows.forEach(row ->
              buckets.put(
                  row.getString(0),
                  new LockedBucket(row.getInteger(1), Versioning.of(row.getString(2)))));
          return buckets;
        });
  }

  static Head head(Row row) {
    return new Head(
        row.getUUID("version_id"),
        row.getBoolean("marker") ? null : row.getString("etag"),
        row.getBoolean("null_version"));
  }

  /// Answers by bucket and key; only under the locks of [#LOCK_HEADS] is it the last word.
  static Future<Map<BucketKey, Head>> pastNulls(SqlClient tx, Stream<BucketKey> keys) {
    return Db.run(tx, PAST_NULLS, headsToLock(keys))
        .map(rows -> {
          var found = new HashMap<BucketKey, Head>();
          rows.forEach(row ->
              found.put(new BucketKey(row.getString("name"), row.getString("key")), head(row)));
          return found;
        });
  }

  static Future<Void> supersede(SqlClient tx, List<UUID> versions) {
    return versions.isEmpty()
        ? Future.succeededFuture()
        : Db.run(tx, SUPERSEDE, (Object) versions.toArray(UUID[]::new)).mapEmpty();
  }

  /// What clients call the version of a row that also says whether its bucket keeps versions.
  static @Nullable String publicId(Row row) {
    return Versioning.of(row.getString("versioning"))
        .publicId(row.getUUID("version_id"), row.getBoolean("null_version"));
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
        Grid.Type.TIME,
        Grid.Type.BOOL,
        Grid.Type.BOOL);
  }

  static void addHead(Grid grid, Tick.Birth birth) {
    var info = birth.info();
    grid.add(
        birth.bucketId(),
        birth.key(),
        birth.versionId(),
        info.sizeBytes(),
        info.etag(),
        kept(info).created().atOffset(ZoneOffset.UTC),
        birth.marker(),
        birth.nullVersion());
  }

  /// As the database can keep it: times in whole microseconds.
  static ObjectInfo kept(ObjectInfo info) {
    return new ObjectInfo(
        info.sizeBytes(),
        info.etag(),
        info.contentType(),
        info.headers(),
        info.metadata(),
        kept(info.created()));
  }

  static Instant kept(Instant time) {
    return time.truncatedTo(ChronoUnit.MICROS);
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
