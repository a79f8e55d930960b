package io.kintsugi.journal;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.AppendJournal;
import io.kintsugi.format.JournalName;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One origin that the journal is being written to, one file after the other.
final class Outlet {
  /// A file that has grown so far is not appended to any more.
  private static final long FILE_BYTES = 16L * 1024 * 1024;

  private final World world;
  private final String originId;
  private final String incarnation;
  private final long life;
  private @Nullable JournalName file;
  private long sizeBytes;

  Outlet(World world, OriginState origin, long life) {
    this.world = world;
    originId = origin.id();
    incarnation = Objects.requireNonNull(origin.incarnation(), "only an origin of ours is written");
    this.life = life;
  }

  String originId() {
    return originId;
  }

  String incarnation() {
    return incarnation;
  }

  /// The file that is being written; null between two.
  @Nullable String fileName() {
    return file == null ? null : file.fileName();
  }

  /// Done when the record is flushed there. After a failure nothing more is to be appended.
  Future<Outlet> append(Payload record, long firstSeq) {
    var name = file == null ? new JournalName(life, firstSeq, false) : file;
    long offset = sizeBytes;
    long end = offset + record.sizeBytes();
    boolean last = end >= FILE_BYTES;
    file = last ? null : name;
    sizeBytes = last ? 0 : end;
    return world
        .bus()
        .ask(
            OriginJournalContract.APPEND_JOURNAL.at(originId),
            new AppendJournal(name.fileName(), incarnation, offset, record, last))
        .map(_ -> this);
  }
}
