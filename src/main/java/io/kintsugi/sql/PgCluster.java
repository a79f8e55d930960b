package io.kintsugi.sql;

import io.kintsugi.sql.SqlFailure.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The database directory of an embedded server, and what can be done with it: make it, start and
/// stop its server, find out whether one runs. The caller holds the lock of the data directory.
final class PgCluster {
  private static final Logger LOG = LoggerFactory.getLogger(PgCluster.class);

  private static final int PAUSE_MILLIS = 50;
  private static final int RECOGNISE_PAUSES_MAX = 10_000 / PAUSE_MILLIS;
  // Replay of the log after a crash may take minutes; the server is alive all the while.
  private static final int READY_PAUSES_MAX = 600_000 / PAUSE_MILLIS;
  private static final int MEMORY_PAUSES_MAX = 15_000 / PAUSE_MILLIS;
  private static final int PORTS_MAX = 5;
  private static final int FAST_SECONDS = 30;
  private static final int IMMEDIATE_SECONDS = 10;

  private final PgHome home;
  private final PgTools tools;

  private PgCluster(PgHome home, PgTools tools) {
    this.home = home;
    this.tools = tools;
  }

  /// Opens the directory; unpacks the programs and makes a new database if there is none.
  static PgCluster open(PgSetup setup, PgHome home, String user) throws IOException {
    PrivateFiles.createDirectory(setup.binariesRoot());
    var binaries = PgBinaries.in(setup.binariesRoot().toRealPath());
    PrivateFiles.deleteLeftovers(home.root(), PgHome.DRAFT_PREFIX);
    var owner = home.hasDatabase() ? PrivateFiles.owner(home.directory()) : null;
    var account = Machine.account(owner, setup.namespaces(), binaries, home.root());
    var cluster = new PgCluster(home, new PgTools(binaries, home.root(), account));
    cluster.requirePrograms();
    if (owner == null) {
      cluster.init(user);
    }
    cluster.requireVersion();
    return cluster;
  }

  /// Waits until it is clear who the server of this directory is: a ready one, or none. What is
  /// left of a dead one is cleared away.
  Postmaster settle() throws IOException {
    var unknown = 0;
    for (var pauses = 0; pauses < READY_PAUSES_MAX; pauses++) {
      var seen = Postmaster.observe(home.directory());
      switch (seen) {
        case Postmaster.Absent _ -> {
          return seen;
        }
        case Postmaster.Stale(var why) -> {
          LOG.info("left-over postmaster.pid disowned directory={} {}", home.directory(), why);
          Postmaster.disown(home.directory());
          return seen;
        }
        case Postmaster.Live(_, _, var status) when status == Postmaster.Status.READY -> {
          return seen;
        }
        case Postmaster.Live _ -> pause();
        case Postmaster.Unknown(var why) -> {
          if (++unknown > RECOGNISE_PAUSES_MAX) {
            throw unrecognised(why);
          }
          pause();
        }
      }
    }
    throw new SqlFailure(
        Code.START_TIMEOUT,
        "PostgreSQL is alive, but not ready, in " + home.directory(),
        home.logSince(0));
  }

  /// Starts the server where none runs, and answers its port.
  int start() throws IOException {
    var port = home.freePort();
    var ports = 1;
    for (var pauses = 0; ; pauses++) {
      home.keepPort(port);
      var begin = home.openLog(tools.account());
      var outcome = tools.start(home.directory(), home.log(), port);
      if (outcome.succeeded()) {
        return port;
      }
      var words = home.logSince(begin);
      if (Postmaster.observe(home.directory()) instanceof Postmaster.Live) {
        // It was too slow for pg_ctl: most likely it replays its log.
        LOG.info("postgres is alive but not ready yet directory={}", home.directory());
        if (settle() instanceof Postmaster.Live(_, var livePort, _)) {
          return livePort;
        }
        throw startFailed(home.logSince(begin));
      }
      if (words.contains("Address already in use") && ports++ < PORTS_MAX) {
        port = home.otherPort();
      } else if (words.contains("pre-existing shared memory block") && pauses < MEMORY_PAUSES_MAX) {
        // Children of a killed server need a moment to notice. Nothing runs beside them.
        pause();
        settle();
      } else {
        throw startFailed(words.isEmpty() ? outcome.output() : words);
      }
    }
  }

