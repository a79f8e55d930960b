package io.kintsugi.driver;

import static io.kintsugi.driver.Errno.attempt;
import static io.kintsugi.driver.Errno.perform;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/// An open file of a file system, in the ways that the port knows.
final class LocalFile {
  private LocalFile() {}

  private static void write(String name, FileChannel channel, ByteBuffer bytes)
      throws DriverException {
    perform(
        name,
        () -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  record Sequential(String name, FileChannel channel, OpenFiles files) implements Driver.Writing {
    @Override
    public void write(ByteBuffer bytes) throws DriverException {
      LocalFile.write(name, channel, bytes);
    }

    @Override
    public void flushAhead() throws DriverException {
      flush();
    }

    @Override
    public void flush() throws DriverException {
      perform(name, () -> channel.force(true));
    }

    @Override
    public void close() throws DriverException {
      files.close(name, channel);
    }
  }

  /// Written beside its name, and then moved there.
  static final class Replacing implements Driver.Publishing {
    private final String name;
    private final FileChannel channel;
    private final OpenFiles files;
    private final Path passing;
    private final Path target;
    private boolean published;

    Replacing(String name, FileChannel channel, OpenFiles files, Path passing, Path target) {
      this.name = name;
      this.channel = channel;
      this.files = files;
      this.passing = passing;
      this.target = target;
    }

    @Override
    public void write(ByteBuffer bytes) throws DriverException {
      LocalFile.write(name, channel, bytes);
    }

    @Override
    public void flushAhead() throws DriverException {
      flush();
    }

    @Override
    public void flush() throws DriverException {
      perform(name, () -> channel.force(true));
    }

    @Override
    public void publish() throws DriverException {
      flush();
      perform(name, () -> Files.move(passing, target, ATOMIC_MOVE, REPLACE_EXISTING));
      published = true;
    }

    @Override
    public void close() throws DriverException {
      try {
        files.close(name, channel);
      } finally {
        if (!published) {
          perform(name, () -> Files.deleteIfExists(passing));
        }
      }
    }
  }

  record Random(String name, FileChannel channel, OpenFiles files) implements Driver.Appending {
    @Override
    public void write(ByteBuffer bytes, long position) throws DriverException {
      perform(
          name,
          () -> {
            long at = position;
            while (bytes.hasRemaining()) {
              at += channel.write(bytes, at);
            }
          });
    }

    /// Flushes the length too, as far as it is needed to find the bytes, but not the times.
    @Override
    public void flush() throws DriverException {
      perform(name, () -> channel.force(false));
    }

    @Override
    public void close() throws DriverException {
      files.close(name, channel);
    }
  }

  record Reader(String name, FileChannel channel, OpenFiles files) implements Driver.Reading {
    @Override
    public long sizeBytes() throws DriverException {
      return attempt(name, channel::size);
    }

    @Override
    public int read(ByteBuffer target, long position) throws DriverException {
      return attempt(
          name,
          () -> {
            int start = target.position();
            int read = 0;
            while (target.hasRemaining() && read >= 0) {
              read = channel.read(target, position + target.position() - start);
            }
            return target.position() - start;
          });
    }

    @Override
    public void close() throws DriverException {
      files.close(name, channel);
    }
  }
}
