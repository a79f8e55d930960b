package io.kintsugi.sql;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// PostgreSQL's programs as commands under the right account. No secret is ever a word of one.
///
/// @param binaries the directory with `bin`
/// @param workDir a directory that exists; the programs start there
record PgTools(Path binaries, Path workDir, Account account) {
  private static final int INIT_LIMIT_SECONDS = 120;
  private static final int VERSION_LIMIT_SECONDS = 10;
  private static final int START_WAIT_SECONDS = 50;
  private static final int SLACK_SECONDS = 20;

  /// How the server is asked to stop.
  enum Stop {
    /// Sessions are broken off, everything is written out.
    FAST,
    /// Nothing is written out; the next start replays the log.
    IMMEDIATE
  }

  /// Runs the server program only to hear its version: proof that the account can run it here.
  Command.Outcome version() throws IOException {
    return run(VERSION_LIMIT_SECONDS, "postgres", "--version");
  }

  Command.Outcome init(Path directory, Path passwordFile, String user) throws IOException {
    return run(
        INIT_LIMIT_SECONDS,
        "initdb",
        "-D",
        directory.toString(),
        "-U",
        user,
        "--auth=scram-sha-256",
        "--pwfile=" + passwordFile,
        "-E",
        "UTF8",
        "--locale=C",
        "--data-checksums");
  }

  Command.Outcome start(Path directory, Path log, int port) throws IOException {
    return run(
        START_WAIT_SECONDS + SLACK_SECONDS,
        "pg_ctl",
        "-D",
        directory.toString(),
        "-l",
        log.toString(),
        "-w",
        "-t",
        Integer.toString(START_WAIT_SECONDS),
        "-o",
        PgSettings.options(port),
        "start");
  }

  Command.Outcome stop(Path directory, Stop mode, int limitSeconds) throws IOException {
    var name = mode == Stop.FAST ? "fast" : "immediate";
    return run(
        limitSeconds + SLACK_SECONDS,
        "pg_ctl",
        "-D",
        directory.toString(),
        "-m",
        name,
        "-w",
        "-t",
        Integer.toString(limitSeconds),
        "stop");
  }

  private Command.Outcome run(int limitSeconds, String program, String... arguments)
      throws IOException {
    var words = new ArrayList<>(account.prefix());
    words.add(binaries.resolve("bin").resolve(program).toString());
    words.addAll(List.of(arguments));
    return Command.run(words, workDir, limitSeconds);
  }
}
