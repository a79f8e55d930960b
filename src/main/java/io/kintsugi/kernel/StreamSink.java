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
  private boolean endSent;
  private @Nullable Handler<Void> drainHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  StreamSink(Hub hub, long stream) {
    super(hub, stream);
  }

  void connect(Frame.Address receiver, long windowBytes) {
    meet(receiver);
    creditBytes = windowBytes;
    say(Frame.Kind.OPEN, 0);
  }

  @Override
  public BlobOffer offer() {
    return new BlobOffer(hub.address(), stream);
  }

  @Override
  Frame.Kind greeting() {
    return Frame.Kind.ACCEPT;
  }

  @Override
  void onFrame(Frame frame) {
    switch (frame.kind()) {
      case ACCEPT, CREDIT -> grant(frame.number());
      case CLOSED -> {
        if (endSent) {
          finish();
          done.tryComplete();
        } else {
          finish(unexpected(frame), true);
        }
      }
      default -> finish(unexpected(frame), true);
    }
  }

  private static Failure unexpected(Frame frame) {
    return Failure.of(FailureCode.INTERNAL_ERROR, "unexpected frame " + frame.kind());
  }

  private void grant(long bytes) {
    creditBytes += bytes;
    // Whoever waits for a write may write, end or abort as soon as it is told.
    while (creditBytes > 0 && !queue.isEmpty()) {
      var waiting = queue.remove();
      send(waiting.bytes());
      waiting.sent().complete();
    }
    sendEnd();
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

  /// The end needs no credit, but it waits for a peer like the bytes before it.
  private void sendEnd() {
    if (ending && !endSent && !isEnded() && queue.isEmpty() && hasPeer()) {
      endSent = true;
      moved();
      say(Frame.Kind.END, nextNumber++);
    }
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    hub.here();
    if (isEnded() || ending) {
      return Future.failedFuture(whyNot());
    }
    if (bytes.length() == 0) {
      return Future.succeededFuture();
    }
    if (creditBytes > 0 && queue.isEmpty()) {
      send(bytes);
      return isEnded() ? Future.failedFuture(whyNot()) : Future.succeededFuture();
    }
    Promise<Void> sent = Promise.promise();
    queue.add(new Waiting(bytes, sent));
    return sent.future();
  }

  private Failure whyNot() {
    var failure = failure();
    return failure != null
        ? failure
        : Failure.of(FailureCode.CANCELLED, "the stream has ended; nothing can be written");
  }

  @Override
  public Future<Void> end() {
    hub.here();
    ending = true;
    sendEnd();
    return done.future();
  }

  @Override
  public void abort(Failure failure) {
    hub.here();
    finish(failure, true);
  }

  @Override
  Frame.Kind failureKind() {
    return Frame.Kind.ERROR;
  }

  @Override
  void failed(Failure failure) {
    done.tryFail(failure);
    while (!queue.isEmpty()) {
      queue.remove().sent().fail(failure);
    }
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
    hub.here();
    drainHandler = handler;
    if (isEnded()) {
      soon(this::drained);
    }
    return this;
  }

  @Override
  public StreamSink exceptionHandler(@Nullable Handler<Throwable> handler) {
    hub.here();
    exceptionHandler = handler;
    var failure = failure();
    if (handler != null && failure != null) {
      handler.handle(failure);
    }
    return this;
  }

  /// The receiver's window bounds the queue; there is nothing to set here.
  @Override
  public StreamSink setWriteQueueMaxSize(int maxSize) {
    return this;
  }
}
