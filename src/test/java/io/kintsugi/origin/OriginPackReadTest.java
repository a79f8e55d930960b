package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.Marker;
import io.kintsugi.format.Striping;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Shards read out of packs, at the offsets that they would have in files of their own (F2, F6).
@ExtendWith(VertxExtension.class)
class OriginPackReadTest {
  private static final ShardFiles SMALL = OriginPacksTest.small(1);
  private static final ShardFiles LARGE =
      ShardFiles.of(ShardFiles.writeId(2), new Geometry(2, 1), 1_300_000);

  @TempDir Path folder;
  private House house;
  private FaultyDriver driver;
  private Packed small;
  private Packed large;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").start(_ -> driver);
    small = house.packed("disk-1", SMALL, 0);
    large = house.packed("disk-1", LARGE, 1);
    driver.opened.set(0);
  }

  @Test
  void aPackedShardReadsAsItsFileWould() throws Exception {
    assertThat(read(SMALL, 0, small, 0, 1 << 20)).isEqualTo(SMALL.file(0));
    assertThat(read(LARGE, 1, large, 0, 2 << 20)).isEqualTo(LARGE.file(1));
    int end = LARGE.file(1).length;
    for (int[] range :
        new int[][] {
          {0, 128},
          {100, 100},
          {200, 3000},
          {4000, 200},
          {4096, 262_144},
          {end - 50, 50},
          {end - 50, 500},
          {end, 10},
          {end + 5000, 10},
          {4096, 0}
        }) {
      assertThat(read(LARGE, 1, large, range[0], range[1]))
          .as("range %s", Arrays.toString(range))
          .isEqualTo(
              Arrays.copyOfRange(
                  LARGE.file(1), Math.min(range[0], end), Math.min(range[0] + range[1], end)));
    }
  }

  @Test
  void manySmallReadsOpenThePackOnce() throws Exception {
    for (int i = 0; i < 50; i++) {
      assertThat(read(SMALL, 0, small, Striping.FILE_HEADER_BYTES, 64)).hasSize(64);
      assertThat(read(LARGE, 1, large, Striping.FILE_HEADER_BYTES, 300_000)).hasSize(300_000);
    }
    assertThat(driver.opened).hasValue(1);
  }

  @Test
  void aPackThatFailedIsOpenedAnewForTheNextReader() throws Exception {
    read(SMALL, 0, small, 0, 10);
    driver.onRead = new Fault.Io("x", "Stale file handle");
    OriginVerticleTest.assertFails(UNAVAILABLE, () -> read(SMALL, 0, small, 0, 10));
    driver.onRead = null;
    house.checkUntil("disk-1", "healthy");
    assertThat(read(SMALL, 0, small, 0, 10)).hasSize(10);
    assertThat(driver.opened).hasValue(2);
  }

  @Test
  void aPackThatIsNotThereIsNotFoundOnlyUnderAVerifiedMarker() throws Exception {
    Files.delete(house.root("disk-1").resolve(small.pack()));
    OriginVerticleTest.assertFails(NOT_FOUND, () -> read(SMALL, 0, small, 0, 10));
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    OriginVerticleTest.assertFails(UNAVAILABLE, () -> read(SMALL, 0, small, 0, 10));
  }

  @Test
  void aPackThatEndsTooEarlyGivesWhatIsThere() throws Exception {
    var pack = house.root("disk-1").resolve(large.pack());
    var bytes = Files.readAllBytes(pack);
    int present = 1000;
    Files.write(pack, Arrays.copyOf(bytes, (int) large.offset() + present));
    assertThat(read(LARGE, 1, large, 0, 2 << 20))
        .isEqualTo(Arrays.copyOf(LARGE.file(1), present + Striping.FILE_HEADER_BYTES - 128));
    Files.write(pack, Arrays.copyOf(bytes, (int) small.sizeBytes()));
    assertThat(read(LARGE, 1, large, 0, 2 << 20)).isEmpty();
    assertThat(read(SMALL, 0, small, 0, 1 << 20)).isEqualTo(SMALL.file(0));
  }

  @Test
  void nothingBeyondTheRecordIsShownWhateverTheAskerWants() throws Exception {
    var shorter = new Packed(small.pack(), small.offset(), small.sizeBytes() - 10);
    assertThat(read(SMALL, 0, shorter, 0, 1 << 20))
        .isEqualTo(Arrays.copyOf(SMALL.file(0), SMALL.file(0).length - 10));
  }

  @Test
  void whatIsNoPlaceInAPackIsRefused() {
    for (var place :
        List.of(
            new Packed("packs/x", 0, 100),
            new Packed("objects/012/x", 0, 100),
            new Packed("packs/../kintsugi-origin.json", 0, 100),
            new Packed(small.pack(), 32, 100),
            new Packed(small.pack(), -64, 100),
            new Packed(small.pack(), 0, 0),
            new Packed(small.pack(), Long.MAX_VALUE & -64, 100),
            new Packed(small.pack(), 0, Long.MAX_VALUE))) {
      OriginVerticleTest.assertFails(INVALID_REQUEST, () -> read(SMALL, 0, place, 0, 10));
    }
  }

  private byte[] read(ShardFiles shards, int index, Packed place, long offset, long length)
      throws Exception {
    return house.read("disk-1", shards.name(index).path(), place, offset, length);
  }
}
