package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// B1 on s3rver, which takes no notice of conditions and has tags of its own.
class S3RverDriverIT extends DriverConformance {
  private static final AtomicInteger ROOTS = new AtomicInteger();
  @TempDir private static Path folder;
  private static S3Servers server;
  private static Vertx vertx;
  private String root = "";

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    server = S3Servers.sloppy(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    FakeS3.await(vertx.close());
  }

  @Override
  Driver newDriver() {
    root = "deep/down/" + ROOTS.incrementAndGet();
    return new S3Driver(vertx, server.settings(root + "/"));
  }

  @Override
  Driver newDriverOfTheSameRoot() {
    return new S3Driver(vertx, server.settings(root + "/"));
  }

  @Override
  boolean showsUnpublished() {
    return false;
  }

  @Override
  boolean canAppend() {
    return false;
  }

  @Override
  boolean copiesRanges() {
    return false;
  }

  @Override
  @Nullable Path onDisk() {
    return null;
  }

  @Override
  void plantSparse(String name, long sizeBytes, long[] spots) throws Exception {
    var file = server.bucket().resolve(root).resolve(name + "._S3rver_object");
    S3Servers.plantSparse(file, sizeBytes, spots);
    Files.writeString(file.resolveSibling(name + "._S3rver_object.md5"), "0".repeat(32));
    Files.writeString(file.resolveSibling(name + "._S3rver_metadata.json"), "{}");
  }

  @Override
  @Test
  @DisplayName("B10: that it copies no ranges is found out at the first try, and said from then on")
  void itSaysWhetherItCopiesRangesByItself() throws Exception {
    driver.createRoot();
    var content = new byte[6 << 20];
    try (var file = driver.createReplacing("x", content.length)) {
      file.write(ByteBuffer.wrap(content));
      file.publish();
    }
    assertThat(driver.copying()).isInstanceOf(Driver.Copying.Within.class);
    try (var file = driver.createAssembling("x", "x", content.length)) {
      assertThatThrownBy(() -> file.copy(0, content.length)).hasMessageContaining("501");
    }
    assertThat(driver.copying()).isInstanceOf(Driver.Copying.Never.class);
    assertThat(driver.sizeOf("x")).isEqualTo(content.length);
  }

  /// It writes a body into the very object, and keeps what came of it when its sender dies. What is
  /// there then is no shard that verifies, and no driver can do more.
  @Override
  @Test
  void whatADeadProcessLeftIsSweptAwayOnceItIsOld() throws Exception {
    driver.createRoot();
    var died = newDriverOfTheSameRoot();
    var file = died.createAssembling("x", null, 12 << 20);
    file.write(ByteBuffer.allocate(6 << 20));
    died.close();
    var later = Instant.now().plus(Duration.ofHours(24));
    assertThat(Leftovers.sweep(driver, later, Set.of(), _ -> false)).isZero();
  }

  /// It writes into the very file that others read, so that they may be refused meanwhile; no
  /// driver can make up for that. What is published is there afterwards.
  @Override
  @Test
  void readersSeeTheOldOrTheNewWhileAFileIsReplacedAgainAndAgain() throws Exception {
    driver.createRoot();
    for (int i = 1; i < 20; i++) {
      var content = String.valueOf(i % 10).repeat(1000).getBytes(UTF_8);
      try (var file = driver.createReplacing("x", content.length)) {
        file.write(ByteBuffer.wrap(content));
        file.publish();
      }
      assertThat(driver.readSmall("x", 2000)).isEqualTo(content);
    }
  }

  @Test
  void thatItWritesNamesTwiceIsFoundOutAndSaid() throws Exception {
    var s3 = (S3Driver) driver;
    driver.createRoot();
    assertThat(s3.limits()).isEmpty();
    try (var file = driver.createNew("x", 1)) {
      file.write(ByteBuffer.allocate(1));
      file.flush();
    }
    assertThat(s3.limits()).singleElement().asString().contains("twice");
  }
}
