package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.ZoneOffset;
import java.util.List;

/// Commits of objects under distinct keys, done again together.
final class ReplayedObjects {
  private static final String REPLACED =
      """
      WITH u AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[])
               AS u(bucket, key, seq, at)
      ), died AS (
        UPDATE version v SET died_at = u.seq
          FROM u JOIN bucket b ON b.name = u.bucket
          JOIN object o ON o.bucket_id = b.bucket_id AND o.key = u.key
         WHERE v.version_id = o.version_id
        RETURNING v.version_id AS id, u.at
      )
      """
          + Replay.BURY;

  private static final String BORN =
      """
      WITH u AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::bigint[],
                             $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[],
                             $11::int[])
               AS u(bucket, key, seq, version_id, size_bytes, etag, content_type, headers,
                    metadata, created, segments)
      ), born AS (
        INSERT INTO version (bucket_id, key, seq, version_id, size_bytes, etag, content_type,
                             headers, metadata, created, segments, part_sizes)
        SELECT b.bucket_id, u.key, u.seq, u.version_id, u.size_bytes, u.etag, u.content_type,
               u.headers::jsonb, u.metadata::jsonb, u.created, u.segments, '{}'
          FROM u JOIN bucket b ON b.name = u.bucket
        RETURNING bucket_id, key, version_id, size_bytes, etag, created
      )
      INSERT INTO object (bucket_id, key, version_id, size_bytes, etag, created)
      SELECT * FROM born
      ON CONFLICT (bucket_id, key) DO UPDATE SET version_id = excluded.version_id,
        size_bytes = excluded.size_bytes, etag = excluded.etag, created = excluded.created
      """;

  private final SqlConnection tx;
  private final Grid keys =
      new Grid(Grid.Type.TEXT, Grid.Type.TEXT, Grid.Type.LONG, Grid.Type.TIME);
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
          Grid.Type.INT);
  private final SegmentRows segments = new SegmentRows();
  private final SegmentTimes times = new SegmentTimes();

  ReplayedObjects(SqlConnection tx, List<Change> changes) {
    this.tx = tx;
    changes.forEach(this::add);
  }

  private void add(Change change) {
    var entry = Json.decode(change.bodyJson(), ObjectEntry.class);
    var info = entry.info();
    var versionId = Ids.uuid(entry.versionId());
    keys.add(entry.bucket(), entry.key(), change.seq(), Replay.at(change));
    births.add(
        entry.bucket(),
        entry.key(),
        change.seq(),
        versionId,
        info.sizeBytes(),
        info.etag(),
        info.contentType(),
        Tick.canonical(info.headers()),
        Tick.canonical(info.metadata()),
        info.created().atOffset(ZoneOffset.UTC),
        entry.segments().size());
    segments.add(versionId, entry.segments());
    times.add(entry.segments(), Replay.at(change));
  }

  Future<Void> apply() {
    return Db.run(tx, REPLACED, keys.values())
        .compose(_ -> Db.run(tx, BORN, births.values()))
        .compose(_ -> segments.insert(tx))
        .compose(_ -> times.set(tx))
        .mapEmpty();
  }
}
