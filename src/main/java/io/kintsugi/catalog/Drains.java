package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.CountUsage;
import io.kintsugi.contract.CatalogRegistryContract.Drain;
import io.kintsugi.contract.CatalogRegistryContract.ListDrains;
import io.kintsugi.contract.CatalogRegistryContract.MovesOpened;
import io.kintsugi.contract.CatalogRegistryContract.OpenDeparted;
import io.kintsugi.contract.CatalogRegistryContract.OpenMoves;
import io.kintsugi.contract.CatalogRegistryContract.OriginUsage;
import io.kintsugi.contract.CatalogRegistryContract.SaveDrain;
import io.kintsugi.contract.CatalogRegistryContract.Usages;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.RegistryContract.Usage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is to be moved from one origin to others though nothing is wrong with it, and how far that
/// is. The moves themselves are rows of the heal queue.
final class Drains {
  private static final int OPENED_MAX = 10_000;
  private static final Set<String> STATES = Set.of("running", "paused", "done");
  private static final Set<String> CAUSES = Set.of("drain", "rebalance");

  /// A shard that some origin `$1` has, and that lies on no other that is neither one of them nor
  /// absent.
  private static final String NEEDED =
      "l.origin_id = ANY($1::text[]) AND s.live AND "
          + AbsenceRows.VALID
          + """
           AND NOT EXISTS (
             SELECT FROM location x JOIN origin q ON q.origin_id = x.origin_id
              WHERE x.write_id = l.write_id AND x.shard_index = l.shard_index
                AND x.attempt_id <> l.attempt_id AND x.state = 'landed' AND q.state = 'ready'
                AND q.incarnation = x.origin_incarnation AND x.origin_id <> l.origin_id
                AND NOT EXISTS (SELECT FROM origin_absence a
                                 WHERE a.origin_id = x.origin_id AND a.absent))
          """;

  /// What each origin has that lies nowhere else.
  static final String LEFT =
      "SELECT l.origin_id, count(*), sum(l.length)::bigint FROM location l"
          + " JOIN origin o USING (origin_id) JOIN segment s USING (write_id) WHERE "
          + NEEDED
          + " GROUP BY l.origin_id";

  private static final String LIST =
      "SELECT origin_id, state, towards, began, moved_segments, moved_bytes FROM origin_drain"
          + " ORDER BY origin_id";

  private static final String CANDIDATES =
      "WITH spot AS MATERIALIZED ("
          + " SELECT * FROM unnest($2::text[], $3::text[], $4::bool[]) AS s(origin_id, domain,"
          + " usable)), candidate AS (SELECT DISTINCT s.write_id, s.m FROM location l"
          + " JOIN origin o USING (origin_id) JOIN segment s USING (write_id) WHERE "
          + NEEDED
          + """
           AND NOT EXISTS (SELECT FROM heal_task t
                            WHERE t.write_id = l.write_id AND t.state = 'open')
          )
          """;

  /// A failure domain that nothing of the segment lies in but what is to leave.
  private static final String FREE =
      """
      EXISTS (
        SELECT FROM spot s WHERE s.usable AND s.domain NOT IN (
          SELECT coalesce(y.domain, x.origin_id) FROM location x LEFT JOIN spot y USING (origin_id)
           WHERE x.write_id = c.write_id AND NOT x.origin_id = ANY($1::text[])))\
      """;

  private static final String OPEN =
      CANDIDATES
          + """
          , opened AS (
            INSERT INTO heal_task (write_id, cause, priority, mode, redundancy)
            SELECT f.write_id, $5, 0, 'Background', f.m
              FROM (SELECT c.write_id, c.m FROM candidate c WHERE\
          """
          + " "
          + FREE
          + """
           LIMIT $6) f ORDER BY f.write_id
            ON CONFLICT (write_id) WHERE state = 'open' DO NOTHING
            RETURNING write_id
          )
          SELECT count(*) FROM opened
          """;

  private static final String WAITING = CANDIDATES + "SELECT count(*) FROM candidate c";

  /// What nobody works on now, and of which nothing is wrong.
  private static final String UNQUEUE =
      """
      UPDATE heal_task t SET state = 'done', outcome = 'interrupted', completed = now()
       WHERE state = 'open' AND owner IS NULL AND cause = $1 AND NOT asked
         AND NOT EXISTS (SELECT FROM heal_damage d WHERE d.task_id = t.task_id)
         AND ($1 = 'rebalance' OR NOT EXISTS (
           SELECT FROM location l JOIN origin_drain r USING (origin_id)
            WHERE l.write_id = t.write_id AND r.state = 'running'))
      """;

