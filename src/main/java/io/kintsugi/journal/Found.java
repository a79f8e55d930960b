package io.kintsugi.journal;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.format.JournalName;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a look at all origins brought.
///
/// @param refused files and records that were not believed, and why
record Found(List<Bearer> bearers, List<String> refused) {
  Found {
    bearers = List.copyOf(bearers);
    refused = List.copyOf(refused);
  }

  /// One origin.
  ///
  /// @param clusterId of its marker, if our key verifies it
  /// @param failed why it could not be looked at; null if it was
  record Bearer(
      OriginState origin,
      @Nullable String clusterId,
      @Nullable String markerIncarnation,
      List<Piece> pieces,
      List<Snapshot> snapshots,
      List<JournalName> files,
      @Nullable String failed) {
    Bearer {
      pieces = List.copyOf(pieces);
      snapshots = List.copyOf(snapshots);
      files = List.copyOf(files);
    }

    static Bearer silent(OriginState origin, String why) {
      return new Bearer(origin, null, null, List.of(), List.of(), List.of(), why);
    }

    /// The same without what one life of a process wrote.
    Bearer without(long life) {
      return new Bearer(
          origin,
          clusterId,
          markerIncarnation,
          pieces.stream().filter(piece -> !isOf(piece.file(), life)).toList(),
          snapshots.stream().filter(snapshot -> !isOf(snapshot.file(), life)).toList(),
          files.stream().filter(file -> file.life() != life).toList(),
          failed);
    }

    private static boolean isOf(String file, long life) {
      return JournalName.parse(file).map(name -> name.life() == life).orElse(false);
    }

    long lastSeq() {
      long last = 0;
      for (var piece : pieces) {
        last = Math.max(last, piece.lastSeq());
      }
      for (var snapshot : snapshots) {
        last = Math.max(last, snapshot.seq());
      }
      return last;
    }
  }

  /// A record of changes that verified.
  record Piece(String originId, String file, long offset, int bytes, long firstSeq, long lastSeq) {}

  /// A snapshot that is whole: its file's records all verified, and the last one ends it.
  record Snapshot(String originId, String file, long seq, List<Piece> pieces) {
    Snapshot {
      pieces = List.copyOf(pieces);
    }
  }

  /// Those who showed nothing of this cluster if nobody showed a change of it: among them those may
  /// be who know them. Else nobody.
  Set<String> unheard(String clusterId) {
    return lastSeq(clusterId) > 0
        ? Set.of()
        : bearers.stream()
            .filter(bearer -> !clusterId.equals(bearer.clusterId()))
            .map(bearer -> bearer.origin().id())
            .collect(Collectors.toUnmodifiableSet());
  }

  /// What some of the origins tell that this life of the process did not write.
  Found of(Set<String> originIds, long life) {
    return new Found(
        bearers.stream()
            .filter(bearer -> originIds.contains(bearer.origin().id()))
            .map(bearer -> bearer.without(life))
            .toList(),
        refused);
  }

  /// The bearers that hold something of this cluster.
  List<Bearer> of(String clusterId) {
    return bearers.stream().filter(b -> clusterId.equals(b.clusterId())).toList();
  }

  List<Piece> pieces(String clusterId) {
    return of(clusterId).stream().flatMap(b -> b.pieces().stream()).toList();
  }

  /// The newest last.
  List<Snapshot> snapshots(String clusterId) {
    return of(clusterId).stream()
        .flatMap(b -> b.snapshots().stream())
        .sorted(java.util.Comparator.comparingLong(Snapshot::seq))
        .toList();
  }

  long lastSeq(String clusterId) {
    return of(clusterId).stream().mapToLong(Bearer::lastSeq).max().orElse(0);
  }
}