  /// Stops the server of this directory, if one runs. Never touches another process.
  void stop() throws IOException {
    if (!(Postmaster.observe(home.directory()) instanceof Postmaster.Live)) {
      return;
    }
    var fast = tools.stop(home.directory(), PgTools.Stop.FAST, FAST_SECONDS);
    if (!(Postmaster.observe(home.directory()) instanceof Postmaster.Live)) {
      return;
    }
    LOG.warn("postgres does not stop, the next start will replay its log: {}", fast.output());
    var immediate = tools.stop(home.directory(), PgTools.Stop.IMMEDIATE, IMMEDIATE_SECONDS);
    if (Postmaster.observe(home.directory()) instanceof Postmaster.Live(var pid, _, _)) {
      throw new SqlFailure(
          Code.STOP_FAILED,
          "PostgreSQL (process " + pid + ") does not stop: " + immediate.output(),
          home.logSince(0));
    }
  }

  private void requirePrograms() throws IOException {
    var version = tools.version();
    if (!version.output().equals("postgres (PostgreSQL) " + PgBinaries.VERSION)) {
      throw new SqlFailure(
          Code.UNSUPPORTED_PLATFORM,
          "the embedded PostgreSQL cannot be run here as "
              + tools.account()
              + ": "
              + version.output(),
          "Every directory above it must let that account pass. Or give the address of a PostgreSQL server with --postgres.");
    }
  }

  private void requireVersion() throws IOException {
    var major = Files.readString(home.directory().resolve("PG_VERSION")).strip();
    if (!PgBinaries.VERSION.startsWith(major + ".")) {
      throw new SqlFailure(
          Code.WRONG_VERSION,
          "the database was made by PostgreSQL " + major + ", this is " + PgBinaries.VERSION,
          "Move it with pg_dumpall and a new data directory, or use the program version that made it.");
    }
  }

  /// Makes the database under a name that nothing uses, and names it when it is whole.
  private void init(String user) throws IOException {
    if (Files.exists(home.directory()) && !isEmpty(home.directory())) {
      throw new SqlFailure(
          Code.NOT_A_DATABASE,
          home.directory() + " is not empty, and not a PostgreSQL database",
          "Move it away; nothing was changed in it.");
    }
    var draft = Files.createTempDirectory(home.root(), PgHome.DRAFT_PREFIX);
    var secret = Files.createTempFile(home.root(), PgHome.DRAFT_PREFIX, ".secret");
    try {
      Files.writeString(secret, home.password() + "\n");
      if (tools.account() instanceof Account.Other(var uid, _)) {
        PrivateFiles.giveTo(uid, draft);
        PrivateFiles.giveTo(uid, secret);
      }
      var outcome = tools.init(draft, secret, user);
      if (!outcome.succeeded()) {
        throw new SqlFailure(
            Code.INIT_FAILED, "initdb failed with " + outcome.exitCode(), outcome.output());
      }
      PrivateFiles.publish(draft, home.directory());
      LOG.info("database made directory={} account={}", home.directory(), tools.account());
    } finally {
      Files.deleteIfExists(secret);
      PrivateFiles.deleteTree(draft);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  private static void pause() throws IOException {
    LockSupport.parkNanos(PAUSE_MILLIS * 1_000_000L);
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("interrupted");
    }
  }

  private SqlFailure startFailed(String words) {
    return new SqlFailure(
        Code.START_FAILED, "PostgreSQL did not start in " + home.directory(), words);
  }

  private SqlFailure unrecognised(String why) {
    return new SqlFailure(
        Code.OWNER_UNKNOWN,
        "it cannot be told whether the server of " + home.directory() + " still runs: " + why,
        "Run the node as the user who started that process, or end the process.");
  }
}
