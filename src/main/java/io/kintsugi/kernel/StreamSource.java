package io.kintsugi.kernel;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The receiving end of a stream: what has arrived and not been taken yet is at most one window
/// (and the rest of the buffer that crossed its border).
final class StreamSource extends StreamEnd implements BlobSource {
  private final int windowBytes;
  private final ArrayDeque<Buffer> arrived = new ArrayDeque<>();
  private long demand = Long.MAX_VALUE;
  private long nextNumber;
  private long takenBytes;
  private long waitingBytes;
  private long waitingBytesMax;
  private boolean endArrived;
  private boolean delivering;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  StreamSource(Hub hub, long stream, int windowBytes) {
    if (windowBytes < 1) {
      throw new IllegalArgumentException("a window needs at least a byte, not " + windowBytes);
    }
    this.windowBytes = windowBytes;
    super(hub, stream);
  }

  void accept(Frame.Address sender) {
    meet(sender);
    say(Frame.Kind.ACCEPT, windowBytes);
  }

  @Override
  public BlobTicket ticket() {
    return new BlobTicket(hub.address(), stream, windowBytes);
  }

  /// The most bytes that ever waited here to be taken.
  long waitingBytesMax() {
    return waitingBytesMax;
  }

  @Override
  Frame.Kind greeting() {
    return Frame.Kind.OPEN;
  }

  @Override
  void onFrame(Frame frame) {
    switch (frame.kind()) {
      case OPEN -> {}
      case DATA -> {
        if (inOrder(frame)) {
          moved();
          arrived.add(frame.data());
          waitingBytes += frame.data().length();
          waitingBytesMax = Math.max(waitingBytesMax, waitingBytes);
          deliver();
        }
      }
      case END -> {
        if (inOrder(frame)) {
          moved();
          endArrived = true;
          deliver();
        }
      }
      default ->
          finish(Failure.of(FailureCode.INTERNAL_ERROR, "unexpected frame " + frame.kind()), true);
    }
  }

  private boolean inOrder(Frame frame) {
    if (frame.number() == nextNumber && !endArrived) {
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
    } catch (RuntimeException | Error e) {
      // Its user has lost these bytes; going on would tear the object.
      finish(Failure.from(e), true);
      throw e;
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
    waitingBytes -= bytes.length();
    takenBytes += bytes.length();
    moved();
    // Half a window at a time: often enough that the sender need not wait, seldom enough to be
    // cheap.
    if (takenBytes >= (windowBytes + 1) / 2 && !endArrived) {
      say(Frame.Kind.CREDIT, takenBytes);
      takenBytes = 0;
    }
    to.handle(bytes);
  }

  @Override
  public void cancel(Failure reason) {
    hub.here();
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
    waitingBytes = 0;
    if (exceptionHandler != null) {
      exceptionHandler.handle(cause);
    }
  }

  @Override
  public StreamSource handler(@Nullable Handler<Buffer> next) {
    hub.here();
    handler = next;
    deliver();
    return this;
  }

  @Override
  public StreamSource pause() {
    hub.here();
    demand = 0;
    return this;
  }

  @Override
  public StreamSource resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public StreamSource fetch(long amount) {
    hub.here();
    if (amount < 0) {
      throw new IllegalArgumentException("cannot fetch " + amount);
    }
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    deliver();
    return this;
  }

  @Override
  public StreamSource endHandler(@Nullable Handler<Void> next) {
    hub.here();
    endHandler = next;
    deliver();
    return this;
  }

  @Override
  public StreamSource exceptionHandler(@Nullable Handler<Throwable> next) {
    hub.here();
    exceptionHandler = next;
    var failure = failure();
    if (next != null && failure != null) {
      next.handle(failure);
    }
    return this;
  }
}
