package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole conformance against OpenSSH (B1, B9), and what becomes of its connections.
class SftpDriverIT extends DriverConformance {
  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final AtomicInteger ROOTS = new AtomicInteger();

  @TempDir static Path folder;
  private static SshServer server;

  private String root = "";

  @BeforeAll
  static void start() throws Exception {
    server = SshServer.start(folder);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  Driver newDriver() {
    root = "deep/root" + ROOTS.incrementAndGet();
    return new SftpDriver(server.settings(root));
  }

  @Override
  Path onDisk() {
    return server.data().resolve(root);
  }

  @Override
  Driver newDriverOfTheSameRoot() {
    return new SftpDriver(server.settings(root));
  }

  @Override
  boolean canAppend() {
    return true;
  }

  @Test
  void opensshLacksNothingButTheFlushOfAFolder() throws Exception {
    driver.createRoot();
    assertThat(driver.shortcomings()).containsExactly("a folder cannot be flushed by SFTP");
    assertThat(driver.watch("", _ -> {})).isNull();
  }

  @Test
  void anUnknownHostIsRefusedAtOnceAndSoIsEveryOneWithoutAListOfHosts() {
    for (var hosts : new String[] {"wrong_hosts", "missing_hosts"}) {
      refuses(server.withFiles("x", server.file("user"), server.file(hosts)), hosts);
    }
  }

  @Test
  void aKeyOrAPasswordThatTheServerRefusesIsAMisconfigurationAtOnce() throws Exception {
    refuses(
        server.withFiles("x", server.file("other"), server.file("known_hosts")), SshServer.USER);
    refuses(server.withPassword("x", "s3cr3t-of-nobody"), SshServer.USER);
    refuses(server.withFiles("x", server.file("nothing"), server.file("known_hosts")), "nothing");
    refuses(
        server.withFiles("x", server.file("known_hosts"), server.file("known_hosts")),
        "no private key");
  }

  private static void refuses(SftpSettings settings, String word) {
    long begin = System.nanoTime();
    try (var refused = new SftpDriver(settings)) {
      assertThatThrownBy(refused::identity)
          .isInstanceOfSatisfying(
              DriverException.class,
              e -> {
                assertThat(e.fault()).isInstanceOf(Fault.Misconfigured.class);
                assertThat(e).hasMessageContaining(word);
                assertThat(Traces.of(e)).doesNotContain("s3cr3t");
              });
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    assertThat(settings.toString()).doesNotContain("s3cr3t");
  }

  @Test
  void nobodyThereIsNotConnected() throws Exception {
    var settings = server.settings("x");
    var nobody =
        new SftpSettings(
            settings.host(),
            ServerProcess.freePort(),
            settings.user(),
            settings.root(),
            null,
            settings.keyFile(),
            null,
            settings.knownHosts(),
            settings.links());
    try (var unconnected = new SftpDriver(nobody)) {
      assertFault(Fault.Disconnected.class, unconnected::identity);
    }
  }

  @Test
  void aServerThatDiesBreaksWhatIsOpenAndIsFoundAgain() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[1000]);
    try (var reading = driver.openRead("x");
        var writing = driver.createNew("y")) {
      writing.write(ByteBuffer.allocate(100_000));
      server.process().kill();
      assertFault(Fault.Disconnected.class, () -> reading.read(ByteBuffer.allocate(1000), 0));
      assertFault(
          Fault.Disconnected.class,
          () -> {
            writing.write(ByteBuffer.allocate(100_000));
            writing.flush();
          });
      assertFault(Fault.Disconnected.class, () -> driver.sizeOf("x"));
    } finally {
      server.restart();
    }
    assertThat(driver.sizeOf("x")).isEqualTo(1000);
    assertThat(driver.list("")).contains("x");
  }

  @Test
  void aConnectionThatDiedUnusedIsReplacedWithoutAWord() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[10]);
    server.process().kill();
    server.restart();
    assertThat(driver.sizeOf("x")).isEqualTo(10);
  }

  @Test
  void aFrozenServerIsATimeoutWithinTheLimitAndWorksAgainAfterwards() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[10]);
    try (var brief = new SftpDriver(server.settings(root, LIMIT))) {
      assertThat(brief.sizeOf("x")).isEqualTo(10);
      server.process().freeze();
      try {
        timesOut(brief);
        timesOut(brief);
      } finally {
        server.process().thaw();
      }
      assertThat(brief.sizeOf("x")).isEqualTo(10);
    }
  }

  private static void timesOut(Driver brief) {
    long begin = System.nanoTime();
    assertFault(Fault.Timeout.class, () -> brief.sizeOf("x"));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LIMIT.plusSeconds(1));
  }

  @Test
  void closingFreesWhoWaitsForAFrozenServer() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[10]);
    server.process().freeze();
    try {
      var waiting =
          Thread.ofPlatform()
              .start(() -> assertFault(Fault.Disconnected.class, () -> driver.sizeOf("x")));
      waiting.join(Duration.ofMillis(300));
      long begin = System.nanoTime();
      driver.close();
      assertThat(waiting.join(Duration.ofSeconds(3))).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
    } finally {
      server.process().thaw();
    }
  }

  @Test
  void aFileIsNotThereInADirectoryThatIsAFile() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[10]);
    assertThatThrownBy(() -> driver.openRead("x/y")).isInstanceOf(DriverException.class);
    assertThat(Files.exists(onDisk().resolve("x"))).isTrue();
  }
}
