package io.kintsugi.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/// One embedded server for all tests of a JVM, started when the first asks; an empty database for
/// each. And for those who need a server of their own, a copy of one that was made once.
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

  /// Gives a data directory the programs and an empty database of an embedded server, so that its
  /// first start need not make them.
  public static void provide(Path data) {
    try {
      var home = Files.createDirectories(data).resolve("postgres");
      copy(Template.DATA.resolve("postgres"), home);
      // Each server finds a port of its own.
      Files.delete(home.resolve("port"));
      Files.createSymbolicLink(
          home.resolve(PgBinaries.VERSION), BINARIES.resolve(PgBinaries.VERSION));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Takes the programs back, once nothing runs by them any more.
  public static void withdraw(Path data) throws IOException {
    var programs = data.resolve("postgres").resolve(PgBinaries.VERSION);
    if (Files.isSymbolicLink(programs)) {
      Files.delete(programs);
    }
  }

  /// A data directory with a database that no server runs on.
  static Path template() {
    return Template.DATA;
  }

  static void copy(Path source, Path target) throws IOException {
    try (var files = Files.walk(source)) {
      for (var file : (Iterable<Path>) files::iterator) {
        Files.copy(
            file,
            target.resolve(source.relativize(file).toString()),
            StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static final class Template {
    static final Path DATA = made();

    private static Path made() {
      try {
        var data = Files.createTempDirectory("kintsugi-template-");
        PgServer.start(PgSetup.of(data).withBinaries(BINARIES)).stop();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(data)));
        return data;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  private static void remove(Path data) {
    try {
      PrivateFiles.deleteTree(data);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static final class Holder {
    static final PgServer SERVER = started();

    private static PgServer started() {
      try {
        var data = Files.createTempDirectory("kintsugi-postgres-");
        var server = PgServer.start(PgSetup.of(data).withBinaries(BINARIES));
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(() -> {
                  server.stop();
                  remove(data);
                }));
        return server;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
