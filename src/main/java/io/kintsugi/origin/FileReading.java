package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.contract.FilesContract.ReadFile;
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
/// holds no thread while it has none. It ends well only if the file was the same all the while.
final class FileReading {
  private static final int READ_BYTES = 256 * 1024;

  private final FilePlace place;
  private final ReadFile question;
  private final Driver.Reading file;
  private final BlobSink sink;
  private final long endOffset;
  private final long beginNanos;
  private long offset;
  private boolean first = true;
  private boolean reading;
  private boolean ended;

  private FileReading(
      FilePlace place, ReadFile question, Driver.Reading file, BlobSink sink, long beginNanos) {
    this.place = place;
    this.question = question;
    this.file = file;
    this.sink = sink;
    this.beginNanos = beginNanos;
    offset = question.offset();
    endOffset = offset + question.lengthBytes();
  }

  /// Opens the file; the bytes follow by themselves.
  static Future<FoundFile> start(FilePlace place, ReadFile question) {
    long size = question.stamp().sizeBytes();
    if (question.offset() < 0
        || question.lengthBytes() < 0
        || question.offset() > size - question.lengthBytes()) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a range of the file: " + question);
    }
    long begin = place.world().nanos();
    return place
        .open(() -> new Opened(place, question.path(), question.stamp()), late -> late.drop(place))
        .recover(place::failed)
        .compose(opened -> {
          var file = opened.file;
          if (file == null) {
            return Future.failedFuture(FileStat.changed(place, question.path()));
          }
          var sink = place.world().blobs().connect(question.into());
          new FileReading(place, question, file, sink, begin).run();
          return Future.succeededFuture(new FoundFile(question.stamp()));
        });
  }

  /// A file that was opened if it bore the right stamp.
  static final class Opened {
    final Driver.@org.jspecify.annotations.Nullable Reading file;

    /// Blocks. The stamp is taken again once the file is open: what is read then is what bore it.
    Opened(FilePlace place, String path, FileStamp stamp) throws DriverException {
      if (!FileStat.of(place, path).equals(stamp)) {
        file = null;
        return;
      }
      var opened = place.driver().openRead(path);
      boolean same = false;
      try {
        same = FileStat.of(place, path).equals(stamp) && opened.sizeBytes() == stamp.sizeBytes();
      } finally {
        if (!same) {
          opened.close();
        }
      }
      file = same ? opened : null;
    }

    void drop(FilePlace place) {
      if (file != null) {
        place.release(file);
      }
    }
  }

  private void run() {
    sink.done().onComplete(_ -> end());
    if (endOffset - offset > READ_BYTES) {
      file.expect(offset, endOffset);
    }
    pump();
  }

  private void pump() {
    if (ended) {
      return;
    }
    if (offset == endOffset) {
      finish();
      return;
    }
    if (sink.writeQueueFull()) {
      sink.drainHandler(_ -> pump());
      return;
    }
    long from = offset;
    int length = (int) Math.min(READ_BYTES, endOffset - from);
    reading = true;
    place
        .run(() -> read(from, length))
        .onComplete(read -> {
          reading = false;
          if (ended) {
            place.release(file);
          } else if (read.succeeded()) {
            send(read.result(), length);
          } else {
            sink.abort(place.fail(read.cause()));
          }
        });
  }

  private Buffer read(long from, int length) throws DriverException {
    var bytes = new byte[length];
    int read = file.read(ByteBuffer.wrap(bytes), from);
    return Bytes.of(bytes, 0, read);
  }

  private void send(Buffer bytes, int wanted) {
    if (ended) {
      return;
    }
    if (bytes.length() < wanted) {
      sink.abort(FileStat.changed(place, question.path()));
      return;
    }
    if (first) {
      // Later pieces wait for the receiver, which says nothing about the origin.
      first = false;
      place.took(place.world().nanos() - beginNanos);
    }
    offset += bytes.length();
    sink.write(bytes).onFailure(_ -> end());
    pump();
  }

  /// What was written to in place may have given out old bytes and new ones.
  private void finish() {
    place
        .run(() -> FileStat.of(place, question.path()))
        .onSuccess(now -> {
          if (now.equals(question.stamp())) {
            sink.end();
          } else {
            sink.abort(FileStat.changed(place, question.path()));
          }
        })
        .onFailure(cause -> sink.abort(place.fail(cause)));
  }

  /// As in [ShardReading]: a file is not closed under a thread that reads it.
  private void end() {
    if (!ended) {
      ended = true;
      if (!reading) {
        place.release(file);
      }
    }
  }
}
