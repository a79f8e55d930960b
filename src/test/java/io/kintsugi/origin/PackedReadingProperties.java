package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.driver.Driver;
import io.kintsugi.format.Geometry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The view of a packed shard is its file, for any shape, place and range (F6).
class PackedReadingProperties {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void theViewEqualsTheFileWhateverIsReadAndHoweverMuchIsThere(long seed) throws Exception {
    var random = new Random(seed);
    var geometry = new Geometry(1 + random.nextInt(4), random.nextInt(3));
    long segmentBytes = random.nextInt(5) == 0 ? 0 : random.nextInt(700_000);
    var shards = ShardFiles.of(ShardFiles.writeId(seed), geometry, segmentBytes);
    int index = random.nextInt(geometry.n());
    var record = shards.packed(index);
    int offset = 64 * random.nextInt(100);
    var noise = new byte[offset + record.length + random.nextInt(500)];
    random.nextBytes(noise);
    System.arraycopy(record, 0, noise, offset, record.length);

    for (int cut = 0; cut < 20; cut++) {
      int present = cut == 0 ? record.length : random.nextInt(record.length + 1);
      var pack = cut == 0 ? noise : Arrays.copyOf(noise, offset + present);
      var view = PackedReading.of(new Memory(pack), offset, record.length);
      var file = Arrays.copyOf(shards.file(index), present < 128 ? present : present + 4096 - 128);
      assertThat(view.sizeBytes()).isEqualTo(file.length);
      for (int range = 0; range < 50; range++) {
        int from = random.nextInt(random.nextBoolean() ? 5000 : file.length + 100);
        int length = random.nextInt(random.nextBoolean() ? 5000 : file.length + 100);
        var target = ByteBuffer.allocate(length + 10).position(3).limit(3 + length);
        int read = view.read(target, from);
        int end = Math.min(file.length, from + length);
        var expected =
            Arrays.copyOfRange(
                file, Math.min(from, file.length), Math.max(end, Math.min(from, file.length)));
        assertThat(read).isEqualTo(expected.length);
        assertThat(target.position()).isEqualTo(3 + read);
        assertThat(target.limit()).isEqualTo(3 + length);
        assertThat(Arrays.copyOfRange(target.array(), 3, 3 + read)).isEqualTo(expected);
      }
    }
  }

  private static final class Memory implements Driver.Reading {
    private final byte[] bytes;

    Memory(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long sizeBytes() {
      return bytes.length;
    }

    @Override
    public int read(ByteBuffer target, long position) {
      int length = (int) Math.clamp(bytes.length - position, 0, (long) target.remaining());
      target.put(bytes, (int) position, length);
      return length;
    }

    @Override
    public void close() {}
  }
}
