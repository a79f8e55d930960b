package io.kintsugi.driver;

import io.vertx.core.Context;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The body of one answer on its way from a server, taken in as fast as it comes: who asks for it
/// says how much that may be. Were it held back, its connection would be as well, which may serve
/// others as soon as the last byte has come, though nobody has read that yet. Used by one thread at
/// a time.
final class S3Download {
  private sealed interface Event {}

  private record Piece(ByteBuffer bytes) implements Event {}

  private record End() implements Event {}

  private record Broken(Throwable cause) implements Event {}

  private final Context context;
  private final HttpClientResponse response;
  private final Duration patience;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private @Nullable ByteBuffer current;
  private boolean ended;

  /// All of the answer was taken from its connection; of the context alone.
  private boolean arrived;

  private S3Download(Context context, HttpClientResponse response, Duration patience) {
    this.context = context;
    this.response = response;
    this.patience = patience;
  }

  /// To be called before the first byte comes, where the answer is told.
  static S3Download of(Context context, HttpClientResponse response, Duration patience) {
    var download = new S3Download(context, response, patience);
    response.handler(bytes -> download.events.add(new Piece(ByteBuffer.wrap(bytes.getBytes()))));
    response.endHandler(_ -> {
      download.arrived = true;
      download.events.add(new End());
    });
    response.exceptionHandler(cause -> download.events.add(new Broken(cause)));
    return download;
  }

  /// Fills the buffer; what is missing then is missing in the answer.
  void read(ByteBuffer target) throws Exception {
    long end = System.nanoTime() + patience.toNanos();
    while (target.hasRemaining() && !ended) {
      var piece = current;
      if (piece == null || !piece.hasRemaining()) {
        current = next(end - System.nanoTime());
        continue;
      }
      int length = Math.min(piece.remaining(), target.remaining());
      target.put(piece.slice().limit(length));
      piece.position(piece.position() + length);
    }
  }

  private @Nullable ByteBuffer next(long nanos) throws Exception {
    return switch (events.poll(nanos, TimeUnit.NANOSECONDS)) {
      case Piece(var bytes) -> bytes;
      case End() -> {
        ended = true;
        yield null;
      }
      case Broken(var cause) ->
          throw cause instanceof Exception e ? e : new HttpClosedException(cause.toString());
      case null -> throw new TimeoutException("the rest of the answer does not come");
    };
  }

  /// Gives the connection up, if not all has come.
  void close() {
    context.runOnContext(_ -> {
      if (!arrived) {
        response.handler(_ -> {});
        response.request().reset();
      }
    });
  }
}
