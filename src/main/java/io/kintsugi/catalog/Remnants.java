package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.ConfirmGone;
import io.kintsugi.contract.CatalogCollectContract.ListRemnants;
import io.kintsugi.contract.CatalogCollectContract.Remnant;
import io.kintsugi.contract.CatalogCollectContract.RetireSegments;
import io.kintsugi.contract.CatalogCollectContract.SegmentsRetired;
import io.kintsugi.contract.Done;
import io.kintsugi.kernel.CrashPoint;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.UUID;

/// Shards that nobody needs any more, from the end of the grace to the word of their origin that
/// they are gone. A dead segment and its version stay as long as anything may lie somewhere in
/// their name, so that what a stale origin brings back is known for what it is.
final class Remnants {
  private static final int PAGE_MAX = 1000;

  /// A segment is retired only once its commit cannot be asked for again: else a commit whose
  /// answer was lost could be taken for a new one.
  private static final String DUE =
      """
      SELECT s.write_id FROM segment s
        LEFT JOIN write_session w
          ON w.session_id = left(replace(s.write_id::text, '-', ''), 16)
       WHERE NOT s.live AND NOT s.retired AND s.died <= now() - $1 * interval '1 ms'
         AND (w.session_id IS NULL OR w.closed IS NOT NULL
              OR ('x' || right(replace(s.write_id::text, '-', ''), 16))::bit(64)::bigint
                 BETWEEN 0 AND w.low_water - 1)
       ORDER BY s.died LIMIT $2 FOR UPDATE OF s SKIP LOCKED
      """;

  private static final String RETIRE =
      """
      WITH retired AS (
        UPDATE segment SET retired = true WHERE write_id = ANY($1::uuid[])
        RETURNING write_id, died
      ), gone AS (
        DELETE FROM location WHERE write_id = ANY($1::uuid[])
        RETURNING write_id, shard_index, attempt_id, origin_id, origin_incarnation, container,
                  length
      )
      INSERT INTO remnant (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                           container, length, since)
      SELECT g.write_id, shard_index, attempt_id, origin_id, origin_incarnation, container, length,
             died
        FROM gone g JOIN retired r USING (write_id)
      ON CONFLICT DO NOTHING
      """;

  /// Of origins that were removed or replaced since: what lay there is out of anybody's reach.
  private static final String OUT_OF_REACH =
      """
      SELECT r.write_id FROM remnant r LEFT JOIN origin o USING (origin_id)
       WHERE o.origin_id IS NULL OR o.state = 'removed' OR o.incarnation <> r.origin_incarnation
       LIMIT $1
      """;

  private static final String FORGET_OUT_OF_REACH =
      """
      DELETE FROM remnant r WHERE r.write_id = ANY($1::uuid[]) AND NOT EXISTS (
        SELECT FROM origin o WHERE o.origin_id = r.origin_id AND o.state <> 'removed'
           AND o.incarnation = r.origin_incarnation)
      """;

  private static final String LIST =
      """
      SELECT write_id, shard_index, attempt_id, container IS NOT NULL, length FROM remnant
       WHERE origin_id = $1 AND origin_incarnation = $2 AND since <= now() - $3 * interval '1 ms'
       ORDER BY since, write_id, shard_index, attempt_id OFFSET $4 LIMIT $5
      """;

  private static final String LOCK_SEGMENTS =
      "SELECT write_id FROM segment WHERE write_id = ANY($1::uuid[]) ORDER BY write_id FOR UPDATE";

  private static final String CONFIRM =
      """
      DELETE FROM remnant r
       USING unnest($3::uuid[], $4::int[], $5::uuid[]) AS u(write_id, shard_index, attempt_id)
       WHERE r.write_id = u.write_id AND r.shard_index = u.shard_index
         AND r.attempt_id = u.attempt_id AND r.origin_id = $1 AND r.origin_incarnation = $2
      RETURNING r.container, r.since
      """;

  /// A pack into which no row points any more was the last time needed when its last shard died.
  private static final String NOTE_EMPTIED =
      """
      INSERT INTO unreferenced (origin_id, name, first_seen)
      SELECT $1, u.name, max(u.since)
        FROM unnest($2::text[], $3::timestamptz[]) AS u(name, since)
       WHERE NOT EXISTS (SELECT FROM location l WHERE l.origin_id = $1 AND l.container = u.name)
         AND NOT EXISTS (SELECT FROM remnant r WHERE r.origin_id = $1 AND r.container = u.name)
       GROUP BY u.name ORDER BY u.name
      ON CONFLICT DO NOTHING
      """;

  static final String COUNT =
      """
      INSERT INTO collected (origin_id, names, bytes) VALUES ($1, $2, $3)
      ON CONFLICT (origin_id) DO UPDATE
         SET names = collected.names + excluded.names, bytes = collected.bytes + excluded.bytes
      """;

