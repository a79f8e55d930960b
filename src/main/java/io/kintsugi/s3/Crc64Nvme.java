package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.util.zip.Checksum;

/// The CRC-64 that S3 calls CRC64NVME (reflected, all ones in and out), eight bytes a step.
@Pure
final class Crc64Nvme implements Checksum {
  private static final long POLYNOMIAL_REFLECTED = 0x9a6c9329ac4bc9b5L;
  private static final long[][] TABLES = tables();

  private long state = -1L;

  private static long[][] tables() {
    var tables = new long[8][256];
    for (int i = 0; i < 256; i++) {
      long value = i;
      for (int bit = 0; bit < 8; bit++) {
        value = (value & 1) == 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL_REFLECTED;
      }
      tables[0][i] = value;
    }
    for (int i = 0; i < 256; i++) {
      for (int t = 1; t < 8; t++) {
        long before = tables[t - 1][i];
        tables[t][i] = tables[0][(int) (before & 0xff)] ^ (before >>> 8);
      }
    }
    return tables;
  }

  @Override
  public void update(int b) {
    state = TABLES[0][(int) ((state ^ b) & 0xff)] ^ (state >>> 8);
  }

  @Override
  public void update(byte[] bytes, int from, int length) {
    int at = from;
    int end = from + length;
    for (; end - at >= 8; at += 8) {
      long word = state;
      for (int i = 0; i < 8; i++) {
        word ^= (bytes[at + i] & 0xffL) << (8 * i);
      }
      state = 0;
      for (int i = 0; i < 8; i++) {
        state ^= TABLES[7 - i][(int) ((word >>> (8 * i)) & 0xff)];
      }
    }
    for (; at < end; at++) {
      update(bytes[at]);
    }
  }

  @Override
  public long getValue() {
    return ~state;
  }

  @Override
  public void reset() {
    state = -1L;
  }
}
