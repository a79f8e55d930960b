package io.kintsugi.kernel;

import static io.kintsugi.kernel.Place.failure;
import static io.kintsugi.kernel.Place.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Peers that die, fall silent, stand still, or speak nonsense: both sides end (F2).
class BlobLifeTest {
  private static final int WINDOW = 1_000;
  private static final DeliveryOptions FRAME = new DeliveryOptions().setCodecName(Frame.Codec.NAME);

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    result(vertx.close());
  }

  /// An end of a stream that says only what the test lets it say.
  private final class Puppet {
    private final String address = "blob.puppet." + Trace.fresh();
    private final ArrayDeque<Frame> heard = new ArrayDeque<>();
    private final List<Promise<Frame>> waiting = new ArrayList<>();

    private Puppet() {
      vertx.eventBus().<Frame>consumer(address, message -> hear(message.body()));
    }

    private synchronized void hear(Frame frame) {
      if (frame.kind() == Frame.Kind.PING) {
        return;
      }
      if (waiting.isEmpty()) {
        heard.add(frame);
      } else {
        waiting.removeFirst().complete(frame);
      }
    }

    private synchronized Promise<Frame> ask() {
      Promise<Frame> next = Promise.promise();
      if (heard.isEmpty()) {
        waiting.add(next);
      } else {
        next.complete(heard.remove());
      }
      return next;
    }

    private Frame next() {
      return result(ask().future());
    }

    private void say(BlobOffer to, Frame.Kind kind, long number) {
      var from = new Frame.Address(address, 1);
      var frame = new Frame(kind, to.stream(), number, from, Buffer.buffer("x"));
      vertx.eventBus().send(to.hub(), frame, FRAME);
    }
  }

  @Test
  void aReceiverThatIsUndeployedEndsTheSenderAtOnce() {
    var left = Place.in(vertx);
    var right = Place.in(vertx);
    var sink = left.on(() -> left.hub().offer());
    right.run(() -> right.hub().accept(sink.offer(), WINDOW));
    var write = left.on(() -> sink.write(Buffer.buffer(new byte[10 * WINDOW])));
    result(write);
    var stuck = left.on(() -> sink.write(Buffer.buffer("x")));
    right.undeploy();
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(failure(stuck).code()).isEqualTo(FailureCode.UNAVAILABLE);
  }

  @Test
  void aSenderThatIsUndeployedEndsTheReceiverAtOnceAndItsOwnUser() {
    var left = Place.in(vertx);
    var right = Place.in(vertx);
    var sink = left.on(() -> left.hub().offer());
    var taken = right.on(() -> Taken.from(right.hub().accept(sink.offer(), WINDOW)));
    result(left.on(() -> sink.write(Buffer.buffer("x"))));
    left.undeploy();
    assertThat(failure(taken.ended()).code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.UNAVAILABLE);
  }

  @Test
  void anOfferOfAHubThatIsGoneFailsAtOnce() {
    var right = Place.in(vertx);
    var taken =
        right.on(() -> Taken.from(right.hub().accept(new BlobOffer("blob.gone", 1), WINDOW)));
    assertThat(failure(taken.ended()).code()).isEqualTo(FailureCode.UNAVAILABLE);
    var sink = right.on(() -> right.hub().connect(new BlobTicket("blob.gone", 1, WINDOW)));
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(right.on(() -> right.hub().open())).isZero();
  }

  @Test
  void aSilentPeerIsGivenUp() {
    var left = Place.in(vertx, Place.SHORT);
    var puppet = new Puppet();
    var sink = left.on(() -> left.hub().offer());
    puppet.say(sink.offer(), Frame.Kind.ACCEPT, WINDOW);
    assertThat(failure(sink.done()).text()).contains("silent");
    assertThat(puppet.next().kind()).isEqualTo(Frame.Kind.ERROR);
  }

  @Test
  void pingsKeepAliveAStreamOnWhichNothingMoves() {
    var left = Place.in(vertx, Place.SHORT);
    var right = Place.in(vertx, Place.SHORT);
    var sink = left.on(() -> left.hub().offer());
    right.run(() -> right.hub().accept(sink.offer(), WINDOW).pause());
    var longer = Promise.<Void>promise();
    vertx.setTimer(2 * Place.SHORT.silenceMillis(), _ -> longer.complete());
    result(longer.future());
    assertThat(sink.done().isComplete()).isFalse();
  }

  @Test
  void aStreamThatStandsStillForTooLongIsGivenUpOnBothSides() {
    var limits = new Hub.Limits(20, 50, 5_000, 300);
    var left = Place.in(vertx, limits);
    var right = Place.in(vertx);
    var sink = left.on(() -> left.hub().offer());
    var taken =
        right.on(() -> {
          var source = right.hub().accept(sink.offer(), WINDOW);
          source.pause();
          return Taken.from(source);
        });
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.TIMEOUT);
    assertThat(failure(taken.ended()).code()).isEqualTo(FailureCode.TIMEOUT);
  }

  @Test
  void aLostFrameFailsBothSides() {
    var right = Place.in(vertx);
    var puppet = new Puppet();
    var source = right.on(() -> right.hub().await(WINDOW));
    var to = new BlobOffer(source.ticket().hub(), source.ticket().stream());
    var taken = right.on(() -> Taken.from(source));
    puppet.say(to, Frame.Kind.OPEN, 0);
    puppet.say(to, Frame.Kind.DATA, 0);
    puppet.say(to, Frame.Kind.DATA, 2);
    assertThat(failure(taken.ended()).text()).contains("lost");
    assertThat(right.on(() -> taken.buffers.size())).isEqualTo(1);
    assertThat(puppet.next().kind()).isEqualTo(Frame.Kind.CANCEL);
  }

  @Test
  void bytesAfterTheEndFailBothSides() {
    var right = Place.in(vertx);
    var puppet = new Puppet();
    var source = right.on(() -> right.hub().await(WINDOW));
    var to = new BlobOffer(source.ticket().hub(), source.ticket().stream());
    puppet.say(to, Frame.Kind.OPEN, 0);
    puppet.say(to, Frame.Kind.END, 0);
    puppet.say(to, Frame.Kind.DATA, 1);
    assertThat(puppet.next().kind()).isEqualTo(Frame.Kind.CANCEL);
    var taken = right.on(() -> Taken.from(source));
    assertThat(failure(taken.ended()).code()).isEqualTo(FailureCode.UNAVAILABLE);
  }

  @Test
  void aFrameThatDoesNotBelongThereFailsBothSides() {
    var left = Place.in(vertx);
    var puppet = new Puppet();
    var sink = left.on(() -> left.hub().offer());
    puppet.say(sink.offer(), Frame.Kind.ACCEPT, WINDOW);
    puppet.say(sink.offer(), Frame.Kind.CLOSED, 0);
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.INTERNAL_ERROR);
    assertThat(puppet.next().kind()).isEqualTo(Frame.Kind.ERROR);
  }

  @Test
  void whoSpeaksToAStreamThatIsNoMoreIsAnsweredButNotItsLastWords() {
    var right = Place.in(vertx);
    var puppet = new Puppet();
    var nowhere = new BlobOffer(right.hub().address(), 99);
    puppet.say(nowhere, Frame.Kind.ERROR, 0);
    puppet.say(nowhere, Frame.Kind.CANCEL, 0);
    puppet.say(nowhere, Frame.Kind.CLOSED, 0);
    puppet.say(nowhere, Frame.Kind.DATA, 0);
    puppet.say(nowhere, Frame.Kind.CREDIT, 0);
    assertThat(puppet.next().kind()).isEqualTo(Frame.Kind.CANCEL);
    assertThat(puppet.next().kind()).isEqualTo(Frame.Kind.ERROR);
  }

  @Test
  void aStreamOpenedByAStoppedVerticleFailsAtOnce() {
    var left = Place.in(vertx);
    var right = Place.in(vertx);
    left.undeploy();
    var sink = left.on(() -> left.hub().offer());
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(right.hub().open()).isZero();
  }
}
