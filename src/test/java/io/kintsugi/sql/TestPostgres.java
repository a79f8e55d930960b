package io.kintsugi.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/// One embedded server for all tests of a JVM, started when the first asks; an empty database for
/// each.
public final class TestPostgres {
  /// Unpacked once per checkout, by whichever test JVM comes first.
  static final Path BINARIES = Path.of("target", "postgres").toAbsolutePath();

  private static final AtomicInteger COUNT = new AtomicInteger();

  private TestPostgres() {}

  /// A new empty database.
  public static PgAddress freshDatabase() {
    var server = Holder.SERVER.address();
    var name = "test_" + COUNT.incrementAndGet();
    try (var connection = server.connect();
        var statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
    return server.withDatabase(name);
  }

  private static final class Holder {
    static final PgServer SERVER = started();

    private static PgServer started() {
      try {
        var data = Files.createTempDirectory("kintsugi-postgres-");
        var server = PgServer.start(PgSetup.of(data).withBinaries(BINARIES));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(server, data)));
        return server;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    private static void remove(PgServer server, Path data) {
      server.stop();
      try {
        PrivateFiles.deleteTree(data);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
