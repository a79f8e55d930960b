package io.kintsugi.sql;

import org.jspecify.annotations.Nullable;

/// A failure of the database layer: a stable code, what happened, and what to do about it.
public final class SqlFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What kind of failure it is. The names are stable; operators and scripts may rely on them.
  public enum Code {
    /// Another process, or another server of this process, holds the data directory.
    DATA_IN_USE,
    /// No embedded PostgreSQL exists for this machine, or its programs cannot be run here.
    UNSUPPORTED_PLATFORM,
    /// The database files belong to an account that this process cannot act for.
    WRONG_OWNER,
    /// The data directory holds something that is not a PostgreSQL database.
    NOT_A_DATABASE,
    /// The database was made by another major version of PostgreSQL.
    WRONG_VERSION,
    /// The database exists, but the file with its password does not.
    PASSWORD_MISSING,
    /// A new database could not be made.
    INIT_FAILED,
    /// The server did not come up.
    START_FAILED,
    /// The server is alive, but did not become ready in time.
    START_TIMEOUT,
    /// It cannot be told whether a process is the server of this data directory.
    OWNER_UNKNOWN,
    /// The server runs with settings under which acknowledged data could be lost or exposed.
    UNSAFE_SETTINGS,
    /// The server did not stop in time.
    STOP_FAILED,
    /// The server does not answer, or refuses the credentials.
    UNREACHABLE,
    /// The address of the database cannot be understood.
    INVALID_ADDRESS,
    /// The schema could not be brought up to date.
    MIGRATION_FAILED,
    /// A file could not be read or written.
    FILE_ERROR
  }

  private final Code code;
  private final String hint;

  public SqlFailure(Code code, String what, String hint) {
    this(code, what, hint, null);
  }

  public SqlFailure(Code code, String what, String hint, @Nullable Throwable cause) {
    super(code + ": " + what + (hint.isEmpty() ? "" : "\n" + hint), cause);
    this.code = code;
    this.hint = hint;
  }

  /// The stable code.
  public Code code() {
    return code;
  }

  /// What to do, or the last words of the server; may be empty.
  public String hint() {
    return hint;
  }
}
