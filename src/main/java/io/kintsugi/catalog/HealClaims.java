package io.kintsugi.catalog;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.ClaimedHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.GetQueue;
import io.kintsugi.contract.CatalogHealContract.HastenHeals;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.HealsHastened;
import io.kintsugi.contract.CatalogHealContract.Queue;
import io.kintsugi.contract.CatalogHealContract.RenewHeal;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Who works on which row of the queue, and until when.
final class HealClaims {
  private static final int CLAIMS_MAX = 100;
  private static final int PACKED_MAX = 512;
  private static final int HASTENED_MAX = 10_000;

  private static final String CLAIM =
      """
      UPDATE heal_task t
         SET owner = $1, attempt = t.attempt + 1, claimed = clock_timestamp(),
             lease_until = clock_timestamp() + $2 * interval '1 ms'
        FROM (SELECT task_id FROM heal_task
               WHERE state = 'open' AND due <= now()
                 AND (owner IS NULL OR lease_until < now()
                      OR (owner = $1 AND task_id <> ALL($5::bigint[])))
                 AND (asked OR NOT $3)
               ORDER BY redundancy, priority DESC, created, task_id
               LIMIT $4 FOR UPDATE SKIP LOCKED) due
       WHERE t.task_id = due.task_id
      RETURNING t.task_id
      """;

  /// Of those that come first in the queue: what lies behind very many others waits for them.
  private static final String CLAIM_PACKED =
      """
      UPDATE heal_task t
         SET owner = $1, attempt = t.attempt + 1, claimed = clock_timestamp(),
             lease_until = clock_timestamp() + $2 * interval '1 ms'
        FROM (SELECT q.task_id
                FROM (SELECT task_id, write_id FROM heal_task
                       WHERE state = 'open' AND due <= now()
                         AND (owner IS NULL OR lease_until < now()) AND (asked OR NOT $3)
                       ORDER BY redundancy, priority DESC, created, task_id LIMIT 2048) n
                JOIN segment s USING (write_id) JOIN heal_task q USING (task_id)
               WHERE s.live AND s.packed AND s.k = 1 AND q.mode <> 'Emergency'
                 AND q.cause IN ('scan', 'read', 'write', 'replace')
                 AND q.state = 'open' AND (q.owner IS NULL OR q.lease_until < now())
               LIMIT $4 FOR UPDATE OF q SKIP LOCKED) due
       WHERE t.task_id = due.task_id
      RETURNING t.task_id
      """;

  private static final String TASKS =
      "SELECT t.task_id, t.attempt, t.failures, t.priority, t.mode, t.cause, b.name AS bucket,"
          + " coalesce(v.key, u.key) AS key, v.version_id, "
          + SegmentRows.COLUMNS
          + " FROM heal_task t JOIN segment s ON s.write_id = t.write_id AND s.live"
          + HealReports.OWNERS
          + " JOIN location l ON l.write_id = s.write_id WHERE t.task_id = ANY($1::bigint[])"
          + " ORDER BY t.redundancy, t.priority DESC, t.created, t.task_id, l.shard_index";

  private static final String DAMAGES =
      "SELECT d.*, t.write_id FROM heal_damage d JOIN heal_task t USING (task_id)"
          + " JOIN location l ON l.write_id = t.write_id AND l.shard_index = d.shard_index"
          + " AND l.attempt_id = d.attempt_id WHERE t.task_id = ANY($1::bigint[])"
          + " ORDER BY d.task_id, d.shard_index, d.attempt_id";

  private static final String CLOSE_GONE =
      "UPDATE heal_task t SET state = 'done', outcome = 'gone', completed = now(), owner = NULL,"
          + " lease_until = NULL, asked = false WHERE t.task_id = ANY($1::bigint[])";

