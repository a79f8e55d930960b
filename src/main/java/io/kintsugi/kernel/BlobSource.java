package io.kintsugi.kernel;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/// The receiving end of a byte stream. Credit goes back to the sender as bytes reach the handler,
/// so pausing it stops the sender within one window. Its exception handler is given a [Failure].
public interface BlobSource extends ReadStream<Buffer> {
  /// What to put into the question of a pull.
  BlobTicket ticket();

  /// Tells the sender to stop; nothing more reaches the handlers. Does nothing once ended.
  void cancel(Failure reason);
}
