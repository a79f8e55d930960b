package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.CancelRequest;
import io.kintsugi.contract.CatalogHealContract.FindRequest;
import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.ListRequests;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Requests to heal an object, and how they stand; an open one stands as its rows do.
final class HealRequests {
  private static final int PAGE_MAX = 1000;

  /// `$1` request, `$2` status, `$3` behind which id, `$4` how many. The place of a row is its rank
  /// among all that wait; the pace is that of the latest hundred.
  private static final String READ =
      """
      WITH wanted AS (
        SELECT * FROM heal_request r
         WHERE ($1::bigint IS NULL OR request_id = $1)
           AND ($3::bigint IS NULL OR request_id < $3)
           AND ($2::text IS NULL OR r.status = $2
                OR (r.status IS NULL AND $2 IN ('Queued', 'Running')))
      ), place AS (
        SELECT task_id, row_number() OVER (
                 ORDER BY due > now(), redundancy, priority DESC, created, task_id) AS place
          FROM heal_task
         WHERE state = 'open' AND (owner IS NULL OR lease_until < now())
           AND EXISTS (SELECT FROM wanted WHERE status IS NULL)
      ), pace AS (
        SELECT coalesce(avg(extract(epoch FROM completed - claimed)), 1)::float8 AS seconds
          FROM (SELECT completed, claimed FROM heal_task
                 WHERE state = 'done' AND claimed IS NOT NULL ORDER BY task_id DESC LIMIT 100) x
      ), standing AS (
        SELECT w.*, t.*, pace.seconds, now() AS now,
               CASE WHEN w.status IS NOT NULL THEN w.status
                    WHEN t.running OR (t.some_done AND NOT t.all_done) THEN 'Running'
                    ELSE 'Queued' END AS word
          FROM wanted w CROSS JOIN pace CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(h.state = 'open' AND h.owner IS NOT NULL
                                    AND h.lease_until >= now()), false) AS running,
                   coalesce(bool_or(h.state = 'done'), false) AS some_done,
                   coalesce(bool_and(h.state = 'done'), true) AS all_done,
                   coalesce(max(rt.failures), 0) AS failures,
                   coalesce(sum(s.k + s.m), 0)::int AS shards,
                   min(p.place) AS place, max(h.due) AS due,
                   coalesce(array_agg(h.result) FILTER (WHERE h.result IS NOT NULL), '{}')
                     AS results
              FROM heal_request_task rt JOIN heal_task h USING (task_id)
              JOIN segment s ON s.write_id = h.write_id
              LEFT JOIN place p ON p.task_id = h.task_id
             WHERE rt.request_id = w.request_id) t
      )
      SELECT * FROM standing WHERE $2::text IS NULL OR word = $2
       ORDER BY request_id DESC LIMIT $4
      """;

  private final Db db;

  HealRequests(Db db) {
    this.db = db;
  }

  static Future<HealRequest> read(SqlClient client, long requestId) {
    return Db.run(client, READ, requestId, null, null, 1L)
        .map(rows -> request(rows.iterator().next()));
  }

  Future<HealRequest> find(FindRequest question) {
    return db.query(READ, number(question.requestId()), null, null, 1L)
        .map(rows -> {
          if (rows.size() == 0) {
            throw none(question.requestId());
          }
          return request(rows.iterator().next());
        });
  }

  Future<CatalogHealContract.HealRequests> list(ListRequests question) {
    if (question.max() < 0 || question.max() > PAGE_MAX) {
      throw Ids.invalid("max must be 0 to " + PAGE_MAX);
    }
    var after = question.after() == null ? null : number(question.after());
    return db.query(READ, null, question.status(), after, question.max() + 1L)
        .map(rows -> page(rows, question.max()));
  }

  private static CatalogHealContract.HealRequests page(RowSet<Row> rows, int max) {
    var requests = new ArrayList<HealRequest>();
    for (var row : rows) {
      if (requests.size() == max) {
        var next = max == 0 ? null : requests.getLast().requestId();
        return new CatalogHealContract.HealRequests(requests, next);
      }
      requests.add(request(row));
    }
    return new CatalogHealContract.HealRequests(requests, null);
  }

  Future<HealRequest> cancel(CancelRequest question) {
    long id = number(question.requestId());
    return db.tx(tx ->
        Db.run(
                tx,
                "UPDATE heal_request SET status = 'Cancelled', ended = now()"
                    + " WHERE request_id = $1 AND status IS NULL RETURNING request_id",
                id)
            .compose(rows ->
                rows.size() > 0
                    ? HealEnds.unask(tx, List.of(id))
                    : Db.run(tx, "SELECT 1 FROM heal_request WHERE request_id = $1", id)
                        .map(found -> ended(found, question.requestId())))
            .compose(_ -> read(tx, id)));
  }

  private static @Nullable Void ended(RowSet<Row> found, String requestId) {
    if (found.size() == 0) {
      throw none(requestId);
    }
    throw Ids.conflict("request", requestId + " has ended already");
  }

  private static long number(String requestId) {
    var number = Ids.number("heal", requestId);
    if (number == null) {
      throw none(requestId);
    }
    return number;
  }

  private static Failure none(String requestId) {
    return Ids.notFound("request", "no heal request " + requestId);
  }

  private static HealRequest request(Row row) {
    var word = row.getString("word");
    boolean queued = word.equals("Queued");
    var place = row.getLong("place");
    var version = row.getUUID("version_id");
    return new HealRequest(
        "heal-" + row.getLong("request_id"),
        row.getString("bucket"),
        row.getString("key"),
        version == null ? null : Ids.hex(version),
        Priorities.of(row.getInteger("priority")),
        row.getString("mode"),
        word,
        queued && place != null ? place.intValue() : null,
        row.getInteger("failures"),
        row.getInteger("max_retries"),
        row.getOffsetDateTime("created").toInstant(),
        queued && place != null ? estimate(row, place) : null,
        instant(row.getOffsetDateTime("ended")),
        result(row, word),
        row.getString("reason"));
  }

  /// When it will be due, and those before it done.
  private static Instant estimate(Row row, long place) {
    var turn =
        row.getOffsetDateTime("now")
            .toInstant()
            .plusMillis((long) ((place - 1) * row.getDouble("seconds") * 1000));
    var due = instant(row.getOffsetDateTime("due"));
    return due != null && due.isAfter(turn) ? due : turn;
  }

  private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }

  private static @Nullable HealResult result(Row row, String word) {
    var results = new ArrayList<HealResult>();
    for (var json : row.getArrayOfStrings("results")) {
      results.add(Json.decode(json, HealResult.class));
    }
    boolean completed = word.equals("Completed");
    boolean failed = word.equals("Failed") || word.equals("Unrecoverable");
    return completed || (failed && !results.isEmpty())
        ? ResultMerge.merge(results, row.getInteger("shards"))
        : null;
  }
}
