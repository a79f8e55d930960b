package io.kintsugi.driver;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClosedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The body of one request on its way to a server. Who writes waits until there is room: no more
/// than a window of it is in memory.
final class S3Upload {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final int PIECE_BYTES = 256 << 10;

  private final Context context;
  private final HttpClientRequest request;
  private final Future<S3Answer> answer;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private int waitingBytes;
  private @Nullable Throwable broken;

  S3Upload(Context context, HttpClientRequest request, Future<S3Answer> answer, Duration patience) {
    this.context = context;
    this.request = request;
    this.answer = answer;
    this.patience = patience;
    answer.onComplete(done -> report(0, done.cause()));
  }

  /// Sends all that remains in the buffer, or as much as can be before the server answers, which
  /// then is a refusal.
  void write(ByteBuffer bytes) throws Exception {
    while (bytes.hasRemaining() && !answer.isComplete()) {
      int length = Math.min(PIECE_BYTES, bytes.remaining());
      var piece = new byte[length];
      bytes.get(piece);
      awaitRoom(length);
      context.runOnContext(_ ->
          request.write(Buffer.buffer(piece)).onComplete(done -> report(length, done.cause())));
    }
    bytes.position(bytes.limit());
  }

  private void report(int bytes, @Nullable Throwable cause) {
    lock.lock();
    try {
      waitingBytes -= bytes;
      if (cause != null && broken == null) {
        broken = cause;
      }
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(int bytes) throws Exception {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (waitingBytes + bytes > WINDOW_BYTES && broken == null && !answer.isComplete()) {
        if (left <= 0) {
          throw new TimeoutException("the server takes no more bytes");
        }
        left = moved.awaitNanos(left);
      }
      if (broken != null && !answer.succeeded()) {
        throw broken instanceof Exception cause
            ? cause
            : new HttpClosedException(broken.toString());
      }
      waitingBytes += bytes;
    } finally {
      lock.unlock();
    }
  }

  /// All is written: what the server says to it.
  S3Answer finish() throws Exception {
    boolean early = answer.isComplete();
    if (early) {
      // What is left of the body is not wanted any more.
      abort();
    } else {
      context.runOnContext(_ -> request.end());
    }
    return S3Wait.on(answer, patience);
  }

  /// Once it is answered, broken or aborted.
  void whenOver(Runnable deed) {
    answer.onComplete(_ -> deed.run());
  }

  /// What was sent so far shall be nothing.
  void abort() {
    context.runOnContext(_ -> request.reset());
  }

  static S3Upload await(Future<S3Upload> opening, Duration patience) throws Exception {
    try {
      return S3Wait.on(opening, patience);
    } catch (TimeoutException e) {
      opening.onSuccess(S3Upload::abort);
      throw e;
    }
  }
}
