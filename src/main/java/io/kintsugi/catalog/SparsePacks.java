package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.FindSparse;
import io.kintsugi.contract.CatalogCollectContract.MoveRecords;
import io.kintsugi.contract.CatalogCollectContract.PackSeen;
import io.kintsugi.contract.CatalogCollectContract.RecordMove;
import io.kintsugi.contract.CatalogCollectContract.RecordsMoved;
import io.kintsugi.contract.CatalogCollectContract.SparsePack;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.Location;
import io.kintsugi.kernel.CrashPoint;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// Packs of which little lives, and pointing what lives in them elsewhere.
final class SparsePacks {
  private static final int PACKS_MAX = 64;
  private static final int MOVES_MAX = 1000;

  /// Each step is taken once, whatever the planner thinks of tables it does not know.
  private static final String FIND =
      """
      WITH live AS MATERIALIZED (
        SELECT l.container, sum(l.length)::bigint AS bytes, count(*) AS records
          FROM location l JOIN segment s USING (write_id)
         WHERE l.origin_id = $1 AND l.origin_incarnation = $2 AND l.container = ANY($3::text[])
           AND l.state = 'landed' AND s.live
         GROUP BY l.container
      )
      SELECT u.name, u.size, v.bytes, v.records
        FROM unnest($3::text[], $4::bigint[]) AS u(name, size)
        JOIN live v ON v.container = u.name
       WHERE v.bytes * 100 < u.size * $5
         AND NOT EXISTS (SELECT FROM unreferenced r WHERE r.origin_id = $1 AND r.name = u.name
                            AND r.state <> 'seen')
       ORDER BY v.bytes, u.name
      """;

  /// Their death waits; who is dying, or being mended, is left out.
  private static final String LOCK_LIVE =
      "SELECT write_id FROM segment WHERE write_id = ANY($1::uuid[]) AND live"
          + " ORDER BY write_id FOR SHARE SKIP LOCKED";

  /// What a row pointed to until now is a remnant. A row that points to the copy already was moved
  /// by this very question, asked before.
  private static final String MOVE =
      """
      WITH wish AS (
        SELECT * FROM unnest($4::uuid[], $5::int[], $6::uuid[], $7::uuid[], $8::text[],
                             $9::bigint[], $10::bigint[])
               AS w(write_id, shard_index, old_attempt, attempt_id, container, at_offset, length)
      ), before AS (
        SELECT w.write_id FROM wish w JOIN location l USING (write_id, shard_index, attempt_id)
      ), moved AS (
        UPDATE location l
           SET attempt_id = w.attempt_id, container = w.container, at_offset = w.at_offset
          FROM wish w
         WHERE l.write_id = w.write_id AND l.shard_index = w.shard_index
           AND l.attempt_id = w.old_attempt AND l.origin_id = $1 AND l.origin_incarnation = $2
           AND l.container = $3 AND l.length = w.length AND l.state = 'landed'
        RETURNING l.write_id, l.shard_index, w.old_attempt
      ), left_behind AS (
        INSERT INTO remnant (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                             container, length, since)
        SELECT l.write_id, l.shard_index, l.attempt_id, l.origin_id, l.origin_incarnation,
               l.container, l.length, now()
          FROM moved m JOIN location l ON l.write_id = m.write_id
               AND l.shard_index = m.shard_index AND l.attempt_id = m.old_attempt
        ON CONFLICT DO NOTHING
      )
      SELECT write_id, shard_index, true AS now FROM moved
      UNION ALL SELECT write_id, 0, false FROM before
      """;

  private final Db db;

  SparsePacks(Db db) {
    this.db = db;
  }

  Future<CatalogCollectContract.SparsePacks> find(FindSparse question) {
    if (question.packs().size() > PACKS_MAX) {
      throw Ids.invalid("at most " + PACKS_MAX + " packs at once");
    }
    if (question.livePercent() < 0 || question.livePercent() > 100) {
      throw Ids.invalid("a share is 0 to 100 %");
    }
    return db.query(
            FIND,
            question.originId(),
            question.incarnation(),
            question.packs().stream().map(PackSeen::name).toArray(String[]::new),
            question.packs().stream().map(PackSeen::sizeBytes).toArray(Long[]::new),
            question.livePercent())
        .map(rows -> {
          var packs = new ArrayList<SparsePack>();
          rows.forEach(row ->
              packs.add(
                  new SparsePack(
                      row.getString(0), row.getLong(1), row.getLong(2), row.getLong(3))));
          return new CatalogCollectContract.SparsePacks(packs);
        });
  }

