package io.kintsugi.driver;

import static io.kintsugi.driver.Errno.attempt;
import static io.kintsugi.driver.Errno.perform;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A folder of a local file system.
public final class LocalDriver implements Driver {
  private final Path root;
  private final StatVfs statVfs = new StatVfs();

  public LocalDriver(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public Identity identity() throws DriverException {
    return attempt(
        "",
        () -> {
          var attributes = Files.readAttributes(root, BasicFileAttributes.class);
          if (!attributes.isDirectory()) {
            throw new DriverException(new Fault.Io("", "not a folder"));
          }
          return new Identity(String.valueOf(attributes.fileKey()));
        });
  }

  @Override
  public void createRoot() throws DriverException {
    perform(
        "",
        () -> {
          var made = new ArrayList<Path>();
          for (var at = root; at != null && Files.notExists(at); at = at.getParent()) {
            made.add(at);
          }
          Files.createDirectories(root);
          for (var folder : made) {
            force(folder.getParent());
          }
        });
  }

  @Override
  public List<String> list(String folder) throws DriverException {
    return attempt(
        folder,
        () -> {
          var names = new ArrayList<String>();
          try (var entries = Files.newDirectoryStream(resolve(folder))) {
            for (var entry : entries) {
              names.add(String.valueOf(entry.getFileName()));
            }
          } catch (DirectoryIteratorException e) {
            throw e.getCause();
          }
          return names;
        });
  }

  @Override
  public void createFolder(String folder) throws DriverException {
    perform(folder, () -> createFolder(resolve(folder)));
  }

  private static void createFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  @Override
  public Writing createNew(String name) throws DriverException {
    return new FileWriting(name, createFile(name));
  }

  @Override
  public boolean canAppend() {
    return true;
  }

  @Override
  public Appending createAppending(String name) throws DriverException {
    return new FileAppending(name, createFile(name));
  }

  private FileChannel createFile(String name) throws DriverException {
    return attempt(
        name,
        () -> {
          var path = resolve(name);
          try {
            return FileChannel.open(path, CREATE_NEW, WRITE);
          } catch (NoSuchFileException e) {
            var folder = path.getParent();
            if (folder == null || folder.equals(root)) {
              throw e;
            }
            createFolder(folder);
            return FileChannel.open(path, CREATE_NEW, WRITE);
          }
        });
  }

  @Override
  public Reading openRead(String name) throws DriverException {
    return attempt(name, () -> new FileReading(name, FileChannel.open(resolve(name), READ)));
  }

  @Override
  public Reading openUncached(String name) throws DriverException {
    return attempt(
        name,
        () -> {
          var path = resolve(name);
          var direct = readsPastCache() ? DirectReading.open(name, path) : null;
          return direct != null ? direct : new FileReading(name, FileChannel.open(path, READ));
        });
  }

  private boolean readsPastCache() {
    long blockBytes = statVfs.blockBytes(root);
    return blockBytes > 0 && DirectReading.ALIGNMENT % blockBytes == 0;
  }

  @Override
  public long sizeOf(String name) throws DriverException {
    return attempt(name, () -> Files.size(resolve(name)));
  }

  @Override
  public void flushFile(String name) throws DriverException {
    perform(name, () -> force(resolve(name)));
  }

  @Override
  public void flushFolder(String folder) throws DriverException {
    perform(folder, () -> force(resolve(folder)));
  }

  @Override
  public byte[] readSmall(String name, int maxBytes) throws DriverException {
    try (var file = openRead(name)) {
      var content = ByteBuffer.allocate(maxBytes);
      file.read(content, 0);
      var bytes = new byte[content.position()];
      content.flip().get(bytes);
      return bytes;
    }
  }

  @Override
  public void createSmall(String name, byte[] content) throws DriverException {
    try (var file = createNew(name)) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
    flushParent(name);
  }

  @Override
  public void rewriteSmall(String name, byte[] content) throws DriverException {
    try (var file =
        attempt(
            name,
            () ->
                new FileWriting(name, FileChannel.open(resolve(name), WRITE, TRUNCATE_EXISTING)))) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
    flushParent(name);
  }

  @Override
  public void remove(String name) throws DriverException {
    perform(name, () -> Files.deleteIfExists(resolve(name)));
  }

  @Override
  public void move(String from, String to) throws DriverException {
    perform(
        from,
        () -> {
          var target = resolve(to);
          if (Files.exists(target, NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(to);
          }
          var source = resolve(from);
          var folder = target.getParent();
          if (Files.exists(source) && folder != null && !folder.equals(root)) {
            createFolder(folder);
          }
          // Atomic: a name on another file system within the root is refused, not copied.
          Files.move(source, target, ATOMIC_MOVE);
        });
  }

  private void flushParent(String name) throws DriverException {
    flushFolder(name.contains("/") ? name.substring(0, name.lastIndexOf('/')) : "");
  }

  @Override
  public Space space() throws DriverException {
    return attempt(
        "",
        () -> {
          // Not by its FileStore, which wants a mount table that a chroot may lack.
          var folder = root.toRealPath().toFile();
          return new Space(
              folder.getTotalSpace(), folder.getUsableSpace(), statVfs.freeInodes(root));
        });
  }

  @Override
  public boolean isWritable(String folder) throws DriverException {
    return attempt(folder, () -> Files.isWritable(resolve(folder)));
  }

  private Path resolve(String name) throws DriverException {
    if (name.isEmpty()) {
      return root;
    }
    for (var segment : name.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new DriverException(new Fault.Io(name, "not a name within the root"));
      }
    }
    return root.resolve(name);
  }

  /// On Linux a folder can be opened for reading and forced like a file.
  private static void force(@Nullable Path path) throws IOException {
    if (path != null) {
      try (var channel = FileChannel.open(path, READ)) {
        channel.force(true);
      }
    }
  }

  private record FileWriting(String name, FileChannel channel) implements Writing {
    @Override
    public void write(ByteBuffer bytes) throws DriverException {
      perform(
          name,
          () -> {
            while (bytes.hasRemaining()) {
              channel.write(bytes);
            }
          });
    }

    @Override
    public void flush() throws DriverException {
      perform(name, () -> channel.force(true));
    }

    @Override
    public void close() throws DriverException {
      perform(name, channel::close);
    }
  }

  private record FileAppending(String name, FileChannel channel) implements Appending {
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
      perform(name, channel::close);
    }
  }

  private record FileReading(String name, FileChannel channel) implements Reading {
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
      perform(name, channel::close);
    }
  }
}
