package io.kintsugi.kernel;

import static io.kintsugi.kernel.Place.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the sizes of chunk and window, however the reader pauses, fetches or leaves: the bytes
/// are equal, or both ends fail; and never more waits than a window and a chunk (F2).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BlobProperties {
  private final Vertx vertx = Vertx.vertx();
  private final Place left = Place.in(vertx);
  private final Place right = Place.in(vertx);

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("kintsugi.seeds", 100));
  }

  @BeforeAll
  void begin() {
    assertThat(left.hub().address()).isNotEqualTo(right.hub().address());
  }

  @AfterAll
  void close() {
    result(vertx.close());
  }

  /// What one seed stands for.
  private static final class Plan {
    final Random random;
    final int windowBytes;
    final int chunkBytesMax;
    final Buffer content;
    final boolean push;
    final int leaveAfterBytes;

    Plan(long seed) {
      random = new Random(seed);
      windowBytes = 1 + random.nextInt(1 << random.nextInt(1, 16));
      chunkBytesMax = 1 + random.nextInt(1 << random.nextInt(1, 16));
      var bytes = new byte[random.nextInt(20 * Math.max(windowBytes, chunkBytesMax) / 10 + 1)];
      random.nextBytes(bytes);
      content = Buffer.buffer(bytes);
      push = random.nextBoolean();
      leaveAfterBytes =
          random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : Integer.MAX_VALUE;
    }
  }

  /// Writes random pieces and heeds the queue.
  private static final class Writer {
    private final BlobSink sink;
    private final Plan plan;
    private final Random random;
    private int at;

    private Writer(BlobSink sink, Plan plan) {
      this.sink = sink;
      this.plan = plan;
      random = new Random(plan.random.nextLong());
    }

    private void go() {
      while (!sink.writeQueueFull() && at < plan.content.length()) {
        int next = Math.min(at + 1 + random.nextInt(plan.chunkBytesMax), plan.content.length());
        sink.write(plan.content.getBuffer(at, next));
        at = next;
      }
      if (at < plan.content.length()) {
        sink.drainHandler(_ -> go());
      } else {
        sink.end();
      }
    }
  }

  private final class Reader {
    private final StreamSource source;
    private final Plan plan;
    private final Random random;
    private final Buffer got = Buffer.buffer();
    private final Promise<Boolean> ended = Promise.promise();

    private Reader(BlobSource source, Plan plan) {
      this.source = (StreamSource) source;
      this.plan = plan;
      random = new Random(plan.random.nextLong());
    }

    private void go() {
      source
          .exceptionHandler(ended::tryFail)
          .endHandler(_ -> ended.tryComplete(true))
          .handler(this::take);
    }

    private void take(Buffer bytes) {
      got.appendBuffer(bytes);
      if (got.length() >= plan.leaveAfterBytes) {
        source.cancel(Failure.of(FailureCode.CANCELLED, "seen enough"));
        ended.tryComplete(false);
        return;
      }
      switch (random.nextInt(8)) {
        case 0 -> {
          source.pause();
          right.hub().here().runOnContext(_ -> source.resume());
        }
        case 1 -> {
          source.pause();
          source.fetch(1);
          right.hub().here().owner().setTimer(1, _ -> source.resume());
        }
        default -> {}
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyByteArrivesInOrderOrBothEndsFail(long seed) {
    var plan = new Plan(seed);
    BlobSink sink;
    BlobSource source;
    if (plan.push) {
      sink = left.on(() -> left.hub().offer());
      source = right.on(() -> right.hub().accept(sink.offer(), plan.windowBytes));
    } else {
      source = right.on(() -> right.hub().await(plan.windowBytes));
      sink = left.on(() -> left.hub().connect(source.ticket()));
    }
    var reader = new Reader(source, plan);
    right.run(reader::go);
    var writer = new Writer(sink, plan);
    left.run(writer::go);
    boolean whole = result(reader.ended.future());
    if (whole) {
      result(sink.done());
      assertThat(reader.got).isEqualTo(plan.content);
    } else {
      assertThat(Place.failure(sink.done()).text()).isEqualTo("seen enough");
      assertThat(reader.got).isEqualTo(plan.content.getBuffer(0, reader.got.length()));
    }
    assertThat(reader.source.waitingBytesMax()).isLessThan(plan.windowBytes + plan.chunkBytesMax);
    assertThat(left.on(() -> left.hub().open())).isZero();
    assertThat(right.on(() -> right.hub().open())).isZero();
  }
}
