package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.kernel.Secret;
import io.kintsugi.node.RunningNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// B1 on another node's own S3.
class S3EdgeDriverIT extends DriverConformance {
  private static final AtomicInteger ROOTS = new AtomicInteger();
  @TempDir private static Path data;
  private static RunningNode node;
  private static Vertx vertx;
  private String root = "";

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    node = RunningNode.start(data);
    var client = new S3Client(vertx, settings(""), Clock.systemUTC());
    var made = FakeS3.await(client.send(S3Request.of(HttpMethod.PUT, "")));
    assertThat(made.status()).isEqualTo(200);
    client.close();
  }

  @AfterAll
  static void stop() {
    node.close();
    FakeS3.await(vertx.close());
  }

  private static S3Settings settings(String prefix) {
    return S3Settings.of(
        URI.create(node.s3Url()),
        S3Servers.BUCKET,
        prefix,
        new Secret("kintsugi"),
        new Secret("kintsugi-secret"));
  }

  @Override
  Driver newDriver() {
    root = "deep/down/" + ROOTS.incrementAndGet() + "/";
    return newDriverOfTheSameRoot();
  }

  @Override
  Driver newDriverOfTheSameRoot() {
    return new S3Driver(vertx, settings(root));
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

  /// There is no short way for so many bytes into a node, so only the long round brings them all.
  @Override
  @Test
  void aFileBeyondFourGibibytesIsReadInTheRightRangesWithAFlatHeap() throws Exception {
    driver.createRoot();
    long size = Boolean.getBoolean("kintsugi.long") ? 5L << 30 : 100L << 20;
    long[] spots = {0, size / 2 - 3, size - 6};
    plantSparse("big", size, spots);
    assertThat(driver.sizeOf("big")).isEqualTo(size);
    try (var file = driver.openRead("big")) {
      for (long spot : spots) {
        assertThat(read(file, spot, 6)).as("at %d", spot).isEqualTo("marked");
      }
    }
  }

  @Override
  void plantSparse(String name, long sizeBytes, long[] spots) throws Exception {
    var piece = ByteBuffer.allocate(1 << 20);
    try (var file = driver.createNew(name, sizeBytes)) {
      for (long at = 0; at < sizeBytes; at += piece.capacity()) {
        piece = ByteBuffer.allocate(1 << 20);
        for (long spot : spots) {
          mark(piece, Math.clamp(spot - at, -6, piece.capacity()));
        }
        file.write(piece.limit((int) Math.min(piece.capacity(), sizeBytes - at)));
      }
      file.flush();
    }
  }

  private static void mark(ByteBuffer piece, int at) {
    var word = "marked".getBytes(UTF_8);
    for (int i = 0; i < word.length; i++) {
      if (at + i >= 0 && at + i < piece.capacity()) {
        piece.put(at + i, word[i]);
      }
    }
  }
}
