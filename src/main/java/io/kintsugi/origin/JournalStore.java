package io.kintsugi.origin;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginJournalContract.AppendJournal;
import io.kintsugi.contract.OriginJournalContract.JournalAppended;
import io.kintsugi.contract.OriginJournalContract.JournalBytes;
import io.kintsugi.contract.OriginJournalContract.JournalFile;
import io.kintsugi.contract.OriginJournalContract.JournalFiles;
import io.kintsugi.contract.OriginJournalContract.ReadJournal;
import io.kintsugi.contract.OriginJournalContract.RemoveJournal;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.JournalRecord;
import io.kintsugi.format.Marker;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The journal files of one origin. Those that this process appends to are kept open; what another
/// life wrote is only read.
final class JournalStore {
  private static final Logger LOG = LoggerFactory.getLogger(JournalStore.class);
  private static final int READ_BYTES_MAX =
      JournalRecord.HEADER_BYTES + JournalRecord.BODY_BYTES_MAX + JournalRecord.TRAILER_BYTES;

  private static final int PAGE_ENTRIES = 1000;

  /// So much of a file that grows is zeros behind its last record: where a disk runs full, that is
  /// room for the records of those who make room on it.
  private static final int AHEAD_BYTES = 256 * 1024;

  /// A file that grows, or none yet.
  ///
  /// @param sizeBytes of its records
  /// @param madeBytes up to which there is room already
  private record Open(Driver.Appending file, long sizeBytes, long madeBytes) {
    /// Writes a record behind the others, and flushes it if it is to; blocks.
    Open append(ByteBuffer record, Manner manner) throws DriverException {
      long end = sizeBytes + record.remaining();
      long made = manner.ahead() ? makeRoom(end) : madeBytes;
      file.write(record, sizeBytes);
      CrashPoint.JOURNAL_WRITTEN.pass();
      if (manner.flush()) {
        file.flush();
      }
      CrashPoint.JOURNAL_FLUSHED.pass();
      return new Open(file, end, made);
    }

    private long makeRoom(long end) throws DriverException {
      if (madeBytes - end >= AHEAD_BYTES / 2) {
        return madeBytes;
      }
      long from = Math.max(madeBytes, end);
      try {
        file.write(ByteBuffer.allocate((int) (end + AHEAD_BYTES - from)), from);
        return end + AHEAD_BYTES;
      } catch (DriverException e) {
        // The record itself may still find room, or will say that there is none.
        if (e.fault() instanceof Fault.Full) {
          return madeBytes;
        }
        throw e;
      }
    }
  }

  /// How one record comes to lie.
  ///
  /// @param ahead room is made for those that follow
  /// @param flush it must survive a loss of power from now on
  /// @param last nothing follows
  private record Manner(boolean ahead, boolean flush, boolean last) {
    /// Where files do not grow, a flush is the end of one: then each record is a file of its own,
    /// and a snapshot, which counts only when it is whole, is flushed only then.
    static Manner of(boolean grows, boolean snapshot, boolean last) {
      return new Manner(
          grows && !snapshot && !last, grows || !snapshot || last, last || !(grows || snapshot));
    }
  }

  private final Origin origin;
  private final Map<String, Open> open = new HashMap<>();

  JournalStore(Origin origin) {
    this.origin = origin;
  }

  /// A file that is being appended to is not in the map, so that no two appends meet; one that an
  /// append failed on never comes back.
  Future<JournalAppended> append(AppendJournal question) {
    var name = name(question.name());
    origin.requireAppendable(question.incarnation());
    var before = open.remove(name.fileName());
    long size = before == null ? 0 : before.sizeBytes();
    if (size != question.offset()) {
      if (before != null) {
        origin.release(before.file());
      }
      throw Failure.of(
          FailureCode.CONFLICT,
          "journal file " + question.name() + " has " + size + " bytes, not " + question.offset());
    }
    var manner = Manner.of(origin.driver().canAppend(), name.snapshot(), question.last());
    var bytes = question.bytes();
    var written =
        before == null
            ? origin.open(
                () -> create(name.path(), bytes, manner), late -> origin.release(late.file()))
            : origin.run(() -> before.append(bytes.view(), manner));
    return written.transform(done -> {
      if (done.failed()) {
        if (before != null) {
          origin.release(before.file());
        }
        return Future.failedFuture(origin.fail(Operation.WRITE, done.cause()));
      }
      return appended(question, done.result(), manner);
    });
  }

  private Future<JournalAppended> appended(AppendJournal question, Open grown, Manner manner) {
    try {
      // What was written to a disk that is no longer ours must not be acknowledged.
      origin.requireOurs(question.incarnation());
    } catch (Failure lost) {
      origin.release(grown.file());
      return Future.failedFuture(lost);
    }
    if (manner.last()) {
      origin.release(grown.file());
    } else {
      open.put(question.name(), grown);
    }
    origin.wrote(question.bytes().sizeBytes());
    return Future.succeededFuture(
        new JournalAppended(grown.sizeBytes(), manner.last() ? true : null));
  }

