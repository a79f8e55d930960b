package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.kintsugi.origin.OpenPack.Placed;
import io.kintsugi.session.WriteSession;
import io.kintsugi.session.WriteSessions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts records of all askers into one pack after the other. What arrives while a flush runs goes
/// into the next one, so that many share it and a lone one does not wait.
///
/// A pack is written by one life of this process, under a write session of its own. After a failed
/// write or flush it is never touched again: what it had not acknowledged goes once more into a new
/// one. If the process dies, bytes stay behind that no row points to.
final class PackWriter {
  private static final Logger LOG = LoggerFactory.getLogger(PackWriter.class);

  /// One flush covers no more than this, so that the first in it need not wait for too many.
  private static final long FLUSH_BYTES = 8L << 20;

  private final Origin origin;
  private final WriteSessions sessions;
  private final PackFigures figures;
  private final ArrayDeque<WaitingRecord> waiting = new ArrayDeque<>();
  private @Nullable OpenPack pack;
  private final Promise<Void> closed = Promise.promise();
  private boolean flying;

  /// Counts the places that stood behind the origin: a pack belongs to one of them.
  private int place;

  private boolean closing;

  PackWriter(Origin origin, WriteSessions sessions, PackFigures figures) {
    this.origin = origin;
    this.sessions = sessions;
    this.figures = figures;
  }

  /// Done when the record is flushed, or cannot be; never fails.
  Future<RecordWritten> write(String incarnation, Payload bytes) {
    var record = new WaitingRecord(incarnation, bytes);
    waiting.add(record);
    return record.written();
  }

  /// Whether this process may still append to a pack.
  boolean isOpen(String name) {
    return pack != null && pack.name().equals(name);
  }

  /// Lets go of a pack that nothing more can be committed into: nobody may come for long who would
  /// notice.
  void sealIfOver() {
    if (pack != null && !flying && !pack.hold().session().isGood(origin.world().nanos())) {
      seal();
    }
  }

  /// Writes what waits, unless that is under way.
  void proceed() {
    if (flying) {
      return;
    }
    refuseUnwritable();
    if (!waiting.isEmpty()) {
      flying = true;
      ready().compose(this::fly, this::notReady).onComplete(_ -> land());
    }
  }

  private void land() {
    flying = false;
    proceed();
    if (closing && !flying) {
      seal();
      closed.tryComplete();
    }
  }

  /// What was true when a record came may be so no more, and may become so again.
  private void refuseUnwritable() {
    waiting.removeIf(record -> {
      var refusal = refusal(record);
      if (refusal != null) {
        record.fail(refusal);
      }
      return refusal != null;
    });
  }

  private @Nullable Failure refusal(WaitingRecord record) {
    if (closing) {
      return origin.unavailable("is being stopped");
    }
    try {
      origin.requireWritable(record.incarnation());
      return null;
    } catch (Failure refusal) {
      return refusal;
    }
  }

  /// A pack with room for the first that waits.
  private Future<OpenPack> ready() {
    var open = pack;
    if (open != null
        && open.hold().session().isGood(origin.world().nanos())
        && open.hasRoomFor(waiting.getFirst().sizeBytes())) {
      return Future.succeededFuture(open);
    }
    seal();
    return sessions
        .take()
        .recover(cause ->
            Future.failedFuture(
                origin.unavailable("has no write session: " + Failure.from(cause).text())))
        .compose(this::open);
  }

  private Future<OpenPack> open(WriteSession session) {
    var hold = session.hold();
    int here = place;
    return origin
        .open(() -> OpenPack.create(origin.driver(), hold), late -> origin.release(late.file()))
        .onFailure(_ -> hold.release())
        .compose(made -> {
          if (here != place) {
            hold.release();
            origin.release(made.file());
            return Future.failedFuture(origin.unavailable("is not what it was"));
          }
          pack = made;
          LOG.debug("origin={} pack={} opened", origin.id(), made.name());
          return Future.succeededFuture(made);
        });
  }

  /// That there is no folder for a new pack says that the disk is not there.
  private Future<Void> notReady(Throwable cause) {
    var failure = origin.fail(Operation.WRITE, cause);
    if (failure.is(FailureCode.NOT_FOUND) || failure.is(FailureCode.CONFLICT)) {
      origin.check();
      failure = origin.unavailable("has no place for packs");
    }
    failAll(failure);
    return Future.succeededFuture();
  }

