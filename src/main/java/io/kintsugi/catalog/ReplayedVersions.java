package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.ObjectInfo;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Versions and delete markers of distinct keys that become the current ones, done again together.
final class ReplayedVersions {
  /// What was current lives on, unless it died.
  private static final String SUCCEEDED =
      """
      WITH head AS (
        SELECT o.version_id, u.seq, u.at, u.replaces
          FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::bool[])
               AS u(bucket, key, seq, at, replaces)
          JOIN bucket b ON b.name = u.bucket
          JOIN object o ON o.bucket_id = b.bucket_id AND o.key = u.key
      ), gone AS (
        SELECT version_id, seq, at FROM head WHERE replaces
         UNION SELECT * FROM unnest($6::uuid[], $7::bigint[], $8::timestamptz[])
      ), kept AS (
        UPDATE version v SET past = true FROM head h
         WHERE v.version_id = h.version_id AND h.version_id NOT IN (SELECT version_id FROM gone)
      ), died AS (
        UPDATE version v SET died_at = g.seq, past = false FROM gone g
         WHERE v.version_id = g.version_id
        RETURNING v.version_id AS id, g.at
      )
      """
          + Replay.BURY;

  private static final String BORN =
      """
      WITH born AS (
        INSERT INTO version (bucket_id, key, seq, version_id, size_bytes, etag, content_type,
                             headers, metadata, created, segments, part_sizes, marker,
                             null_version)
        SELECT b.bucket_id, u.key, u.seq, u.version_id, u.size_bytes, u.etag, u.content_type,
               u.headers::jsonb, u.metadata::jsonb, u.created, u.segments,
               u.part_sizes::bigint[], u.marker, u.null_version
          FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::bigint[], $6::text[],
                      $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::int[],
                      $12::text[], $13::bool[], $14::bool[])
               AS u(bucket, key, seq, version_id, size_bytes, etag, content_type, headers,
                    metadata, created, segments, part_sizes, marker, null_version)
          JOIN bucket b ON b.name = u.bucket
        RETURNING bucket_id, key, version_id, size_bytes, etag, created, marker, null_version
      )
      INSERT INTO object (bucket_id, key, version_id, size_bytes, etag, created, marker,
                          null_version)
      SELECT * FROM born
      ON CONFLICT (bucket_id, key) DO UPDATE SET version_id = excluded.version_id,
        size_bytes = excluded.size_bytes, etag = excluded.etag, created = excluded.created,
        marker = excluded.marker, null_version = excluded.null_version
      """;

  /// One that comes.
  ///
  /// @param nullVersion null in changes from before versions: true
  /// @param died null in changes from before versions: the current one
  record Newcomer(
      String bucket,
      String key,
      String versionId,
      ObjectInfo info,
      int segments,
      List<Long> partSizes,
      boolean marker,
      @Nullable Boolean nullVersion,
      @Nullable List<String> died) {}

  private final Grid keys =
      new Grid(Grid.Type.TEXT, Grid.Type.TEXT, Grid.Type.LONG, Grid.Type.TIME, Grid.Type.BOOL);
  private final Grid deaths = new Grid(Grid.Type.ID, Grid.Type.LONG, Grid.Type.TIME);
  private final Grid births =
      new Grid(
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.LONG,
          Grid.Type.ID,
          Grid.Type.LONG,
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.TIME,
          Grid.Type.INT,
          Grid.Type.TEXT,
          Grid.Type.BOOL,
          Grid.Type.BOOL);

  ReplayedVersions add(Change change, Newcomer version) {
    var at = Replay.at(change);
    var died = version.died();
    keys.add(version.bucket(), version.key(), change.seq(), at, died == null);
    if (died != null) {
      died.forEach(id -> deaths.add(Ids.uuid(id), change.seq(), at));
    }
    var info = version.info();
    births.add(
        version.bucket(),
        version.key(),
        change.seq(),
        Ids.uuid(version.versionId()),
        info.sizeBytes(),
        info.etag(),
        info.contentType(),
        Tick.canonical(info.headers()),
        Tick.canonical(info.metadata()),
        Replay.time(info.created()),
        version.segments(),
        version.partSizes().stream()
            .map(String::valueOf)
            .collect(Collectors.joining(",", "{", "}")),
        version.marker(),
        version.nullVersion() == null || version.nullVersion());
    return this;
  }

  Future<?> apply(SqlConnection tx) {
    return Db.run(tx, SUCCEEDED, deaths.values(keys.values()))
        .compose(_ -> Db.run(tx, BORN, births.values()));
  }
}
