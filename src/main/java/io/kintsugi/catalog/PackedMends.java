package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.MendPacked;
import io.kintsugi.contract.CatalogHealContract.Mended;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.PackedMended;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/// Ends of many heals of segments in packs in one transaction: what [HealMoves] and
/// [HealSettlements] do for one, a statement for all.
final class PackedMends {
  private static final int MAX = 1024;

  private static final String LOCK_SEGMENTS =
      "SELECT write_id FROM segment WHERE write_id = ANY($1::uuid[]) AND live"
          + " ORDER BY write_id FOR NO KEY UPDATE";

  /// Claims that still hold, and those that this very question ended when it was asked before.
  private static final String LOCK_CLAIMS =
      """
      SELECT t.task_id, t.settled = u.attempt AND t.outcome = 'healed' AS ended,
             t.attempt = u.attempt AND t.state = 'open' AND t.owner = $4 AS held
        FROM unnest($1::bigint[], $2::int[], $3::uuid[]) AS u(task_id, attempt, write_id)
        JOIN heal_task t ON t.task_id = u.task_id AND t.write_id = u.write_id
       ORDER BY t.write_id FOR UPDATE OF t
      """;

  private static final String MOVE =
      """
      WITH wish AS (
        SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                             $7::text[], $8::bigint[], $9::bigint[])
               AS w(write_id, shard_index, old_attempt, attempt_id, origin_id, incarnation,
                    container, at_offset, length)
      ), moved AS (
        UPDATE location l
           SET attempt_id = w.attempt_id, origin_id = w.origin_id,
               origin_incarnation = w.incarnation, container = w.container,
               at_offset = w.at_offset, length = w.length, state = 'landed'
          FROM wish w
         WHERE l.write_id = w.write_id AND l.shard_index = w.shard_index
           AND l.attempt_id = w.old_attempt
        RETURNING l.write_id, l.shard_index
      ), left_behind AS (
        INSERT INTO remnant (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                             container, length, since)
        SELECT l.write_id, l.shard_index, l.attempt_id, l.origin_id, l.origin_incarnation,
               l.container, l.length, now()
          FROM moved m JOIN wish w USING (write_id, shard_index)
          JOIN location l ON l.write_id = w.write_id AND l.shard_index = w.shard_index
                         AND l.attempt_id = w.old_attempt
        ON CONFLICT DO NOTHING
      )
      SELECT write_id, shard_index FROM moved
      """;

  private static final String DROP_MENDED =
      """
      DELETE FROM heal_damage d USING heal_task t
       WHERE d.task_id = ANY($1::bigint[]) AND t.task_id = d.task_id
         AND NOT (d.during = t.attempt AND EXISTS (
               SELECT FROM location l WHERE l.write_id = t.write_id
                  AND l.shard_index = d.shard_index AND l.attempt_id = d.attempt_id))
      """;

  private static final String CLOSE =
      """
      UPDATE heal_task t
         SET settled = attempt, owner = NULL, lease_until = NULL, unrecoverable = false,
             state = CASE WHEN left_over THEN 'open' ELSE 'done' END,
             due = CASE WHEN left_over THEN now() ELSE due END, failures = 0,
             asked = asked AND left_over,
             completed = CASE WHEN left_over THEN NULL ELSE now() END,
             outcome = 'healed', result = d.result, reason = NULL
        FROM (SELECT u.task_id, u.result,
                     EXISTS (SELECT FROM heal_damage h WHERE h.task_id = u.task_id) AS left_over
                FROM unnest($1::bigint[], $2::text[]) AS u(task_id, result)) d
       WHERE t.task_id = d.task_id
      RETURNING t.task_id, left_over
      """;

  private final Db db;

  PackedMends(Db db) {
    this.db = db;
  }

  Future<PackedMended> mend(MendPacked question) {
    if (question.mended().size() > MAX) {
      throw Ids.invalid("at most " + MAX + " claims at once");
    }
    for (var mended : question.mended()) {
      for (var move : mended.moves()) {
        CommitDecision.requireSession(question.sessionId(), move.location().attemptId());
        CommitDecision.requirePlace(move.location());
        if (move.oldAttemptId() == null || move.location().packed() == null) {
          throw Ids.invalid("each move replaces an attempt by one that lies in a pack");
        }
      }
    }
    // Rows are moved and heals ended in one transaction.
    return db.tx(tx -> mend(tx, question))
        .onSuccess(_ -> {
          CrashPoint.MOVE_MADE.pass();
          CrashPoint.SETTLE_MADE.pass();
        });
  }

