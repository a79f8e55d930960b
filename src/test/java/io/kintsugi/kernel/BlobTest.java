package io.kintsugi.kernel;

import static io.kintsugi.kernel.Place.failure;
import static io.kintsugi.kernel.Place.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every corner in the life of the two ends of a byte stream (F2).
class BlobTest {
  private static final int WINDOW = 1_000;

  private final Failure enough = Failure.of(FailureCode.CANCELLED, "enough");
  private final Vertx vertx = Vertx.vertx();
  private final Place left = Place.in(vertx);
  private final Place right = Place.in(vertx);

  @BeforeEach
  void begin() {
    assertThat(left.hub().open()).isZero();
  }

  @AfterEach
  void close() {
    result(vertx.close());
  }

  private static Buffer bytes(int length) {
    return Buffer.buffer(new byte[length]);
  }

  private BlobSink offer() {
    return left.on(() -> left.hub().offer());
  }

  private BlobSource accept(BlobSink sink) {
    return right.on(() -> right.hub().accept(sink.offer(), WINDOW));
  }

  private Taken take(BlobSource source) {
    return right.on(() -> Taken.from(source));
  }

  private void noneOpen() {
    assertThat(left.on(() -> left.hub().open())).isZero();
    assertThat(right.on(() -> right.hub().open())).isZero();
  }

  @Test
  void bytesAndEndWrittenBeforeTheOfferIsAcceptedWaitForIt() {
    var sink = offer();
    var write = left.on(() -> sink.write(bytes(10)));
    var end = left.on(sink::end);
    assertThat(write.isComplete()).isFalse();
    assertThat(result(take(accept(sink)).ended())).isEqualTo(10);
    result(write);
    result(end);
    noneOpen();
  }

  @Test
  void anEmptyStreamEndsInBothDirectionsOfBeginning() {
    var pushed = offer();
    var end = left.on(pushed::end);
    assertThat(result(take(accept(pushed)).ended())).isZero();
    result(end);
    var awaited = right.on(() -> right.hub().await(WINDOW));
    var taken = take(awaited);
    result(left.on(() -> left.hub().connect(awaited.ticket()).end()));
    assertThat(result(taken.ended())).isZero();
    noneOpen();
  }

  @Test
  void nothingIsWrittenAfterTheEndAndEndingTwiceIsEndingOnce() {
    var sink = offer();
    var source = accept(sink);
    var taken = take(source);
    left.run(() -> {
      sink.write(bytes(5));
      sink.end();
      sink.end();
    });
    assertThat(failure(left.on(() -> sink.write(bytes(5)))).code())
        .isEqualTo(FailureCode.CANCELLED);
    assertThat(result(taken.ended())).isEqualTo(5);
    result(sink.done());
    assertThat(failure(left.on(() -> sink.write(bytes(5)))).code())
        .isEqualTo(FailureCode.CANCELLED);
    assertThat(taken.failures).isEmpty();
  }

  @Test
  void abortAfterTheEndButBeforeItWasTakenFailsBothSides() {
    var sink = offer();
    var source = accept(sink);
    right.run(source::pause);
    var taken = take(source);
    left.run(() -> {
      sink.write(bytes(5));
      sink.end();
      sink.abort(enough);
    });
    assertThat(failure(sink.done()).text()).isEqualTo("enough");
    assertThat(failure(taken.ended()).text()).isEqualTo("enough");
    noneOpen();
  }

  @Test
  void endAfterAbortGivesTheFailure() {
    var sink = offer();
    left.run(() -> sink.abort(enough));
    assertThat(failure(left.on(sink::end)).text()).isEqualTo("enough");
    assertThat(failure(left.on(() -> sink.write(bytes(1)))).text()).isEqualTo("enough");
  }

  @Test
  void cancelInsideTheHandlerStopsDeliveryAndTellsTheSenderWhy() {
    var sink = offer();
    var source = accept(sink);
    var calls = new ArrayList<Integer>();
    right.run(() ->
        source
            .exceptionHandler(_ -> calls.add(-1))
            .endHandler(_ -> calls.add(-2))
            .handler(buffer -> {
              calls.add(buffer.length());
              source.cancel(enough);
            }));
    left.run(() -> {
      sink.write(bytes(1));
      sink.write(bytes(2));
      sink.end();
    });
    assertThat(failure(sink.done()).text()).isEqualTo("enough");
    assertThat(right.on(() -> calls)).containsExactly(1);
    noneOpen();
  }

