package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogCollectContract.CollectionHeld;
import io.kintsugi.contract.CatalogCollectContract.HoldCollection;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;

/// The right to collect, which one has at a time. It runs on PostgreSQL's clock.
final class Lease {
  /// Whoever has it renews it, unless somebody else took it over meanwhile.
  private static final String HOLD =
      """
      INSERT INTO lease AS l (name, holder, epoch, lease_until)
      VALUES ('collection', $1, 1, clock_timestamp() + $2 * interval '1 ms')
      ON CONFLICT (name) DO UPDATE
         SET epoch = l.epoch + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END,
             holder = excluded.holder, lease_until = excluded.lease_until
       WHERE l.holder = excluded.holder OR l.lease_until < clock_timestamp()
      RETURNING epoch
      """;

  private static final String RELEASE =
      "UPDATE lease SET lease_until = '-infinity', epoch = epoch + 1, holder = ''"
          + " WHERE name = 'collection' AND holder = $1";

  private static final String HOLDER =
      "SELECT holder FROM lease WHERE name = 'collection' AND lease_until > clock_timestamp()";

  private static final String CHECK =
      "SELECT FROM lease WHERE name = 'collection' AND epoch = $1"
          + " AND lease_until > clock_timestamp() FOR SHARE";

  private final Db db;
  private final long leaseMillis;

  Lease(Db db, long leaseMillis) {
    this.db = db;
    this.leaseMillis = leaseMillis;
  }

  Future<CollectionHeld> hold(HoldCollection question) {
    Ids.requireText("holder", question.holder());
    if (question.holder().isEmpty()) {
      throw Ids.invalid("holder must not be empty");
    }
    return question.release()
        ? db.query(RELEASE, question.holder()).compose(_ -> refused())
        : db.query(HOLD, question.holder(), (double) leaseMillis)
            .compose(rows -> {
              for (var row : rows) {
                return Future.succeededFuture(
                    new CollectionHeld(true, row.getLong(0), leaseMillis, question.holder()));
              }
              return refused();
            });
  }

  private Future<CollectionHeld> refused() {
    return db.query(HOLDER)
        .map(rows -> {
          var row = rows.iterator();
          var holder = row.hasNext() ? row.next().getString(0) : null;
          return new CollectionHeld(false, 0, leaseMillis, holder);
        });
  }

  /// The first statement of whatever hands out or moves something: until its transaction ends,
  /// nobody else can come to collect.
  static Future<Void> require(SqlConnection tx, long epoch) {
    return Db.run(tx, CHECK, epoch)
        .compose(rows ->
            rows.size() == 0
                ? Future.failedFuture(Ids.conflict("lease", "somebody else may collect by now"))
                : Future.succeededFuture());
  }
}
