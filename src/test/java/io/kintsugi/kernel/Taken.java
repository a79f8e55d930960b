package io.kintsugi.kernel;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/// What a receiver was given; touched on its context only.
final class Taken {
  final Buffer bytes = Buffer.buffer();
  final List<Buffer> buffers = new ArrayList<>();
  final List<Failure> failures = new ArrayList<>();
  private final Promise<Integer> ended = Promise.promise();

  static Taken from(BlobSource source) {
    var taken = new Taken();
    source
        .exceptionHandler(taken::fail)
        .endHandler(_ -> taken.ended.complete(taken.bytes.length()))
        .handler(taken::take);
    return taken;
  }

  void take(Buffer buffer) {
    buffers.add(buffer);
    bytes.appendBuffer(buffer);
  }

  private void fail(Throwable cause) {
    failures.add(Failure.from(cause));
    ended.tryFail(cause);
  }

  /// Bytes taken when the end came, or its failure.
  Future<Integer> ended() {
    return ended.future();
  }
}
