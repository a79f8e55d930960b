package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kintsugi.kernel.Secret;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/// What an S3 origin makes of answers that servers give seldom (B1, B9).
class S3ClientTest {
  private static final byte[] SMALL = "content".getBytes(UTF_8);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
  private static Vertx vertx;

  private FakeS3 server;
  private S3Driver driver;

  @BeforeAll
  static void begin() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void end() {
    FakeS3.await(vertx.close());
  }

  @BeforeEach
  void open() {
    server = new FakeS3(vertx);
    driver = new S3Driver(vertx, server.settings());
  }

  @AfterEach
  void close() {
    driver.close();
    server.close();
  }

  private static Fault faultOf(ThrowingCallable work) {
    return catchThrowableOfType(DriverException.class, work).fault();
  }

  private void write(String name, byte[] content) throws DriverException {
    try (var file = driver.createNew(name, content.length)) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
  }

  @Test
  void aNewNameCostsOneRequestOnceTheServerIsKnown() throws Exception {
    write("objects/0a1/x", SMALL);
    server.asked.clear();
    write("objects/0a1/y", SMALL);
    assertThat(server.asked).containsExactly("PUT /b/p/objects/0a1/y");
    assertThat(server.objects).containsEntry("p/objects/0a1/y", Buffer.buffer(SMALL));
  }

  @Test
  void aServerThatWritesANameTwiceIsFoundOutAndEachNameIsAskedForFirst() throws Exception {
    server.first =
        request -> {
          // As if it had never heard of the condition.
          request.headers().remove("if-none-match");
          return false;
        };
    write("objects/0a1/x", SMALL);
    assertThat(driver.limits()).singleElement().asString().contains("twice");
    server.asked.clear();
    assertThat(faultOf(() -> driver.createNew("objects/0a1/x", 1)))
        .isEqualTo(new Fault.Exists("objects/0a1/x"));
    assertThat(server.asked).containsExactly("HEAD /b/p/objects/0a1/x");
    assertThat(server.objects.keySet()).noneMatch(key -> key.contains(".part"));
  }

  @Test
  void theRegionThatAServerNamesIsUsedFromThenOn() throws Exception {
    server.first =
        request -> {
          if (String.valueOf(request.getHeader("authorization")).contains("/us-east-1/")) {
            request.response().putHeader("x-amz-bucket-region", "eu-west-9");
            FakeS3.error(request, 400, "AuthorizationHeaderMalformed");
            return true;
          }
          return false;
        };
    driver.identity();
    assertThat(server.asked).hasSize(3);
    write("objects/0a1/x", SMALL);
  }

  @Test
  void aBucketThatIsElsewhereIsFollowedAndAskedThereFromThenOn() throws Exception {
    try (var there = new FakeS3(vertx)) {
      server.first =
          request -> {
            request.response().putHeader("location", there.endpoint() + request.uri());
            FakeS3.error(request, 307, "TemporaryRedirect");
            return true;
          };
      write("objects/0a1/x", new byte[3_000_000]);
      assertThat(server.asked).hasSize(1);
      assertThat(there.objects).containsKey("p/objects/0a1/x");
    }
  }

  @Test
  void aRedirectionNeverLeadsOutOfTls() {
    var settings =
        S3Settings.of(URI.create("https://s3.test"), "b", "", new Secret("a"), new Secret("s"));
    var target = S3Target.of(settings);
    assertThat(target.redirected(settings, "http://evil.test/b", "")).isNull();
    assertThat(target.redirected(settings, "/b", "")).isNull();
    assertThat(target.redirected(settings, "", "b.s3.eu.test"))
        .isEqualTo(new S3Target(true, "b.s3.eu.test", 443, ""));
    assertThat(target.path("")).isEqualTo("/b");
    assertThat(target.path("a b")).isEqualTo("/b/a%20b");
  }