  private Open create(String path, Payload bytes, Manner manner) throws DriverException {
    var driver = origin.driver();
    var file = driver.canAppend() ? driver.createAppending(path) : inTurn(driver.createNew(path));
    try {
      var grown = new Open(file, 0, 0).append(bytes.view(), manner);
      driver.flushFolder(JournalName.FOLDER);
      driver.flushFolder("");
      return grown;
    } catch (DriverException e) {
      file.close();
      throw e;
    }
  }

  /// Records come one behind the other anyhow.
  private static Driver.Appending inTurn(Driver.Writing file) {
    return new Driver.Appending() {
      @Override
      public void write(ByteBuffer bytes, long position) throws DriverException {
        file.write(bytes);
      }

      @Override
      public void flush() throws DriverException {
        file.flush();
      }

      @Override
      public void close() throws DriverException {
        file.close();
      }
    };
  }

  /// Whosever the origin is: its marker says whose, and the journal's own seals say the rest.
  Future<JournalFiles> list() {
    return origin.open(this::look, _ -> {}).recover(this::failed);
  }

  private JournalFiles look() throws DriverException {
    var marker = marker(origin.driver());
    var files = new ArrayList<JournalFile>();
    for (@Nullable String after = ""; after != null; ) {
      var page = page(origin.driver(), after);
      page.entries().stream()
          .filter(entry -> entry.kind() == Driver.Kind.FILE)
          .filter(entry -> JournalName.parse(entry.name()).isPresent())
          .forEach(entry -> files.add(new JournalFile(entry.name(), entry.sizeBytes())));
      after = page.next();
    }
    return marker == null
        ? new JournalFiles(null, null, null, files)
        : new JournalFiles(marker.clusterId(), marker.originId(), marker.incarnation(), files);
  }

  private static Driver.Page page(Driver driver, String after) throws DriverException {
    try {
      return driver.list(JournalName.FOLDER, after, PAGE_ENTRIES);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return new Driver.Page(List.of(), null);
      }
      throw e;
    }
  }

  private @Nullable Marker marker(Driver driver) throws DriverException {
    byte[] bytes;
    try {
      bytes = driver.readSmall(Marker.FILE_NAME, Marker.MAX_BYTES + 1);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return null;
      }
      throw e;
    }
    // Read once to learn which cluster it names, and again to hold it to that.
    var claimed =
        Marker.decode(bytes, "", origin.keys()) instanceof Marker.Decoded.Foreign(var marker)
            ? marker.clusterId()
            : "";
    return Marker.decode(bytes, claimed, origin.keys()) instanceof Marker.Decoded.Ours(var ours)
        ? ours
        : null;
  }

  Future<JournalBytes> read(ReadJournal question) {
    var name = name(question.name());
    int length = question.lengthBytes();
    if (question.offset() < 0 || length < 1 || length > READ_BYTES_MAX) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "1 to " + READ_BYTES_MAX + " bytes can be read at once");
    }
    return origin
        .open(() -> bytes(name.path(), question.offset(), length), _ -> {})
        .map(bytes -> new JournalBytes(Payload.of(bytes)))
        .recover(this::failed);
  }

  private byte[] bytes(String path, long offset, int length) throws DriverException {
    try (var file = origin.driver().openRead(path)) {
      var buffer = ByteBuffer.allocate(length);
      int read = file.read(buffer, offset);
      return Arrays.copyOf(buffer.array(), read);
    }
  }

  /// Only files of the journal's own names; one that is being written stays.
  Future<Done> remove(RemoveJournal question) {
    origin.requireAppendable(question.incarnation());
    question.names().forEach(JournalStore::name);
    var names = question.names().stream().filter(name -> !open.containsKey(name)).toList();
    return origin
        .open(
            () -> {
              for (var name : names) {
                origin.driver().remove(JournalName.FOLDER + "/" + name);
              }
              origin.driver().flushFolder(JournalName.FOLDER);
              return new Done();
            },
            _ -> {})
        .onSuccess(_ ->
            LOG.info(
                "origin={} journal files removed names={} because={}",
                origin.id(),
                names,
                question.evidence()))
        .recover(this::failed);
  }

  private <T> Future<T> failed(Throwable cause) {
    return Future.failedFuture(origin.fail(Operation.WRITE, cause));
  }

  private static JournalName name(String fileName) {
    return JournalName.parse(fileName)
        .orElseThrow(() ->
            Failure.of(FailureCode.INVALID_REQUEST, "not a journal file's name: " + fileName));
  }
}
