package io.kintsugi.kernel;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The receiving end of a stream: what has arrived and not been taken yet is at most one window
/// (and the last buffer that crossed its border).
final class StreamSource extends StreamEnd implements BlobSource {
  private final int windowBytes;
  private final ArrayDeque<Buffer> arrived = new ArrayDeque<>();
  private long demand = Long.MAX_VALUE;
  private long nextNumber;
  private long takenBytes;
  private boolean endArrived;
  private boolean delivering;
  private @Nullable Failure failure;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  StreamSource(Hub hub, long stream, int windowBytes) {
    super(hub, stream);
    this.windowBytes = windowBytes;
  }

  void accept(Frame.Address sender) {
    meet(sender);
    introduce(Frame.Kind.ACCEPT, windowBytes);
  }

  @Override
  public BlobTicket ticket() {
    return new BlobTicket(hub.address(), stream, windowBytes);
  }

  @Override
  void onFrame(Frame frame) {
    switch (frame.kind()) {
      case OPEN -> meet(Json.decode(frame.data().getBytes(), Frame.Address.class));
      case DATA -> {
        if (inOrder(frame)) {
          moved();
          arrived.add(frame.data());
          deliver();
        }
      }
      case END -> {
        if (inOrder(frame)) {
          endArrived = true;
          deliver();
        }
      }
      default -> cancel(Failure.of(FailureCode.INTERNAL_ERROR, "unexpected frame " + frame.kind()));
    }
  }

  private boolean inOrder(Frame frame) {
    if (frame.number() == nextNumber) {
      nextNumber++;
      return true;
    }
    var lost =
        Failure.of(
            FailureCode.UNAVAILABLE,
            "frame " + nextNumber + " was lost on the way; got " + frame.number());
    finish(lost, true);
    return false;
  }

  private void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      while (!isEnded() && demand > 0 && handler != null && !arrived.isEmpty()) {
        handOver(handler, arrived.remove());
      }
    } finally {
      delivering = false;
    }
    if (endArrived && arrived.isEmpty() && !isEnded() && demand > 0 && endHandler != null) {
      finish();
      say(Frame.Kind.CLOSED, 0);
      endHandler.handle(null);
    }
  }

  private void handOver(Handler<Buffer> to, Buffer bytes) {
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    takenBytes += bytes.length();
    moved();
    if (takenBytes >= windowBytes / 2 && !endArrived) {
      say(Frame.Kind.CREDIT, takenBytes);
      takenBytes = 0;
    }
    to.handle(bytes);
  }

  @Override
  public void cancel(Failure reason) {
    if (!isEnded()) {
      exceptionHandler = null;
      finish(reason, true);
    }
  }

  @Override
  Frame.Kind failureKind() {
    return Frame.Kind.CANCEL;
  }

  @Override
  void failed(Failure cause) {
    arrived.clear();
    failure = cause;
    if (exceptionHandler != null) {
      exceptionHandler.handle(cause);
    }
  }

  @Override
  public StreamSource handler(@Nullable Handler<Buffer> next) {
    handler = next;
    deliver();
    return this;
  }

  @Override
  public StreamSource pause() {
    demand = 0;
    return this;
  }

  @Override
  public StreamSource resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public StreamSource fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    deliver();
    return this;
  }

  @Override
  public StreamSource endHandler(@Nullable Handler<Void> next) {
    endHandler = next;
    deliver();
    return this;
  }

  @Override
  public StreamSource exceptionHandler(@Nullable Handler<Throwable> next) {
    exceptionHandler = next;
    if (next != null && failure != null) {
      next.handle(failure);
    }
    return this;
  }
}
