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
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

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

  /// Refusals that say no more than the low water `$2` of the session `$1` does.
  static final String FORGET_REFUSED =
      "DELETE FROM refused_write WHERE write_id >= ($1 || repeat('0', 16))::uuid"
          + " AND write_id < ($1 || lpad(to_hex($2::bigint), 16, '0'))::uuid";

  /// What the journal must know of a session: which of its writes can be committed no more, so that
  /// their shards are not taken for what was committed last.
  ///
  /// @param lowWater nothing below it
  /// @param closed nothing at all
  record Settled(String sessionId, long lowWater, boolean closed) {}

  private final Db db;
  private final Lane lane;
  private final World world;
  private final long leaseMillis;

  /// The low water that the journal knows of, by session.
  private final Map<String, Long> settled = new HashMap<>();

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
        Future.all(closeExpired(tx), closeEarlierLives(tx, question))
            .compose(closed -> insert(tx, id, question).compose(_ -> noteClosed(tx, closed.list())))
            .map(_ -> new Session(id, leaseMillis)));
  }

  private Future<?> insert(SqlClient tx, String id, OpenSession question) {
    return Db.run(
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
            (double) leaseMillis)
        .compose(rows ->
            rows.rowCount() == 0
                ? Future.failedFuture(Ids.conflict("session", "id drawn twice"))
                : Future.succeededFuture());
  }

  /// An expired lease stays expired: somebody may already have acted on it.
  Future<Session> renew(RenewSession question) {
    if (question.lowWater() < 0) {
      throw Ids.invalid("low water must not be negative");
    }
    boolean moved = question.lowWater() > settled.getOrDefault(question.sessionId(), 0L);
    return lane.run(() -> db.tx(tx -> renew(tx, question, moved)))
        .onSuccess(_ -> settled.merge(question.sessionId(), question.lowWater(), Math::max));
  }

  private Future<Session> renew(SqlConnection tx, RenewSession question, boolean moved) {
    return Db.run(
            tx,
            "UPDATE write_session SET low_water = greatest(low_water, $2),"
                + " lease_until = clock_timestamp() + $3 * interval '1 ms'"
                + " WHERE session_id = $1 AND closed IS NULL"
                + " AND lease_until > clock_timestamp()",
            question.sessionId(),
            question.lowWater(),
            (double) leaseMillis)
        .map(rows -> renewed(rows, question.sessionId()))
        .compose(session ->
            moved
                ? note(tx, List.of(new Settled(session.sessionId(), question.lowWater(), false)))
                    .map(session)
                : Future.succeededFuture(session));
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
                    .compose(closed -> HealClaims.giveBack(tx, closed).map(ids(closed)))
                    .compose(closed -> noteClosed(tx, List.of(closed)))
                    .map(_ -> new Done())))
        .onSuccess(_ -> settled.remove(question.sessionId()));
  }

  /// A session whose lease ran out can commit nothing any more, and is closed by whoever passes.
  static Future<List<String>> closeExpired(SqlClient client) {
    return Db.run(
            client,
            "UPDATE write_session SET closed = clock_timestamp() WHERE session_id IN ("
                + "SELECT session_id FROM write_session WHERE closed IS NULL"
                + " AND lease_until < clock_timestamp() ORDER BY session_id"
                + " FOR UPDATE SKIP LOCKED) RETURNING session_id")
        .compose(closed -> HealClaims.giveBack(client, closed).map(ids(closed)));
  }

  /// The same as all of a transaction.
  static Future<?> settleExpired(SqlConnection tx) {
    return closeExpired(tx).compose(closed -> noteClosed(tx, List.of(closed)));
  }

  private static List<String> ids(RowSet<Row> rows) {
    var ids = new ArrayList<String>();
    rows.forEach(row -> ids.add(row.getString(0)));
    return ids;
  }

  /// The last statement of a transaction that closed sessions.
  static Future<?> noteClosed(SqlConnection tx, List<List<String>> closed) {
    return note(
        tx,
        closed.stream()
            .flatMap(List::stream)
            .map(id -> new Settled(id, Long.MAX_VALUE, true))
            .toList());
  }

  private static Future<?> note(SqlConnection tx, List<Settled> moves) {
    var tick = new Tick();
    Future<?> forgotten = Future.succeededFuture();
    for (var moved : moves) {
      tick.change("writes-settled", moved);
      forgotten =
          forgotten.compose(_ -> Db.run(tx, FORGET_REFUSED, moved.sessionId(), moved.lowWater()));
    }
    return moves.isEmpty() ? forgotten : forgotten.compose(_ -> tick.take(tx));
  }

  /// A process that opens its first session says so of its earlier lives: they are over, and need
  /// not be waited for. Only what was opened before this life's first session is closed, so that
  /// two processes that bear one name by mistake do not close each other's in turn.
  private static Future<List<String>> closeEarlierLives(SqlClient client, OpenSession question) {
    return question.life() == null
        ? Future.succeededFuture(List.of())
        : Db.run(client, CLOSE_EARLIER_LIVES, question.holder(), question.life())
            .compose(closed -> HealClaims.giveBack(client, closed).map(ids(closed)));
  }

  static Failure gone(String sessionId) {
    return Ids.conflict("session", "write session " + sessionId + " is closed or has expired");
  }
}
