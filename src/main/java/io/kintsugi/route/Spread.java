package io.kintsugi.route;

import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;

/// A number for each key, the same whenever and wherever it is asked for: what goes by the key, and
/// not by the write, goes by it.
@Pure
public final class Spread {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Spread() {}

  /// That of a key.
  ///
  /// @param number of the piece, where a key has several
  public static long of(String bucket, String key, int number) {
    long hash = add(FNV_OFFSET, bucket);
    // No bucket's name has it, so that no two pairs are the same text.
    hash = (hash ^ '/') * FNV_PRIME;
    return add(hash, key) + number * GOLDEN;
  }

  private static long add(long hash, String text) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return hash;
  }
}
