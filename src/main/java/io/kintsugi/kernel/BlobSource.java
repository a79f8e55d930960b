package io.kintsugi.kernel;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/// The receiving end of a byte stream. Credit goes back to the sender as bytes reach the handler,
/// so pausing it stops the sender within one window. Its exception handler is given a [Failure],
/// also when it is set after the stream has failed. A handler that throws fails the stream.
///
/// Used on its verticle's context only. The end waits, like the bytes before it, for somebody who
/// wants it: until an end handler has been called the sender is not done.
public interface BlobSource extends ReadStream<Buffer> {
  /// What to put into the question of a pull.
  BlobTicket ticket();

  /// Tells the sender to stop; nothing more reaches the handlers set so far. Does nothing once
  /// ended.
  void cancel(Failure reason);
}