  private final Db db;
  private final long graceMillis;

  Remnants(Db db, long graceMillis) {
    this.db = db;
    this.graceMillis = graceMillis;
  }

  Future<SegmentsRetired> retire(RetireSegments question) {
    requireMax(question.max());
    return db.tx(Sessions::settleExpired)
        .compose(_ -> db.tx(tx -> forgetOutOfReach(tx)))
        .compose(_ -> db.tx(tx -> Tombstones.dropBare(tx, graceMillis)))
        .compose(_ ->
            db.tx(tx ->
                Lease.require(tx, question.epoch())
                    .compose(_ -> Db.run(tx, DUE, (double) graceMillis, question.max()))
                    .compose(rows -> retire(tx, Tombstones.ids(rows)))))
        .onSuccess(count -> {
          if (count > 0) {
            CrashPoint.RETIRE_MADE.pass();
          }
        })
        .map(count -> new SegmentsRetired(count, count == question.max()));
  }

  private static Future<Long> retire(SqlConnection tx, UUID[] ids) {
    if (ids.length == 0) {
      return Future.succeededFuture(0L);
    }
    return Db.run(tx, RETIRE, (Object) ids)
        .onSuccess(_ -> CrashPoint.RETIRE_OPEN.pass())
        .map((long) ids.length);
  }

  private static Future<Void> forgetOutOfReach(SqlConnection tx) {
    return Db.run(tx, OUT_OF_REACH, PAGE_MAX)
        .compose(rows -> {
          Object ids = Tombstones.ids(rows);
          return rows.size() == 0
              ? Future.succeededFuture()
              : Db.run(tx, LOCK_SEGMENTS, ids)
                  .compose(_ -> Db.run(tx, FORGET_OUT_OF_REACH, ids))
                  .compose(_ -> Tombstones.drop(tx, ids));
        });
  }

  Future<CatalogCollectContract.Remnants> list(ListRemnants question) {
    requireMax(question.max());
    return db.tx(tx ->
            Lease.require(tx, question.epoch())
                .compose(_ ->
                    Db.run(
                        tx,
                        LIST,
                        question.originId(),
                        question.incarnation(),
                        (double) graceMillis,
                        question.skip(),
                        question.max())))
        .map(rows -> {
          var remnants = new ArrayList<Remnant>();
          for (var row : rows) {
            remnants.add(
                new Remnant(
                    Ids.hex(row.getUUID(0)),
                    row.getInteger(1),
                    Ids.hex(row.getUUID(2)),
                    row.getBoolean(3),
                    row.getLong(4)));
          }
          return new CatalogCollectContract.Remnants(remnants);
        });
  }

  /// Segments are locked first: of two origins that confirm at once, the second sees what the first
  /// took away.
  Future<Done> confirm(ConfirmGone question) {
    requireMax(question.remnants().size());
    var grid = new Grid(Grid.Type.ID, Grid.Type.INT, Grid.Type.ID);
    for (var remnant : question.remnants()) {
      grid.add(Ids.uuid(remnant.writeId()), remnant.shardIndex(), Ids.uuid(remnant.attemptId()));
    }
    Object ids =
        question.remnants().stream()
            .map(remnant -> Ids.uuid(remnant.writeId()))
            .distinct()
            .toArray(UUID[]::new);
    long names = question.remnants().stream().filter(remnant -> !remnant.packed()).count();
    return db.tx(tx ->
            Db.run(tx, LOCK_SEGMENTS, ids)
                .compose(_ ->
                    Db.run(tx, CONFIRM, grid.values(question.originId(), question.incarnation())))
                .compose(confirmed ->
                    Future.all(
                            Tombstones.drop(tx, ids),
                            noteEmptied(tx, question.originId(), confirmed))
                        .map(confirmed.rowCount()))
                .compose(confirmed ->
                    confirmed == 0
                        ? Future.succeededFuture()
                        : Db.run(tx, COUNT, question.originId(), names, question.freedBytes()))
                .onSuccess(_ -> CrashPoint.CONFIRM_OPEN.pass()))
        .onSuccess(_ -> CrashPoint.CONFIRM_MADE.pass())
        .map(_ -> new Done());
  }

  private static Future<?> noteEmptied(SqlConnection tx, String originId, RowSet<Row> confirmed) {
    var grid = new Grid(Grid.Type.TEXT, Grid.Type.TIME);
    for (var row : confirmed) {
      if (row.getString(0) != null) {
        grid.add(row.getString(0), row.getOffsetDateTime(1));
      }
    }
    return grid.isEmpty()
        ? Future.succeededFuture()
        : Db.run(tx, NOTE_EMPTIED, grid.values(originId));
  }

  static void requireMax(int max) {
    if (max < 1 || max > PAGE_MAX) {
      throw Ids.invalid("max must be 1 to " + PAGE_MAX);
    }
  }
}