  @Test
  void bytesWaitForALateHandlerAndTheWriterSeesAFullQueue() {
    var sink = offer();
    var source = accept(sink);
    left.run(() -> {
      for (int i = 0; i < 5; i++) {
        sink.write(bytes(WINDOW / 2));
      }
    });
    assertThat(left.on(sink::writeQueueFull)).isTrue();
    var end = left.on(sink::end);
    assertThat(result(take(source).ended())).isEqualTo(5 * WINDOW / 2);
    result(end);
  }

  @Test
  void aReaderThatPausesInItsHandlerGetsNothingUntilItResumes() {
    var sink = offer();
    var source = accept(sink);
    var calls = new ArrayList<Buffer>();
    Promise<Void> first = Promise.promise();
    right.run(() ->
        source
            .endHandler(_ -> calls.clear())
            .handler(buffer -> {
              source.pause();
              calls.add(buffer);
              first.tryComplete();
            }));
    left.run(() -> {
      sink.write(bytes(1));
      sink.write(bytes(1));
      sink.end();
    });
    result(first.future());
    assertThat(right.on(() -> calls)).hasSize(1);
    right.run(source::resume);
    assertThat(right.on(() -> calls)).hasSize(2);
    assertThat(sink.done().isComplete()).isFalse();
    right.run(source::resume);
    result(sink.done());
    assertThat(right.on(() -> calls)).isEmpty();
  }

  @Test
  void fetchGivesAsManyAsAskedForAndTheEndWaitsForTheNext() {
    var sink = offer();
    var source = accept(sink);
    right.run(source::pause);
    var taken = take(source);
    left.run(() -> {
      for (int i = 0; i < 3; i++) {
        sink.write(bytes(1));
      }
      sink.end();
    });
    right.run(() -> source.fetch(2));
    left.run(() -> {});
    right.run(() -> {});
    assertThat(right.on(() -> taken.buffers.size())).isEqualTo(2);
    right.run(() -> source.fetch(1));
    assertThat(right.on(() -> taken.buffers.size())).isEqualTo(3);
    assertThat(taken.ended().isComplete()).isFalse();
    right.run(() -> source.fetch(1));
    assertThat(result(taken.ended())).isEqualTo(3);
  }

  @Test
  void theEndWaitsForALateEndHandler() {
    var sink = offer();
    var source = accept(sink);
    right.run(() -> source.handler(_ -> {}));
    left.run(() -> {
      sink.write(bytes(1));
      sink.end();
    });
    Promise<Void> ended = Promise.promise();
    right.run(() -> {});
    right.run(() -> source.endHandler(ended::complete));
    result(ended.future());
    result(sink.done());
  }

  @Test
  void afterTheEndNothingFails() {
    var sink = offer();
    var source = accept(sink);
    var taken = take(source);
    left.run(sink::end);
    result(sink.done());
    right.run(() -> source.cancel(enough));
    left.run(() -> sink.abort(enough));
    assertThat(sink.done().succeeded()).isTrue();
    assertThat(right.on(() -> taken.failures)).isEmpty();
  }

  @Test
  void everyWriteAndOneDrainCompleteWhenTheReaderCancels() {
    var sink = offer();
    var source = accept(sink);
    var drains = new ArrayList<String>();
    var writes =
        left.on(() -> {
          var futures = new ArrayList<Future<Void>>();
          for (int i = 0; i < 10; i++) {
            futures.add(sink.write(bytes(WINDOW)));
          }
          sink.drainHandler(_ -> drains.add("drained"));
          return futures;
        });
    right.run(() -> source.cancel(enough));
    assertThat(failure(sink.done()).text()).isEqualTo("enough");
    assertThat(left.on(() -> drains)).hasSize(1);
    assertThat(writes).allMatch(Future::isComplete).anyMatch(Future::failed);
    Promise<Void> late = Promise.promise();
    left.run(() -> sink.drainHandler(late::complete));
    result(late.future());
  }

