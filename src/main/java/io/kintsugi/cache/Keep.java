package io.kintsugi.cache;

import io.kintsugi.cache.CacheConfig.Mode;
import io.kintsugi.kernel.Pure;
import java.util.Locale;

/// Decides whether a copy of a version is worth keeping, and says why.
@Pure
final class Keep {
  /// One copy takes at most this share of the cache, lest it push out all others.
  static final int LARGEST_SHARE = 8;

  /// Room that is left to others on the cache's disk.
  static final long SPARE_BYTES = 1L << 30;

  /// Why, or why not.
  enum Reason {
    WANTED,
    OFF,
    LOCAL,
    TOO_LARGE,
    THERE,
    DISK_FULL,
    /// As many copies are being made as may be at a time.
    BUSY;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private Keep() {}

  /// @param remote some of its shards lie on an origin that is not local
  /// @param there a copy exists or is being made
  /// @param busy no further copy can be made now
  /// @param freeBytes of the cache's disk
  static Reason decide(
      CacheConfig config,
      long sizeBytes,
      boolean remote,
      boolean there,
      boolean busy,
      long freeBytes) {
    if (config.mode() == Mode.OFF || config.limitBytes() == 0) {
      return Reason.OFF;
    }
    if (config.mode() == Mode.REMOTE && !remote) {
      return Reason.LOCAL;
    }
    if (there) {
      return Reason.THERE;
    }
    if (CopyFile.fileBytes(sizeBytes) > config.limitBytes() / LARGEST_SHARE) {
      return Reason.TOO_LARGE;
    }
    if (busy) {
      return Reason.BUSY;
    }
    return freeBytes - sizeBytes < SPARE_BYTES ? Reason.DISK_FULL : Reason.WANTED;
  }
}
