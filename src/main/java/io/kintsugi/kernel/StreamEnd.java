package io.kintsugi.kernel;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/// What both ends of a stream have in common: a number, a peer, and a watch over its life. It lives
/// on the context it was made on, so what its handlers do belongs to the same work (see [Trace]).
abstract class StreamEnd {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /// The other end, and the way to it.
  private record Peer(Frame.Address address, MessageProducer<Frame> road) {}

  final Hub hub;
  final long stream;
  private final Frame.Address self;
  private final ContextInternal context;
  private @Nullable Peer peer;
  private @Nullable Failure failure;
  private long heardNanos = System.nanoTime();
  private long saidNanos = heardNanos;
  private long movedNanos = heardNanos;
  private boolean ended;

  StreamEnd(Hub hub, long stream) {
    this.hub = hub;
    this.stream = stream;
    self = new Frame.Address(hub.address(), stream);
    context = hub.here();
    hub.add(this);
  }

  /// Takes the failure to this end's user; the stream has ended by then.
  abstract void failed(Failure failure);

  abstract void onFrame(Frame frame);

  /// The frame that tells the peer of a failure.
  abstract Frame.Kind failureKind();

  /// The frame with which a peer makes itself known to this end.
  abstract Frame.Kind greeting();

  final void meet(Frame.Address address) {
    peer = new Peer(address, hub.road(address.hub()));
  }

  final boolean hasPeer() {
    return peer != null;
  }

  final boolean isEnded() {
    return ended;
  }

  /// Why the stream failed, or null.
  final @Nullable Failure failure() {
    return failure;
  }

  final void moved() {
    movedNanos = System.nanoTime();
  }

  final void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  /// Runs later, on this stream's context.
  final void soon(Runnable task) {
    context.runOnContext(_ -> task.run());
  }

  final void receive(Frame frame) {
    context.dispatch(frame, this::take);
  }

  private void take(Frame frame) {
    if (peer == null && frame.kind() == greeting()) {
      meet(frame.from());
    } else if (peer == null || !peer.address().equals(frame.from())) {
      hub.turnAway(frame, Failure.of(FailureCode.CONFLICT, "the stream has another end already"));
      return;
    }
    heardNanos = System.nanoTime();
    switch (frame.kind()) {
      case ERROR, CANCEL -> finish(FailureBody.parse(frame.data().toString()), false);
      case PING -> {}
      default -> onFrame(frame);
    }
  }

  final void say(Frame.Kind kind, long number) {
    say(kind, number, Frame.NOTHING);
  }

  final void say(Frame.Kind kind, long number, Buffer data) {
    if (peer != null) {
      saidNanos = System.nanoTime();
      peer.road()
          .write(new Frame(kind, peer.address().stream(), number, self, data))
          .onFailure(_ -> finish(unreachable(), false));
    }
  }

  private static Failure unreachable() {
    return Failure.of(FailureCode.UNAVAILABLE, "the other end of the stream cannot be reached");
  }

  /// Ends without failure.
  final void finish() {
    ended = true;
    hub.remove(this);
  }

  /// Ends with a failure, once.
  final void finish(Failure reason, boolean tellPeer) {
    if (ended) {
      return;
    }
    finish();
    failure = reason;
    if (peer == null) {
      hub.remember(stream, reason);
    } else if (tellPeer) {
      say(failureKind(), 0, Frame.reason(reason));
    }
    failed(reason);
  }

  final void tick(long nowNanos) {
    context.dispatch(nowNanos, this::look);
  }

  private void look(long nowNanos) {
    var limits = hub.limits();
    if (nowNanos - heardNanos > limits.silenceMillis() * NANOS_PER_MILLI) {
      finish(Failure.of(FailureCode.UNAVAILABLE, "the other end of the stream is silent"), true);
    } else if (nowNanos - movedNanos > limits.stallMillis() * NANOS_PER_MILLI) {
      finish(Failure.of(FailureCode.TIMEOUT, "no byte moved on the stream for too long"), true);
    } else if (nowNanos - saidNanos > limits.pingMillis() * NANOS_PER_MILLI) {
      say(Frame.Kind.PING, 0);
    }
  }
}
