package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.kernel.Secret;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole conformance against Samba (B1, B9), and what becomes of its connections.
class SmbDriverIT extends DriverConformance {
  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final AtomicInteger ROOTS = new AtomicInteger();

  @TempDir static Path folder;
  private static SambaServer server;

  private String root = "";

  @BeforeAll
  static void start() throws Exception {
    server = SambaServer.start(folder);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  Driver newDriver() {
    root = "deep/root" + ROOTS.incrementAndGet();
    return new SmbDriver(server.settings(root));
  }

  @Override
  Path onDisk() {
    return server.data().resolve(root);
  }

  @Override
  Driver newDriverOfTheSameRoot() {
    return new SmbDriver(server.settings(root));
  }

  @Override
  boolean canAppend() {
    return true;
  }

  /// The server hides links that it does not follow, and says nothing of those that it does.
  @Override
  boolean tellsLinks() {
    return false;
  }

  @Test
  void itDoesNotWatch() throws Exception {
    driver.createRoot();
    assertThat(driver.watch("", _ -> {})).isNull();
    assertThat(driver.shortcomings()).isEmpty();
  }

  @Test
  void namesThatTheServerWouldTakeForSomethingElseAreRefused() throws Exception {
    driver.createRoot();
    for (var name : new String[] {"a:b", "a*", "a?", "a\\b", "a.", "a ", "a<b", "a|b", "a\"b"}) {
      assertThatThrownBy(() -> driver.createNew(name)).isInstanceOf(DriverException.class);
    }
    assertThat(driver.list("")).isEmpty();
  }

  @Test
  void aWrongPasswordOrShareIsAMisconfigurationAtOnce() {
    refuses(server.settings("data", "x", "s3cr3t-of-nobody", LIMIT), "password");
    refuses(server.settings("nothing", "x", SambaServer.PASSWORD, LIMIT), "share");
  }

  private static void refuses(SmbSettings settings, String word) {
    long begin = System.nanoTime();
    try (var refused = new SmbDriver(settings)) {
      assertThatThrownBy(refused::identity)
          .isInstanceOfSatisfying(
              DriverException.class,
              e -> {
                assertThat(e.fault()).isInstanceOf(Fault.Misconfigured.class);
                assertThat(e).hasMessageContaining(word);
                assertThat(Traces.of(e)).doesNotContain("s3cr3t", "correct horse");
              });
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    assertThat(settings.toString()).doesNotContain("s3cr3t", "correct horse");
  }

  @Test
  void whatIsEncryptedIsTheSame() throws Exception {
    driver.createRoot();
    var plain = server.settings(root);
    var settings =
        new SmbSettings(
            plain.host(),
            plain.port(),
            plain.share(),
            plain.root(),
            plain.user(),
            plain.domain(),
            new Secret(SambaServer.PASSWORD),
            true,
            plain.links());
    try (var encrypted = new SmbDriver(settings)) {
      encrypted.createSmall("x", new byte[] {1, 2, 3});
      assertThat(driver.readSmall("x", 10)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void nobodyThereIsNotConnected() throws Exception {
    var settings = server.settings("x");
    var nobody =
        new SmbSettings(
            settings.host(),
            ServerProcess.freePort(),
            settings.share(),
            settings.root(),
            settings.user(),
            null,
            settings.password(),
            false,
            settings.links());
    try (var unconnected = new SmbDriver(nobody)) {
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
    var settings = server.settings("data", root, SambaServer.PASSWORD, LIMIT);
    try (var brief = new SmbDriver(settings)) {
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
      driver.close();
      assertThat(waiting.join(Duration.ofSeconds(3))).isTrue();
    } finally {
      server.process().thaw();
    }
  }
}
