package io.kintsugi.origin;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginMirrorContract.ReadRange;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;

/// One range of a plain file on its way from an origin. It reads when the receiver has room, and
/// holds no thread while it has none.
final class FileSending {
  private static final int READ_BYTES = 256 * 1024;

  private final Origin origin;
  private final Driver.Reading file;
  private final BlobSink sink;
  private final long endOffset;
  private long offset;
  private boolean ended;

  private FileSending(Origin origin, Driver.Reading file, BlobSink sink, ReadRange question) {
    this.origin = origin;
    this.file = file;
    this.sink = sink;
    offset = question.offset();
    endOffset = offset + question.lengthBytes();
  }

  /// Opens the file; the bytes follow by themselves.
  static Future<Done> start(Origin origin, ReadRange question) {
    PlainFiles.require(question.path());
    long end = question.offset() + question.lengthBytes();
    if (question.offset() < 0 || question.lengthBytes() < 0 || end > question.stamp().sizeBytes()) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a range of " + question.path());
    }
    origin.requireReadable(question.incarnation());
    return origin
        .open(() -> open(origin, question), origin::release)
        .recover(cause -> FileCuts.missing(origin, question.path(), cause))
        .map(file -> {
          var sink = origin.world().blobs().connect(question.into());
          new FileSending(origin, file, sink, question).run();
          return new Done();
        });
  }

  /// Opened first and then looked at: what is open is what bears the stamp.
  private static Driver.Reading open(Origin origin, ReadRange question) throws DriverException {
    var file = origin.driver().openRead(question.path());
    boolean same = false;
    try {
      same =
          FileCuts.stampOf(origin.driver(), question.path())
              .equals(PlainFiles.stamp(question.stamp()));
      if (!same) {
        throw Failure.of(
            FailureCode.PRECONDITION_FAILED,
            "another file bears the name now: " + question.path(),
            "what",
            "file");
      }
      return file;
    } finally {
      if (!same) {
        file.close();
      }
    }
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
        .run(() -> read(from, length))
        .onSuccess(bytes -> send(bytes, length))
        .onFailure(cause -> sink.abort(origin.fail(Operation.READ, cause)));
  }

  private Buffer read(long from, int length) throws DriverException {
    var buffer = ByteBuffer.allocate(length);
    int read = file.read(buffer, from);
    return Bytes.of(buffer.array(), 0, read);
  }

  private void send(Buffer bytes, int wanted) {
    if (ended) {
      return;
    }
    if (bytes.length() < wanted) {
      sink.abort(origin.unavailable("has a shorter file than when it was opened"));
      return;
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
