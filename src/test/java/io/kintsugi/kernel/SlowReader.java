package io.kintsugi.kernel;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.util.concurrent.TimeUnit;

/// A process of its own that moves much more than its heap past a reader slower than the writer,
/// and prints the most bytes that ever waited at the reader.
public final class SlowReader {
  private static final int WINDOW_BYTES = Blobs.OBJECT_WINDOW_BYTES;
  private static final int CHUNK_BYTES = 256 * 1024;

  /// The reader rests after this many bytes, for as long as sets its rate.
  private static final int BURST_BYTES = 8 << 20;

  private static final int REST_MILLIS = 20;

  private final Promise<Void> ended = Promise.promise();
  private final long sizeBytes;
  private final StreamSink sink;
  private final StreamSource source;
  private long writtenBytes;
  private long takenBytes;
  private long nextRestBytes = BURST_BYTES;

  private SlowReader(long sizeBytes, StreamSource source, StreamSink sink) {
    this.sizeBytes = sizeBytes;
    this.source = source;
    this.sink = sink;
  }

  /// Moves the bytes and prints how many arrived and how many waited.
  ///
  /// @param arguments bytes to move; `one` or `two` for the number of nodes
  public static void main(String[] arguments) throws Exception {
    long sizeBytes = Long.parseLong(arguments[0]);
    boolean clustered = arguments[1].equals("two");
    var leftNode = clustered ? node() : Vertx.vertx();
    var rightNode = clustered ? node() : leftNode;
    var left = Place.in(leftNode);
    var right = Place.in(rightNode);
    var source = right.on(() -> (StreamSource) right.hub().await(WINDOW_BYTES));
    var sink = left.on(() -> (StreamSink) left.hub().connect(source.ticket()));
    var reader = new SlowReader(sizeBytes, source, sink);
    right.run(() -> reader.read(rightNode));
    left.run(reader::write);
    reader.ended.future().await(60, TimeUnit.SECONDS);
    System.out.println(reader.takenBytes + " " + source.waitingBytesMax());
    leftNode.close().await(10, TimeUnit.SECONDS);
    rightNode.close().await(10, TimeUnit.SECONDS);
  }

  private static Vertx node() {
    return Place.result(
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1").setPort(0)))
            .withClusterManager(new FakeClusterManager())
            .buildClustered());
  }

  private void write() {
    while (!sink.writeQueueFull() && writtenBytes < sizeBytes) {
      sink.write(Buffer.buffer(new byte[CHUNK_BYTES]));
      writtenBytes += CHUNK_BYTES;
    }
    if (writtenBytes < sizeBytes) {
      sink.drainHandler(_ -> write());
    } else {
      sink.end();
    }
  }

  private void read(Vertx vertx) {
    source
        .exceptionHandler(ended::tryFail)
        .endHandler(_ -> ended.tryComplete())
        .handler(bytes -> {
          takenBytes += bytes.length();
          if (takenBytes >= nextRestBytes) {
            nextRestBytes += BURST_BYTES;
            source.pause();
            vertx.setTimer(REST_MILLIS, _ -> source.resume());
          }
        });
  }
}
