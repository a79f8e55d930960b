package io.kintsugi.journal;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.AppendJournal;
import io.kintsugi.format.JournalName;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One origin that the journal is being written to, one file after the other.
final class Outlet {
  /// A file that has grown so far is not appended to any more.
  private static final long FILE_BYTES = 16L * 1024 * 1024;

  /// An origin that takes longer is left for another: those who wait do not wait for it.
  private static final long PATIENCE_MILLIS = 2_000;

  private final World world;
  private final Supplier<JournalName> names;
  private final String originId;
  private final String incarnation;
  private @Nullable JournalName file;
  private long sizeBytes;

  Outlet(World world, OriginState origin, Supplier<JournalName> names) {
    this.world = world;
    originId = origin.id();
    incarnation = Objects.requireNonNull(origin.incarnation(), "only an origin of ours is written");
    this.names = names;
  }

  String originId() {
    return originId;
  }

  String incarnation() {
    return incarnation;
  }

  /// Done when the record is flushed there. After a failure nothing more is to be appended.
  Future<Outlet> append(Payload record) {
    var name = file == null ? names.get() : file;
    long offset = sizeBytes;
    long end = offset + record.sizeBytes();
    boolean last = end >= FILE_BYTES;
    file = last ? null : name;
    sizeBytes = last ? 0 : end;
    return world
        .bus()
        .ask(
            OriginJournalContract.APPEND_JOURNAL.at(originId),
            new AppendJournal(name.fileName(), incarnation, offset, record, last),
            PATIENCE_MILLIS)
        .map(appended -> {
          if (Boolean.TRUE.equals(appended.ended())) {
            file = null;
            sizeBytes = 0;
          }
          return this;
        });
  }
}