  private static Future<PackedMended> mend(SqlConnection tx, MendPacked question) {
    var all = question.mended();
    var writeIds = all.stream().map(m -> Ids.uuid(m.writeId())).toArray(UUID[]::new);
    var sessions = Db.run(tx, Sessions.LOCK, (Object) new String[] {question.sessionId()});
    var segments = Db.run(tx, LOCK_SEGMENTS, (Object) writeIds);
    var claims =
        Db.run(
            tx,
            LOCK_CLAIMS,
            all.stream().map(Mended::taskId).toArray(Long[]::new),
            all.stream().map(Mended::attempt).toArray(Integer[]::new),
            writeIds,
            question.sessionId());
    var condemned =
        Condemned.among(tx, all.stream().flatMap(m -> m.moves().stream()).map(Move::location));
    return Future.all(sessions, segments, claims, condemned)
        .compose(_ -> {
          requireSession(question, sessions.result());
          if (!condemned.result().isEmpty()) {
            throw Condemned.refusal();
          }
          var live = new HashSet<UUID>();
          segments.result().forEach(row -> live.add(row.getUUID(0)));
          var held = new HashSet<Long>();
          var ended = new ArrayList<Long>();
          for (var row : claims.result()) {
            if (row.getBoolean("ended")) {
              ended.add(row.getLong("task_id"));
            } else if (row.getBoolean("held")) {
              held.add(row.getLong("task_id"));
            }
          }
          var sound =
              all.stream()
                  .filter(m -> held.contains(m.taskId()) && live.contains(Ids.uuid(m.writeId())))
                  .toList();
          return apply(tx, question.sessionId(), sound)
              .map(done -> {
                ended.addAll(done);
                return new PackedMended(ended);
              });
        });
  }

  private static void requireSession(MendPacked question, RowSet<Row> sessions) {
    if (sessions.size() == 0) {
      throw Sessions.gone(question.sessionId());
    }
    long lowWater = sessions.iterator().next().getLong(1);
    for (var mended : question.mended()) {
      for (var move : mended.moves()) {
        if (CommitDecision.isBelow(move.location().attemptId(), lowWater)) {
          throw Ids.conflict("session", "the move is below the low water of its session");
        }
      }
    }
  }

  private static Future<List<Long>> apply(SqlConnection tx, String sessionId, List<Mended> mended) {
    if (mended.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return Db.run(tx, MOVE, grid(mended).values())
        .compose(rows -> {
          var moved = new HashMap<UUID, Set<Integer>>();
          for (var row : rows) {
            moved.computeIfAbsent(row.getUUID(0), _ -> new HashSet<>()).add(row.getInteger(1));
          }
          var whole = new ArrayList<Mended>();
          var tick = new Tick();
          for (var one : mended) {
            var changed = changed(sessionId, one, moved);
            if (!changed.moves().isEmpty()) {
              tick.change("shards-moved", changed);
            }
            if (changed.moves().size() == one.moves().size()) {
              whole.add(one);
            }
          }
          var ticked = tick.isEmpty() ? Future.succeededFuture() : tick.take(tx);
          return ticked.compose(_ -> close(tx, whole));
        });
  }

  /// What did move of what was to, as the journal tells it.
  private static MoveShards changed(
      String sessionId, Mended mended, Map<UUID, Set<Integer>> moved) {
    var indexes = moved.getOrDefault(Ids.uuid(mended.writeId()), Set.of());
    return new MoveShards(
        sessionId,
        mended.taskId(),
        mended.attempt(),
        mended.writeId(),
        mended.moves().stream().filter(move -> indexes.contains(move.location().index())).toList());
  }

  private static Grid grid(List<Mended> all) {
    var grid =
        new Grid(
            Grid.Type.ID,
            Grid.Type.INT,
            Grid.Type.ID,
            Grid.Type.ID,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.LONG,
            Grid.Type.LONG);
    for (var mended : all) {
      for (var move : mended.moves()) {
        var to = move.location();
        var packed = Objects.requireNonNull(to.packed());
        grid.add(
            Ids.uuid(mended.writeId()),
            to.index(),
            Ids.uuid(Objects.requireNonNull(move.oldAttemptId())),
            Ids.uuid(to.attemptId()),
            to.originId(),
            to.incarnation(),
            packed.pack(),
            packed.offset(),
            packed.sizeBytes());
      }
    }
    return grid;
  }

  private static Future<List<Long>> close(SqlConnection tx, List<Mended> whole) {
    if (whole.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    var ids = whole.stream().map(Mended::taskId).toList();
    var array = ids.toArray(Long[]::new);
    var results = whole.stream().map(one -> Json.text(one.result())).toArray(String[]::new);
    CrashPoint.MOVE_OPEN.pass();
    return Db.run(tx, DROP_MENDED, (Object) array)
        .compose(_ -> Db.run(tx, CLOSE, array, results))
        .compose(rows -> {
          var open = new ArrayList<Long>();
          for (var row : rows) {
            if (row.getBoolean("left_over")) {
              open.add(row.getLong("task_id"));
            }
          }
          return open.isEmpty() ? Future.succeededFuture() : HealReports.refresh(tx, open);
        })
        .compose(_ -> HealEnds.finish(tx, ids))
        .compose(
            _ -> Db.run(tx, "UPDATE heal_count SET completed = completed + $1", (long) ids.size()))
        .map(_ -> {
          CrashPoint.SETTLE_OPEN.pass();
          return ids;
        });
  }
}
