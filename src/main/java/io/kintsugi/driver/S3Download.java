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

/// The body of one answer on its way from a server. It is asked for as fast as it is read: no more
/// than a few pieces of it are in memory. Used by one thread at a time.
final class S3Download {
  /// Of at most 64 KiB each, as they come from a socket.
  private static final int PIECES = 16;

  private sealed interface Event {}

  private record Piece(ByteBuffer bytes) implements Event {}

  private record End() implements Event {}

  private record Broken(Throwable cause) implements Event {}

  private final Context context;
  private final HttpClientResponse response;
  private final Duration patience;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private long leftBytes;
  private @Nullable ByteBuffer current;
  private boolean ended;

  private S3Download(
      Context context, HttpClientResponse response, Duration patience, long lengthBytes) {
    this.context = context;
    this.response = response;
    this.patience = patience;
    leftBytes = lengthBytes;
  }

  /// To be called before the first byte comes, where the answer is told.
  static S3Download of(
      Context context, HttpClientResponse response, Duration patience, long lengthBytes) {
    response.pause();
    var download = new S3Download(context, response, patience, lengthBytes);
    response.handler(bytes -> download.events.add(new Piece(ByteBuffer.wrap(bytes.getBytes()))));
    response.endHandler(_ -> download.events.add(new End()));
    response.exceptionHandler(cause -> download.events.add(new Broken(cause)));
    response.fetch(PIECES);
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
      leftBytes -= length;
    }
  }

  private @Nullable ByteBuffer next(long nanos) throws Exception {
    return switch (events.poll(nanos, TimeUnit.NANOSECONDS)) {
      case Piece(var bytes) -> {
        context.runOnContext(_ -> response.fetch(1));
        yield bytes;
      }
      case End() -> {
        ended = true;
        yield null;
      }
      case Broken(var cause) ->
          throw cause instanceof Exception e ? e : new HttpClosedException(cause.toString());
      case null -> throw new TimeoutException("the rest of the answer does not come");
    };
  }

  /// Gives the connection back, or up if not all was read.
  void close() {
    if (!ended && leftBytes != 0) {
      context.runOnContext(_ -> response.request().reset());
    }
  }
}
