package io.kintsugi.kernel;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The sending end of a stream: sends while there is credit, queues beyond it.
final class StreamSink extends StreamEnd implements BlobSink {
  private record Waiting(Buffer bytes, Promise<Void> sent) {}

  private final Promise<Void> done = Promise.promise();
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private long creditBytes;
  private long nextNumber;
  private boolean ending;
  private @Nullable Handler<Void> drainHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  StreamSink(Hub hub, long stream) {
    super(hub, stream);
  }

  void connect(Frame.Address receiver, long windowBytes) {
    meet(receiver);
    creditBytes = windowBytes;
    introduce(Frame.Kind.OPEN, 0);
  }

  @Override
  public BlobOffer offer() {
    return new BlobOffer(hub.address(), stream);
  }

  @Override
  void onFrame(Frame frame) {
    switch (frame.kind()) {
      case ACCEPT -> {
        meet(Json.decode(frame.data().getBytes(), Frame.Address.class));
        grant(frame.number());
      }
      case CREDIT -> grant(frame.number());
      case CLOSED -> {
        finish();
        done.tryComplete();
      }
      default -> abort(unexpected(frame));
    }
  }

  private static Failure unexpected(Frame frame) {
    return Failure.of(FailureCode.INTERNAL_ERROR, "unexpected frame " + frame.kind());
  }

  private void grant(long bytes) {
    creditBytes += bytes;
    while (creditBytes > 0 && !queue.isEmpty()) {
      var waiting = queue.remove();
      send(waiting.bytes());
      waiting.sent().complete();
    }
    if (ending && queue.isEmpty()) {
      sendEnd();
    }
    drained();
  }

  private void drained() {
    var handler = drainHandler;
    if (handler != null && !writeQueueFull()) {
      drainHandler = null;
      handler.handle(null);
    }
  }

  private void send(Buffer bytes) {
    creditBytes -= bytes.length();
    moved();
    say(Frame.Kind.DATA, nextNumber++, bytes);
  }

  private void sendEnd() {
    ending = false;
    say(Frame.Kind.END, nextNumber++);
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    if (isEnded() || ending) {
      return Future.failedFuture(
          Failure.of(FailureCode.CANCELLED, "the stream has ended; nothing can be written"));
    }
    if (bytes.length() == 0) {
      return Future.succeededFuture();
    }
    if (creditBytes > 0 && queue.isEmpty()) {
      send(bytes);
      return Future.succeededFuture();
    }
    Promise<Void> sent = Promise.promise();
    queue.add(new Waiting(bytes, sent));
    return sent.future();
  }

  @Override
  public Future<Void> end() {
    if (!isEnded() && !ending) {
      ending = true;
      // Without a peer yet, the end waits for its ACCEPT like the bytes before it.
      if (queue.isEmpty() && (nextNumber > 0 || creditBytes > 0)) {
        sendEnd();
      }
    }
    return done.future();
  }

  @Override
  public void abort(Failure failure) {
    finish(failure, true);
  }

  @Override
  Frame.Kind failureKind() {
    return Frame.Kind.ERROR;
  }

  @Override
  void failed(Failure failure) {
    done.tryFail(failure);
    queue.forEach(waiting -> waiting.sent().fail(failure));
    queue.clear();
    if (exceptionHandler != null) {
      exceptionHandler.handle(failure);
    }
    drained();
  }

  @Override
  public Future<Void> done() {
    return done.future();
  }

  @Override
  public boolean writeQueueFull() {
    return !isEnded() && (creditBytes <= 0 || !queue.isEmpty());
  }

  @Override
  public StreamSink drainHandler(@Nullable Handler<Void> handler) {
    drainHandler = handler;
    return this;
  }

  @Override
  public StreamSink exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return this;
  }

  /// The receiver's window bounds the queue; there is nothing to set here.
  @Override
  public StreamSink setWriteQueueMaxSize(int maxSize) {
    return this;
  }
}
