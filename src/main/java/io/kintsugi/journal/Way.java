package io.kintsugi.journal;

import io.kintsugi.journal.Coverage.Span;
import io.kintsugi.journal.Found.Piece;
import io.kintsugi.journal.Found.Snapshot;
import io.kintsugi.kernel.Pure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a rebuild reads, in order: perhaps a snapshot, then records of changes.
@Pure
record Way(@Nullable Snapshot snapshot, List<Piece> path, List<Span> gaps, long lastSeq) {
  Way {
    path = List.copyOf(path);
    gaps = List.copyOf(gaps);
  }

  /// From a catalog that ends with change `base`. Changes that follow it without a gap are replayed
  /// onto it; else, and for an empty one, the newest whole snapshot is the ground.
  static Way choose(long base, Found found, String clusterId) {
    var pieces = found.pieces(clusterId);
    var forward = behind(null, base, pieces);
    var snapshots = found.snapshots(clusterId);
    if (snapshots.isEmpty() || snapshots.getLast().seq() <= base) {
      return forward;
    }
    return base > 0 && forward.gaps().isEmpty() && forward.lastSeq() >= snapshots.getLast().seq()
        ? forward
        : behind(snapshots.getLast(), snapshots.getLast().seq(), pieces);
  }

  private static Way behind(@Nullable Snapshot snapshot, long base, List<Piece> pieces) {
    var path = Coverage.path(base + 1, pieces);
    long last = path.isEmpty() ? base : path.getLast().lastSeq();
    return new Way(snapshot, path, Coverage.gaps(base + 1, path), last);
  }

  boolean isNothing() {
    return path.isEmpty() && snapshot == null;
  }

  List<Piece> snapshotPieces() {
    return snapshot == null ? List.of() : snapshot.pieces();
  }

  /// 0 if there is none.
  long snapshotSeq() {
    return snapshot == null ? 0 : snapshot.seq();
  }
}