  private static final String DEPARTED =
      """
      SELECT l.write_id, l.shard_index, l.attempt_id, l.origin_id
        FROM origin o JOIN location l USING (origin_id) JOIN segment s USING (write_id)
       WHERE o.state = 'removed' AND s.live
         AND NOT EXISTS (SELECT FROM heal_task t JOIN heal_damage d USING (task_id)
                          WHERE t.write_id = l.write_id AND t.state = 'open'
                            AND d.shard_index = l.shard_index AND d.attempt_id = l.attempt_id)
       LIMIT $1
      """;

  private static final String MOVED =
      """
      WITH gone AS (
        SELECT r.origin_id, count(*) AS shards, sum(r.length) AS bytes FROM remnant r
         WHERE r.write_id = $1 AND r.attempt_id = ANY($2::uuid[]) GROUP BY r.origin_id
      ), told AS (
        SELECT origin_id, shards, bytes FROM gone
        UNION ALL
        SELECT '*', sum(shards), sum(bytes) FROM gone
         WHERE EXISTS (SELECT FROM heal_task WHERE task_id = $3 AND cause = 'rebalance')
      )
      UPDATE origin_drain d SET moved_segments = d.moved_segments + t.shards,
             moved_bytes = d.moved_bytes + t.bytes
        FROM told t WHERE t.origin_id = d.origin_id AND t.shards > 0
      """;

  private static final String USAGE =
      """
      SELECT origin_id, sum(bytes) FILTER (WHERE live)::bigint,
             sum(bytes) FILTER (WHERE NOT live)::bigint, sum(shards) FILTER (WHERE live)::bigint
        FROM (SELECT l.origin_id, s.live, sum(l.length) AS bytes, count(*) AS shards
                FROM location l JOIN segment s USING (write_id)
               WHERE l.state = 'landed' GROUP BY 1, 2
              UNION ALL
              SELECT origin_id, false, sum(length), 0 FROM remnant GROUP BY 1) u
       GROUP BY origin_id ORDER BY origin_id
      """;

  private final Db db;
  private final HealReports reports;

  Drains(Db db, HealReports reports) {
    this.db = db;
    this.reports = reports;
  }

  Future<CatalogRegistryContract.Drains> list(ListDrains question) {
    return db.query(LIST)
        .compose(rows -> {
          var ids = new ArrayList<String>();
          rows.forEach(row -> ids.add(row.getString("origin_id")));
          return question.counted() && !ids.isEmpty()
              ? db.query(LEFT, (Object) ids.toArray(String[]::new)).map(left -> read(rows, left))
              : Future.succeededFuture(read(rows, null));
        });
  }

  private static CatalogRegistryContract.Drains read(RowSet<Row> rows, @Nullable RowSet<Row> left) {
    var drains = new ArrayList<Drain>();
    for (var row : rows) {
      var id = row.getString("origin_id");
      long segments = left == null ? -1 : 0;
      long bytes = segments;
      for (var count : left == null ? List.<Row>of() : left) {
        if (count.getString(0).equals(id)) {
          segments = count.getLong(1);
          bytes = count.getLong(2);
        }
      }
      drains.add(
          new Drain(
              id,
              row.getString("state"),
              row.getString("towards"),
              row.getOffsetDateTime("began").toInstant(),
              segments,
              bytes,
              row.getLong("moved_segments"),
              row.getLong("moved_bytes")));
    }
    return new CatalogRegistryContract.Drains(drains);
  }

  /// A drain as a change tells it.
  record Saved(String originId, @Nullable String state, @Nullable String towards) {}

  Future<CatalogRegistryContract.Drains> save(SaveDrain question) {
    var state = question.state();
    if (state != null && !STATES.contains(state)) {
      throw Ids.invalid("a drain's state is one of " + STATES.stream().sorted().toList());
    }
    var cause =
        question.originId().equals(CatalogRegistryContract.REBALANCE) ? "rebalance" : "drain";
    return db.tx(
            tx -> {
              var saved = new Saved(question.originId(), state, question.towards());
              var tick = new Tick();
              tick.change("drain-saved", saved);
              return replay(tx, saved, null)
                  .compose(_ ->
                      Objects.equals(state, "running")
                          ? Future.succeededFuture()
                          : Db.run(tx, UNQUEUE, cause))
                  .compose(_ -> tick.take(tx));
            })
        .compose(_ -> list(new ListDrains(false)));
  }

