package io.kintsugi.cache;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// A copy of one version in a file: a header that says whose it is, then blocks of 64 KiB, each
/// behind a CRC32C over its number and its bytes. Nothing of it is flushed: what a loss of power
/// leaves half written does not verify, and is no loss.
final class CopyFile implements AutoCloseable {
  static final int BLOCK_BYTES = 1 << 16;

  private static final byte[] MAGIC = "KGCOPY1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int ID_BYTES = 32;
  private static final int HEADER_BYTES = 64;
  private static final int HEADER_SUM_AT = MAGIC.length + Long.BYTES + ID_BYTES;

  /// The copy is not what was written, or not of what it should be.
  static final class Damaged extends IOException {
    private static final long serialVersionUID = 1;

    Damaged(String message) {
      super(message);
    }
  }

  private final FileChannel channel;
  private final long sizeBytes;

  private CopyFile(FileChannel channel, long sizeBytes) {
    this.channel = channel;
    this.sizeBytes = sizeBytes;
  }

  /// What a copy of so many bytes takes on the disk.
  static long fileBytes(long sizeBytes) {
    return HEADER_BYTES + sizeBytes + Math.ceilDiv(sizeBytes, BLOCK_BYTES) * Integer.BYTES;
  }

  static CopyFile create(Path path, String versionId, long sizeBytes) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    var file = new CopyFile(channel, sizeBytes);
    try {
      file.writeAll(header(versionId, sizeBytes), 0);
      return file;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /// Opens a copy of this very version.
  static CopyFile open(Path path, String versionId) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      var found = ByteBuffer.allocate(HEADER_BYTES);
      readAll(channel, found, 0);
      long sizeBytes = found.getLong(MAGIC.length);
      if (sizeBytes < 0
          || !found.equals(header(versionId, sizeBytes))
          || channel.size() != fileBytes(sizeBytes)) {
        throw new Damaged("its header is not that of version " + versionId);
      }
      return new CopyFile(channel, sizeBytes);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static ByteBuffer header(String versionId, long sizeBytes) {
    var header = ByteBuffer.allocate(HEADER_BYTES);
    header.put(MAGIC).putLong(sizeBytes).put(versionId.getBytes(StandardCharsets.US_ASCII));
    var sum = new CRC32C();
    sum.update(header.array(), 0, HEADER_SUM_AT);
    header.putInt((int) sum.getValue());
    return header.clear();
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /// How many bytes block `number` has.
  int blockBytes(long number) {
    return (int) Math.min(BLOCK_BYTES, sizeBytes - number * BLOCK_BYTES);
  }

  /// Writes all that remains in the buffer as block `number`.
  void write(long number, ByteBuffer bytes) throws IOException {
    if (bytes.remaining() != blockBytes(number)) {
      throw new IOException("block " + number + " has " + bytes.remaining() + " bytes");
    }
    var block = ByteBuffer.allocate(Integer.BYTES + bytes.remaining());
    block.putInt(sum(number, bytes.duplicate())).put(bytes).flip();
    writeAll(block, position(number));
  }

  /// The verified bytes of block `number`.
  ByteBuffer read(long number) throws IOException {
    var block = ByteBuffer.allocate(Integer.BYTES + blockBytes(number));
    readAll(channel, block, position(number));
    int sum = block.getInt();
    if (sum != sum(number, block.duplicate())) {
      throw new Damaged("block " + number + " does not verify");
    }
    return block;
  }

  private static long position(long number) {
    return HEADER_BYTES + number * (Integer.BYTES + BLOCK_BYTES);
  }

  private static int sum(long number, ByteBuffer bytes) {
    var sum = new CRC32C();
    sum.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    sum.update(bytes);
    return (int) sum.getValue();
  }

  private void writeAll(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /// Fills the buffer and flips it.
  private static void readAll(FileChannel channel, ByteBuffer into, long position)
      throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int read = channel.read(into, at);
      if (read < 0) {
        throw new EOFException("it ends too early");
      }
      at += read;
    }
    into.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
