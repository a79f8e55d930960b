package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListPacks;
import io.kintsugi.contract.OriginContract.Pack;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.session.WriteSessions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The packs of one origin: takes small shards in, and tells what there is.
final class Packs {
  private static final long QUESTION_BYTES_MAX = 4L << 20;

  /// What all askers together may have waiting here; who comes then is told to come again.
  private static final long HELD_BYTES_MAX = 32L << 20;

  /// How long a stop waits for a flush before it leaves the write session to its lease.
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  private final Origin origin;
  private final WriteSessions sessions;
  private final PackWriter writer;
  private final PackHandles handles;
  private final RecordFiles files;
  private long heldBytes;

  Packs(Origin origin) {
    this.origin = origin;
    sessions = new WriteSessions(origin.world(), "origin/" + origin.id());
    writer = new PackWriter(origin, sessions, new PackFigures(origin.world(), origin.id()));
    handles = new PackHandles(origin::release);
    files = new RecordFiles(origin);
    origin.whenMoved(() -> {
      writer.moved();
      handles.moved();
    });
  }

  PackHandles handles() {
    return handles;
  }

  /// Whether this process may still append to a pack.
  boolean isOpen(String name) {
    return writer.isOpen(name);
  }

  /// Writes each record, into a pack where the place can do that; done when all are flushed, or
  /// have failed each for itself.
  Future<RecordsWritten> write(WriteRecords question) {
    long bytes = bytes(question);
    if (bytes > QUESTION_BYTES_MAX) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "more than 4 MiB of records at once");
    }
    origin.requireWritable(question.incarnation());
    if (heldBytes + bytes > HELD_BYTES_MAX) {
      throw Failure.of(
          FailureCode.UNAVAILABLE,
          "origin " + origin.id() + " has too many records waiting",
          "what",
          "busy");
    }
    heldBytes += bytes;
    var outcomes = new ArrayList<Future<RecordWritten>>(question.records().size());
    for (var record : question.records()) {
      outcomes.add(write(question.incarnation(), record));
    }
    // Only now, so that all of them can go together.
    writer.proceed();
    return Future.all(outcomes)
        .map(_ -> new RecordsWritten(outcomes.stream().map(Future::result).toList()))
        .onComplete(_ -> heldBytes -= bytes);
  }

  private Future<RecordWritten> write(String incarnation, ShardRecord record) {
    var objection = objection(record);
    if (objection != null) {
      return Future.succeededFuture(WaitingRecord.failed(objection));
    }
    return origin.driver().canAppend()
        ? writer.write(incarnation, record.bytes())
        : files.write(incarnation, record);
  }

  /// A mistake of an asker must not put into a pack what nobody can make sense of.
  private static @Nullable Failure objection(ShardRecord record) {
    var name = Names.parse(record.name());
    if (name.isEmpty()) {
      return Failure.of(FailureCode.INVALID_REQUEST, "not a shard's name: " + record.name());
    }
    int size = record.bytes().sizeBytes();
    var head = new byte[Math.min(size, ShardHeader.BYTES)];
    record.bytes().view().get(head);
    var objection = PackRecord.objection(name.get(), head, size);
    return objection == null
        ? null
        : Failure.of(
            FailureCode.INVALID_REQUEST, "not the shard " + record.name() + ": " + objection);
  }

  static long bytes(WriteRecords question) {
    return question.records().stream().mapToLong(record -> record.bytes().sizeBytes()).sum();
  }

  /// The packs that exist.
  Future<OriginContract.Packs> list(ListPacks question) {
    origin.requireOurs(question.incarnation());
    writer.sealIfOver();
    return origin
        .open(() -> sizes(origin.driver()), _ -> {})
        .recover(cause -> Future.failedFuture(origin.fail(Operation.LIST, cause)))
        .map(found ->
            new OriginContract.Packs(
                found.stream()
                    .map(
                        pack -> new Pack(pack.name(), pack.sizeBytes(), writer.isOpen(pack.name())))
                    .toList()));
  }

  private static List<Pack> sizes(Driver driver) throws DriverException {
    var found = new ArrayList<Pack>();
    for (var fileName : names(driver)) {
      var name = PackName.FOLDER + "/" + fileName;
      if (PackName.parse(name).isPresent()) {
        try {
          found.add(new Pack(name, driver.sizeOf(name), false));
        } catch (DriverException e) {
          // What went away since it was listed is no longer there.
          if (!(e.fault() instanceof Fault.NotFound)) {
            throw e;
          }
        }
      }
    }
    found.sort(Comparator.comparing(Pack::name));
    return found;
  }

  private static List<String> names(Driver driver) throws DriverException {
    try {
      return driver.list(PackName.FOLDER);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return List.of();
      }
      throw e;
    }
  }

  /// Takes no more, and ends the right to write once nothing is written any more.
  Future<Void> close() {
    handles.moved();
    Promise<Void> late = Promise.promise();
    var limit = origin.world().after(CLOSE_LIMIT, late::complete);
    var closed = writer.close().compose(_ -> sessions.close()).onComplete(_ -> limit.cancel());
    return Future.any(closed, late.future()).mapEmpty();
  }
}
