package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogHealContract.ActiveHeal;
import io.kintsugi.contract.CatalogHealContract.ActiveHeals;
import io.kintsugi.contract.CatalogHealContract.ListActive;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;

/// What is healed now, whether somebody asked for it or not.
final class HealsAtWork {
  private static final int ROWS_MAX = 1_000;

  private static final String READ =
      "SELECT t.task_id, t.attempt, b.name AS bucket, coalesce(v.key, u.key) AS key, v.version_id,"
          + " t.priority, t.mode, t.cause, t.claimed"
          + " FROM heal_task t JOIN segment s ON s.write_id = t.write_id"
          + HealReports.OWNERS
          + " WHERE t.state = 'open' AND t.owner IS NOT NULL AND t.lease_until >= now()"
          + " ORDER BY t.claimed, t.task_id LIMIT $1";

  private final Db db;

  HealsAtWork(Db db) {
    this.db = db;
  }

  Future<ActiveHeals> list(ListActive question) {
    if (question.max() < 1 || question.max() > ROWS_MAX) {
      throw Ids.invalid("max must be 1 to " + ROWS_MAX);
    }
    return db.query(READ, (long) question.max())
        .map(rows -> {
          var heals = new ArrayList<ActiveHeal>();
          rows.forEach(row -> heals.add(heal(row)));
          return new ActiveHeals(heals);
        });
  }

  private static ActiveHeal heal(Row row) {
    var version = row.getUUID("version_id");
    return new ActiveHeal(
        row.getLong("task_id"),
        row.getInteger("attempt"),
        row.getString("bucket"),
        row.getString("key"),
        version == null ? null : Ids.hex(version),
        Priorities.of(row.getInteger("priority")),
        row.getString("mode"),
        row.getString("cause"),
        row.getOffsetDateTime("claimed").toInstant());
  }
}
