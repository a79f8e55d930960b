package io.kintsugi.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kintsugi.sql.SqlFailure.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// The embedded server through everything that can happen to a node: kill -9 of either process or
/// both, half-made directories, a second node, other owners (A7: the queue survives all of it).
class PgServerIT {
  @TempDir Path temp;

  private PgSetup setup = PgSetup.of(Path.of(""));
  private final List<PgServer> servers = new ArrayList<>();

  @BeforeEach
  void prepare() {
    // A space in the path goes through pg_ctl's shell.
    setup = PgSetup.of(temp.resolve("my data")).withBinaries(TestPostgres.BINARIES);
  }

  @AfterEach
  void stopWhatRuns() throws IOException {
    servers.forEach(PgServer::stop);
    if (Files.exists(directory())
        && Postmaster.observe(directory()) instanceof Postmaster.Live(var pid, _, _)) {
      kill(pid);
      throw new AssertionError("a server was left running");
    }
  }

  @Test
  void keepsDataPortAndPasswordOverStopAndStart() throws Exception {
    var first = start();
    write(first, "kept");
    first.stop();
    first.stop();
    assertThat(Postmaster.observe(directory())).isInstanceOf(Postmaster.Absent.class);

    var second = start();
    assertThat(second.adopted()).isFalse();
    assertThat(second.address()).isEqualTo(first.address());
    assertThat(read(second)).containsExactly("kept");
  }

  @Test
  void runsWithSafeSettingsBehindAPassword() throws Exception {
    var server = start();
    for (var name : List.of("fsync", "synchronous_commit", "full_page_writes", "data_checksums")) {
      assertThat(query(server, "SHOW " + name)).as(name).containsExactly("on");
    }
    assertThat(query(server, "SHOW listen_addresses")).containsExactly("127.0.0.1");
    assertThat(query(server, "SHOW unix_socket_directories")).containsExactly("");
    assertThat(query(server, "SHOW server_encoding")).containsExactly("UTF8");
    assertThat(query(server, "SELECT rolpassword FROM pg_authid WHERE rolname = 'kintsugi'").get(0))
        .startsWith("SCRAM-SHA-256$");

    var right = server.address();
    var wrong = new PgAddress(right.host(), right.port(), right.database(), right.user(), "wrong");
    assertThatThrownBy(wrong::connect)
        .isInstanceOfSatisfying(
            SQLException.class, f -> assertThat(f.getSQLState()).isEqualTo("28P01"));
  }

