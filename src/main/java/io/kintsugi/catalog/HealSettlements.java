package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.Done;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a claim ends, and what that means for those who asked.
final class HealSettlements {
  private static final Set<String> OUTCOMES =
      Set.of("healed", "healthy", "retry", "unrecoverable", "gone", "interrupted");

  /// The segment first: that is the order in which everybody locks.
  private static final String LOCK_SEGMENT =
      "SELECT s.live FROM segment s WHERE s.write_id ="
          + " (SELECT write_id FROM heal_task WHERE task_id = $1) FOR NO KEY UPDATE";

  private static final String LOCK_TASK =
      "SELECT attempt, owner, state, settled, write_id FROM heal_task WHERE task_id = $1"
          + " FOR UPDATE";

  /// What was reported during the claim, and still stands, its healer may not have known of.
  private static final String DROP_MENDED =
      """
      DELETE FROM heal_damage d USING heal_task t
       WHERE d.task_id = $1 AND t.task_id = d.task_id
         AND NOT (d.during = $2 AND EXISTS (
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
             outcome = $2, result = $3, reason = $4
        FROM (SELECT EXISTS (SELECT FROM heal_damage WHERE task_id = $1) AS left_over) d
       WHERE t.task_id = $1
      """;

  private static final String PUT_BACK =
      """
      UPDATE heal_task
         SET settled = attempt, owner = NULL, lease_until = NULL, unrecoverable = $2,
             failures = failures + 1, due = now() + $3 * interval '1 ms', outcome = $4, result = $5, reason = $6
       WHERE task_id = $1
      """;

  /// Nothing was learnt: it is as if it had not been claimed.
  private static final String LET_GO =
      """
      UPDATE heal_task SET settled = attempt, owner = NULL, lease_until = NULL, due = now(),
             unrecoverable = false
       WHERE task_id = $1
      """;

  private static final String COUNT_FAILURE =
      """
      UPDATE heal_request_task rt SET failures = failures + 1
       WHERE rt.task_id = $1 AND EXISTS (
         SELECT FROM heal_request r WHERE r.request_id = rt.request_id AND r.status IS NULL)
      """;

  /// `$2` ends them all; otherwise those whose retries are used up.
  private static final String END_REQUESTS =
      """
      UPDATE heal_request r
         SET status = CASE WHEN $2 THEN 'Unrecoverable' ELSE 'Failed' END, ended = now(),
             reason = $3
        FROM heal_request_task rt
       WHERE rt.request_id = r.request_id AND rt.task_id = $1 AND r.status IS NULL
         AND ($2 OR rt.failures > r.max_retries)
      RETURNING r.request_id
      """;

  private final Db db;

  HealSettlements(Db db) {
    this.db = db;
  }

  Future<Done> settle(SettleHeal question) {
    if (!OUTCOMES.contains(question.outcome())) {
      throw Ids.invalid("an outcome is one of " + OUTCOMES.stream().sorted().toList());
    }
    Ids.requireText("reason", question.reason());
    return db.<Done>tx(
            tx -> {
              var segment = Db.run(tx, LOCK_SEGMENT, question.taskId());
              var task = Db.run(tx, LOCK_TASK, question.taskId());
              return Future.all(segment, task)
                  .compose(_ ->
                      isSettled(task.result(), question)
                          ? Future.succeededFuture(new Done())
                          : apply(tx, question, isLive(segment.result())));
            })
        .onSuccess(_ -> CrashPoint.SETTLE_MADE.pass());
  }

  private static boolean isSettled(RowSet<Row> rows, SettleHeal question) {
    if (rows.size() == 0) {
      throw Ids.notFound("task", "no heal task " + question.taskId());
    }
    var row = rows.iterator().next();
    if (row.getInteger("settled") == question.attempt()) {
      return true;
    }
    if (row.getInteger("attempt") != question.attempt()) {
      throw HealClaims.lost(question.taskId());
    }
    if (!row.getString("state").equals("open")) {
      // Closed while it was worked on, because the segment died.
      return true;
    }
    if (!question.owner().equals(row.getString("owner"))) {
      throw HealClaims.lost(question.taskId());
    }
    return false;
  }

  private static boolean isLive(RowSet<Row> rows) {
    return rows.size() > 0 && rows.iterator().next().getBoolean(0);
  }

  /// What is said to be gone but lives goes back into the queue: damage is never dropped on a
  /// mistake.
  private static Future<Done> apply(SqlConnection tx, SettleHeal question, boolean live) {
    long taskId = question.taskId();
    boolean mended = question.outcome().equals("healed") || question.outcome().equals("healthy");
    boolean over = mended || (question.outcome().equals("gone") && !live);
    var outcome =
        over
            ? close(tx, question, mended)
            : question.outcome().equals("interrupted")
                ? Db.run(tx, LET_GO, taskId).<Void>mapEmpty()
                : putBack(tx, question);
    var verified =
        mended && question.verified()
            ? Db.run(
                tx,
                "UPDATE segment SET verified = now() WHERE write_id ="
                    + " (SELECT write_id FROM heal_task WHERE task_id = $1)",
                taskId)
            : Future.<RowSet<Row>>succeededFuture();
    return Future.all(outcome, verified)
        .compose(_ -> HealReports.refresh(tx, List.of(taskId)))
        .compose(_ -> count(tx, question.outcome()))
        .map(_ -> {
          CrashPoint.SETTLE_OPEN.pass();
          return new Done();
        });
  }

  private static Future<Void> close(SqlConnection tx, SettleHeal question, boolean mended) {
    var dropped =
        mended
            ? Db.run(tx, DROP_MENDED, question.taskId(), question.attempt())
            : Db.run(tx, "DELETE FROM heal_damage WHERE task_id = $1", question.taskId());
    return dropped
        .compose(_ ->
            Db.run(
                tx,
                CLOSE,
                question.taskId(),
                question.outcome(),
                json(question),
                question.reason()))
        .compose(_ -> HealEnds.finish(tx, List.of(question.taskId())));
  }

  private static Future<Void> putBack(SqlConnection tx, SettleHeal question) {
    boolean unrecoverable = question.outcome().equals("unrecoverable");
    return Db.run(
            tx,
            PUT_BACK,
            question.taskId(),
            unrecoverable,
            (double) question.retryMillis(),
            question.outcome(),
            json(question),
            question.reason())
        .compose(_ -> Db.run(tx, COUNT_FAILURE, question.taskId()))
        .compose(_ -> Db.run(tx, END_REQUESTS, question.taskId(), unrecoverable, question.reason()))
        .compose(rows -> HealEnds.unask(tx, HealEnds.ids(rows)));
  }

  private static Future<Void> count(SqlConnection tx, String outcome) {
    return switch (outcome) {
      case "healed" -> Db.run(tx, "UPDATE heal_count SET completed = completed + 1").mapEmpty();
      case "retry", "unrecoverable" ->
          Db.run(tx, "UPDATE heal_count SET failed = failed + 1").mapEmpty();
      default -> Future.succeededFuture();
    };
  }

  private static @Nullable String json(SettleHeal question) {
    var result = question.result();
    return result == null ? null : Json.text(result);
  }
}
