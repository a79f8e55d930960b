package io.kintsugi.catalog;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// What a failed statement means for the one who asked. The text of the database stays in the log.
enum Trouble {
  /// An answer of ours, not of the database.
  OURS,
  /// Two transactions met; nothing was done, and doing it again is right.
  COLLISION,
  /// The connection went away in the middle: what it was doing may or may not have been done.
  LOST,
  /// The database cannot be reached, or takes nobody in.
  DOWN,
  /// An id that must be new was there already.
  DUPLICATE,
  /// A fault of this program.
  BUG;

  static Trouble of(Throwable cause) {
    return switch (cause) {
      case Failure _ -> OURS;
      case Collision _ -> COLLISION;
      case PgException pg -> ofState(pg);
      case ClosedConnectionException _ -> LOST;
      case IOException _, TimeoutException _, ConnectionPoolTooBusyException _ -> DOWN;
      // How the client says that an answer will not come any more.
      case VertxException _ -> LOST;
      default -> BUG;
    };
  }

  private static Trouble ofState(PgException pg) {
    @Nullable String state = pg.getSqlState();
    if (state == null || state.length() != 5) {
      return BUG;
    }
    // Being refused at the door is final for the connection, whatever the reason.
    boolean fatal = "FATAL".equals(pg.getSeverity()) || "PANIC".equals(pg.getSeverity());
    return switch (state) {
      case "40001", "40P01" -> COLLISION;
      case "23505" -> DUPLICATE;
      case "57P01", "57P02" -> LOST;
      default ->
          switch (state.substring(0, 2)) {
            case "08", "53", "57", "58", "28", "3D" -> DOWN;
            default -> fatal ? DOWN : BUG;
          };
    };
  }

  /// What the asker is told.
  ///
  /// @param unknown a COMMIT was sent and its outcome never seen
  static Failure failure(Throwable cause, boolean unknown) {
    if (cause instanceof Failure failure) {
      return failure;
    }
    if (unknown) {
      return Failure.of(
          FailureCode.TIMEOUT,
          "the connection to the database was lost; whether the change was made is unknown");
    }
    return switch (of(cause)) {
      case OURS, BUG -> Failure.of(FailureCode.INTERNAL_ERROR, "internal error in the catalog");
      case COLLISION -> Failure.of(FailureCode.UNAVAILABLE, "too many changes to the same rows");
      case DUPLICATE ->
          Failure.of(FailureCode.CONFLICT, "an id that must be new exists already", "what", "id");
      case LOST ->
          Failure.of(FailureCode.UNAVAILABLE, "the connection to the database was lost; try again");
      case DOWN ->
          Failure.of(
              FailureCode.UNAVAILABLE, "the database cannot be reached (" + why(cause) + ")");
    };
  }

  private static String why(Throwable cause) {
    return switch (cause) {
      case PgException pg -> "it refuses connections, SQLSTATE " + pg.getSqlState();
      case java.net.ConnectException _ -> "connection refused";
      case java.net.UnknownHostException _ -> "unknown host";
      case TimeoutException _ -> "timeout";
      default -> "no free connection";
    };
  }
}
