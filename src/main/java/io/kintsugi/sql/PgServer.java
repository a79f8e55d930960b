package io.kintsugi.sql;

import io.kintsugi.sql.SqlFailure.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A PostgreSQL server of the node's own, under `<data>/postgres`.
///
/// It listens on loopback only, asks for a password, and runs with settings under which a commit
/// that was acknowledged survives. It outlives a killed node; the next start adopts it. Everything
/// here blocks, so nothing of it belongs on an event loop.
public final class PgServer {
  private static final Logger LOG = LoggerFactory.getLogger(PgServer.class);
  private static final String USER = "kintsugi";
  private static final String DATABASE = "kintsugi";
  private static final String FIRST_DATABASE = "postgres";

  /// SQL state of a database that another session has made in the meantime.
  private static final String DUPLICATE_DATABASE = "42P04";

  private final DataLock lock;
  private final PgCluster cluster;
  private final PgAddress address;
  private final boolean adopted;
  private final AtomicBoolean stopped = new AtomicBoolean();

  private PgServer(DataLock lock, PgCluster cluster, PgAddress address, boolean adopted) {
    this.lock = lock;
    this.cluster = cluster;
    this.address = address;
    this.adopted = adopted;
  }

  /// Locks the data directory, and returns when its server accepts connections and is proven to run
  /// with safe settings. Fails with [SqlFailure].
  public static PgServer start(Path dataDir) {
    return start(PgSetup.of(dataDir));
  }

  static PgServer start(PgSetup setup) {
    var lock = DataLock.take(setup.dataDir());
    try {
      return started(setup, lock);
    } catch (IOException failure) {
      lock.close();
      throw new SqlFailure(
          Code.FILE_ERROR,
          "the embedded PostgreSQL under " + setup.dataDir() + ": " + failure,
          "",
          failure);
    } catch (RuntimeException failure) {
      lock.close();
      throw failure;
    }
  }

  /// How to reach it.
  public PgAddress address() {
    return address;
  }

  /// Whether it was already running, left behind by a node that died.
  public boolean adopted() {
    return adopted;
  }

  /// Stops the server and gives the data directory free. Sessions are broken off; bounded.
  public void stop() {
    if (!stopped.compareAndSet(false, true)) {
      return;
    }
    try {
      cluster.stop();
      LOG.info("postgres stopped address={}", address);
    } catch (IOException failure) {
      throw new SqlFailure(
          Code.STOP_FAILED, "PostgreSQL could not be stopped: " + failure, "", failure);
    } finally {
      lock.close();
    }
  }

  /// Forgets the server but lets it run, as the death of this process would.
  void abandon() {
    if (stopped.compareAndSet(false, true)) {
      lock.close();
    }
  }

  private static PgServer started(PgSetup setup, DataLock lock) throws IOException {
    var home = PgHome.in(setup.dataDir());
    var cluster = PgCluster.open(setup, home, USER);
    var password = home.password();
    if (cluster.settle() instanceof Postmaster.Live(var pid, var port, _)) {
      var address = new PgAddress("127.0.0.1", port, DATABASE, USER, password);
      var objections = objections(address, home.directory());
      if (objections.isEmpty()) {
        home.keepPort(port);
        LOG.info("postgres adopted address={} pid={}", address, pid);
        return new PgServer(lock, cluster, address, true);
      }
      LOG.warn("postgres of an earlier life is replaced pid={} because={}", pid, objections);
      cluster.stop();
      cluster.settle();
    }
    var address = new PgAddress("127.0.0.1", cluster.start(), DATABASE, USER, password);
    requireSafe(cluster, address, home.directory());
    LOG.info("postgres started address={} version={}", address, PgBinaries.VERSION);
    return new PgServer(lock, cluster, address, false);
  }

  private static void requireSafe(PgCluster cluster, PgAddress address, Path directory)
      throws IOException {
    List<String> objections;
    try {
      objections = objections(address, directory);
    } catch (IOException | RuntimeException failure) {
      cluster.stop();
      throw failure;
    }
    if (!objections.isEmpty()) {
      cluster.stop();
      throw new SqlFailure(
          Code.UNSAFE_SETTINGS,
          "PostgreSQL runs with settings that are not safe: " + String.join("; ", objections),
          "Look for ALTER ROLE, ALTER DATABASE and pg_hba.conf in " + directory + ".");
    }
  }

  /// Why this server is not the one that is wanted; a server that cannot be asked is not.
  private static List<String> objections(PgAddress address, Path directory) throws IOException {
    try {
      createDatabase(address);
      try (var connection = address.connect()) {
        return PgSettings.differences(connection, directory);
      }
    } catch (SQLException failure) {
      return List.of("it cannot be asked: " + failure.getMessage());
    }
  }

  private static void createDatabase(PgAddress address) throws SQLException {
    var exists = "SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'";
    try (var connection = address.withDatabase(FIRST_DATABASE).connect();
        var statement = connection.createStatement()) {
      try (var rows = statement.executeQuery(exists)) {
        if (rows.next()) {
          return;
        }
      }
      statement.execute("CREATE DATABASE " + DATABASE);
    } catch (SQLException failure) {
      if (!DUPLICATE_DATABASE.equals(failure.getSQLState())) {
        throw failure;
      }
    }
  }
}
