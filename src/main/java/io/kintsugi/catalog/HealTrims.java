package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogAbsenceContract.ShardsTrimmed;
import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.kintsugi.contract.CatalogAbsenceContract.TrimShards;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Drops rows of shards that are there twice. The copy that stays must be one that can be counted
/// on at this very moment, and must not be dropped itself.
final class HealTrims {
  /// What they pointed to until now is a remnant.
  private static final String LEFT_BEHIND =
      ", left_behind AS (INSERT INTO remnant (write_id, shard_index, attempt_id, origin_id,"
          + " origin_incarnation, container, length, since)"
          + " SELECT write_id, shard_index, attempt_id, origin_id, origin_incarnation, container,"
          + " length, now() FROM trimmed ON CONFLICT DO NOTHING)";

  private static final String TRIM =
      """
      WITH wish AS (
        SELECT * FROM unnest($2::int[], $3::uuid[], $4::uuid[])
               AS w(shard_index, attempt_id, kept_id)
      ), trimmed AS (
        DELETE FROM location t USING wish w, location l, origin o
         WHERE t.write_id = $1 AND t.shard_index = w.shard_index AND t.attempt_id = w.attempt_id
           AND l.write_id = $1 AND l.shard_index = w.shard_index AND l.attempt_id = w.kept_id
           AND l.attempt_id <> t.attempt_id AND l.origin_id = o.origin_id
           AND NOT EXISTS (SELECT FROM wish v WHERE v.attempt_id = w.kept_id)
           AND NOT EXISTS (SELECT FROM origin_absence a WHERE a.origin_id = l.origin_id)
           AND NOT EXISTS (SELECT FROM heal_task k JOIN heal_damage d USING (task_id)
                            WHERE k.write_id = $1 AND k.state = 'open'
                              AND d.attempt_id = l.attempt_id AND d.evidence <> 'ABSENT'
                              AND d.during = k.attempt)
           AND\
      """
          + " "
          + AbsenceRows.VALID
          + """

            RETURNING t.*
          )\
          """
          + LEFT_BEHIND
          + " SELECT attempt_id FROM trimmed ORDER BY 1";

  /// As a change tells it: whatever held then needs no second look.
  private static final String REPLAY =
      "WITH trimmed AS (DELETE FROM location l USING unnest($2::int[], $3::uuid[]) AS w(i, a)"
          + " WHERE l.write_id = $1 AND l.shard_index = w.i AND l.attempt_id = w.a RETURNING l.*)"
          + LEFT_BEHIND
          + " SELECT attempt_id FROM trimmed";

  private final Db db;

  HealTrims(Db db) {
    this.db = db;
  }

  Future<ShardsTrimmed> trim(TrimShards question) {
    var writeId = Ids.uuid(question.writeId());
    return db.tx(tx -> {
      var segment = Db.run(tx, HealMoves.LOCK_SEGMENT, writeId);
      var claim = Db.run(tx, HealMoves.LOCK_CLAIM, question.taskId(), question.attempt(), writeId);
      return Future.all(segment, claim)
          .compose(_ -> {
            boolean live = HealMoves.isLive(segment.result());
            if (live && claim.result().size() == 0) {
              throw HealClaims.lost(question.taskId());
            }
            return live
                ? trimLive(tx, question, writeId)
                : Future.succeededFuture(new ShardsTrimmed(List.of()));
          });
    });
  }

  private static Future<ShardsTrimmed> trimLive(
      SqlConnection tx, TrimShards question, UUID writeId) {
    var grid = new Grid(Grid.Type.INT, Grid.Type.ID, Grid.Type.ID);
    for (var trim : question.trims()) {
      grid.add(trim.shardIndex(), Ids.uuid(trim.attemptId()), Ids.uuid(trim.keptAttemptId()));
    }
    return Db.run(tx, TRIM, grid.values(writeId))
        .compose(rows -> {
          var attempts = new ArrayList<String>();
          rows.forEach(row -> attempts.add(Ids.hex(row.getUUID(0))));
          var answer = new ShardsTrimmed(attempts);
          if (attempts.isEmpty()) {
            return Future.succeededFuture(answer);
          }
          var done = question.trims().stream().filter(t -> attempts.contains(t.attemptId()));
          var tick = new Tick();
          tick.change(
              "shards-trimmed",
              new TrimShards(
                  question.sessionId(),
                  question.taskId(),
                  question.attempt(),
                  question.writeId(),
                  done.toList()));
          return Db.run(tx, HealMoves.PACKED, writeId).compose(_ -> tick.take(tx)).map(_ -> answer);
        });
  }

  static Future<?> replay(SqlConnection tx, TrimShards trimmed) {
    var writeId = Ids.uuid(trimmed.writeId());
    var grid = new Grid(Grid.Type.INT, Grid.Type.ID);
    for (Trim trim : trimmed.trims()) {
      grid.add(trim.shardIndex(), Ids.uuid(trim.attemptId()));
    }
    return Db.run(tx, REPLAY, grid.values(writeId))
        .compose(_ -> Db.run(tx, HealMoves.PACKED, writeId));
  }
}
