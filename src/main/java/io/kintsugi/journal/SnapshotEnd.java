package io.kintsugi.journal;

import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.JournalRecord;
import io.kintsugi.kernel.Pure;
import java.util.List;

/// The last record of a snapshot, by which it is known to be whole. Within a cluster all are of one
/// length.
@Pure
final class SnapshotEnd {
  private SnapshotEnd() {}

  /// @param pieces how many records are before it
  static JournalRecord of(String clusterId, long life, long seq, long pieces) {
    return new JournalRecord(
        JournalRecord.Kind.SNAPSHOT_END, life, seq, pieces, 0, Lines.rows(clusterId, List.of()));
  }

  static int sizeBytes(String clusterId, ClusterKey key) {
    return of(clusterId, 0, 0, 0).encode(key).length;
  }
}
