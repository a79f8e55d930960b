package io.kintsugi.catalog;

import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/// The last statement of a transaction that changes something: it takes places in the order of all
/// changes, and writes what bears them. Its lock is held until COMMIT, so nothing may follow it.
final class Tick {
  private static final String SQL =
      """
      WITH tick AS (
        UPDATE clock SET seq = seq + $1, written = written OR $2 RETURNING seq - $1 AS base
      ), noted AS (
        INSERT INTO change (seq, kind, body)
        SELECT base + i, kind, body::jsonb
          FROM tick, unnest($3::text[], $4::text[]) WITH ORDINALITY AS u(kind, body, i)
      ), born AS (
        INSERT INTO version (version_id, bucket_id, key, size_bytes, etag, content_type, headers,
                             metadata, created, segments, part_sizes, marker, null_version, seq)
        SELECT u.version_id, u.bucket_id, u.key, u.size_bytes, u.etag, u.content_type,
               u.headers::jsonb, u.metadata::jsonb, u.created, u.segments,
               u.part_sizes::bigint[], u.marker, u.null_version, base + u.i
          FROM tick, unnest($5::uuid[], $6::int[], $7::text[], $8::bigint[], $9::text[],
                            $10::text[], $11::text[], $12::text[], $13::timestamptz[],
                            $14::int[], $15::text[], $16::bool[], $17::bool[], $18::int[])
               AS u(version_id, bucket_id, key, size_bytes, etag, content_type, headers,
                    metadata, created, segments, part_sizes, marker, null_version, i)
      ), died AS (
        UPDATE version v SET died_at = base + u.i, past = false
          FROM tick, unnest($19::uuid[], $20::int[]) AS u(version_id, i)
         WHERE v.version_id = u.version_id
      )
      SELECT base FROM tick
      """;

  private final Grid changes = new Grid(Grid.Type.TEXT, Grid.Type.TEXT);
  private final Grid births =
      new Grid(
          Grid.Type.ID,
          Grid.Type.INT,
          Grid.Type.TEXT,
          Grid.Type.LONG,
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.TEXT,
          Grid.Type.TIME,
          Grid.Type.INT,
          Grid.Type.TEXT,
          Grid.Type.BOOL,
          Grid.Type.BOOL,
          Grid.Type.INT);
  private final Grid deaths = new Grid(Grid.Type.ID, Grid.Type.INT);
  private boolean written;

  /// A version or delete marker that is born with the latest change.
  record Birth(
      UUID versionId,
      int bucketId,
      String key,
      ObjectInfo info,
      int segments,
      List<Long> partSizes,
      boolean marker,
      boolean nullVersion) {}

  /// Adds a change; what is born or dies next belongs to it. Its place among the changes of this
  /// tick, from 1.
  int change(String kind, Record body) {
    changes.add(kind, Json.text(body));
    return changes.size();
  }

  void birth(Birth birth) {
    written |= !birth.marker();
    var info = birth.info();
    births.add(
        birth.versionId(),
        birth.bucketId(),
        birth.key(),
        info.sizeBytes(),
        info.etag(),
        info.contentType(),
        canonical(info.headers()),
        canonical(info.metadata()),
        info.created().atOffset(ZoneOffset.UTC),
        birth.segments(),
        birth.partSizes().stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}")),
        birth.marker(),
        birth.nullVersion(),
        changes.size());
  }

  void death(UUID versionId) {
    deaths.add(versionId, changes.size());
  }

  /// Says that bytes were referred to from now on, though no version was born.
  void segmentsWritten() {
    written = true;
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  /// Answers the seq before the first change.
  Future<Long> take(SqlConnection connection) {
    var values = deaths.values(births.values(changes.values(changes.size(), written)));
    return Db.run(connection, SQL, values).map(rows -> rows.iterator().next().getLong(0));
  }

  static String canonical(java.util.Map<String, String> texts) {
    var json = new JsonObject();
    texts.entrySet().stream()
        .sorted(Comparator.comparing(java.util.Map.Entry::getKey))
        .forEach(entry -> json.put(entry.getKey(), entry.getValue()));
    return json.encode();
  }
}
