package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.ShardWritten;
import io.kintsugi.contract.OriginContract.WriteShard;
import io.kintsugi.driver.Driver;
import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Retries;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;

/// One shard on its way to an origin. While a buffer is being written the stream is paused, so no
/// more than its window is in memory; between buffers no thread is held.
///
/// If the process dies, or the stream does, an unfinished name stays behind that no row points to.
final class ShardWriting {
  /// What is written goes to the disk from here on, while the rest still comes: it works all the
  /// time then, and no flush has so much to do that those of others wait long behind it.
  private static final long AHEAD_BYTES = 2L << 20;

  private final Origin origin;
  private final WriteShard question;
  private final ShardName name;
  private final Driver.Writing file;
  private final BlobSource source;
  private final Promise<ShardWritten> written = Promise.promise();
  private long receivedBytes;
  private long aheadBytes;
  private Future<?> ahead = Future.succeededFuture();
  private boolean ended;

  private ShardWriting(
      Origin origin, WriteShard question, ShardName name, Driver.Writing file, BlobSource source) {
    this.origin = origin;
    this.question = question;
    this.name = name;
    this.file = file;
    this.source = source;
  }

  /// Writes what is offered; done when it is flushed, with its name.
  static Future<ShardWritten> start(Origin origin, WriteShard question) {
    var name = Names.parse(question.name());
    if (name.isEmpty() || question.sizeBytes() < 0) {
      return Future.failedFuture(
          Failure.of(FailureCode.INVALID_REQUEST, "not a shard's name: " + question.name()));
    }
    origin.requireWritable(question.incarnation());
    return create(origin, question)
        .compose(file ->
            new ShardWriting(origin, question, name.get(), file, accept(origin, question)).run());
  }

  /// While no byte has been taken yet it can be tried again; here, and nowhere else.
  private static Future<Driver.Writing> create(Origin origin, WriteShard question) {
    var failures = new ArrayDeque<Failure>();
    return Retries.run(
            origin.world(),
            Retries.DELAYS,
            () -> {
              origin.requireOurs(question.incarnation());
              return origin
                  .open(
                      () -> origin.driver().createNew(question.name(), question.sizeBytes()),
                      origin::release)
                  .recover(cause -> {
                    var failure = refused(origin, cause);
                    failures.add(failure);
                    return Future.failedFuture(failure);
                  });
            })
        .recover(cause -> Future.failedFuture(known(Failure.from(cause), failures)));
  }

  /// A name that a try without an answer has made is in the way of the next; it belongs to nobody.
  private static Failure known(Failure last, ArrayDeque<Failure> failures) {
    return last.is(FailureCode.CONFLICT) && failures.size() > 1 ? failures.getFirst() : last;
  }

  private static BlobSource accept(Origin origin, WriteShard question) {
    return origin.world().blobs().accept(question.body(), Blobs.SHARD_WINDOW_BYTES);
  }

  /// That the folder for a new file is not there says that the disk is not.
  private static Failure refused(Origin origin, Throwable cause) {
    var failure = origin.fail(Operation.WRITE, cause);
    if (failure.is(FailureCode.NOT_FOUND)) {
      origin.check();
      return Failure.of(
          FailureCode.UNAVAILABLE,
          "origin " + origin.id() + " has no place for shards",
          "what",
          "origin");
    }
    return failure;
  }

  private Future<ShardWritten> run() {
    source.exceptionHandler(cause -> giveUp(Failure.from(cause)));
    source.endHandler(_ -> finish());
    source.handler(this::take);
    return written.future();
  }

  private void take(Buffer bytes) {
    if (ended) {
      return;
    }
    source.pause();
    receivedBytes += bytes.length();
    if (receivedBytes > question.sizeBytes()) {
      giveUp(wrongSize());
      return;
    }
    origin
        .run(() -> {
          file.write(Bytes.view(bytes));
          CrashPoint.SHARD_BEGUN.pass();
          return true;
        })
        .onSuccess(_ -> {
          flushAhead();
          source.resume();
        })
        .onFailure(this::fail);
  }

  private void flushAhead() {
    if (!ended && ahead.isComplete() && receivedBytes - aheadBytes >= AHEAD_BYTES) {
      aheadBytes = receivedBytes;
      ahead =
          origin
              .run(() -> {
                file.flushAhead();
                return true;
              })
              .onFailure(this::fail);
    }
  }

  private Future<?> flush() {
    return origin.run(() -> {
      file.flush();
      return true;
    });
  }

  private void finish() {
    if (ended) {
      return;
    }
    if (receivedBytes != question.sizeBytes()) {
      giveUp(wrongSize());
      return;
    }
    long begin = origin.world().nanos();
    // An error is told to one of two flushes only, so none may be lost.
    ahead
        .compose(_ -> {
          CrashPoint.SHARD_WRITTEN.pass();
          return flush();
        })
        .onSuccess(_ -> CrashPoint.SHARD_FLUSHED.pass())
        .compose(_ -> origin.flushLeaf(name.leaf()))
        .onSuccess(_ -> succeed(origin.world().nanos() - begin))
        .onFailure(this::fail);
  }

  private void succeed(long flushNanos) {
    if (ended) {
      return;
    }
    try {
      // What was written to a disk that is no longer ours must not be acknowledged.
      origin.requireOurs(question.incarnation());
    } catch (Failure lost) {
      giveUp(lost);
      return;
    }
    CrashPoint.SHARD_LANDED.pass();
    end();
    origin.took(Operation.WRITE, flushNanos);
    origin.wrote(receivedBytes);
    written.complete(new ShardWritten(receivedBytes));
  }

  private Failure wrongSize() {
    return Failure.of(
        FailureCode.INVALID_REQUEST,
        "the stream has " + receivedBytes + " bytes, not " + question.sizeBytes());
  }

  /// The origin could not.
  private void fail(Throwable cause) {
    if (!ended) {
      giveUp(origin.fail(Operation.WRITE, cause));
    }
  }

  private void giveUp(Failure failure) {
    if (ended) {
      return;
    }
    end();
    source.cancel(failure);
    written.fail(failure);
  }

  private void end() {
    ended = true;
    origin.release(file);
  }
}