  private static final String QUEUE =
      """
      SELECT count(*) FILTER (WHERE due <= now() AND NOT claimed),
             count(*) FILTER (WHERE due > now() AND NOT claimed AND NOT unrecoverable),
             count(*) FILTER (WHERE claimed),
             count(*) FILTER (WHERE unrecoverable),
             (SELECT completed FROM heal_count), (SELECT failed FROM heal_count)
        FROM (SELECT due, unrecoverable, owner IS NOT NULL AND lease_until >= now() AS claimed
                FROM heal_task WHERE state = 'open') t
      """;

  /// Claims that ended with their owner are no failures of the task. But one that outlives none of
  /// those who take it may be what ends them, so from the fourth on it waits a little longer each
  /// time.
  private static final String GIVE_BACK =
      """
      UPDATE heal_task t
         SET owner = NULL, lease_until = NULL,
             due = now() + CASE WHEN t.attempt - t.settled < 4 THEN interval '0'
                                ELSE interval '5 s' * least(2 ^ (t.attempt - t.settled - 4), 60) END
        FROM (SELECT task_id FROM heal_task WHERE owner = ANY($1::text[]) AND state = 'open'
               ORDER BY write_id FOR UPDATE) lost
       WHERE t.task_id = lost.task_id
      """;

  private static final String HASTEN =
      """
      UPDATE heal_task t SET due = now()
        FROM (SELECT task_id FROM heal_task WHERE state = 'open' AND owner IS NULL AND due > now()
               ORDER BY redundancy, priority DESC, created, task_id
               LIMIT $1 FOR UPDATE SKIP LOCKED) waiting
       WHERE t.task_id = waiting.task_id
      """;

  private final Db db;

  HealClaims(Db db) {
    this.db = db;
  }

  /// Not repeated when its outcome is unknown: what was claimed comes back when the lease ends.
  Future<ClaimedHeals> claim(ClaimHeals question) {
    if (question.max() < 1 || question.leaseMillis() < 1) {
      throw Ids.invalid("claim at least one row for at least one millisecond");
    }
    return db.once(tx -> requireAlive(tx, question.owner()).compose(_ -> claim(tx, question)));
  }

  /// What an owner claimed after its session was closed would be given back by nobody.
  private static Future<Void> requireAlive(SqlConnection tx, String owner) {
    return Db.run(
            tx,
            "SELECT closed IS NULL AND lease_until > clock_timestamp() FROM write_session"
                + " WHERE session_id = $1 FOR SHARE",
            owner)
        .map(rows -> {
          if (rows.size() > 0 && !rows.iterator().next().getBoolean(0)) {
            throw Sessions.gone(owner);
          }
          return null;
        });
  }

  private static Future<ClaimedHeals> claim(SqlConnection tx, ClaimHeals question) {
    return Db.run(
            tx,
            CLAIM,
            question.owner(),
            (double) question.leaseMillis(),
            question.onDemandOnly(),
            (long) Math.min(question.max(), CLAIMS_MAX),
            question.holding() == null ? null : question.holding().toArray(Long[]::new))
        .compose(rows -> {
          var ids = HealEnds.ids(rows);
          if (ids.isEmpty()) {
            return Future.succeededFuture(new ClaimedHeals(List.of()));
          }
          return packed(tx, question)
              .compose(more -> {
                ids.addAll(more);
                return tasks(tx, ids);
              });
        });
  }

  private static Future<List<Long>> packed(SqlConnection tx, ClaimHeals question) {
    var max = question.packedMax();
    if (max == null || max < 1) {
      return Future.succeededFuture(List.of());
    }
    return Db.run(
            tx,
            CLAIM_PACKED,
            question.owner(),
            (double) question.leaseMillis(),
            question.onDemandOnly(),
            (long) Math.min(max, PACKED_MAX))
        .map(HealEnds::ids);
  }

  /// Gives back what closed sessions had claimed; their attempts stay counted, so that nothing they
  /// still say is heard.
  static Future<Void> giveBack(SqlClient client, RowSet<Row> closedSessions) {
    var owners = new ArrayList<String>();
    closedSessions.forEach(row -> owners.add(row.getString(0)));
    return owners.isEmpty()
        ? Future.succeededFuture()
        : Db.run(client, GIVE_BACK, (Object) owners.toArray(String[]::new)).mapEmpty();
  }