  /// Lease, session, segments: the order in which everybody locks.
  Future<RecordsMoved> move(MoveRecords question) {
    if (question.moves().size() > MOVES_MAX) {
      throw Ids.invalid("at most " + MOVES_MAX + " moves at once");
    }
    for (var move : question.moves()) {
      CommitDecision.requireSession(question.sessionId(), move.attemptId());
      CommitDecision.requirePlace(location(question, move));
    }
    Object ids =
        question.moves().stream()
            .map(move -> Ids.uuid(move.writeId()))
            .distinct()
            .toArray(UUID[]::new);
    return db.tx(tx ->
            Lease.require(tx, question.epoch())
                .compose(_ ->
                    Future.all(
                        Db.run(tx, Sessions.LOCK, (Object) new String[] {question.sessionId()}),
                        Db.run(tx, LOCK_LIVE, ids),
                        Condemned.among(
                            tx, question.moves().stream().map(move -> location(question, move)))))
                .compose(seen -> {
                  RowSet<Row> sessions = seen.resultAt(0);
                  Set<Location> condemned = seen.resultAt(2);
                  requireSession(question, sessions);
                  if (!condemned.isEmpty()) {
                    throw Condemned.refusal();
                  }
                  return move(tx, question, live(seen.resultAt(1)));
                })
                .onSuccess(_ -> CrashPoint.RECORDS_OPEN.pass()))
        .onSuccess(_ -> CrashPoint.RECORDS_MADE.pass());
  }

  private static Location location(MoveRecords question, RecordMove move) {
    return new Location(
        move.shardIndex(),
        move.attemptId(),
        question.originId(),
        question.incarnation(),
        true,
        move.packed());
  }

  private static void requireSession(MoveRecords question, RowSet<Row> sessions) {
    if (sessions.size() == 0) {
      throw Sessions.gone(question.sessionId());
    }
    long lowWater = sessions.iterator().next().getLong(1);
    for (var move : question.moves()) {
      if (CommitDecision.isBelow(move.attemptId(), lowWater)) {
        throw Ids.conflict("session", "the move is below the low water of its session");
      }
    }
  }

  private static Set<UUID> live(RowSet<Row> rows) {
    var live = new HashSet<UUID>();
    rows.forEach(row -> live.add(row.getUUID(0)));
    return live;
  }

  private static Future<RecordsMoved> move(SqlConnection tx, MoveRecords question, Set<UUID> live) {
    var moves =
        question.moves().stream().filter(move -> live.contains(Ids.uuid(move.writeId()))).toList();
    if (moves.isEmpty()) {
      return Future.succeededFuture(new RecordsMoved(0));
    }
    return Db.run(tx, MOVE, grid(question, moves))
        .compose(rows -> {
          var tick = tick(question, moves, rows);
          var answer = new RecordsMoved(rows.size());
          return tick.isEmpty() ? Future.succeededFuture(answer) : tick.take(tx).map(_ -> answer);
        });
  }

  private static Object[] grid(MoveRecords question, List<RecordMove> moves) {
    var grid =
        new Grid(
            Grid.Type.ID,
            Grid.Type.INT,
            Grid.Type.ID,
            Grid.Type.ID,
            Grid.Type.TEXT,
            Grid.Type.LONG,
            Grid.Type.LONG);
    for (var move : moves) {
      grid.add(
          Ids.uuid(move.writeId()),
          move.shardIndex(),
          Ids.uuid(move.oldAttemptId()),
          Ids.uuid(move.attemptId()),
          move.packed().pack(),
          move.packed().offset(),
          move.packed().sizeBytes());
    }
    return grid.values(question.originId(), question.incarnation(), question.pack());
  }

  /// The journal is told what it is told of a heal.
  private static Tick tick(MoveRecords question, List<RecordMove> moves, RowSet<Row> rows) {
    var moved = new HashSet<String>();
    for (var row : rows) {
      if (row.getBoolean(2)) {
        moved.add(Ids.hex(row.getUUID(0)) + "." + row.getInteger(1));
      }
    }
    Map<String, List<Move>> bySegment = new HashMap<>();
    for (var move : moves) {
      if (moved.contains(move.writeId() + "." + move.shardIndex())) {
        bySegment
            .computeIfAbsent(move.writeId(), _ -> new ArrayList<>())
            .add(new Move(move.oldAttemptId(), location(question, move)));
      }
    }
    var tick = new Tick();
    bySegment.forEach((writeId, list) ->
        tick.change("shards-moved", new MoveShards(question.sessionId(), 0, 0, writeId, list)));
    return tick;
  }
}