  @Test
  void anotherClockIsLearntFromTheServer() throws Exception {
    var there = Instant.now().plus(Duration.ofHours(5));
    server.first =
        request -> {
          var date = DateTimeFormatter.RFC_1123_DATE_TIME.format(there.atOffset(ZoneOffset.UTC));
          request.response().putHeader("date", date);
          var stamp = LocalDateTime.parse(request.getHeader("x-amz-date"), STAMP);
          var off = Duration.between(stamp.toInstant(ZoneOffset.UTC), there).abs();
          if (off.compareTo(Duration.ofMinutes(15)) > 0) {
            FakeS3.error(request, 403, "RequestTimeTooSkewed");
            return true;
          }
          return false;
        };
    driver.identity();
    assertThat(server.asked).as("one request twice, then the next").hasSize(3);
    write("objects/0a1/x", SMALL);
  }

  @Test
  void aCopyThatFailedBehindItsStatusTakesNothingAway() throws Exception {
    write("objects/0a1/x", SMALL);
    server.first =
        request -> {
          if (request.getHeader("x-amz-copy-source") != null) {
            FakeS3.error(request, 200, "InternalError");
            return true;
          }
          return false;
        };
    assertThat(faultOf(() -> driver.move("objects/0a1/x", "quarantine/x")))
        .isInstanceOf(Fault.Io.class);
    assertThat(server.objects).containsKey("p/objects/0a1/x");
  }

