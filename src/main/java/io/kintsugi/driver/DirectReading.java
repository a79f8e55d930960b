package io.kintsugi.driver;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An open file whose bytes come from the disk itself, past the page cache: what is read is what
/// the disk holds, and nobody else's pages have to go for it.
///
/// Each thread that reads in this way keeps one buffer of a mebibyte.
record DirectReading(String name, FileChannel channel, OpenFiles files) implements Driver.Reading {
  /// Positions, lengths and addresses are multiples of it, as is right for all blocks that it is a
  /// multiple of.
  static final int ALIGNMENT = 1 << 12;

  /// The JDK has it in a module that not every JDK has; null without it.
  private static final @Nullable OpenOption PAST_CACHE = find();

  private static final int BOUNCE_BYTES = 1 << 20;

  private static final ThreadLocal<ByteBuffer> BOUNCE =
      ThreadLocal.withInitial(
          () -> ByteBuffer.allocateDirect(BOUNCE_BYTES + ALIGNMENT).alignedSlice(ALIGNMENT));

  /// Null where the file system does not read past the cache.
  static @Nullable DirectReading open(String name, Path path, OpenFiles files)
      throws IOException, DriverException {
    if (PAST_CACHE == null) {
      return null;
    }
    try {
      return new DirectReading(
          name, files.add(name, FileChannel.open(path, READ, PAST_CACHE)), files);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      // A file that cannot be opened at all will say so when it is opened in the usual way.
      return null;
    }
  }

  private static @Nullable OpenOption find() {
    try {
      for (var option : Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
        if (option.toString().equals("DIRECT")) {
          return (OpenOption) option;
        }
      }
      return null;
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  @Override
  public long sizeBytes() throws DriverException {
    return Errno.attempt(name, channel::size);
  }

  @Override
  public int read(ByteBuffer target, long position) throws DriverException {
    return Errno.attempt(
        name,
        () -> {
          int start = target.position();
          long at = position;
          while (target.hasRemaining()) {
            int moved = readSome(target, at);
            at += moved;
            if (moved == 0) {
              break;
            }
          }
          return target.position() - start;
        });
  }

  /// One access to the disk; 0 at the end of the file.
  private int readSome(ByteBuffer target, long position) throws IOException {
    int skip = (int) (position % ALIGNMENT);
    long wanted = skip + (long) target.remaining();
    long whole = Math.ceilDiv(wanted, ALIGNMENT) * ALIGNMENT;
    var bounce = BOUNCE.get().clear().limit((int) Math.min(BOUNCE_BYTES, whole));
    int read = channel.read(bounce, position - skip);
    int moved = Math.min(read - skip, target.remaining());
    if (moved <= 0) {
      return 0;
    }
    target.put(bounce.flip().slice(skip, moved));
    return moved;
  }

  @Override
  public void close() throws DriverException {
    files.close(name, channel);
  }
}
