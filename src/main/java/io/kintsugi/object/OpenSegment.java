package io.kintsugi.object;

import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/// A segment that still takes bytes.
interface OpenSegment {
  /// Takes bytes up to the end of the segment.
  ///
  /// @return how many were taken
  int take(Buffer bytes, int from);

  /// Done when more bytes may come.
  Future<Void> ready();

  /// Seals the segment once all of its bytes have come. Done when enough shards are flushed.
  Future<Segment> finish(@Nullable String etag, @Nullable String partMd5);

  /// Gives up: what lies on origins has no row and is garbage.
  void abort(Failure reason);
}
