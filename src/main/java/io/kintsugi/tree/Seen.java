package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Pure;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A copy of a key as it lies on an origin now, with what was read of it before.
///
/// @param order of its source among those of the tree
@Pure
record Seen(Source source, int order, String path, FileStamp stamp, @Nullable FileRecord record) {
  /// Whether the record is of this very state of the file, as far as size and time tell.
  private boolean isRecorded() {
    return record != null
        && record.stamp().sizeBytes() == stamp.sizeBytes()
        && record.stamp().modified().equals(stamp.modified());
  }

  /// Other bytes were found under the same size and time.
  boolean isRotten() {
    return isRecorded() && record != null && record.rotSha256() != null;
  }

  /// The hash that its bytes should have, where somebody may have written to them and hidden it:
  /// size and time are as they were, but not its tag. Null otherwise.
  @Nullable String doubtful() {
    return record != null
            && isRecorded()
            && !isRotten()
            && !Objects.equals(record.stamp().tag(), stamp.tag())
        ? record.sha256()
        : null;
  }

  /// Of its bytes; null if nobody has read them since anybody can have written to them.
  @Nullable String sha256() {
    return record != null
            && isRecorded()
            && !isRotten()
            && Objects.equals(record.stamp().tag(), stamp.tag())
        ? record.sha256()
        : null;
  }

  /// Whether reading it would tell anything new.
  boolean wantsReading() {
    return sha256() == null
        && !(isRotten() && record != null && Objects.equals(record.stamp().tag(), stamp.tag()));
  }
}
