package io.kintsugi.kernel;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;

/// The sending end of a byte stream. It sends while the receiver has granted credit and queues what
/// is written beyond it, so a writer must heed [#writeQueueFull]: nothing else bounds the queue. A
/// buffer must not change once written: within a JVM it is handed over without a copy.
///
/// Used on its verticle's context only. Every write completes, at the latest when the stream ends.
/// A drain handler is called once, when there is room again or the stream has ended, and then
/// forgotten. Handlers set after a failure are told of it at once.
public interface BlobSink extends WriteStream<Buffer> {
  /// What to put into the question of a push.
  BlobOffer offer();

  /// Ends the stream as failed on both sides. Does nothing once it has ended.
  void abort(Failure failure);

  /// Done when the receiver has been given every byte and the end; failed with a [Failure] when it
  /// cancelled, died, stayed silent, or this side aborted.
  Future<Void> done();
}
