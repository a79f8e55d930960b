package io.kintsugi.kernel;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;

/// Arrays as buffers and back without a copy, which the public ways of [Buffer] make. Whoever hands
/// an array over, or gets one, must not change it again.
public final class Bytes {
  private Bytes() {}

  public static Buffer of(byte[] array) {
    return of(array, 0, array.length);
  }

  public static Buffer of(byte[] array, int offset, int length) {
    return BufferInternal.buffer(Unpooled.wrappedBuffer(array, offset, length));
  }

  /// The bytes of a buffer, to be read where they lie.
  public static ByteBuffer view(Buffer buffer) {
    return ((BufferInternal) buffer).getByteBuf().nioBuffer().asReadOnlyBuffer();
  }

  /// A range of a buffer as an array that is all of it: the very one that it was made of, if there
  /// is one, else a copy.
  public static byte[] array(Buffer buffer, int from, int to) {
    var bytes = ((BufferInternal) buffer).getByteBuf();
    boolean whole =
        from == 0
            && to == buffer.length()
            && bytes.hasArray()
            && bytes.arrayOffset() + bytes.readerIndex() == 0
            && bytes.array().length == to;
    return whole ? bytes.array() : buffer.getBytes(from, to);
  }
}
