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

  private record Open(Driver.Writing file, long sizeBytes) {}

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
    var written =
        before == null
            ? origin.open(() -> create(name.path(), question.bytes()), origin::release)
            : origin.run(() -> extend(before.file(), question.bytes().view()));
    return written.transform(done -> {
      if (done.failed()) {
        if (before != null) {
          origin.release(before.file());
        }
        return Future.failedFuture(origin.fail(done.cause()));
      }
      return appended(question, done.result(), size + question.bytes().sizeBytes());
    });
  }

  private Future<JournalAppended> appended(
      AppendJournal question, Driver.Writing file, long sizeBytes) {
    try {
      // What was written to a disk that is no longer ours must not be acknowledged.
      origin.requireOurs(question.incarnation());
    } catch (Failure lost) {
      origin.release(file);
      return Future.failedFuture(lost);
    }
    if (question.last()) {
      origin.release(file);
    } else {
      open.put(question.name(), new Open(file, sizeBytes));
    }
    origin.wrote(question.bytes().sizeBytes());
    return Future.succeededFuture(new JournalAppended(sizeBytes));
  }

  private Driver.Writing create(String path, Payload bytes) throws DriverException {
    var driver = origin.driver();
    var file = driver.createNew(path);
    try {
      extend(file, bytes.view());
      driver.flushFolder(JournalName.FOLDER);
      driver.flushFolder("");
      return file;
    } catch (DriverException e) {
      file.close();
      throw e;
    }
  }

  private static Driver.Writing extend(Driver.Writing file, ByteBuffer bytes)
      throws DriverException {
    file.write(bytes);
    CrashPoint.JOURNAL_WRITTEN.pass();
    file.flush();
    CrashPoint.JOURNAL_FLUSHED.pass();
    return file;
  }

  /// Whosever the origin is: its marker says whose, and the journal's own seals say the rest.
  Future<JournalFiles> list() {
    return origin.open(this::look, _ -> {}).recover(this::failed);
  }

  private JournalFiles look() throws DriverException {
    var marker = marker(origin.driver());
    var files = new ArrayList<JournalFile>();
    for (var name : names(origin.driver())) {
      if (JournalName.parse(name).isPresent()) {
        long size = origin.driver().sizeOf(JournalName.FOLDER + "/" + name);
        files.add(new JournalFile(name, size));
      }
    }
    return marker == null
        ? new JournalFiles(null, null, null, files)
        : new JournalFiles(marker.clusterId(), marker.originId(), marker.incarnation(), files);
  }

  private static List<String> names(Driver driver) throws DriverException {
    try {
      return driver.list(JournalName.FOLDER).stream().sorted().toList();
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return List.of();
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
    return Future.failedFuture(origin.fail(cause));
  }

  private static JournalName name(String fileName) {
    return JournalName.parse(fileName)
        .orElseThrow(() ->
            Failure.of(FailureCode.INVALID_REQUEST, "not a journal file's name: " + fileName));
  }
}
