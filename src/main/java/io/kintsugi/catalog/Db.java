package io.kintsugi.catalog;

import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Statements and transactions. What collides, or loses its connection, is done again a few times:
/// everything that goes through [#tx] must be idempotent.
final class Db {
  private static final Logger LOG = LoggerFactory.getLogger(Db.class);
  private static final List<Duration> PAUSES =
      List.of(Duration.ofMillis(20), Duration.ofMillis(200), Duration.ofMillis(1000));

  /// Before its first ANALYZE a table is taken for one with many rows of each value, and read whole
  /// for a handful. These transactions touch few rows by index, however large it grows.
  private static final String BEGIN =
      "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;"
          + " SET LOCAL enable_mergejoin = off";

  private final Pool pool;
  private final World world;

  Db(Pool pool, World world) {
    this.pool = pool;
    this.world = world;
  }

  /// One statement that is a transaction of its own and may be repeated.
  Future<RowSet<Row>> query(String sql, @Nullable Object... values) {
    return repeated(_ -> run(pool, sql, values), new Attempts());
  }

  /// The segments of a version or part; they never change, but for where their shards lie.
  Future<List<Segment>> segments(UUID owner) {
    return repeated(_ -> SegmentRows.ofOwner(pool, owner), new Attempts());
  }

  <T> Future<T> tx(Function<SqlConnection, Future<T>> work) {
    return repeated(attempts -> attempt(work, attempts), new Attempts());
  }

  /// A transaction that would do something twice if it were repeated.
  <T> Future<T> once(Function<SqlConnection, Future<T>> work) {
    var attempts = new Attempts();
    return attempt(work, attempts)
        .recover(cause ->
            Trouble.of(cause) == Trouble.COLLISION && !attempts.unknown
                ? attempt(work, attempts)
                : Future.failedFuture(cause))
        .recover(cause -> told(cause, attempts));
  }

  static Future<RowSet<Row>> run(SqlClient client, String sql, @Nullable Object... values) {
    return client.preparedQuery(sql).execute(Tuple.from(values));
  }

  /// How one transaction goes, over all its attempts.
  private static final class Attempts {
    int count;
    boolean unknown;
  }

  private <T> Future<T> repeated(Function<Attempts, Future<T>> work, Attempts attempts) {
    return work.apply(attempts)
        .recover(cause -> {
          var trouble = Trouble.of(cause);
          boolean again =
              trouble == Trouble.COLLISION
                  || trouble == Trouble.LOST
                  || (attempts.unknown && trouble == Trouble.DOWN);
          if (!again || attempts.count == PAUSES.size()) {
            return told(cause, attempts);
          }
          return pause(attempts.count++).compose(_ -> repeated(work, attempts));
        });
  }

  private static <T> Future<T> told(Throwable cause, Attempts attempts) {
    var trouble = Trouble.of(cause);
    var failure = Trouble.failure(cause, attempts.unknown);
    if (trouble == Trouble.BUG) {
      LOG.atError().setCause(cause).addKeyValue("code", failure.code()).log("statement failed");
    } else if (trouble != Trouble.OURS) {
      LOG.atWarn()
          .addKeyValue("code", failure.code())
          .log("database trouble={} cause={}", trouble, cause.getMessage());
    }
    return Future.failedFuture(failure);
  }

  private Future<Void> pause(int attempt) {
    Promise<Void> promise = Promise.promise();
    var millis = PAUSES.get(attempt).toMillis();
    world.after(Duration.ofMillis(millis + world.random().nextLong(millis)), promise::complete);
    return promise.future();
  }

  /// BEGIN is not waited for: it travels with the first statements.
  private <T> Future<T> attempt(Function<SqlConnection, Future<T>> work, Attempts attempts) {
    return pool.getConnection()
        .compose(connection -> {
          var begun = connection.query(BEGIN).execute();
          return work.apply(connection)
              .compose(result -> begun.map(result))
              .compose(result -> commit(connection, result, attempts))
              .recover(cause ->
                  connection.query("ROLLBACK").execute().transform(_ -> Future.failedFuture(cause)))
              .eventually(connection::close);
        });
  }

  /// Once COMMIT is on its way, only its answer tells whether the change was made.
  private static <T> Future<T> commit(SqlConnection connection, T result, Attempts attempts) {
    attempts.unknown = true;
    return connection
        .query("COMMIT")
        .execute()
        .transform(done -> {
          if (done.succeeded()) {
            attempts.unknown = false;
            return Future.succeededFuture(result);
          }
          if (Trouble.of(done.cause()) != Trouble.LOST) {
            attempts.unknown = false;
          }
          return Future.failedFuture(done.cause());
        });
  }
}
