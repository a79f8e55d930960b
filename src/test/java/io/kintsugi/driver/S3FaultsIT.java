package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kintsugi.driver.FaultyWire.Mood;
import io.kintsugi.kernel.Secret;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// S3 origins whose server is slow, cut off, or dies in the middle (B6, B9).
class S3FaultsIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /// What a whole call may take with all that comes around it.
  private static final Duration LIMIT = Duration.ofSeconds(4);

  private static final byte[] CONTENT = content(24_000_000);

  private static final AtomicInteger ROOTS = new AtomicInteger();

  @TempDir private static Path folder;
  private static Vertx vertx;
  private static S3Servers server;

  private String root = "";
  private FaultyWire wire;
  private S3Driver driver;

  @BeforeAll
  static void startServer() throws Exception {
    vertx = Vertx.vertx();
    server = S3Servers.proxy(folder);
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
    FakeS3.await(vertx.close());
  }

  @BeforeEach
  void start() throws Exception {
    root = "p" + ROOTS.incrementAndGet();
    if (!server.isAlive()) {
      server = S3Servers.proxy(Files.createDirectories(folder.resolve(root)));
    }
    wire = new FaultyWire(vertx, server.port());
    driver = new S3Driver(vertx, settings());
    driver.createRoot();
    driver.createFolder("objects");
    write("objects/0a1/x", CONTENT);
  }

  @AfterEach
  void stop() throws Exception {
    driver.close();
    wire.close();
  }

  private S3Settings settings() {
    return S3Servers.settings(wire.endpoint(), root + "/").withTimeout(TIMEOUT);
  }

  private static byte[] content(int length) {
    var bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private void write(String name, byte[] content) throws DriverException {
    try (var file = driver.createNew(name, content.length)) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
  }

  private byte[] readAll(String name) throws DriverException {
    try (var file = driver.openRead(name)) {
      var all = ByteBuffer.allocate((int) file.sizeBytes());
      for (int at = 0; at < all.capacity(); at += 256 << 10) {
        file.read(all.slice(at, Math.min(256 << 10, all.capacity() - at)), at);
      }
      return all.array();
    }
  }

  private static Fault faultWithinLimit(ThrowingCallable work) {
    long begin = System.nanoTime();
    var fault = catchThrowableOfType(DriverException.class, work).fault();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LIMIT);
    return fault;
  }

  @ParameterizedTest
  @EnumSource(names = {"TRICKLE", "BLACK_HOLE", "RESET"})
  void aWayThatDoesNotLeadThroughIsAFaultWithinTheLimitAndForgottenAfterwards(Mood mood)
      throws Exception {
    var fault = mood == Mood.RESET ? Fault.Disconnected.class : Fault.Timeout.class;
    wire.is(mood);
    assertThat(faultWithinLimit(() -> driver.list("objects"))).isInstanceOf(fault);
    assertThat(faultWithinLimit(() -> readAll("objects/0a1/x"))).isInstanceOf(fault);
    if (mood != Mood.TRICKLE) {
      assertThat(faultWithinLimit(() -> write("objects/0a1/y", CONTENT))).isInstanceOf(fault);
    }
    wire.is(Mood.WELL);
    assertThat(readAll("objects/0a1/x")).isEqualTo(CONTENT);
    write("objects/0a1/z", CONTENT);
    assertThat(driver.sizeOf("objects/0a1/z")).isEqualTo(CONTENT.length);
  }

  @Test
  void aSlowWayIsNoFault() throws Exception {
    wire.is(Mood.SLOW);
    assertThat(driver.list("objects")).containsExactly("0a1");
    write("objects/0a1/small", content(100_000));
    assertThat(driver.sizeOf("objects/0a1/small")).isEqualTo(100_000);
  }

  @ParameterizedTest
  @EnumSource(names = {"BLACK_HOLE", "RESET"})
  void aWayThatEndsInTheMiddleOfAnAnswerIsNoEndOfTheObject(Mood mood) {
    wire.turns(mood, 9_000_000);
    assertThat(faultWithinLimit(() -> readAll("objects/0a1/x")))
        .isInstanceOfAny(Fault.Timeout.class, Fault.Disconnected.class);
  }

  @Test
  void aServerThatDiesInMidReadIsNoEndOfTheObject() throws Exception {
    try (var file = driver.openRead("objects/0a1/x")) {
      var piece = ByteBuffer.allocate(256 << 10);
      for (int at = 0; at < 3 << 20; at += piece.capacity()) {
        file.read(piece.clear(), at);
      }
      server.kill();
      var fault =
          faultWithinLimit(() -> {
            for (int at = 3 << 20; at < CONTENT.length; at += piece.capacity()) {
              file.read(piece.clear(), at);
            }
          });
      assertThat(fault).isInstanceOf(Fault.Disconnected.class);
    }
  }

  @Test
  void aServerThatDiesInMidWriteHasNothing() throws Exception {
    try (var file = driver.createNew("objects/0a1/never", CONTENT.length)) {
      file.write(ByteBuffer.wrap(CONTENT, 0, CONTENT.length / 2));
      server.kill();
      var fault =
          faultWithinLimit(() -> {
            file.write(ByteBuffer.wrap(CONTENT, CONTENT.length / 2, CONTENT.length / 2));
            file.flush();
          });
      assertThat(fault).isInstanceOf(Fault.Disconnected.class);
    }
    assertThat(Files.exists(server.bucket().resolve(root + "/objects/0a1/never"))).isFalse();
  }

  @Test
  void aWrongKeyIsAMisconfigurationThatTellsNoKey() {
    var wrong =
        S3Servers.settings(server.endpoint(), root + "/").withSecretKey(new Secret("NOTTHATKEY"));
    var stranger = new S3Driver(vertx, wrong);
    try {
      var fault = faultWithinLimit(stranger::identity);
      assertThat(fault).isInstanceOf(Fault.Misconfigured.class);
      assertThat(fault.text()).doesNotContain("NOTTHATKEY");
    } finally {
      stranger.close();
    }
  }

  @Test
  void aBucketThatIsNotThereIsAMisconfigurationAndNoAbsence() {
    var other = new S3Driver(vertx, server.settings(root + "/").withBucket("nosuchbucket"));
    try {
      assertThat(faultWithinLimit(other::identity)).isInstanceOf(Fault.Misconfigured.class);
      assertThat(faultWithinLimit(other::createRoot)).isInstanceOf(Fault.Misconfigured.class);
    } finally {
      other.close();
    }
  }

  @Test
  void aClockThatIsHoursOffIsSetByTheServers() throws Exception {
    var clock = Clock.offset(Clock.systemUTC(), Duration.ofHours(-7));
    var late = new S3Driver(vertx, server.settings(root + "/"), clock);
    try {
      late.identity();
      assertThat(late.sizeOf("objects/0a1/x")).isEqualTo(CONTENT.length);
    } finally {
      late.close();
    }
  }

  @Test
  void writingsThatAreGivenUpLeaveNothingAtTheServer() throws Exception {
    for (int size : new int[] {1000, CONTENT.length, -1}) {
      try (var file = driver.createNew("objects/0a1/never", size)) {
        file.write(ByteBuffer.wrap(CONTENT, 0, size == 1000 ? 500 : CONTENT.length - 1));
      }
    }
    assertThat(driver.list("objects/0a1")).containsExactly("x");
  }

  @Test
  void partsOfEverySizeMakeTheObjectThatWasWritten() throws Exception {
    var inParts = new S3Driver(vertx, server.settings(root + "/").withParts(5 << 20, 5 << 20));
    var signed =
        new S3Driver(vertx, server.settings(root + "/").withPayloads(S3Settings.Payloads.SIGNED));
    try {
      for (var each : new S3Driver[] {inParts, signed}) {
        for (int said : new int[] {CONTENT.length, -1}) {
          var name = "objects/0a1/" + System.identityHashCode(each) + "." + said;
          try (var file = each.createNew(name, said)) {
            file.write(ByteBuffer.wrap(CONTENT));
            file.flush();
          }
          assertThat(readAll(name)).isEqualTo(CONTENT);
        }
      }
    } finally {
      inParts.close();
      signed.close();
    }
  }

  @Test
  void nothingStaysOpenOnceItIsClosed() throws Exception {
    var file = driver.openRead("objects/0a1/x");
    file.read(ByteBuffer.allocate(1000), 0);
    file.read(ByteBuffer.allocate(1000), 1000);
    driver.close();
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (wire.connections() > 0 && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(wire.connections()).isZero();
  }
}
