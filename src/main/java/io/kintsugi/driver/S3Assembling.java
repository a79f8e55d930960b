package io.kintsugi.driver;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// An object that the server puts together of ranges of another and of what is sent between them.
final class S3Assembling implements Driver.Assembling {
  static final Driver.Copying COPYING =
      new Driver.Copying.Within(S3Settings.PART_BYTES_MIN, S3Parts.PIECES_MAX);

  private final S3Driver driver;
  private final String name;
  private final S3Parts parts;
  private final LongConsumer landed;

  /// What is not sent yet. A part goes out of it only while enough for another stays: what comes
  /// before a copied range may not be short.
  private final ByteBuffer kept;

  private long writtenBytes;
  private @Nullable String tag;
  private boolean over;

  S3Assembling(S3Driver driver, String name, S3Parts parts, LongConsumer landed) {
    this.driver = driver;
    this.name = name;
    this.parts = parts;
    this.landed = landed;
    kept = ByteBuffer.allocate(parts.partBytes() + S3Settings.PART_BYTES_MIN);
  }

  @Override
  public void write(ByteBuffer bytes) throws DriverException {
    requireOpen();
    while (bytes.hasRemaining()) {
      if (!kept.hasRemaining()) {
        send(parts.partBytes());
      }
      int length = Math.min(kept.remaining(), bytes.remaining());
      kept.put(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
      writtenBytes += length;
    }
  }

  private void send(int length) throws DriverException {
    parts.send(Arrays.copyOf(kept.array(), length));
    kept.flip().position(length);
    kept.compact();
  }

  private void sendRest() throws DriverException {
    if (kept.position() > 0) {
      send(kept.position());
    }
  }

  @Override
  public void copy(long position, long lengthBytes) throws DriverException {
    requireOpen();
    sendRest();
    parts.copy(position, lengthBytes);
    writtenBytes += lengthBytes;
  }

  private void requireOpen() throws DriverException {
    if (over) {
      throw new DriverException(new Fault.Io(name, "it takes no more bytes"));
    }
  }

  /// What has no name yet cannot be kept.
  @Override
  public void flush() {}

  @Override
  public Driver.@Nullable Reading written() {
    return null;
  }

  @Override
  public void publish() throws DriverException {
    requireOpen();
    sendRest();
    tag = parts.complete();
    over = true;
    landed.accept(writtenBytes);
  }

  @Override
  public Driver.@Nullable Entry published() throws DriverException {
    return S3Whole.entry(driver, name, tag == null ? "" : tag);
  }

  @Override
  public void close() {
    if (!over) {
      over = true;
      parts.abort();
    }
  }
}