  private Future<Void> fly(OpenPack open) {
    var batch = take(open);
    if (batch.isEmpty()) {
      return Future.succeededFuture();
    }
    long begin = origin.world().nanos();
    return origin
        .open(
            () -> {
              open.append(batch);
              return true;
            },
            _ -> origin.release(open.file()))
        .transform(done -> {
          if (done.failed()) {
            return poisoned(open, batch, done.cause());
          }
          settle(open, batch, origin.world().nanos() - begin);
          return Future.succeededFuture();
        });
  }

  /// As many as fit, at least one if any may be written at all.
  private List<Placed> take(OpenPack open) {
    refuseUnwritable();
    var batch = new ArrayList<Placed>();
    long bytes = 0;
    for (var next = waiting.peek(); next != null; next = waiting.peek()) {
      bytes += next.sizeBytes();
      boolean enough = !batch.isEmpty() && bytes > FLUSH_BYTES;
      if (enough || !open.hasRoomFor(next.sizeBytes())) {
        break;
      }
      batch.add(open.place(next));
      waiting.remove();
    }
    return batch;
  }

  private void settle(OpenPack open, List<Placed> batch, long nanos) {
    long bytes = 0;
    for (var placed : batch) {
      bytes += placed.place().sizeBytes();
      try {
        // What was written to a disk that is no longer ours must not be acknowledged.
        origin.requireOurs(placed.record().incarnation());
        placed.record().succeed(placed.place());
      } catch (Failure lost) {
        placed.record().fail(lost);
      }
    }
    figures.flushed(batch.size(), bytes);
    origin.took(Operation.WRITE, nanos);
    origin.wrote(bytes);
    if (open != pack) {
      finish(open);
    }
  }

  /// Nothing is known of what was written last, so nothing of it is told to anybody.
  private Future<Void> poisoned(OpenPack open, List<Placed> batch, Throwable cause) {
    CrashPoint.PACK_POISONED.pass();
    if (open == pack) {
      pack = null;
    }
    open.hold().release();
    figures.poisoned();
    var fault = Failures.fault(cause);
    var failure = told(origin.fail(Operation.WRITE, cause));
    LOG.warn(
        "origin={} pack={} given up unacknowledged={} reason=\"{}\"",
        origin.id(),
        open.name(),
        batch.size(),
        failure.text());
    if (fault == null) {
      if (!failure.is(FailureCode.TIMEOUT)) {
        // Else a thread still has it: closing it now would hang as well.
        origin.release(open.file());
      }
      // It hangs, or takes no more work: whoever waits has waited long enough.
      batch.forEach(placed -> placed.record().fail(failure));
      failAll(failure);
      return Future.succeededFuture();
    }
    boolean worthwhile = fault instanceof Fault.Io || fault instanceof Fault.NotFound;
    for (var placed : batch.reversed()) {
      if (worthwhile && placed.record().tryAgain()) {
        waiting.addFirst(placed.record());
      } else {
        placed.record().fail(failure);
      }
    }
    // Whether it is well enough for a second attempt is for a probe to say.
    return worthwhile
        ? origin.check().transform(_ -> Future.succeededFuture())
        : Future.succeededFuture();
  }

  /// A pack that lost its name is no shard that is missing.
  private Failure told(Failure failure) {
    return failure.is(FailureCode.NOT_FOUND)
        ? origin.unavailable("lost the pack that was being written")
        : failure;
  }

  private void failAll(Failure failure) {
    for (var record = waiting.poll(); record != null; record = waiting.poll()) {
      record.fail(failure);
    }
  }

  /// From now on nothing goes into the pack; it is never opened for writing again.
  private void seal() {
    var open = pack;
    pack = null;
    if (open != null) {
      finish(open);
    }
  }

  private void finish(OpenPack open) {
    CrashPoint.PACK_SEALED.pass();
    open.hold().release();
    origin.release(open.file());
    LOG.debug("origin={} pack={} sealed", origin.id(), open.name());
  }

  /// Another place stands behind the origin: its pack is to be a new one.
  void moved() {
    place++;
    if (flying) {
      // A flight of this pack, if there is one, closes it when it ends.
      pack = null;
    } else {
      seal();
    }
  }

  /// Takes no more; done when what was on its way has come to its end.
  Future<Void> close() {
    closing = true;
    if (!flying) {
      land();
    }
    return closed.future();
  }
}