  /// What begins anew counts anew; what is only paused goes on counting.
  static Future<?> replay(SqlConnection tx, Saved saved, @Nullable OffsetDateTime at) {
    return saved.state() == null
        ? Db.run(tx, "DELETE FROM origin_drain WHERE origin_id = $1", saved.originId())
        : Db.run(
            tx,
            "INSERT INTO origin_drain AS d (origin_id, state, towards, began)"
                + " VALUES ($1, $2, $3, coalesce($4::timestamptz, now()))"
                + " ON CONFLICT (origin_id) DO UPDATE SET state = $2, towards = $3,"
                + " began = CASE WHEN d.state = 'done' THEN excluded.began ELSE d.began END,"
                + " moved_segments = CASE WHEN d.state = 'done' AND $2 = 'running' THEN 0"
                + " ELSE d.moved_segments END,"
                + " moved_bytes = CASE WHEN d.state = 'done' AND $2 = 'running' THEN 0"
                + " ELSE d.moved_bytes END",
            saved.originId(),
            saved.state(),
            saved.towards(),
            at);
  }

  /// The rows it opens are found open by whoever asks again.
  Future<MovesOpened> open(OpenMoves question) {
    requireMax(question.max());
    if (!CAUSES.contains(question.cause())) {
      throw Ids.invalid("a move's cause is one of " + CAUSES.stream().sorted().toList());
    }
    var spots = new Grid(Grid.Type.TEXT, Grid.Type.TEXT, Grid.Type.BOOL);
    question.spots().forEach(spot -> spots.add(spot.originId(), spot.domain(), spot.usable()));
    var from = (Object) question.from().toArray(String[]::new);
    var values = spots.values(from);
    return db.query(
            OPEN, values[0], values[1], values[2], values[3], question.cause(), question.max())
        .compose(rows -> {
          long opened = rows.iterator().next().getLong(0);
          return opened > 0
              ? Future.succeededFuture(new MovesOpened(opened, 0))
              : db.query(WAITING, values)
                  .map(left -> new MovesOpened(0, left.iterator().next().getLong(0)));
        });
  }

  private static void requireMax(int max) {
    if (max < 1 || max > OPENED_MAX) {
      throw Ids.invalid("max must be 1 to " + OPENED_MAX);
    }
  }

  Future<MovesOpened> departed(OpenDeparted question) {
    requireMax(question.max());
    return db.query(DEPARTED, question.max())
        .compose(rows -> {
          var damages = new ArrayList<Damage>();
          for (var row : rows) {
            damages.add(
                new Damage(
                    Ids.hex(row.getUUID("write_id")),
                    row.getInteger("shard_index"),
                    Ids.hex(row.getUUID("attempt_id")),
                    row.getString("origin_id"),
                    Evidence.MISSING,
                    false,
                    "its origin was removed"));
          }
          return reports.report(new ReportDamage(damages, "removed", null, null));
        })
        .map(reported -> new MovesOpened(reported.reported(), 0));
  }

  /// Counts what left an origin, within the transaction that moved it.
  static Future<?> noteMoved(SqlConnection tx, long taskId, UUID writeId, List<Move> moves) {
    var old =
        moves.stream().map(Move::oldAttemptId).filter(Objects::nonNull).map(Ids::uuid).toList();
    return old.isEmpty()
        ? Future.succeededFuture()
        : Db.run(tx, MOVED, writeId, old.toArray(UUID[]::new), taskId);
  }

  Future<Usages> usage(CountUsage question) {
    return db.query(USAGE)
        .map(rows -> {
          var found = new ArrayList<OriginUsage>();
          for (var row : rows) {
            found.add(
                new OriginUsage(
                    row.getString(0), new Usage(number(row, 1), number(row, 2), number(row, 3))));
          }
          return new Usages(found);
        });
  }

  private static long number(Row row, int column) {
    var value = row.getLong(column);
    return value == null ? 0 : value;
  }
}
