package io.kintsugi.catalog;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.UUID;

/// What happens to segments whose version or part is no longer current: they stay in their rows,
/// but are neither scanned nor healed any more.
final class Deaths {
  private static final String OF_OWNERS =
      "((owner_id = ANY($1::uuid[]) AND owner_id <> write_id)"
          + " OR (write_id = ANY($1::uuid[]) AND owner_id = write_id))";

  private Deaths() {}

  /// Three statements, for each must see what the one before had to wait for: first the segments
  /// that are put in the place of others meanwhile, then heal rows.
  static Future<Void> bury(SqlConnection tx, List<UUID> owners) {
    if (owners.isEmpty()) {
      return Future.succeededFuture();
    }
    var ids = (Object) owners.toArray(UUID[]::new);
    var locked =
        Db.run(
            tx,
            "SELECT write_id FROM segment WHERE live AND "
                + OF_OWNERS
                + " ORDER BY write_id FOR NO KEY UPDATE",
            ids);
    var buried =
        Db.run(
            tx, "UPDATE segment SET live = false, died = now() WHERE live AND " + OF_OWNERS, ids);
    var closed =
        Db.run(
            tx,
            "UPDATE heal_task SET state = 'done', outcome = 'gone', completed = now(),"
                + " owner = NULL, lease_until = NULL, asked = false"
                + " WHERE state = 'open' AND write_id IN (SELECT write_id FROM segment WHERE "
                + OF_OWNERS
                + ") RETURNING task_id",
            ids);
    return locked
        .compose(_ -> buried)
        .compose(_ -> closed)
        .compose(rows -> HealEnds.finish(tx, HealEnds.ids(rows)));
  }
}
