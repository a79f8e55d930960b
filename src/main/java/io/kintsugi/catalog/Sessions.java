package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.OpenSession;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.contract.CatalogContract.Session;
import io.kintsugi.contract.Done;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import java.util.HexFormat;

/// The rights to write. Leases run on PostgreSQL's clock.
final class Sessions {
  /// Locks sessions in id order until the transaction ends and answers those that may still write.
  static final String LOCK =
      "SELECT session_id, low_water FROM write_session WHERE session_id = ANY($1::text[])"
          + " AND closed IS NULL AND lease_until > clock_timestamp()"
          + " ORDER BY session_id FOR SHARE";

  private static final String CLOSE_EARLIER_LIVES =
      """
      UPDATE write_session SET closed = clock_timestamp() WHERE session_id IN (
        SELECT session_id FROM write_session
         WHERE closed IS NULL AND holder = $1 AND life IS DISTINCT FROM $2
           AND opened < coalesce((SELECT min(opened) FROM write_session
                                   WHERE holder = $1 AND life = $2), now())
         ORDER BY session_id FOR UPDATE)
      RETURNING session_id
      """;

  private final Db db;
  private final Lane lane;
  private final World world;
  private final long leaseMillis;

  Sessions(Db db, Lane lane, World world, long leaseMillis) {
    this.db = db;
    this.lane = lane;
    this.world = world;
    this.leaseMillis = leaseMillis;
  }

  /// The id is drawn before the insert, so that a repeated insert finds its own row.
  Future<Session> open(OpenSession question) {
    Ids.requireText("holder", question.holder());
    var id = HexFormat.of().toHexDigits(world.random().nextLong());
    return db.tx(tx ->
        closeExpired(tx)
            .compose(_ -> closeEarlierLives(tx, question))
            .compose(_ ->
                Db.run(
                    tx,
                    "INSERT INTO write_session (session_id, holder, life, lease_until)"
                        + " VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')"
                        + " ON CONFLICT (session_id) DO UPDATE"
                        + " SET lease_until = excluded.lease_until"
                        + " WHERE write_session.holder = excluded.holder"
                        + " AND write_session.closed IS NULL"
                        + " AND write_session.low_water = 0",
                    id,
                    question.holder(),
                    question.life(),
                    (double) leaseMillis))
            .compose(rows ->
                rows.rowCount() == 0
                    ? Future.failedFuture(Ids.conflict("session", "id drawn twice"))
                    : Future.succeededFuture(new Session(id, leaseMillis))));
  }

  /// An expired lease stays expired: somebody may already have acted on it.
  Future<Session> renew(RenewSession question) {
    if (question.lowWater() < 0) {
      throw Ids.invalid("low water must not be negative");
    }
    return lane.run(() ->
        db.query(
                "UPDATE write_session SET low_water = greatest(low_water, $2),"
                    + " lease_until = clock_timestamp() + $3 * interval '1 ms'"
                    + " WHERE session_id = $1 AND closed IS NULL"
                    + " AND lease_until > clock_timestamp()",
                question.sessionId(),
                question.lowWater(),
                (double) leaseMillis)
            .map(rows -> renewed(rows, question.sessionId())));
  }

  private Session renewed(RowSet<Row> rows, String sessionId) {
    if (rows.rowCount() == 0) {
      throw gone(sessionId);
    }
    return new Session(sessionId, leaseMillis);
  }

  Future<Done> close(CloseSession question) {
    return lane.run(() ->
        db.tx(tx ->
            Db.run(
                    tx,
                    "UPDATE write_session SET closed = coalesce(closed, clock_timestamp())"
                        + " WHERE session_id = $1 RETURNING session_id",
                    question.sessionId())
                .compose(closed -> HealClaims.giveBack(tx, closed))
                .map(_ -> new Done())));
  }

  /// A session whose lease ran out can commit nothing any more, and is closed by whoever passes.
  static Future<Void> closeExpired(SqlClient client) {
    return Db.run(
            client,
            "UPDATE write_session SET closed = clock_timestamp() WHERE session_id IN ("
                + "SELECT session_id FROM write_session WHERE closed IS NULL"
                + " AND lease_until < clock_timestamp() ORDER BY session_id"
                + " FOR UPDATE SKIP LOCKED) RETURNING session_id")
        .compose(closed -> HealClaims.giveBack(client, closed));
  }

  /// A process that opens its first session says so of its earlier lives: they are over, and need
  /// not be waited for. Only what was opened before this life's first session is closed, so that
  /// two processes that bear one name by mistake do not close each other's in turn.
  private static Future<Void> closeEarlierLives(SqlClient client, OpenSession question) {
    return question.life() == null
        ? Future.succeededFuture()
        : Db.run(client, CLOSE_EARLIER_LIVES, question.holder(), question.life())
            .compose(closed -> HealClaims.giveBack(client, closed));
  }

  static Failure gone(String sessionId) {
    return Ids.conflict("session", "write session " + sessionId + " is closed or has expired");
  }
}
