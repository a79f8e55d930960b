package io.kintsugi.catalog;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;

/// How requests end when the rows they joined do.
final class HealEnds {
  private static final String FINISH =
      """
      UPDATE heal_request r
         SET ended = now(),
             status = CASE WHEN d.mended THEN 'Completed' ELSE 'Cancelled' END,
             reason = CASE WHEN NOT d.mended THEN 'the version was overwritten or deleted' END
        FROM (SELECT rt.request_id, bool_or(t.outcome <> 'gone') AS mended
                FROM heal_request_task rt JOIN heal_task t USING (task_id)
               WHERE rt.request_id IN (SELECT request_id FROM heal_request_task
                                        WHERE task_id = ANY($1::bigint[]))
               GROUP BY rt.request_id HAVING bool_and(t.state = 'done')) d
       WHERE r.request_id = d.request_id AND r.status IS NULL
      """;

  /// A row is asked for while an open request waits for it.
  private static final String UNASK =
      """
      UPDATE heal_task t SET asked = false
       WHERE t.asked AND t.task_id IN (SELECT task_id FROM heal_request_task
                                        WHERE request_id = ANY($1::bigint[]))
         AND NOT EXISTS (SELECT FROM heal_request_task rt JOIN heal_request r USING (request_id)
                          WHERE rt.task_id = t.task_id AND r.status IS NULL)
      """;

  private HealEnds() {}

  static List<Long> ids(RowSet<Row> rows) {
    var ids = new ArrayList<Long>();
    rows.forEach(row -> ids.add(row.getLong(0)));
    return ids;
  }

  /// Ends the requests all of whose rows are done.
  static Future<Void> finish(SqlConnection tx, List<Long> taskIds) {
    if (taskIds.isEmpty()) {
      return Future.succeededFuture();
    }
    return Db.run(tx, FINISH, (Object) taskIds.toArray(Long[]::new)).mapEmpty();
  }

  /// After requests have ended while rows of theirs are still open.
  static Future<Void> unask(SqlConnection tx, List<Long> requestIds) {
    return requestIds.isEmpty()
        ? Future.succeededFuture()
        : Db.run(tx, UNASK, (Object) requestIds.toArray(Long[]::new)).mapEmpty();
  }
}
