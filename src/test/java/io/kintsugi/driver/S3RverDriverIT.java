package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
