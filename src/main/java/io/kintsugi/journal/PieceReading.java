package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.SnapshotRow;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.ReadJournal;
import io.kintsugi.format.JournalRecord;
import io.kintsugi.format.KeyRing;
import io.kintsugi.journal.Found.Piece;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;

/// Reads one record again, and holds it to its seal again.
final class PieceReading {
  private final World world;
  private final KeyRing keys;

  PieceReading(World world, KeyRing keys) {
    this.world = world;
    this.keys = keys;
  }

  Future<List<Change>> changes(Piece piece) {
    return entries(piece, Change.class);
  }

  Future<List<SnapshotRow>> rows(Piece piece) {
    return entries(piece, SnapshotRow.class);
  }

  private <T extends Record> Future<List<T>> entries(Piece piece, Class<T> type) {
    return world
        .bus()
        .ask(
            OriginJournalContract.READ_JOURNAL.at(piece.originId()),
            new ReadJournal(piece.file(), piece.offset(), piece.bytes()))
        .compose(answer -> {
          var view = answer.bytes().view();
          var bytes = new byte[view.remaining()];
          view.get(bytes);
          return world.compute(() -> entries(piece, bytes, type));
        });
  }

  private <T extends Record> List<T> entries(Piece piece, byte[] bytes, Class<T> type) {
    if (JournalRecord.decode(bytes, 0, bytes.length, keys)
        instanceof JournalRecord.Decoded.Ok(var record, _)) {
      return Lines.entries(record.body(), type);
    }
    throw Failure.of(
        FailureCode.CORRUPT,
        piece.originId() + " " + piece.file() + " at " + piece.offset() + " cannot be read again");
  }
}