  @Test
  void partsThatWereNotJoinedBehindTheirStatusAreNoObjectAndAreGivenUp() throws Exception {
    server.first =
        request -> {
          if (request.method().name().equals("POST") && request.getParam("uploadId") != null) {
            FakeS3.error(request, 200, "InternalError");
            return true;
          }
          return false;
        };
    var content = new byte[20 << 20];
    try (var file = driver.createNew("objects/0a1/x", -1)) {
      file.write(ByteBuffer.wrap(content));
      assertThat(faultOf(file::flush)).isInstanceOf(Fault.Io.class);
    }
    assertThat(server.asked)
        .anyMatch(asked -> asked.equals("DELETE /b/p/objects/0a1/x?uploadId=u1"));
    assertThat(server.asked).filteredOn(asked -> asked.contains("partNumber")).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "503,SlowDown,Throttled",
    "429,'',Throttled",
    "503,ServiceUnavailable,Io",
    "403,QuotaExceeded,Full",
    "507,'',Full",
    "403,AccessDenied,Denied",
    "403,SignatureDoesNotMatch,Misconfigured",
    "403,InvalidAccessKeyId,Misconfigured",
    "404,NoSuchBucket,Misconfigured",
    "405,MethodNotAllowed,ReadOnly",
    "500,InternalError,Io"
  })
  void refusalsMeanWhatTheySay(int status, String code, String fault) throws Exception {
    write("objects/0a1/x", SMALL);
    server.first =
        request -> {
          FakeS3.error(request, status, code);
          return true;
        };
    for (int size : new int[] {10, 3_000_000}) {
      var found = faultOf(() -> write("objects/0a1/y", new byte[size]));
      assertThat(found.getClass().getSimpleName()).as("%d bytes", size).isEqualTo(fault);
    }
  }

  @Test
  void aBucketThatIsNotThereOrNotOursIsNoAbsence() {
    for (int status : new int[] {404, 403}) {
      server.first =
          request -> {
            FakeS3.error(request, status, "");
            return true;
          };
      assertThat(faultOf(() -> driver.identity())).isInstanceOf(Fault.Misconfigured.class);
    }
  }

  @Test
  void otherBytesThanWereSentAreNotAcknowledged() {
    server.first =
        request -> {
          if (request.uri().endsWith("/x") && request.method().name().equals("PUT")) {
            request
                .body()
                .onSuccess(_ -> {
                  request.response().putHeader("etag", FakeS3.etag(Buffer.buffer("others")));
                  FakeS3.answer(request, 200, "");
                });
            return true;
          }
          return false;
        };
    assertThat(faultOf(() -> write("objects/0a1/x", SMALL)).text()).contains("other bytes");
    assertThat(faultOf(() -> write("objects/0a1/x", new byte[2_000_000])).text())
        .contains("other bytes");
  }

  @Test
  void anObjectThatChangesWhileItIsReadIsNoticed() throws Exception {
    write("objects/0a1/x", SMALL);
    server.first =
        request -> {
          if (request.getHeader("range") != null) {
            assertThat(request.getHeader("if-match")).isEqualTo(FakeS3.etag(Buffer.buffer(SMALL)));
            FakeS3.error(request, 412, "PreconditionFailed");
            return true;
          }
          return false;
        };
    try (var file = driver.openRead("objects/0a1/x")) {
      assertThat(faultOf(() -> file.read(ByteBuffer.allocate(3), 0)).text()).contains("replaced");
    }
  }

  @Test
  void whoReadsOnAndOnAsksOnlyNowAndThen() throws Exception {
    var content = new byte[10_000_000];
    new Random(1).nextBytes(content);
    server.objects.put("p/objects/big", Buffer.buffer(content));
    try (var file = driver.openRead("objects/big")) {
      server.asked.clear();
      var all = ByteBuffer.allocate(content.length);
      for (int at = 0; at < content.length; at += 100_000) {
        file.read(all.slice(at, 100_000), at);
      }
      assertThat(all.array()).isEqualTo(content);
      assertThat(server.asked).hasSizeBetween(2, 7);
    }
  }

  @Test
  void aStreamThatTheServerGaveUpIsTakenUpByAQuestionOfItsOwn() throws Exception {
    var content = new byte[8_000_000];
    new Random(2).nextBytes(content);
    server.objects.put("p/objects/big", Buffer.buffer(content));
    var connections = new AtomicInteger();
    server.first =
        request -> {
          // The second answer for bytes ends in the middle.
          if (request.getHeader("range") != null && connections.incrementAndGet() == 2) {
            var range = request.getHeader("range").substring(6).split("-", -1);
            int from = Integer.parseInt(range[0]);
            request.response().setStatusCode(206).putHeader("content-length", "1000000");
            request.response().write(Buffer.buffer(content).getBuffer(from, from + 250_000));
            vertx.setTimer(50, _ -> request.connection().close());
            return true;
          }
          return false;
        };
    try (var file = driver.openRead("objects/big")) {
      var all = ByteBuffer.allocate(content.length);
      for (int at = 0; at < content.length; at += 100_000) {
        file.read(all.slice(at, 100_000), at);
      }
      assertThat(all.array()).isEqualTo(content);
    }
  }

  @Test
  void aConnectionThatWasClosedWhileNobodyUsedItIsNoFault() throws Exception {
    server.first =
        request -> {
          request.response().endHandler(_ -> request.connection().close());
          return false;
        };
    for (int i = 0; i < 20; i++) {
      driver.sizeOf("objects");
    }
  }

  @Test
  void aServerThatSaysNothingIsATimeoutWithinItsLimit() throws Exception {
    write("objects/0a1/x", SMALL);
    var hasty = hasty(Duration.ofMillis(300));
    hasty.identity();
    server.first =
        request -> {
          request.pause();
          // But for the question whether a folder is there.
          return !request.uri().contains("prefix=p%2Fobjects");
        };
    long begin = System.nanoTime();
    assertThat(faultOf(() -> hasty.sizeOf("objects/0a1/x"))).isInstanceOf(Fault.Timeout.class);
    assertThat(faultOf(() -> hasty.list(""))).isInstanceOf(Fault.Timeout.class);
    // The server does not even take the bytes: sockets hold some, the rest stays here.
    try (var file = hasty.createReplacing("objects/0a1/z", 60 << 20)) {
      assertThat(faultOf(() -> file.write(ByteBuffer.allocate(60 << 20))))
          .isInstanceOf(Fault.Timeout.class);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    hasty.close();
  }

  private S3Driver hasty(Duration timeout) {
    return new S3Driver(vertx, server.settings().withTimeout(timeout));
  }

  @Test
  void whatIsUnderWayFailsWhenItIsClosedAndSoDoesAllThatComes() throws Exception {
    server.first =
        request -> {
          vertx.setTimer(100, _ -> driver.close());
          return true;
        };
    long begin = System.nanoTime();
    assertThat(faultOf(() -> driver.list(""))).isInstanceOf(Fault.Disconnected.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    assertThat(faultOf(() -> driver.identity())).isInstanceOf(Fault.Disconnected.class);
  }

  @Test
  void aWritingThatIsClosedBeforeItIsFlushedLeavesNothing() throws Exception {
    for (int size : new int[] {10, 3_000_000, -1}) {
      try (var file = driver.createNew("objects/0a1/never", size)) {
        file.write(ByteBuffer.allocate(size < 0 ? 20 << 20 : size / 2));
      }
    }
    assertThat(server.objects).doesNotContainKey("p/objects/0a1/never");
    assertThat(server.asked).anyMatch(asked -> asked.startsWith("DELETE") && asked.endsWith("=u1"));
  }

  @Test
  void aLengthThatWasSaidIsKept() throws Exception {
    try (var file = driver.createNew("objects/0a1/x", 5)) {
      assertThat(faultOf(() -> file.write(ByteBuffer.allocate(6))).text()).contains("more bytes");
    }
    try (var file = driver.createNew("objects/0a1/x", 5)) {
      file.write(ByteBuffer.allocate(4));
      assertThat(faultOf(file::flush).text()).contains("fewer bytes");
    }
  }

  @Test
  void aQuotaIsCountedAndWhatIsWrittenCountsAtOnce() throws Exception {
    server.objects.put("p/objects/old", Buffer.buffer(new byte[1000]));
    var counting = new S3Driver(vertx, server.settings().withQuotaBytes(10_000));
    try {
      assertThat(counting.space().totalBytes()).isEqualTo(10_000);
      while (counting.space().freeBytes() != 10_000 - 1000 - "root".length()) {
        Thread.onSpinWait();
      }
      try (var file = counting.createNew("objects/0a1/x", 500)) {
        file.write(ByteBuffer.allocate(500));
        file.flush();
      }
      assertThat(counting.space().freeBytes()).isEqualTo(10_000 - 1500 - "root".length());
    } finally {
      counting.close();
    }
  }

  /// B9: in no text, whatever goes wrong and however much is logged.
  @Test
  void noSecretIsTold() throws Exception {
    var settings = server.settings();
    assertThat(settings.toString()).doesNotContain(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY);
    var root = (Logger) LoggerFactory.getLogger("io.kintsugi");
    var lines = new ListAppender<ILoggingEvent>();
    var level = root.getLevel();
    lines.start();
    root.setLevel(Level.TRACE);
    root.addAppender(lines);
    var told = new StringWriter();
    try {
      for (var code : List.of("SignatureDoesNotMatch", "InternalError", "AccessDenied")) {
        server.first =
            request -> {
              FakeS3.error(request, code.equals("InternalError") ? 500 : 403, code);
              return true;
            };
        var failure =
            catchThrowableOfType(DriverException.class, () -> driver.readSmall("objects/x", 9));
        failure.printStackTrace(new PrintWriter(told, true));
        told.append(failure.fault().toString());
        told.append(faultOf(() -> driver.list("")).toString());
      }
    } finally {
      root.detachAppender(lines);
      root.setLevel(level);
    }
    lines.list.forEach(line -> told.append(line.getFormattedMessage()));
    assertThat(told.toString())
        .contains("SignatureDoesNotMatch")
        .doesNotContain(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY, "Signature=");
  }

  @Test
  void settingsThatCannotBeMeantAreRefused() {
    var key = new Secret("k");
    for (var endpoint : new String[] {"ftp://h", "http://h/path", "http://u:p@h", "h"}) {
      assertThatThrownBy(() -> S3Settings.of(URI.create(endpoint), "b", "", key, key))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("endpoint");
    }
    var endpoint = URI.create("http://h");
    for (var prefix : new String[] {"a", "/a/", "a//b/"}) {
      assertThatThrownBy(() -> S3Settings.of(endpoint, "b", prefix, key, key))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("prefix");
    }
    assertThatThrownBy(() -> S3Settings.of(endpoint, "b/c", "", key, key))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPlaceThatIsOnlyReadTakesNoWrites() {
    var reader = new S3Driver(vertx, server.settings().withReadOnly(true));
    try {
      assertThat(faultOf(() -> reader.createNew("objects/0a1/x", 1)))
          .isInstanceOf(Fault.ReadOnly.class);
      assertThat(faultOf(() -> reader.remove("objects/0a1/x"))).isInstanceOf(Fault.ReadOnly.class);
    } finally {
      reader.close();
    }
  }
}
