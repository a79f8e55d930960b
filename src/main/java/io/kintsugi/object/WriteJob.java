package io.kintsugi.object;

import io.kintsugi.format.ManifestDraft.Attributes;
import io.kintsugi.format.ManifestDraft.Upload;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What is to be written: an object, or a part of one.
///
/// @param upload set for a part
record WriteJob(
    String bucket,
    String key,
    long sizeBytes,
    Attributes attributes,
    @Nullable Upload upload,
    Instant created) {
  boolean isPart() {
    return upload != null;
  }

  /// A part is one segment; so is an object that is not too long for it.
  long segmentBytes(long offset, long segmentBytesMax) {
    long rest = sizeBytes - offset;
    return isPart() ? rest : Math.min(rest, segmentBytesMax);
  }
}
