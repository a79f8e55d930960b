package io.kintsugi.object;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;

/// Arrays as buffers without a copy, which the public constructors of [Buffer] make. Whoever hands
/// an array over must not change it again.
final class Bytes {
  private Bytes() {}

  static Buffer of(byte[] array) {
    return of(array, 0, array.length);
  }

  static Buffer of(byte[] array, int offset, int length) {
    return BufferInternal.buffer(Unpooled.wrappedBuffer(array, offset, length));
  }
}
