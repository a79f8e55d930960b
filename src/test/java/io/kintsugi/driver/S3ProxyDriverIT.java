package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// B1 on S3Proxy, which checks signatures and does what S3 does.
class S3ProxyDriverIT extends DriverConformance {
  private static final AtomicInteger ROOTS = new AtomicInteger();
  @TempDir private static Path folder;
  private static S3Servers server;
  private static Vertx vertx;
  private String root = "";

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    server = S3Servers.proxy(folder);
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

  /// Half a gibibyte is copied at once, more in parts.
  @Test
  void aLongObjectIsMovedByTheServerInParts() throws Exception {
    driver.createRoot();
    long size = Boolean.getBoolean("kintsugi.long") ? 5L << 30 : 700L << 20;
    long[] spots = {0, 100, (512L << 20) - 3, 513L << 20, size - 6};
    plantSparse("long", size, spots);
    driver.move("long", "moved/long");
    assertThat(driver.list("")).containsExactly("moved");
    assertThat(driver.sizeOf("moved/long")).isEqualTo(size);
    try (var file = driver.openRead("moved/long")) {
      for (long spot : spots) {
        assertThat(read(file, spot, 6)).as("at %d", spot).isEqualTo("marked");
        assertThat(read(file, spot + 6, 1)).isEqualTo(spot == size - 6 ? "" : "\0");
      }
    }
    driver.remove("moved/long");
  }

  /// Nothing of it is kept but a window.
  @Test
  void aLongObjectIsWrittenWithAFlatHeap() throws Exception {
    driver.createRoot();
    long size = Boolean.getBoolean("kintsugi.long") ? 5L << 30 : 200L << 20;
    var piece = ByteBuffer.allocateDirect(1 << 20);
    long before = usedHeap();
    try (var file = driver.createNew("long", size)) {
      for (long at = 0; at < size; at += piece.capacity()) {
        piece.clear();
        piece.putLong(0, at);
        file.write(piece);
        if (at % (64 << 20) == 0) {
          assertThat(usedHeap() - before).as("bytes of heap more").isLessThan(32L << 20);
        }
      }
      file.flush();
    }
    var found = ByteBuffer.allocate(8);
    try (var file = driver.openRead("long")) {
      for (long at = 0; at < size; at += 37L << 20) {
        file.read(found.clear(), at);
        assertThat(found.getLong(0)).isEqualTo(at);
      }
    }
    driver.remove("long");
  }

  @Test
  void anUploadThatNeverEndedIsGivenUpIfItIsOldAndTheAskersOwn() throws Exception {
    driver.createRoot();
    var piece = ByteBuffer.allocate(6 << 20);
    var now = Instant.now();
    try (var parts = new S3Driver(vertx, server.settings(root + "/").withParts(5 << 20, 5 << 20));
        var ours = parts.createNew("ours", 12 << 20);
        var theirs = parts.createNew("theirs", 12 << 20)) {
      ours.write(piece.clear());
      theirs.write(piece.clear());
      assertThat(driver.giveUp(now.minusSeconds(3600), _ -> true)).isZero();
      assertThat(driver.giveUp(now.plusSeconds(3600), name -> name.equals("ours"))).isEqualTo(1);
      assertThat(driver.giveUp(now.plusSeconds(3600), name -> name.equals("ours"))).isZero();
      theirs.write(piece.clear());
      theirs.flush();
    }
    assertThat(driver.sizeOf("theirs")).isEqualTo(12 << 20);
    assertFault(Fault.NotFound.class, () -> driver.sizeOf("ours"));
    driver.remove("theirs");
  }

  @Override
  void plantSparse(String name, long sizeBytes, long[] spots) throws Exception {
    S3Servers.plantSparse(server.bucket().resolve(root).resolve(name), sizeBytes, spots);
  }
}