  Future<HealsHastened> hasten(HastenHeals question) {
    if (question.max() < 1 || question.max() > HASTENED_MAX) {
      throw Ids.invalid("max must be 1 to " + HASTENED_MAX);
    }
    return db.query(HASTEN, (long) question.max()).map(rows -> new HealsHastened(rows.rowCount()));
  }

  private static Future<ClaimedHeals> tasks(SqlConnection tx, List<Long> ids) {
    var array = (Object) ids.toArray(Long[]::new);
    var tasks = Db.run(tx, TASKS, array);
    var damages = Db.run(tx, DAMAGES, array);
    return Future.all(tasks, damages)
        .map(_ -> read(tasks.result(), damages.result()))
        .compose(found -> {
          var gone = new HashSet<>(ids);
          found.forEach(task -> gone.remove(task.taskId()));
          return close(tx, List.copyOf(gone)).map(_ -> new ClaimedHeals(found));
        });
  }

  /// Rows whose segment died without them being closed.
  private static Future<Void> close(SqlConnection tx, List<Long> gone) {
    return gone.isEmpty()
        ? Future.succeededFuture()
        : Db.run(tx, CLOSE_GONE, (Object) gone.toArray(Long[]::new))
            .compose(_ -> HealEnds.finish(tx, gone));
  }

  private static List<HealTask> read(RowSet<Row> taskRows, RowSet<Row> damageRows) {
    Map<Long, List<Damage>> known = new HashMap<>();
    for (var row : damageRows) {
      known.computeIfAbsent(row.getLong("task_id"), _ -> new ArrayList<>()).add(damage(row));
    }
    Map<UUID, Segment> segments = SegmentRows.read(taskRows);
    var tasks = new ArrayList<HealTask>();
    var seen = new HashSet<Long>();
    for (var row : taskRows) {
      long taskId = row.getLong("task_id");
      if (seen.add(taskId)) {
        var segment = requireNonNull(segments.get(row.getUUID("write_id")));
        tasks.add(task(row, segment, known.getOrDefault(taskId, List.of())));
      }
    }
    return tasks;
  }

  private static HealTask task(Row row, Segment segment, List<Damage> known) {
    var version = row.getUUID("version_id");
    return new HealTask(
        row.getLong("task_id"),
        row.getInteger("attempt"),
        row.getInteger("failures"),
        row.getString("bucket"),
        row.getString("key"),
        version == null ? null : Ids.hex(version),
        segment,
        known,
        Priorities.of(row.getInteger("priority")),
        row.getString("mode"),
        row.getString("cause"));
  }

  private static Damage damage(Row row) {
    return new Damage(
        Ids.hex(row.getUUID("write_id")),
        row.getInteger("shard_index"),
        Ids.hex(row.getUUID("attempt_id")),
        row.getString("origin_id"),
        Evidence.valueOf(row.getString("evidence")),
        row.getBoolean("manifest_only"),
        row.getString("detail"));
  }

  Future<Done> renew(RenewHeal question) {
    return db.query(
            "UPDATE heal_task SET lease_until = clock_timestamp() + $4 * interval '1 ms'"
                + " WHERE task_id = $1 AND attempt = $2 AND owner = $3 AND state = 'open'",
            question.taskId(),
            question.attempt(),
            question.owner(),
            (double) question.leaseMillis())
        .map(rows -> {
          if (rows.rowCount() == 0) {
            throw lost(question.taskId());
          }
          return new Done();
        });
  }

  Future<Queue> queue(GetQueue question) {
    return db.query(QUEUE)
        .map(rows -> {
          var row = rows.iterator().next();
          return new Queue(
              row.getLong(0),
              row.getLong(1),
              row.getLong(2),
              row.getLong(3),
              row.getLong(4),
              row.getLong(5));
        });
  }

  static Failure lost(long taskId) {
    return Ids.conflict("claim", "the claim on task " + taskId + " was lost");
  }
}
