package io.kintsugi.driver;

import static io.kintsugi.driver.Errno.attempt;
import static io.kintsugi.driver.Errno.perform;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.READ;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A file of a file system that is put together beside its name: ranges of another go there within
/// the kernel, which shares their blocks where the file system can.
final class LocalAssembling implements Driver.Assembling {
  static final Driver.Copying COPYING = new Driver.Copying.Within(1, 1 << 20);

  /// @param passing where it is put together
  /// @param target what it is to replace
  record Beside(Path passing, Path target) {}

  private final LocalDriver driver;
  private final String name;
  private final Beside paths;
  private final FileChannel file;
  private final @Nullable FileChannel base;
  private final OpenFiles files;
  private long writtenBytes;
  private @Nullable Instant modified;

  LocalAssembling(
      LocalDriver driver,
      String name,
      Beside paths,
      FileChannel file,
      @Nullable FileChannel base,
      OpenFiles files) {
    this.driver = driver;
    this.name = name;
    this.paths = paths;
    this.file = file;
    this.base = base;
    this.files = files;
  }

  @Override
  public void write(ByteBuffer bytes) throws DriverException {
    writtenBytes += bytes.remaining();
    perform(
        name,
        () -> {
          while (bytes.hasRemaining()) {
            file.write(bytes);
          }
        });
  }

  @Override
  public void copy(long position, long lengthBytes) throws DriverException {
    var from = base;
    if (from == null) {
      throw new DriverException(new Fault.Io(name, "there is nothing to copy from"));
    }
    perform(
        name,
        () -> {
          for (long done = 0; done < lengthBytes; ) {
            long moved = from.transferTo(position + done, lengthBytes - done, file);
            if (moved <= 0) {
              throw new EOFException("the other file is shorter than that");
            }
            done += moved;
          }
        });
    writtenBytes += lengthBytes;
  }

  @Override
  public void flushAhead() throws DriverException {
    flush();
  }

  @Override
  public void flush() throws DriverException {
    perform(name, () -> file.force(true));
  }

  @Override
  public Driver.Reading written() throws DriverException {
    return new LocalFile.Reader(
        name, attempt(name, () -> files.add(name, FileChannel.open(paths.passing(), READ))), files);
  }

  @Override
  public void publish() throws DriverException {
    flush();
    perform(
        name,
        () -> {
          var told = Files.getLastModifiedTime(paths.passing()).toInstant();
          Files.move(paths.passing(), paths.target(), ATOMIC_MOVE, REPLACE_EXISTING);
          modified = told;
        });
  }

  /// To take the name changes nothing of the time, and whoever writes to it later does.
  @Override
  public Driver.@Nullable Entry published() throws DriverException {
    var told = modified == null ? null : driver.stat(name);
    return told != null && told.sizeBytes() == writtenBytes && told.modified().equals(modified)
        ? told
        : null;
  }

  @Override
  public void close() throws DriverException {
    try {
      if (base != null) {
        files.close(name, base);
      }
    } finally {
      closeFile();
    }
  }

  private void closeFile() throws DriverException {
    try {
      files.close(name, file);
    } finally {
      if (modified == null) {
        perform(name, () -> Files.deleteIfExists(paths.passing()));
      }
    }
  }
}
