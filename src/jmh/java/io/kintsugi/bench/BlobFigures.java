package io.kintsugi.bench;

import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A byte stream between two verticles of one JVM against plain request and reply of the same
/// chunks in the same run: interleaved rounds of equal time, medians.
public final class BlobFigures {
  private static final int CHUNK_BYTES = 256 * 1024;
  private static final int ROUNDS = 9;
  private static final int ROUNDS_WARM_UP = 3;
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final String PLAIN = "bench.plain";
  private static final Buffer REUSED = Buffer.buffer(new byte[CHUNK_BYTES]);

  private BlobFigures() {}

  /// A verticle with a world of its own.
  private static final class Place extends VerticleBase {
    private World world;

    @Override
    public Future<?> start() {
      world = VertxWorld.of(vertx, config());
      return world.bus().registered();
    }

    <T> T on(Consumer<Promise<T>> work) throws Exception {
      Promise<T> promise = Promise.promise();
      context.runOnContext(_ -> work.accept(promise));
      return promise.future().await(60, TimeUnit.SECONDS);
    }
  }

  /// One round; gives bytes per second.
  private interface Round {
    double run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    var vertx = Vertx.vertx();
    var left = new Place();
    var right = new Place();
    vertx.deployVerticle(left).await(10, TimeUnit.SECONDS);
    vertx.deployVerticle(right).await(10, TimeUnit.SECONDS);
    right.on(promise -> {
      vertx.eventBus().<Buffer>consumer(PLAIN, message -> message.reply(message.body().length()));
      promise.complete();
    });
    Supplier<Buffer> fresh = () -> Buffer.buffer(new byte[CHUNK_BYTES]);
    Supplier<Buffer> reused = () -> REUSED;
    var names = new String[] {"blob, fresh", "blob, reused", "request, fresh", "request, reused"};
    var rates =
        measure(
            () -> stream(left, right, fresh),
            () -> stream(left, right, reused),
            () -> requests(vertx, left, fresh),
            () -> requests(vertx, left, reused));
    System.out.printf(
        Locale.ROOT,
        "chunks of %d KiB, window %d KiB, java %s, %d processors, %d rounds, median (best) GiB/s%n",
        CHUNK_BYTES / 1024,
        Blobs.OBJECT_WINDOW_BYTES / 1024,
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        ROUNDS);
    for (int i = 0; i < names.length; i++) {
      System.out.printf(
          Locale.ROOT, "%-16s %8.2f (%8.2f)%n", names[i], median(rates[i]), best(rates[i]));
    }
    System.out.printf(
        Locale.ROOT,
        "blob to request: fresh %.2f, reused %.2f%n",
        median(rates[0]) / median(rates[2]),
        median(rates[1]) / median(rates[3]));
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private static double[][] measure(Round... rounds) throws Exception {
    var rates = new double[rounds.length][ROUNDS];
    for (int round = -ROUNDS_WARM_UP; round < ROUNDS; round++) {
      for (int i = 0; i < rounds.length; i++) {
        double rate = rounds[i].run() / (1L << 30);
        if (round >= 0) {
          rates[i][round] = rate;
        }
      }
    }
    return rates;
  }

  private static double median(double[] rates) {
    return Arrays.stream(rates).sorted().toArray()[rates.length / 2];
  }

  private static double best(double[] rates) {
    return Arrays.stream(rates).max().orElse(0);
  }

  private static double stream(Place left, Place right, Supplier<Buffer> chunks) throws Exception {
    long began = System.nanoTime();
    var source =
        right.<BlobSource>on(
            promise -> promise.complete(right.world.blobs().await(Blobs.OBJECT_WINDOW_BYTES)));
    long[] taken = {0};
    Promise<Long> ended = Promise.promise();
    right.on(promise -> {
      source
          .exceptionHandler(ended::tryFail)
          .endHandler(_ -> ended.complete(taken[0]))
          .handler(bytes -> taken[0] += bytes.length());
      promise.complete();
    });
    left.on(promise -> {
      pump(left.world.blobs().connect(source.ticket()), chunks, began + ROUND_NANOS);
      promise.complete();
    });
    long bytes = ended.future().await(60, TimeUnit.SECONDS);
    return bytes * 1e9 / (System.nanoTime() - began);
  }

  private static void pump(BlobSink sink, Supplier<Buffer> chunks, long untilNanos) {
    while (!sink.writeQueueFull()) {
      if (System.nanoTime() > untilNanos) {
        sink.end();
        return;
      }
      sink.write(chunks.get());
    }
    sink.drainHandler(_ -> pump(sink, chunks, untilNanos));
  }

  private static double requests(Vertx vertx, Place left, Supplier<Buffer> chunks)
      throws Exception {
    long began = System.nanoTime();
    long bytes = left.<Long>on(promise -> ask(vertx, chunks, began + ROUND_NANOS, 0, promise));
    return bytes * 1e9 / (System.nanoTime() - began);
  }

  private static void ask(
      Vertx vertx, Supplier<Buffer> chunks, long untilNanos, long bytes, Promise<Long> done) {
    if (System.nanoTime() > untilNanos) {
      done.complete(bytes);
      return;
    }
    vertx
        .eventBus()
        .<Integer>request(PLAIN, chunks.get())
        .onSuccess(reply -> ask(vertx, chunks, untilNanos, bytes + reply.body(), done))
        .onFailure(done::tryFail);
  }
}
