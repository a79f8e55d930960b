package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.ShardsMoved;
import io.kintsugi.kernel.CrashPoint;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Pointing location rows to rebuilt copies.
final class HealMoves {
  /// It may have to be changed in the end, see [#PACKED]; who waits for it holds no claim yet.
  private static final String LOCK_SEGMENT =
      "SELECT live FROM segment WHERE write_id = $1 FOR NO KEY UPDATE";

  private static final String LOCK_CLAIM =
      "SELECT 1 FROM heal_task WHERE task_id = $1 AND attempt = $2 AND write_id = $3"
          + " AND state = 'open' AND owner IS NOT NULL FOR SHARE";

  /// A row that points to the new copy already was moved by this very question, asked before.
  private static final String MOVE =
      """
      WITH wish AS (
        SELECT * FROM unnest($2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bool[],
                             $8::text[], $9::bigint[], $10::bigint[])
               AS w(shard_index, old_attempt, attempt_id, origin_id, incarnation, landed,
                    container, at_offset, length)
      ), before AS (
        SELECT w.shard_index FROM wish w JOIN location l ON l.write_id = $1
           AND l.shard_index = w.shard_index AND l.attempt_id = w.attempt_id
      ), moved AS (
        UPDATE location l
           SET attempt_id = w.attempt_id, origin_id = w.origin_id,
               origin_incarnation = w.incarnation, container = w.container,
               at_offset = w.at_offset, length = coalesce(w.length, s.shard_bytes),
               state = CASE WHEN w.landed THEN 'landed' ELSE 'missed' END
          FROM wish w, segment s
         WHERE s.write_id = $1 AND l.write_id = $1 AND l.shard_index = w.shard_index
           AND l.attempt_id = w.old_attempt
        RETURNING l.shard_index
      )
      SELECT shard_index, false AS now FROM before UNION ALL SELECT shard_index, true FROM moved
      ORDER BY 1
      """;

  /// Whether all of its shards lie in packs now.
  static final String PACKED =
      """
      UPDATE segment s SET packed = n.packed
        FROM (SELECT bool_and(container IS NOT NULL) AS packed FROM location
               WHERE write_id = $1) n
       WHERE s.write_id = $1 AND s.packed <> n.packed
      """;

  private final Db db;

  HealMoves(Db db) {
    this.db = db;
  }

  Future<ShardsMoved> move(MoveShards question) {
    var writeId = Ids.uuid(question.writeId());
    for (var move : question.moves()) {
      CommitDecision.requireSession(question.sessionId(), move.location().attemptId());
      CommitDecision.requirePlace(move.location());
    }
    return db.<ShardsMoved>tx(
            tx -> {
              var sessions =
                  Db.run(tx, Sessions.LOCK, (Object) new String[] {question.sessionId()});
              var segment = Db.run(tx, LOCK_SEGMENT, writeId);
              var claim = Db.run(tx, LOCK_CLAIM, question.taskId(), question.attempt(), writeId);
              return Future.all(sessions, segment, claim)
                  .compose(_ -> {
                    requireSession(question, sessions.result());
                    boolean live = isLive(segment.result());
                    if (live && claim.result().size() == 0) {
                      throw HealClaims.lost(question.taskId());
                    }
                    return live
                        ? moveLive(tx, question, writeId)
                        : Future.succeededFuture(new ShardsMoved(List.of()));
                  });
            })
        .onSuccess(_ -> CrashPoint.MOVE_MADE.pass());
  }

  private static void requireSession(MoveShards question, RowSet<Row> sessions) {
    if (sessions.size() == 0) {
      throw Sessions.gone(question.sessionId());
    }
    long lowWater = sessions.iterator().next().getLong(1);
    for (var move : question.moves()) {
      if (CommitDecision.isBelow(move.location().attemptId(), lowWater)) {
        throw Ids.conflict("session", "the move is below the low water of its session");
      }
    }
  }

  private static boolean isLive(RowSet<Row> rows) {
    return rows.size() > 0 && rows.iterator().next().getBoolean(0);
  }

  /// Points rows of a segment to other copies; answers the indexes that point there now.
  static Future<RowSet<Row>> point(SqlConnection tx, UUID writeId, List<Move> moves) {
    var grid =
        new Grid(
            Grid.Type.INT,
            Grid.Type.ID,
            Grid.Type.ID,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.BOOL,
            Grid.Type.TEXT,
            Grid.Type.LONG,
            Grid.Type.LONG);
    for (var move : moves) {
      var location = move.location();
      var packed = location.packed();
      grid.add(
          location.index(),
          Ids.uuid(move.oldAttemptId()),
          Ids.uuid(location.attemptId()),
          location.originId(),
          location.incarnation(),
          location.landed(),
          packed == null ? null : packed.pack(),
          packed == null ? 0 : packed.offset(),
          packed == null ? null : packed.sizeBytes());
    }
    return Db.run(tx, MOVE, grid.values(writeId));
  }

  private static Future<ShardsMoved> moveLive(SqlConnection tx, MoveShards question, UUID writeId) {
    return point(tx, writeId, question.moves())
        .compose(rows -> {
          var indexes = new ArrayList<Integer>();
          boolean changed = false;
          for (var row : rows) {
            indexes.add(row.getInteger(0));
            changed |= row.getBoolean(1);
          }
          var answer = new ShardsMoved(indexes);
          if (!changed) {
            return Future.succeededFuture(answer);
          }
          var tick = new Tick();
          tick.change("shards-moved", moved(question, indexes));
          return Db.run(tx, PACKED, writeId)
              .compose(_ -> tick.take(tx))
              .map(_ -> {
                CrashPoint.MOVE_OPEN.pass();
                return answer;
              });
        });
  }

  private static MoveShards moved(MoveShards question, List<Integer> indexes) {
    return new MoveShards(
        question.sessionId(),
        question.taskId(),
        question.attempt(),
        question.writeId(),
        question.moves().stream().filter(m -> indexes.contains(m.location().index())).toList());
  }
}
