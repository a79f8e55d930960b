package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.OriginContract.ShardOpened;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.format.Names;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;

/// One range of a shard on its way from an origin. It reads when the receiver has room, and holds
/// no thread while it has none.
final class ShardReading {
  private static final int READ_BYTES = 256 * 1024;

  private record Opened(Driver.Reading file, long sizeBytes) {}

  private final Origin origin;
  private final Driver.Reading file;
  private final BlobSink sink;
  private final long endOffset;
  private final long beginNanos;
  private long offset;
  private boolean first = true;
  private boolean ended;

  private ShardReading(
      Origin origin, ReadShard question, Opened opened, BlobSink sink, long beginNanos) {
    this.origin = origin;
    this.file = opened.file();
    this.sink = sink;
    this.beginNanos = beginNanos;
    offset = Math.min(question.offset(), opened.sizeBytes());
    endOffset = offset + Math.min(question.lengthBytes(), opened.sizeBytes() - offset);
  }

  /// Opens the shard; the bytes follow by themselves.
  static Future<ShardOpened> start(Origin origin, ReadShard question) {
    if (Names.parse(question.name()).isEmpty()
        || question.offset() < 0
        || question.lengthBytes() < 0) {
      return Future.failedFuture(
          Failure.of(FailureCode.INVALID_REQUEST, "not a range of a shard: " + question.name()));
    }
    origin.requireReadable(question.incarnation());
    long begin = origin.world().nanos();
    return origin
        .open(() -> open(origin, question.name()), opened -> origin.release(opened.file()))
        .transform(opened -> {
          if (opened.failed()) {
            return refused(origin, question.name(), opened.cause());
          }
          var sink = origin.world().blobs().connect(question.into());
          new ShardReading(origin, question, opened.result(), sink, begin).run();
          return Future.succeededFuture(new ShardOpened(opened.result().sizeBytes()));
        });
  }

  private static Opened open(Origin origin, String name) throws DriverException {
    var file = origin.driver().openRead(name);
    try {
      return new Opened(file, file.sizeBytes());
    } catch (DriverException e) {
      file.close();
      throw e;
    }
  }

  private static Future<ShardOpened> refused(Origin origin, String name, Throwable cause) {
    var failure = origin.fail(cause);
    return failure.is(FailureCode.NOT_FOUND)
        ? origin.absence(name).compose(Future::failedFuture)
        : Future.failedFuture(failure);
  }

  private void run() {
    sink.done().onComplete(_ -> end());
    pump();
  }

  private void pump() {
    if (ended) {
      return;
    }
    if (offset == endOffset) {
      sink.end();
      return;
    }
    if (sink.writeQueueFull()) {
      sink.drainHandler(_ -> pump());
      return;
    }
    long from = offset;
    int length = (int) Math.min(READ_BYTES, endOffset - from);
    origin
        .run(() -> {
          var bytes = new byte[length];
          int read = file.read(ByteBuffer.wrap(bytes), from);
          return Buffer.buffer(length).appendBytes(bytes, 0, read);
        })
        .onSuccess(bytes -> send(bytes, length))
        .onFailure(cause -> sink.abort(origin.fail(cause)));
  }

  private void send(Buffer bytes, int wanted) {
    if (ended) {
      return;
    }
    if (bytes.length() < wanted) {
      sink.abort(origin.unavailable("has a shorter file than when it was opened"));
      return;
    }
    if (first) {
      // Later pieces wait for the receiver, which says nothing about the origin.
      first = false;
      origin.took(origin.world().nanos() - beginNanos);
    }
    offset += bytes.length();
    sink.write(bytes).onFailure(_ -> end());
    pump();
  }

  private void end() {
    if (!ended) {
      ended = true;
      origin.release(file);
    }
  }
}
