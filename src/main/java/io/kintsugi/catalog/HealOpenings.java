package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.OpenRequest;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Opening a request: it joins the rows of its object's segments, or makes them.
final class HealOpenings {
  private static final Set<String> MODES =
      Set.of("RealTime", "Background", "OnDemand", "Emergency");

  /// Requests are opened one at a time, so that their number is bounded exactly.
  private static final String ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(715517)";

  private static final String VERSION =
      "SELECT b.bucket_id, v.version_id FROM bucket b"
          + " LEFT JOIN object o ON o.bucket_id = b.bucket_id AND o.key = $2"
          + " LEFT JOIN version v ON v.version_id = CASE WHEN $4::bool AND NOT o.null_version"
          + " THEN (SELECT p.version_id FROM version p WHERE p.bucket_id = b.bucket_id"
          + " AND p.key = $2 AND p.past AND p.null_version) ELSE coalesce($3::uuid, o.version_id)"
          + " END AND v.bucket_id = b.bucket_id AND v.key = $2 AND v.died_at IS NULL"
          + " AND NOT v.marker"
          + " WHERE b.name = $1";

  private static final String LOCK_SEGMENTS =
      "SELECT write_id FROM segment WHERE live AND ((write_id = $1 AND owner_id = $1)"
          + " OR (owner_id = $1 AND owner_id <> write_id)) ORDER BY write_id FOR SHARE";

  /// Open rows, or those completed since the latest scan began.
  private static final String JOINABLE =
      """
      SELECT DISTINCT ON (write_id) write_id, task_id, state = 'open' AS open
        FROM heal_task
       WHERE write_id = ANY($1::uuid[])
         AND (state = 'open' OR (state = 'done' AND outcome IN ('healed', 'healthy')
              AND completed >= (SELECT max(created) FROM scan)))
       ORDER BY write_id, (state = 'open') DESC, completed DESC
      """;

  /// Whoever asks does not wait for a back-off.
  private static final String RAISE =
      """
      INSERT INTO heal_task (write_id, cause, priority, mode, asked, redundancy)
      SELECT write_id, 'request', $2::int, $3, true, m FROM segment
       WHERE write_id = ANY($1::uuid[]) ORDER BY write_id
      ON CONFLICT (write_id) WHERE state = 'open' DO UPDATE
         SET priority = greatest(heal_task.priority, excluded.priority), asked = true,
             due = least(heal_task.due, now()),
             mode = CASE WHEN heal_task.mode = 'Emergency' THEN heal_task.mode
                         ELSE excluded.mode END
      RETURNING task_id
      """;

  private final Db db;

  HealOpenings(Db db) {
    this.db = db;
  }

  /// Not repeated when its outcome is unknown: it would be a second request.
  Future<HealRequest> open(OpenRequest question) {
    if (!MODES.contains(question.mode())) {
      throw Ids.invalid("a mode is one of " + MODES.stream().sorted().toList());
    }
    if (question.maxRetries() < 0) {
      throw Ids.invalid("max_retries must not be negative");
    }
    Ids.requireText("key", question.key());
    Ids.requireText("bucket", question.bucket());
    return db.once(tx ->
        Db.run(tx, ONE_AT_A_TIME)
            .compose(_ -> requireRoom(tx, question))
            .compose(_ -> version(tx, question))
            .compose(version -> join(tx, question, version))
            .compose(id -> HealRequests.read(tx, id)));
  }

  private static Future<Void> requireRoom(SqlConnection tx, OpenRequest question) {
    return Db.run(tx, "SELECT count(*) FROM heal_request WHERE status IS NULL")
        .map(rows -> {
          if (rows.iterator().next().getLong(0) >= question.capacity()) {
            throw Failure.of(
                FailureCode.QUEUE_FULL,
                "the heal queue is full: " + question.capacity() + " requests are open",
                "capacity",
                String.valueOf(question.capacity()));
          }
          return null;
        });
  }

  private static Future<UUID> version(SqlConnection tx, OpenRequest question) {
    boolean nullVersion = Versioning.NULL_ID.equals(question.versionId());
    var named =
        question.versionId() == null || nullVersion ? null : Ids.uuidOrNull(question.versionId());
    if (question.versionId() != null && named == null && !nullVersion) {
      throw Ids.notFound("version", "no version " + question.versionId());
    }
    return Db.run(tx, VERSION, question.bucket(), question.key(), named, nullVersion)
        .map(rows -> {
          if (rows.size() == 0) {
            throw Ids.noBucket(question.bucket());
          }
          @Nullable UUID version = rows.iterator().next().getUUID("version_id");
          if (version == null) {
            throw question.versionId() == null
                ? Objects.noKey(question.bucket(), question.key())
                : Ids.notFound("version", "no version " + question.versionId());
          }
          return version;
        });
  }

  private static Future<Long> join(SqlConnection tx, OpenRequest question, UUID version) {
    return Db.run(tx, LOCK_SEGMENTS, version)
        .map(HealOpenings::ids)
        .compose(segments ->
            Db.run(tx, JOINABLE, (Object) segments.toArray(UUID[]::new))
                .compose(rows -> tasks(tx, question, segments, rows)))
        .compose(tasks -> insert(tx, question, version, tasks));
  }

  private static Future<List<Long>> tasks(
      SqlConnection tx, OpenRequest question, List<UUID> segments, RowSet<Row> joinable) {
    var tasks = new ArrayList<Long>();
    var raised = new ArrayList<>(segments);
    for (var row : joinable) {
      if (!row.getBoolean("open")) {
        raised.remove(row.getUUID("write_id"));
        tasks.add(row.getLong("task_id"));
      }
    }
    return Db.run(
            tx,
            RAISE,
            raised.toArray(UUID[]::new),
            Priorities.number(priority(question)),
            question.mode())
        .compose(rows -> {
          var open = HealEnds.ids(rows);
          tasks.addAll(open);
          return HealReports.refresh(tx, open).map(_ -> tasks);
        });
  }

  private static Future<Long> insert(
      SqlConnection tx, OpenRequest question, UUID version, List<Long> tasks) {
    return Db.run(
            tx,
            "INSERT INTO heal_request (bucket, key, version_id, priority, mode, max_retries)"
                + " VALUES ($1, $2, $3, $4, $5, $6) RETURNING request_id",
            question.bucket(),
            question.key(),
            version,
            Priorities.number(priority(question)),
            question.mode(),
            question.maxRetries())
        .map(rows -> rows.iterator().next().getLong(0))
        .compose(id ->
            Db.run(
                    tx,
                    "INSERT INTO heal_request_task (request_id, task_id)"
                        + " SELECT $1, unnest($2::bigint[])",
                    id,
                    tasks.toArray(Long[]::new))
                .compose(_ -> HealEnds.finish(tx, tasks))
                .map(_ -> id));
  }

  private static Priority priority(OpenRequest question) {
    return question.mode().equals("Emergency") ? Priority.EMERGENCY : question.priority();
  }

  private static List<UUID> ids(RowSet<Row> rows) {
    var ids = new ArrayList<UUID>();
    rows.forEach(row -> ids.add(row.getUUID(0)));
    return ids;
  }
}
