package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract;
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
import org.jspecify.annotations.Nullable;

/// Pointing location rows to rebuilt copies.
final class HealMoves {
  /// It may have to be changed in the end, see [#PACKED]; who waits for it holds no claim yet.
  static final String LOCK_SEGMENT =
      "SELECT live FROM segment WHERE write_id = $1 FOR NO KEY UPDATE";

  static final String LOCK_CLAIM =
      "SELECT 1 FROM heal_task WHERE task_id = $1 AND attempt = $2 AND write_id = $3"
          + " AND state = 'open' AND owner IS NOT NULL FOR SHARE";

  /// A row that points to the new copy already was moved by this very question, asked before. What
  /// it pointed to until now is a remnant.
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
      ), left_behind AS (
        INSERT INTO remnant (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                             container, length, since)
        SELECT l.write_id, l.shard_index, l.attempt_id, l.origin_id, l.origin_incarnation,
               l.container, l.length, now()
          FROM moved m JOIN wish w USING (shard_index)
          JOIN location l ON l.write_id = $1 AND l.shard_index = w.shard_index
                         AND l.attempt_id = w.old_attempt
        ON CONFLICT DO NOTHING
      )
      SELECT shard_index, false AS now FROM before UNION ALL SELECT shard_index, true FROM moved
      ORDER BY 1
      """;

  /// Adds a copy beside those of absent origins, unless one is there that can be counted on; `$2`:
  /// whatever is there.
  private static final String ADD =
      """
      WITH wish AS (
        SELECT * FROM unnest($3::int[], $4::uuid[], $5::text[], $6::text[], $7::bool[],
                             $8::text[], $9::bigint[], $10::bigint[])
               AS w(shard_index, attempt_id, origin_id, incarnation, landed, container, at_offset,
                    length)
      ), before AS (
        SELECT w.shard_index FROM wish w JOIN location l ON l.write_id = $1
           AND l.shard_index = w.shard_index AND l.attempt_id = w.attempt_id
      ), added AS (
        INSERT INTO location (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                              container, at_offset, length, state)
        SELECT s.write_id, w.shard_index, w.attempt_id, w.origin_id, w.incarnation, w.container,
               w.at_offset, coalesce(w.length, s.shard_bytes),
               CASE WHEN w.landed THEN 'landed' ELSE 'missed' END
          FROM wish w JOIN segment s ON s.write_id = $1
         WHERE $2 OR NOT EXISTS (
           SELECT FROM location l JOIN origin o USING (origin_id)
            WHERE l.write_id = $1 AND l.shard_index = w.shard_index
              AND NOT EXISTS (SELECT FROM origin_absence a
                               WHERE a.origin_id = l.origin_id AND a.absent)
              AND NOT EXISTS (SELECT FROM heal_task t JOIN heal_damage d USING (task_id)
                               WHERE t.write_id = $1 AND t.state = 'open'
                                 AND d.attempt_id = l.attempt_id AND d.evidence <> 'ABSENT')
              AND\
      """
          + " "
          + AbsenceRows.VALID
          + """
              )
            ON CONFLICT DO NOTHING
            RETURNING shard_index
          )
          SELECT shard_index, false AS now FROM before UNION ALL SELECT shard_index, true FROM added
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
              var condemned =
                  Condemned.among(
                      tx, question.moves().stream().map(CatalogHealContract.Move::location));
              return Future.all(sessions, segment, claim, condemned)
                  .compose(_ -> {
                    requireSession(question, sessions.result());
                    if (!condemned.result().isEmpty()) {
                      throw Condemned.refusal();
                    }
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

  static boolean isLive(RowSet<Row> rows) {
    return rows.size() > 0 && rows.iterator().next().getBoolean(0);
  }

  /// What changed: indexes that point to the copies named, and whether any did not before.
  private record Pointed(List<Integer> indexes, boolean now) {}

  /// Does what a change tells of, whatever else is there.
  static Future<?> replay(SqlConnection tx, MoveShards moved) {
    var writeId = Ids.uuid(moved.writeId());
    return point(tx, writeId, moved.moves(), true).compose(_ -> Db.run(tx, PACKED, writeId));
  }

  /// Points rows of a segment to other copies, or adds them.
  private static Future<Pointed> point(
      SqlConnection tx, UUID writeId, List<Move> moves, boolean whatever) {
    var moved =
        grid(
            Grid.Type.INT,
            Grid.Type.ID,
            Grid.Type.ID,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.BOOL,
            Grid.Type.TEXT,
            Grid.Type.LONG,
            Grid.Type.LONG);
    var added =
        grid(
            Grid.Type.INT,
            Grid.Type.ID,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.BOOL,
            Grid.Type.TEXT,
            Grid.Type.LONG,
            Grid.Type.LONG);
    for (var move : moves) {
      add(move, moved, added);
    }
    var points = moved.isEmpty() ? none() : Db.run(tx, MOVE, moved.values(writeId));
    return points.compose(first ->
        (added.isEmpty() ? none() : Db.run(tx, ADD, added.values(writeId, whatever)))
            .map(second -> pointed(first, second)));
  }

  private static Grid grid(Grid.Type... types) {
    return new Grid(types);
  }

  private static Future<@Nullable RowSet<Row>> none() {
    return Future.succeededFuture();
  }

  private static void add(Move move, Grid moved, Grid added) {
    var location = move.location();
    var packed = location.packed();
    var old = move.oldAttemptId();
    var index = location.index();
    var attempt = Ids.uuid(location.attemptId());
    var pack = packed == null ? null : packed.pack();
    long offset = packed == null ? 0 : packed.offset();
    var length = packed == null ? null : (Long) packed.sizeBytes();
    var origin = location.originId();
    var incarnation = location.incarnation();
    if (old == null) {
      added.add(index, attempt, origin, incarnation, location.landed(), pack, offset, length);
    } else {
      moved.add(
          index,
          Ids.uuid(old),
          attempt,
          origin,
          incarnation,
          location.landed(),
          pack,
          offset,
          length);
    }
  }

  @SafeVarargs
  private static Pointed pointed(@Nullable RowSet<Row>... answers) {
    var indexes = new ArrayList<Integer>();
    boolean now = false;
    for (var rows : answers) {
      if (rows != null) {
        for (var row : rows) {
          indexes.add(row.getInteger(0));
          now |= row.getBoolean(1);
        }
      }
    }
    return new Pointed(indexes, now);
  }

  private static Future<ShardsMoved> moveLive(SqlConnection tx, MoveShards question, UUID writeId) {
    return point(tx, writeId, question.moves(), false)
        .compose(pointed -> {
          var answer = new ShardsMoved(pointed.indexes());
          if (!pointed.now()) {
            return Future.succeededFuture(answer);
          }
          var tick = new Tick();
          tick.change("shards-moved", moved(question, pointed.indexes()));
          return Db.run(tx, PACKED, writeId)
              .compose(_ -> Drains.noteMoved(tx, question.taskId(), writeId, question.moves()))
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
