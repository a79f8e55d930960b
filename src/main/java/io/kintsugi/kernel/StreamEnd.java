package io.kintsugi.kernel;

import org.jspecify.annotations.Nullable;

/// What both ends of a byte stream have in common: a number, a peer, and a watch over its life.
abstract class StreamEnd {
  final Hub hub;
  final long stream;
  private Frame.@Nullable Address peer;
  private long heardNanos = System.nanoTime();
  private long saidNanos = heardNanos;
  private long movedNanos = heardNanos;
  private boolean ended;

  StreamEnd(Hub hub, long stream) {
    this.hub = hub;
    this.stream = stream;
    hub.add(this);
  }

  /// Takes the failure to this end's user; the stream has ended by then.
  abstract void failed(Failure failure);

  abstract void onFrame(Frame frame);

  /// The frame that tells the peer of a failure.
  abstract Frame.Kind failureKind();

  final void meet(Frame.Address address) {
    peer = address;
  }

  final boolean isEnded() {
    return ended;
  }

  final void moved() {
    movedNanos = System.nanoTime();
  }

  final void receive(Frame frame) {
    heardNanos = System.nanoTime();
    switch (frame.kind()) {
      case ERROR, CANCEL -> finish(FailureBody.parse(frame.data().getBytes()), false);
      case PING -> {}
      default -> onFrame(frame);
    }
  }

  final void say(Frame.Kind kind, long number) {
    if (peer != null) {
      saidNanos = System.nanoTime();
      hub.send(peer, Frame.of(kind, peer.stream(), number));
    }
  }

  final void say(Frame.Kind kind, long number, io.vertx.core.buffer.Buffer data) {
    if (peer != null) {
      saidNanos = System.nanoTime();
      hub.send(peer, new Frame(kind, peer.stream(), number, data));
    }
  }

  final void introduce(Frame.Kind kind, long number) {
    if (peer != null) {
      var self = new Frame.Address(hub.address(), stream);
      hub.send(peer, Frame.of(kind, peer.stream(), number, self));
    }
  }

  /// Ends without failure.
  final void finish() {
    ended = true;
    hub.remove(this);
  }

  /// Ends with a failure, once.
  final void finish(Failure failure, boolean tellPeer) {
    if (ended) {
      return;
    }
    finish();
    if (tellPeer && peer != null) {
      hub.send(peer, Frame.of(failureKind(), peer.stream(), 0, FailureBody.of(failure)));
    }
    failed(failure);
  }

  final void tick(long nowNanos) {
    if (nowNanos - heardNanos > Hub.SILENCE_NANOS) {
      finish(Failure.of(FailureCode.UNAVAILABLE, "the other end of the stream is silent"), true);
    } else if (nowNanos - movedNanos > Hub.STALL_NANOS) {
      finish(Failure.of(FailureCode.TIMEOUT, "no byte moved on the stream for too long"), true);
    } else if (nowNanos - saidNanos > Hub.PING_NANOS) {
      say(Frame.Kind.PING, 0);
    }
  }
}