  @Test
  void aWriterMayAbortAsSoonAsOneOfItsWritesIsTaken() {
    var sink = offer();
    left.run(() -> sink.write(bytes(1)).onComplete(_ -> sink.abort(enough)));
    var last = left.on(() -> sink.write(bytes(1)));
    left.run(sink::end);
    assertThat(failure(take(accept(sink)).ended()).text()).isEqualTo("enough");
    assertThat(failure(last).text()).isEqualTo("enough");
    noneOpen();
  }

  @Test
  void aFailureIsToldToHandlersThatAreSetAfterIt() {
    var sink = offer();
    var source = accept(sink);
    left.run(() -> sink.abort(enough));
    assertThat(failure(take(source).ended()).text()).isEqualTo("enough");
    var told = new ArrayList<Throwable>();
    left.run(() -> sink.exceptionHandler(told::add));
    assertThat(told).containsExactly(enough);
  }

  @Test
  void whoComesTooLateIsToldWhyTheStreamFailed() {
    var offered = offer();
    left.run(() -> offered.abort(enough));
    assertThat(failure(take(accept(offered)).ended()).text()).isEqualTo("enough");
    var awaited = right.on(() -> right.hub().await(WINDOW));
    right.run(() -> awaited.cancel(enough));
    var sink = left.on(() -> left.hub().connect(awaited.ticket()));
    assertThat(failure(sink.done()).text()).isEqualTo("enough");
    noneOpen();
  }

  @Test
  void aSecondTakerOfOneOfferIsTurnedAwayAndTheFirstGoesOn() {
    var sink = offer();
    var first = take(accept(sink));
    result(left.on(() -> sink.write(bytes(1))));
    assertThat(failure(take(accept(sink)).ended()).code()).isEqualTo(FailureCode.CONFLICT);
    left.run(sink::end);
    assertThat(result(first.ended())).isEqualTo(1);
  }

  @Test
  void aHandlerThatThrowsFailsTheStream() {
    var sink = offer();
    var source = accept(sink);
    Promise<Throwable> told = Promise.promise();
    right.run(() ->
        source
            .exceptionHandler(told::complete)
            .handler(_ -> {
              throw new IllegalStateException("a bug");
            }));
    left.run(() -> sink.write(bytes(1)));
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.INTERNAL_ERROR);
    assertThat(Failure.from(result(told.future())).code()).isEqualTo(FailureCode.INTERNAL_ERROR);
  }

  @Test
  void withinOneJvmTheReceiverGetsTheVeryBuffer() {
    var sink = offer();
    var taken = take(accept(sink));
    var buffer = bytes(7);
    left.run(() -> {
      sink.write(buffer);
      sink.end();
    });
    result(taken.ended());
    assertThat(taken.buffers).hasSize(1);
    assertThat(taken.buffers.getFirst()).isSameAs(buffer);
  }

  @Test
  void anEndBelongsToOneContext() {
    var sink = offer();
    assertThatThrownBy(() -> right.run(() -> sink.write(bytes(1))))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> left.hub().offer()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> right.run(() -> left.hub().await(WINDOW)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aWindowHasAtLeastOneByte() {
    assertThatThrownBy(() -> right.run(() -> right.hub().await(0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aWindowOfOneByteStillMovesEverything() {
    var sink = offer();
    var source = right.on(() -> right.hub().accept(sink.offer(), 1));
    var taken = take(source);
    left.run(() -> {
      for (int i = 0; i < 100; i++) {
        sink.write(bytes(3));
      }
      sink.end();
    });
    assertThat(result(taken.ended())).isEqualTo(300);
  }

  @Test
  void theTraceOfTheOpenerIsThatOfEveryHandler() {
    var traces = new ArrayList<@Nullable String>();
    var sink =
        left.on(() -> {
          Trace.set("push");
          return left.hub().offer();
        });
    var source =
        right.on(() -> {
          Trace.set("take");
          return right.hub().accept(sink.offer(), WINDOW);
        });
    right.run(() ->
        source
            .handler(_ -> traces.add(Trace.current()))
            .endHandler(_ -> traces.add(Trace.current())));
    Promise<String> written = Promise.promise();
    left.run(() -> {
      sink.write(bytes(WINDOW));
      sink.write(bytes(1)).onComplete(_ -> written.complete("" + Trace.current()));
      sink.end();
    });
    result(sink.done());
    assertThat(right.on(() -> traces)).containsExactly("take", "take", "take");
    assertThat(result(written.future())).isEqualTo("push");
  }
}
