package io.kintsugi.journal;

import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.JournalFile;
import io.kintsugi.contract.OriginJournalContract.ReadJournal;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.JournalRecord;
import io.kintsugi.format.JournalRecord.Decoded;
import io.kintsugi.format.KeyRing;
import io.kintsugi.journal.Found.Piece;
import io.kintsugi.journal.Found.Snapshot;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads one journal file from end to end and believes of it what bears our seal. Behind what does
/// not it goes on where the next record seems to begin.
final class FileLook {
  private static final int CHUNK_BYTES = 4 * 1024 * 1024;

  private final World world;
  private final KeyRing keys;
  private final String originId;
  private final String clusterId;
  private final JournalFile file;
  private final JournalName name;
  private final List<Piece> pieces = new ArrayList<>();
  private long offset;
  private boolean ended;
  private @Nullable String refused;

  FileLook(
      World world,
      KeyRing keys,
      String originId,
      String clusterId,
      JournalFile file,
      JournalName name) {
    this.world = world;
    this.keys = keys;
    this.originId = originId;
    this.clusterId = clusterId;
    this.file = file;
    this.name = name;
  }

  /// What a chunk showed: how far it was understood, and how much more the next record needs.
  private record Step(long consumed, int wantedBytes) {}

  Future<FileLook> run() {
    return next(CHUNK_BYTES);
  }

  /// Believes of a snapshot that it is whole because it ends as one does.
  Future<FileLook> atItsEnd() {
    int length = SnapshotEnd.sizeBytes(clusterId, keys.current());
    if (file.sizeBytes() < length) {
      return Future.succeededFuture(this);
    }
    offset = file.sizeBytes() - length;
    return world
        .bus()
        .ask(
            OriginJournalContract.READ_JOURNAL.at(originId),
            new ReadJournal(file.name(), offset, length))
        .map(answer -> {
          var view = answer.bytes().view();
          var bytes = new byte[view.remaining()];
          view.get(bytes);
          if (JournalRecord.decode(bytes, 0, bytes.length, keys) instanceof Decoded.Ok(var end, _)
              && end.life() == name.life()
              && Lines.cluster(end.body()).equals(clusterId)) {
            take(end, offset, length);
          }
          return this;
        });
  }

  private Future<FileLook> next(int length) {
    if (offset >= file.sizeBytes()) {
      return Future.succeededFuture(this);
    }
    return world
        .bus()
        .ask(
            OriginJournalContract.READ_JOURNAL.at(originId),
            new ReadJournal(file.name(), offset, length))
        .compose(answer -> {
          var view = answer.bytes().view();
          var bytes = new byte[view.remaining()];
          view.get(bytes);
          // Fewer than were asked for: it is shorter by now than it was when it was listed.
          boolean toEnd = bytes.length < length || offset + bytes.length >= file.sizeBytes();
          return world.compute(() -> understand(bytes, toEnd)).compose(step -> go(step, toEnd));
        });
  }

  private Future<FileLook> go(Step step, boolean toEnd) {
    offset += step.consumed();
    // Cut short at the end of the file: its writer died, or has not come further yet.
    return toEnd ? Future.succeededFuture(this) : next(Math.max(CHUNK_BYTES, step.wantedBytes()));
  }

  private Step understand(byte[] bytes, boolean toEnd) {
    int at = 0;
    while (at < bytes.length) {
      switch (JournalRecord.decode(bytes, at, bytes.length, keys)) {
        case Decoded.Ok(var record, var length) -> {
          var objection = objection(record);
          if (objection == null) {
            take(record, offset + at, length);
          } else {
            refuse(at, objection);
          }
          at += length;
        }
        case Decoded.Torn(var missing) -> {
          int next = JournalRecord.find(bytes, at + 1);
          if (!toEnd || next == bytes.length) {
            return new Step(at, bytes.length - at + missing);
          }
          refuse(at, "it does not end where it says");
          at = next;
        }
        case Decoded.Bad(var reason) -> {
          refuse(at, reason);
          at = JournalRecord.find(bytes, at + 1);
        }
        case Decoded.Unknown(var reason) -> {
          refuse(at, "unknown " + reason);
          at = JournalRecord.find(bytes, at + 1);
        }
      }
    }
    return new Step(at, 0);
  }

  /// The first reason is told; what follows may come of it.
  private void refuse(int at, String why) {
    if (refused == null) {
      refused = originId + " " + file.name() + " at " + (offset + at) + ": " + why;
    }
  }

  /// Sealed, but not what belongs here: a record that was carried elsewhere proves nothing.
  private @Nullable String objection(JournalRecord record) {
    if (record.life() != name.life()) {
      return "it was written into another file";
    }
    boolean inSnapshot = record.kind() != JournalRecord.Kind.CHANGES;
    boolean otherState =
        inSnapshot && !pieces.isEmpty() && pieces.getFirst().firstSeq() != record.firstSeq();
    if (inSnapshot != name.snapshot() || otherState) {
      return "it is none of this file's";
    }
    if (ended || (inSnapshot && record.lastSeq() != pieces.size())) {
      return "a piece of the snapshot is missing before it";
    }
    try {
      var cluster = Lines.cluster(record.body());
      return cluster.equals(clusterId) ? null : "it is of another cluster, " + cluster;
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void take(JournalRecord record, long at, int length) {
    ended = record.kind() == JournalRecord.Kind.SNAPSHOT_END;
    pieces.add(new Piece(originId, file.name(), at, length, record.firstSeq(), record.lastSeq()));
  }

  JournalName name() {
    return name;
  }

  List<Piece> changes() {
    return name.snapshot() ? List.of() : pieces;
  }

  /// Null if the file is no snapshot, or not a whole one.
  @Nullable Snapshot snapshot() {
    return name.snapshot() && ended
        ? new Snapshot(originId, file.name(), pieces.getFirst().firstSeq(), pieces)
        : null;
  }

  @Nullable String refused() {
    return refused;
  }
}