  @Test
  void keepsItsSecretToItself() throws Exception {
    var seen = new ListAppender<ILoggingEvent>();
    var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    var ours = (Logger) LoggerFactory.getLogger("io.kintsugi");
    seen.start();
    root.addAppender(seen);
    ours.setLevel(Level.TRACE);
    try {
      var server = start(setup);
      var password = server.address().password();
      assertThat(password).hasSizeGreaterThanOrEqualTo(32);
      server.stop();
      server = start();
      assertThat(seen.list).isNotEmpty();
      assertThat(seen.list)
          .allSatisfy(event -> assertThat(event.getFormattedMessage()).doesNotContain(password));
      assertThat(server.address().toString()).doesNotContain(password);
      assertThat(Files.readString(home().resolve("server.log"))).doesNotContain(password);
      for (var file : List.of("cmdline", "environ")) {
        assertThat(Files.readString(Path.of("/proc/" + pid() + "/" + file)))
            .doesNotContain(password);
      }
      for (var file : List.of("password", "port")) {
        assertThat(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(home().resolve(file))))
            .isEqualTo("rw-------");
      }
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home())))
          .isEqualTo("rwx------");
      try (var entries = Files.list(home())) {
        assertThat(entries.map(entry -> entry.getFileName().toString()))
            .containsExactlyInAnyOrder("data", "password", "port", "server.log");
      }
    } finally {
      root.detachAppender(seen);
      ours.setLevel(null);
    }
  }

  @Test
  void comesBackAtOnceAfterTheServerWasKilled() throws Exception {
    var first = start();
    write(first, "kept");
    kill(pid());
    first.abandon();

    var second = start();
    assertThat(second.adopted()).isFalse();
    assertThat(read(second)).containsExactly("kept");
  }

  @Test
  void adoptsTheServerThatOutlivedItsNode() throws Exception {
    var first = start();
    write(first, "kept");
    var pid = pid();
    first.abandon();

    var second = start();
    assertThat(second.adopted()).isTrue();
    assertThat(pid()).isEqualTo(pid);
    assertThat(read(second)).containsExactly("kept");
    second.stop();
    assertThat(start().adopted()).isFalse();
  }

  @Test
  void replacesALivingServerThatRunsWithoutFsync() throws Exception {
    var first = start();
    write(first, "kept");
    first.stop();
    var port = Files.readString(home().resolve("port")).strip();
    var words = new ArrayList<>(Machine.account(owner(), true, programs(), home()).prefix());
    words.addAll(
        List.of(programs().resolve("bin/pg_ctl").toString(), "-D", directory().toString()));
    words.addAll(List.of("-w", "-l", home().resolve("server.log").toString()));
    words.addAll(List.of("-o", "-c fsync=off -c unix_socket_directories='' -c port=" + port));
    words.add("start");
    assertThat(Command.run(words, home(), 30).succeeded()).isTrue();
    var pid = pid();

    var second = start();
    assertThat(second.adopted()).isFalse();
    assertThat(pid()).isNotEqualTo(pid);
    assertThat(query(second, "SHOW fsync")).containsExactly("on");
    assertThat(read(second)).containsExactly("kept");
  }

  @Test
  void leavesAForeignProcessAloneThatHasTheOldId() throws Exception {
    var first = start();
    write(first, "kept");
    kill(pid());
    first.abandon();
    var stranger = new ProcessBuilder("sleep", "120").start();
    try {
      var file = directory().resolve(Postmaster.FILE);
      var text = Files.readString(file);
      Files.writeString(file, stranger.pid() + text.substring(text.indexOf('\n')));

      var second = start();
      assertThat(read(second)).containsExactly("kept");
      second.stop();
      assertThat(stranger.isAlive()).isTrue();
    } finally {
      stranger.destroyForcibly();
    }
  }

  @Test
  void startsOverAnEmptyProcessIdFile() throws Exception {
    start().stop();
    Files.createFile(directory().resolve(Postmaster.FILE));
    PrivateFiles.giveTo(owner(), directory().resolve(Postmaster.FILE));
    assertThat(query(start(), "SELECT 1")).containsExactly("1");
  }

  @Test
  void repairsHalfUnpackedProgramsAndAHalfMadeDatabase() throws Exception {
    var binaries = Files.createDirectories(temp.resolve("binaries"));
    var half = Files.createDirectories(binaries.resolve(PgBinaries.VERSION).resolve("bin"));
    Files.writeString(half.resolve("postgres"), "half");
    Files.createDirectories(binaries.resolve("unpacking-123/lib"));
    Files.createDirectories(home().resolve("initializing-456/base"));
    Files.writeString(home().resolve("initializing-456/PG_VERSION"), "17\n");
    Files.writeString(home().resolve("initializing-7.secret"), "old");

    var server = start(setup.withBinaries(binaries));
    assertThat(query(server, "SELECT 1")).containsExactly("1");
    try (var entries = Files.list(binaries)) {
      assertThat(entries.map(entry -> entry.getFileName().toString()))
          .containsExactlyInAnyOrder(PgBinaries.VERSION, "unpack.lock");
    }
    assertThat(home().resolve("initializing-456")).doesNotExist();
    assertThat(home().resolve("initializing-7.secret")).doesNotExist();
  }

  @Test
  void refusesASecondStartOnTheSameDirectory() throws Exception {
    var server = start();
    assertFails(Code.DATA_IN_USE).hasMessageContaining(setup.dataDir().toString());
    assertThat(query(server, "SELECT 1")).containsExactly("1");
  }

  @Test
  void takesAnotherPortWhenItsOwnIsTaken() throws Exception {
    var first = start();
    first.stop();
    var port = first.address().port();
    try (var _ = new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      var second = start();
      assertThat(second.address().port()).isNotEqualTo(port);
      assertThat(query(second, "SELECT 1")).containsExactly("1");
    }
  }

  @Test
  void refusesSettingsUnderWhichACommitCouldBeLost() throws Exception {
    var first = start();
    query(first, "ALTER SYSTEM SET fsync = off");
    first.stop();
    var second = start();
    assertThat(query(second, "SHOW fsync")).containsExactly("on");
    query(second, "ALTER ROLE kintsugi SET synchronous_commit = off");
    second.stop();
    assertFails(Code.UNSAFE_SETTINGS).hasMessageContaining("synchronous_commit is 'off'");
    assertThat(Postmaster.observe(directory())).isInstanceOf(Postmaster.Absent.class);
  }

  @Test
  void theOwnerOfTheDatabaseDecidesWhoRunsTheServer() throws Exception {
    // Without namespaces root makes the database for another account; an ordinary user for itself.
    var first = start(setup.withoutNamespaces());
    write(first, "kept");
    var owner = owner();
    assertThat(owner).isNotZero();
    first.stop();

    var second = start();
    assertThat(owner()).isEqualTo(owner);
    assertThat(Files.getAttribute(Path.of("/proc/" + pid()), "unix:uid")).isEqualTo(owner);
    assertThat(read(second)).containsExactly("kept");
    kill(pid());
    second.abandon();
    assertThat(read(start())).containsExactly("kept");
  }

  @Test
  void saysWhatTheServerSaidWhenItDoesNotStart() throws Exception {
    start().stop();
    var control = directory().resolve("global/pg_control");
    Files.move(control, temp.resolve("pg_control"));
    assertFails(Code.START_FAILED).hasMessageContaining("pg_control");
    Files.move(temp.resolve("pg_control"), control);
    assertThat(query(start(), "SELECT 1")).containsExactly("1");
  }

  @Test
  void touchesNothingThatIsNotItsDatabase() throws Exception {
    Files.createDirectories(directory());
    Files.writeString(directory().resolve("letter"), "dear");
    assertFails(Code.NOT_A_DATABASE);
    assertThat(directory().resolve("letter")).hasContent("dear");
  }

  @Test
  void refusesADatabaseOfAnotherVersionOrWithoutItsPassword() throws Exception {
    TestPostgres.copy(TestPostgres.template(), setup.dataDir());
    Files.writeString(directory().resolve("PG_VERSION"), "16\n");
    assertFails(Code.WRONG_VERSION).hasMessageContaining("16");
    Files.writeString(directory().resolve("PG_VERSION"), "17\n");
    Files.delete(directory().resolveSibling("password"));
    assertFails(Code.PASSWORD_MISSING).hasMessageContaining("password");
  }

  /// Making a database takes longer than all the rest, so most tests begin with a copy of one.
  private PgServer start() {
    if (!Files.exists(setup.dataDir())) {
      try {
        TestPostgres.copy(TestPostgres.template(), setup.dataDir());
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
    return start(setup);
  }

  private PgServer start(PgSetup here) {
    var server = PgServer.start(here);
    servers.add(server);
    return server;
  }

  private org.assertj.core.api.AbstractThrowableAssert<?, ?> assertFails(Code code) {
    return assertThatThrownBy(this::start)
        .isInstanceOfSatisfying(
            SqlFailure.class, failure -> assertThat(failure.code()).isEqualTo(code));
  }

  private Path home() {
    return setup.dataDir().resolve("postgres");
  }

  private Path directory() {
    return home().resolve("data");
  }

  private static Path programs() {
    return TestPostgres.BINARIES.resolve(PgBinaries.VERSION);
  }

  private int owner() throws IOException {
    return (int) Files.getAttribute(directory(), "unix:uid");
  }

  private long pid() throws IOException {
    return Long.parseLong(Files.readAllLines(directory().resolve(Postmaster.FILE)).getFirst());
  }

  /// Kill -9 without waiting: the process may still be a zombie when the next start looks.
  private static void kill(long pid) {
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  private static void write(PgServer server, String word) throws SQLException {
    query(server, "CREATE TABLE IF NOT EXISTS words (word text)");
    query(server, "INSERT INTO words VALUES ('" + word + "')");
  }

  private static List<String> read(PgServer server) throws SQLException {
    return query(server, "SELECT word FROM words");
  }

  private static List<String> query(PgServer server, String query) throws SQLException {
    try (var connection = server.address().connect();
        var statement = connection.createStatement()) {
      var found = new ArrayList<String>();
      if (statement.execute(query)) {
        for (var rows = statement.getResultSet(); rows.next(); ) {
          found.add(String.valueOf(rows.getString(1)));
        }
      }
      return found;
    }
  }
}
